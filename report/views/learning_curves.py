"""Learning curves and chosen epochs of every model."""

from collections import defaultdict
from collections.abc import Mapping
from statistics import mean
from typing import Any

from foundation.models import MODELS
from foundation.vocabulary import JUDGES
from report.texts.labels import BOUNDED_PIXELS, CODECS, CONTROL_IMAGES, FAMILIES, METHODS
from report.texts.language import N_, Labels, _, localised
from report.texts.published import DATASETS
from report.texts.tables import MISSING, Column, Entry, Table, TableRow, entry, interval, number, table_row
from report.views.figures import LinePanels, Panel, Series
from report.views.study import Row, Study

HISTORY = "learning_curves/history.csv"
SPLITS = Labels({"train_reconstruction": N_("training, running mean"), "validation_reconstruction": N_("validation")})


def curve(rows: list[Row], role: str, label: str, measure: str) -> Series:
    """Return the mean of a measure over seeds by epoch, with the range of the seeds as band."""
    by_epoch: dict[int, list[float]] = defaultdict(list)
    for row in rows:
        by_epoch[row["epoch"]].append(row[measure])
    epochs = sorted(by_epoch)
    ordered = [by_epoch[epoch] for epoch in epochs]
    return Series(role, label, epochs, [mean(v) for v in ordered], [min(v) for v in ordered], [max(v) for v in ordered])


def panels(history: list[Row], latent_dim: int) -> list[Panel]:
    """Return a panel per model with hidden layers, of linear ones where there are no others, and the VAE's KL."""
    own = [r for r in history if r["latent_dim"] == latent_dim and r["role"] == "sweep"]
    present = {r["model"] for r in own}
    names = [name for name in MODELS if name in present]
    shown = [name for name in names if not MODELS[name].is_linear] or names
    at = {model: [r for r in own if r["model"] == model] for model in shown}
    drawn = []
    for model, rows in at.items():
        series = [
            curve(rows, "muted" if measure.startswith("train") else model, label, measure)
            for measure, label in SPLITS.items()
        ]
        drawn.append(
            Panel(
                _("%(model)s: reconstruction", model=CODECS[model]),
                _("epoch"),
                _("squared error / 2") if MODELS[model].is_linear else _("nats per image"),
                series,
                sorted({r["epoch"] for r in rows}),
            )
        )
    if "vae" not in at:
        return drawn
    kl = [
        curve(at["vae"], "muted", SPLITS["train_reconstruction"], "train_regularisation"),
        curve(at["vae"], "vae", SPLITS["validation_reconstruction"], "validation_regularisation"),
    ]
    drawn.append(Panel(_("%(model)s: KL", model=CODECS["vae"]), _("epoch"), _("nats per image"), kl, drawn[-1].x_ticks))
    return drawn


def final_losses(study: Study) -> Table:
    """Return validation loss of the chosen epoch, mean and range over seeds, per model and latent dimension."""
    chosen: dict[tuple[str, str], dict[int, Row]] = defaultdict(dict)
    for row in study.table("learning_curves", "history"):
        if row["is_best_so_far"]:
            chosen[row["role"], str(row["name"])][row["seed"]] = row
    rows = [_losses(cell_label(role, name, found), list(found.values())) for (role, name), found in chosen.items()]
    headings = [
        Column(_("reconstruction"), _("nats; squared error / 2 for the linear AE"), "lower"),
        Column(_("regularisation"), _("nats; KL, or half the squared code")),
        Column(_("chosen epoch"), _("per seed")),
    ]
    caption = _(
        "Validation loss of the chosen weights: mean over seeds, with the range of the seeds. They compare only between "
        "models trained on the same images for as many epochs. –: the loss has no such part."
    )
    return Table(caption, _("model, latent dimension"), headings, rows, HISTORY)


