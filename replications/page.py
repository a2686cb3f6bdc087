"""Render the replications as one self-contained page in every language, with the report's machinery.

The page shows what ``rows`` weighed; nothing is measured here.
"""

from pathlib import Path
from typing import Any

from jinja2 import FileSystemLoader
from markupsafe import Markup

from autoencoders.parameters import load_params as load_study_params
from autoencoders.reproducibility.artifacts import read_bytes, read_csv, read_json, write_bytes
from replications.console import run_stage
from replications.parameters import Params
from replications.paths import PAGE_PATH, RESULTS_DIR, TEMPLATES_DIR, TUNING_PATH
from replications.published import PUBLISHED, Published
from report.labels import ACTIVATIONS, LIKELIHOODS
from report.language import N_, Labels, _, ngettext, speaking
from report.page import Assets, Edition, compose, environment, ordered
from report.tables import MISSING, Cell, Column, Table, TableRow, cell, general, number
from stages.console import Progress
from stages.paths import PARAMS_PATH, REPORT_DIR

Row = dict[str, Any]
ASSETS = ("colours.css", "report.css"), ("page.js",)
TITLE = N_("Published numbers, reproduced")
VERDICTS = Labels(
    {
        "reproduced": N_("reproduced"),
        "direction": N_("direction only"),
        "not_reproduced": N_("not reproduced"),
    }
)
PIXELS = Labels({"grey": N_("grey"), "shifted": N_("grey, moved"), "drawn_anew": N_("drawn anew")})
STYLES = {"reproduced": "supported", "direction": "undecided", "not_reproduced": "refuted"}  # the report's verdicts


def printed(published: Published) -> str:
    """Return the published number as text, a range where works differ."""
    low, high = (number(value, published.digits) for value in (published.low, published.high))
    return low if published.low == published.high else f"{low}\u2009…\u2009{high}"


def stated(published: Published, row: Row) -> str:
    """Return our number with its interval as one text."""
    ours = cell(row["ours"], published.digits)
    return f"{ours.text} [{ours.interval}]" if ours.interval else ours.text


def name_of(published: Published) -> str:
    """Return what a row is about, in the active language."""
    return _(published.what, d=published.key.rpartition("_")[2]) if "%(" in published.what else _(published.what)


def rule_of(published: Published) -> str:
    """Return the rule of a row's verdict, in the active language."""
    if published.tolerance is None:
        return _("direction only: the interval above 0")
    if published.is_bound:
        return _("reproduced if not above the published number")
    return _("reproduced within %(tolerance)s", tolerance=number(published.tolerance, 2))


def numbers_table(rows: dict[str, Row], source: str) -> Table:
    """Return published and our numbers of one work."""
    columns = [
        Column(_("published")),
        Column(_("ours"), _("mean and 95 %% interval")),
        Column(_("difference")),
        Column(_("verdict"), is_text=True),
        Column(_("rule"), is_text=True),
    ]
    body = []
    for published in (entry for entry in PUBLISHED if entry.source == source):
        row = rows[published.key]
        cells = [
            Cell(printed(published)),
            cell(row["ours"], published.digits),
            Cell(number(row["difference"], published.digits)),
            Cell(VERDICTS[row["verdict"]]),
            Cell(rule_of(published)),
        ]
        body.append(TableRow("", f"{name_of(published)}, {_(published.unit)}", cells))
    return Table(source, _("model"), columns, body)


def notes_of(source: str) -> list[dict[str, str]]:
    """Return protocol and differences of the rows of one work, rows with the same ones together."""
    notes: dict[tuple[str, str], list[str]] = {}
    for entry in (entry for entry in PUBLISHED if entry.source == source):
        notes.setdefault((_(entry.protocol), _(entry.otherwise)), []).append(name_of(entry))
    return [
        {"rows": "; ".join(names), "protocol": protocol, "otherwise": otherwise}
        for (protocol, otherwise), names in notes.items()
    ]


def settings_table(cells: dict[str, Row]) -> Table:
    """Return how long every cell was trained."""
    columns = [Column(_("epochs")), Column(_("seeds")), Column(_("batch size"))]
    body = [
        TableRow("", name, [Cell(number(row[key], 0)) for key in ("epochs", "n_seeds", "batch_size")])
        for name, row in cells.items()
    ]
    return Table(_("Training of every cell, on all training images."), _("cell"), columns, body)


