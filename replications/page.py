"""Render the replications as one self-contained page in every language, with the report's machinery.

The page shows what ``rows`` weighed; nothing is measured here.
"""

from collections import Counter
from typing import Any

from jinja2 import FileSystemLoader

from foundation.parameters import load_params as load_study_params
from foundation.paths import PARAMS_PATH, REPORT_DIR
from foundation.progress import Progress
from foundation.reproducibility.artifacts import read_csv, read_json, write_bytes
from replications.parameters import Params
from replications.published import FRECHET, NETWORKS, PUBLISHED, Published
from replications.stage import PAGE_PATH, RESULTS_DIR, TEMPLATES_DIR, TUNING_PATH, run_stage
from report.page import Edition, compose, environment, make_editions, read_assets
from report.texts.labels import ACTIVATIONS, LIKELIHOODS, SOURCES
from report.texts.language import N_, Labels, _, ngettext
from report.texts.tables import MISSING, Column, Table, TableRow, entry, general, number, table_row

Row = dict[str, Any]
STYLES, SCRIPTS = ("colours.css", "report.css"), ("page.js",)
TABLES = ("squared_errors", "likelihoods", "samples")
TITLE = N_("Published numbers, reproduced")
VERDICTS = Labels(
    {"reproduced": N_("reproduced"), "direction": N_("direction only"), "not_reproduced": N_("not reproduced")}
)
PIXELS = Labels({"grey": N_("grey"), "shifted": N_("grey, moved"), "drawn_anew": N_("drawn anew")})
LABELS = {"activation": ACTIVATIONS, "likelihood": LIKELIHOODS, "pixels": PIXELS}
VERDICT_STYLES = {"reproduced": "supported", "direction": "undecided", "not_reproduced": "refuted"}  # the report's


def write_published(published: Published) -> str:
    """Return the published number as text, a range where works differ."""
    low, high = (number(value, published.digits) for value in (published.low, published.high))
    return low if published.low == published.high else f"{low}\u2009…\u2009{high}"


def write_name(published: Published) -> str:
    """Return what a row is about, in the active language."""
    text = _(published.what, d=published.key.rpartition("_")[2]) if "%(" in published.what else _(published.what)
    return f"{text} ({_(published.network)})" if published.network else text


def write_rule(published: Published) -> str:
    """Return the rule of a row's verdict, in the active language."""
    if published.tolerance is None:
        return _("direction only: the interval above 0")
    if published.is_bound:
        return _("reproduced if not above the published number")
    return _("reproduced within %(tolerance)s", tolerance=number(published.tolerance, 2))


def row_of_number(published: Published, row: Row) -> TableRow:
    """Return a published number, ours, and the verdict."""
    label, digits = f"{write_name(published)}, {_(published.unit)}", published.digits
    ours, difference = entry(row["ours"], digits), number(row["difference"], digits)
    return table_row(
        label, write_published(published), ours, difference, VERDICTS[row["verdict"]], write_rule(published)
    )


def show_work(source: str, rows: dict[str, Row]) -> dict[str, Any]:
    """Return the numbers of one work, and protocol and differences, rows with the same ones together."""
    columns = [Column(_("published")), Column(_("ours"), _("mean and 95 %% interval")), Column(_("difference"))]
    columns += [Column(label, is_text=True) for label in (_("verdict"), _("rule"))]
    entries = [published for published in PUBLISHED if published.source == source]
    table = Table(source, _("model"), columns, [row_of_number(each, rows[each.key]) for each in entries])
    notes: dict[tuple[str, str], list[str]] = {}
    for each in entries:
        notes.setdefault((_(each.protocol), _(each.otherwise)), []).append(write_name(each))
    lines = [{"rows": "; ".join(names), "protocol": note[0], "otherwise": note[1]} for note, names in notes.items()]
    return {"title": source, "table": table, "notes": lines}


def tabulate_settings(settings: dict[str, Row]) -> Table:
    """Return how long and how fast every configuration was trained."""
    columns = [Column(label) for label in (_("epochs"), _("seeds"), _("batch size"), _("peak learning rate"))]
    keys = ("epochs", "n_seeds", "batch_size")
    body = [
        table_row(name, *(number(row[key], 0) for key in keys), general(row["learning_rate"]))
        for name, row in settings.items()
    ]
    return Table(_("Training of every configuration, on all training images."), _("configuration"), columns, body)


def tabulate_errors(errors: list[Row], settings: dict[str, Row]) -> Table:
    """Return the squared errors beside the epochs, of which PCA has none."""
    columns = [Column(_("epochs")), Column("SE", "", "lower")]
    epochs = {name: number(row["epochs"], 0) for name, row in settings.items()}
    measured = [row for row in errors if "-" not in row["what"]]
    body = [table_row(row["what"], epochs.get(row["what"], MISSING), entry(row)) for row in measured]
    return Table(_("Squared error per test image."), _("configuration"), columns, body)