def cell_label(role: str, name: str, by_seed: Mapping[int, Row]) -> str:
    """Return what a cell is called in the table."""
    row = next(iter(by_seed.values()))
    model, latent_dim = CODECS[row["model"]], row["latent_dim"]
    return {
        "sweep": f"{model}, {latent_dim}",
        "ceiling": _("%(model)s, wider and trained for longer, %(d)s", model=model, d=latent_dim),
        "denoiser": f"{METHODS.get(name, name)}, {latent_dim}",
        "beta": _("%(model)s with β = %(beta)s, %(d)s", model=model, beta=localised(name), d=latent_dim),
        "likelihood": _(
            "%(model)s on %(pixels)s, %(d)s", model=model, pixels=BOUNDED_PIXELS.get(name, name), d=latent_dim
        ),
    }[role]


def _losses(label: str, rows: list[Row]) -> TableRow:
    model = rows[0]["model"]
    entries = []
    for measure in ("validation_reconstruction", "validation_regularisation"):
        values = [row[measure] for row in rows]
        entries.append(
            Entry(number(mean(values), 2), interval(min(values), max(values), 2))
            if measure == "validation_reconstruction" or any(values)
            else Entry(MISSING)
        )
    entries.append(Entry(", ".join(str(row["epoch"]) for row in rows)))
    return TableRow(model, label, entries)


def _final_epochs(history: list[Row]) -> dict[tuple[Any, ...], bool]:
    """Return for every training run of several epochs whether its last was its best on the validation images."""
    return {(row["role"], row["name"], row["seed"]): row["is_best_so_far"] for row in history if row["epoch"] > 1}


def outcome(history: list[Row]) -> str:
    """Return in how many training runs the last epoch was the best, and what that says of overfitting."""
    final = _final_epochs(history)
    n_best, n_runs = sum(final.values()), len(final)
    if not n_runs:
        return _("With one epoch there is nothing to choose from, and overfitting cannot be seen.")
    if n_best == n_runs:
        return _(
            "The loss on the validation images was lowest in the last epoch of every training run (%(n)s of them): training "
            "ended before overfitting could show.",
            n=n_runs,
        )
    return _(
        "The loss on the validation images was lowest in the last epoch of %(n)s of %(total)s training runs: these ended "
        "before overfitting could show; of the others the weights of an earlier epoch are used.",
        n=n_best,
        total=n_runs,
    )


def judges(study: Study) -> Table:
    """Return how often each judge names the class of test images, and what it recognises that shows a class or none."""
    found = [study.details("train_judge", judge) for judge in JUDGES]
    shown = {_("test images classified correctly"): [one["accuracy_test"] for one in found]}
    for images, label in CONTROL_IMAGES.items():
        shown[_("recognised: %(images)s", images=label)] = [one["recognised"][images] for one in found]
    body = [table_row(label, *(entry(one, 2, is_share=True) for one in own)) for label, own in shown.items()]
    caption = _(
        "The judges, %%: mean over seeds and 95 %% interval. No judge was trained on photographs, which are cut out of two "
        "sample pictures."
    )
    return Table(caption, _("images"), [Column(FAMILIES[judge], "%") for judge in JUDGES], body, "train_judge")


def rounding(study: Study) -> str:
    """Return in how many cells products of training had rounded factors, "" if in none."""
    precisions = [cell["precision"] for cell in study.metrics("learning_curves")["cells"]]
    n_rounded = precisions.count("bfloat16")
    if not n_rounded:
        return ""
    return _(
        "For speed, the large matrix multiplications of training have factors rounded to bfloat16, to eight significant "
        "bits (in %(n)s of %(total)s configurations). Weights, sums and losses keep float32's twenty-four bits, and so does "
        "everything that is measured.",
        n=n_rounded,
        total=len(precisions),
    )


def view(study: Study) -> dict[str, Any]:
    """Return what the section shows."""
    history = study.table("learning_curves", "history")
    return {
        "takeaway": outcome(history),
        "latent_dim": study.params.latent_dim,
        "epochs": study.params.epochs,
        "has_published": study.params.dataset in DATASETS,
        "curves": LinePanels("learning-curves", panels(history, study.params.latent_dim), source=HISTORY),
        "losses": final_losses(study),
        "rounding": rounding(study),
        "judges": judges(study),
        "n_judge_seeds": len(study.params.train_judge.seeds),
        "ceiling_epochs": study.params.train_ceiling.epochs,
        "ceiling_widths": ", ".join(map(str, study.params.train_ceiling.hidden_dims)),
    }