def measured_tables(squared_errors: list[Row], likelihoods: list[Row], cells: dict[str, Row]) -> list[Table]:
    """Return what was measured of every cell, so that error and bound can be read against epochs."""
    epochs = {name: number(row["epochs"], 0) for name, row in cells.items()}
    errors = [
        TableRow("", row["what"], [Cell(epochs.get(row["what"], MISSING)), cell(row)])
        for row in squared_errors
        if "-" not in row["what"]
    ]
    bounds = [
        TableRow(
            "",
            row["what"],
            [
                Cell(epochs[row["what"]]),
                cell(row),
                Cell(number(row["elbo_loss"], 2)),
                Cell(f"{number(row['gain'], 2)} ± {number(row['gain_error'], 2)}"),
                Cell(number(row["active_units"], 1)),
            ],
        )
        for row in likelihoods
    ]
    headings = [
        Column(_("epochs")),
        Column(_("log-likelihood"), _("negative, nats"), "lower"),
        Column(_("evidence lower bound"), _("negative, nats"), "lower"),
        Column(_("part of more samples"), _("nats, ± standard error")),
        Column(_("active units")),
    ]
    return [
        Table(_("Squared error per test image."), _("cell"), [Column(_("epochs")), Column("SE", "", "lower")], errors),
        Table(_("Bounds on the log-likelihood of test images with binary pixels."), _("cell"), headings, bounds),
    ]


def tuning_table(runs: list[Row]) -> Table:
    """Return what short runs on the training split scored on validation images."""
    columns = [Column(_("activation"), is_text=True), Column(_("likelihood"), is_text=True)]
    columns += [Column(_("pixels"), is_text=True)]
    columns += [Column(_("epochs")), Column(_("batch size"))]
    columns += [Column(_("peak learning rate")), Column(_("validation"), _("squared error or nats"))]
    body = [
        TableRow(
            "",
            run["cell"],
            [
                Cell(ACTIVATIONS[run["activation"]]),
                Cell(LIKELIHOODS[run["likelihood"]]),
                Cell(PIXELS[run["pixels"]]),
                Cell(number(run["epochs"], 0)),
                Cell(number(run["batch_size"], 0)),
                Cell(general(run["learning_rate"])),
                Cell(number(run["validation"], 2)),
            ],
        )
        for run in runs
    ]
    return Table(_("Short runs that settings follow: one seed, on validation images."), _("cell"), columns, body)


def view(found: Row, runs: list[Row], measured: dict[str, list[Row]]) -> dict[str, Any]:
    """Return what the page shows, in the active language."""
    rows = {row["key"]: row for row in found["rows"]}
    counts = {name: sum(row["verdict"] == name for row in found["rows"]) for name in VERDICTS}
    sources = list(dict.fromkeys(entry.source for entry in PUBLISHED))
    extent = found["extent"]
    return {
        "title": _(TITLE),
        "verdicts": [
            {"style": STYLES[name], "label": VERDICTS[name], "count": ngettext("%(n)s row", "%(n)s rows", n)}
            for name, n in counts.items()
        ],
        "works": [
            {"id": f"work-{i}", "title": source, "table": numbers_table(rows, source), "notes": notes_of(source)}
            for i, source in enumerate(sources)
        ],
        "is_quick": found["preset"] == "quick",
        "preset": found["preset"],
        "settings": settings_table(found["cells"]),
        "tuning": tuning_table(runs),
        "measured": measured_tables(**measured, cells=found["cells"]),
        "extent": {name: number(extent[name], 0) for name in extent if name.startswith("n_")},
    }


def read_assets(folder: Path) -> Assets:
    """Return the style sheets as one and the script; those of the explorer are not needed here."""
    style, script = ("".join(read_bytes(folder / name).decode() for name in names) for names in ASSETS)
    return Assets(style, script)


def main(params: Params, progress: Progress) -> None:
    """Write the page and say where it lies."""
    found, runs = read_json(RESULTS_DIR / "rows.json"), read_csv(TUNING_PATH)
    measured = {name: read_csv(RESULTS_DIR / f"{name}.csv") for name in ("squared_errors", "likelihoods")}
    jinja = environment(str(TEMPLATES_DIR))
    jinja.loader = FileSystemLoader([TEMPLATES_DIR, REPORT_DIR / "templates"])
    editions = []
    for code in ordered(load_study_params(PARAMS_PATH).report.language):
        with speaking(code):
            html = jinja.get_template("replications.html.j2").render(language=code, view=view(found, runs, measured))
            editions.append(Edition(code, _(TITLE), Markup(html)))  # noqa: S704 -- rendered with everything escaped
    page = compose(jinja, editions, read_assets(REPORT_DIR / "assets"))
    write_bytes(PAGE_PATH, page.encode())
    progress.say(f"{params.preset} preset, written to {PAGE_PATH}")


if __name__ == "__main__":
    run_stage("page", main)