def tabulate_bounds(likelihoods: list[Row], settings: dict[str, Row]) -> Table:
    """Return the bounds on the likelihood beside the epochs."""
    columns = [
        Column(_("epochs")),
        Column(_("log-likelihood"), _("negative, nats"), "lower"),
        Column(_("evidence lower bound"), _("negative, nats"), "lower"),
        Column(_("gain of more samples"), _("nats, ± standard error")),
        Column(_("active units")),
    ]
    body = [
        table_row(
            row["what"],
            number(settings[row["what"]]["epochs"], 0),
            entry(row),
            number(row["elbo_loss"], 2),
            f"{number(row['gain'], 2)} ± {number(row['gain_error'], 2)}",
            number(row["active_units"], 1),
        )
        for row in likelihoods
    ]
    caption = _("Bounds on the log-likelihood of test images with binary pixels.")
    return Table(caption, _("configuration"), columns, body)


def tabulate_distances(samples: list[Row]) -> Table:
    """Return the distances of samples with either network beside the published ones."""
    measured = {row["what"]: row for row in samples}
    columns = [Column(_("published"), _("Inception features"), "lower")]
    columns += [Column(_(label), _("judges' features"), "lower") for label in NETWORKS.values()]
    body = [
        table_row(
            SOURCES[name],
            number(FRECHET[name], 1) if name in FRECHET else MISSING,
            *(entry(measured[f"{network}/{name}"], 1) for network in NETWORKS),
        )
        for name in SOURCES
        if all(f"{network}/{name}" in measured for network in NETWORKS)
    ]
    caption = _("Fréchet distances of samples to test images. The scales differ; the orders can be compared.")
    return Table(caption, _("samples"), columns, body)


def tabulate_tuning(runs: list[Row]) -> Table:
    """Return what short runs on the training split scored on validation images."""
    columns = [Column(label, is_text=True) for label in (_("activation"), _("likelihood"), _("pixels"))]
    columns += [Column(label) for label in (_("epochs"), _("batch size"), _("peak learning rate"))]
    columns += [Column(_("validation"), _("squared error or nats"))]
    body = [
        table_row(
            run["configuration"],
            *(labels[run[key]] for key, labels in LABELS.items()),
            *(number(run[key], 0) for key in ("epochs", "batch_size")),
            general(run["learning_rate"]),
            number(run["validation"], 2),
        )
        for run in runs
    ]
    caption = _("Short runs that settings follow: one seed, on validation images.")
    return Table(caption, _("configuration"), columns, body)


def view(found: Row, runs: list[Row], measured: dict[str, list[Row]]) -> dict[str, Any]:
    """Return what the page shows, in the active language."""
    rows, settings = {row["key"]: row for row in found["rows"]}, found["configurations"]
    counts = Counter(row["verdict"] for row in found["rows"])
    return {
        "title": _(TITLE),
        "verdicts": [
            {"style": style, "label": VERDICTS[name], "count": ngettext("%(n)s row", "%(n)s rows", counts[name])}
            for name, style in VERDICT_STYLES.items()
        ],
        "works": [show_work(source, rows) for source in dict.fromkeys(each.source for each in PUBLISHED)],
        "is_quick": found["preset"] == "quick",
        "preset": found["preset"],
        "tables": [
            tabulate_settings(settings),
            tabulate_errors(measured["squared_errors"], settings),
            tabulate_bounds(measured["likelihoods"], settings),
            tabulate_distances(measured["samples"]),
            tabulate_tuning(runs),
        ],
        "extent": {name: number(value, 0) for name, value in found["extent"].items() if name.startswith("n_")},
    }


def main(params: Params, progress: Progress) -> None:
    """Write the page and say where it lies."""
    found, runs = read_json(RESULTS_DIR / "rows.json"), read_csv(TUNING_PATH)
    measured = {name: read_csv(RESULTS_DIR / f"{name}.csv") for name in TABLES}
    jinja = environment(str(TEMPLATES_DIR))
    jinja.loader = FileSystemLoader([TEMPLATES_DIR, REPORT_DIR / "templates"])
    template, asked = jinja.get_template("replications.html.j2"), load_study_params(PARAMS_PATH).report.language

    def make(code: str) -> Edition:
        return Edition(code, _(TITLE), template.render(language=code, view=view(found, runs, measured)))

    editions = make_editions(asked, make)
    page = compose(jinja, editions, read_assets(REPORT_DIR / "assets", STYLES, SCRIPTS), opens_in=asked)
    write_bytes(PAGE_PATH, page.encode())
    progress.say(f"{params.preset} preset, written to {PAGE_PATH}")


if __name__ == "__main__":
    run_stage("page", main)
