"""What codes decode to that no image was encoded to: samples, completeness, continuity, the plane."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from report.figures import Cloud, Panel, Series, clouds, interval_dots, line_panels
from report.findings import at_latent_dims, epochs_of, leader, named_cells, places_below, unjudged
from report.labels import CODECS, REGIONS, SOURCES, THRESHOLD_IMAGES
from report.language import Labels, _, message
from report.published import DATASETS, FRECHET_ORDER
from report.study import Picture, Row, Study
from report.tables import MISSING, Cell, Column, Field, Table, TableRow, cell, find, grid, number, percent
from report.views.sweep import lines, over_latent_dims

GENERATORS = Labels({name: message for name, message in SOURCES.messages.items() if name not in ("floor", "test")})
CONTROLS = ("pixels",)
COUNTS = ("n_samples", "n_test", "n_fitted_codes", "n_neighbour_points")


def sample_fields() -> list[Field]:
    """Return the columns that compare samples with real images."""
    features = _("judge's features")
    return [
        Field(Column(_("Fréchet distance"), features, "lower"), {"measure": "frechet"}, 1),
        Field(Column(_("precision"), "%", "higher"), {"measure": "precision"}, 1, True),
        Field(Column(_("recall"), "%", "higher"), {"measure": "recall"}, 1, True),
        Field(Column(_("recognised"), "%", "higher"), {"measure": "recognised"}, 1, True),
    ]


def more_fields() -> list[Field]:
    """Return further columns of the same comparison."""
    return [
        Field(Column(_("kernel distance"), _("judge's features"), "lower"), {"measure": "kernel"}, 3),
        Field(Column(_("density"), _("1: as dense as real"), "higher"), {"measure": "density"}, 3),
        Field(Column(_("coverage"), "%", "higher"), {"measure": "coverage"}, 1, True),
        Field(Column(_("class balance"), _("1: all classes alike"), "higher"), {"measure": "class_balance"}, 3),
        Field(Column(_("nearest training image"), _("distance in pixels")), {"measure": "nearest_train"}, 2),
        Field(Column(_("told from codes"), _("%%, 50: not at all"), "lower"), {"measure": "told_apart"}, 1, True),
    ]


def path_fields() -> list[Field]:
    """Return the columns that describe paths between codes."""
    pixels = _("RMS pixel difference")
    return [
        Field(Column(_("recognised"), _("%% of all points"), "higher"), {"measure": "recognised"}, 1, True),
        Field(Column(_("recognised in the middle"), "%", "higher"), {"measure": "recognised_middle"}, 1, True),
        Field(Column(_("change per unit step"), pixels), {"measure": "change_mean"}, 3),
        Field(Column(_("largest change"), pixels), {"measure": "change_max"}, 3),
        Field(Column(_("unevenness"), _("largest step / mean step"), "lower"), {"measure": "evenness"}, 2),
    ]


def samples(rows: Sequence[Row], metrics: Row, fields: Sequence[Field]) -> Table:
    """Return measures of every generator, with the floor and the test images."""
    caption = _(
        "%(n)s samples of each generator against %(test)s test images, mean over seeds and 95 %% interval. The floor is "
        "what real training images score that no fit used.",
        n=number(metrics["n_samples"], 0),
        test=number(metrics["n_test"], 0),
    )
    body = grid(rows, "source", SOURCES, fields, baselines=("floor", "test"))
    return Table(caption, _("samples"), [field.column for field in fields], body)


def frechet_by_dim(rows: Sequence[Row], latent_dims: Sequence[int]) -> Table:
    """Return the Fréchet distance of every generator at every latent dimension."""
    fields = [Field(Column(str(d), "", "lower"), {"latent_dim": d, "measure": "frechet"}, 1) for d in latent_dims]
    caption = _("Fréchet distance to the test images by latent dimension: mean over seeds and 95 %% interval.")
    return Table(caption, _("latent dimension"), [f.column for f in fields], grid(rows, "source", GENERATORS, fields))


def dims_figure(rows: Sequence[Row]) -> str:
    """Return Fréchet distance and share recognised over latent dimensions."""
    panels = []
    for measure, title, label, scale in (
        ("frechet", _("Fréchet distance"), _("Fréchet distance"), 1),
        ("recognised", _("recognised"), _("recognised, %%"), 100),
    ):
        series = lines(rows, "latent_dim", "source", GENERATORS, measure=measure)
        panels.append(over_latent_dims(title, label, [one.scaled(scale) for one in series]))
    return line_panels("generation-dims", panels, height=3.6)


def completeness(rows: Sequence[Row], metrics: Row) -> Table:
    """Return the share of recognised codes by codec and region."""
    fields = [
        Field(Column(label, _("%% recognised"), "higher"), {"region": region, "measure": "recognised"}, 1, True)
        for region, label in REGIONS.items()
    ]
    caption = _(
        "Completeness: share of %(n)s codes a seed, drawn from the region, that decode to something the judge is at least "
        "%(threshold)s sure of.",
        n=number(metrics["n_completeness_codes"], 0),
        threshold=percent(metrics["recognition_threshold"], 0),
    )
    return Table(caption, _("codec"), [field.column for field in fields], grid(rows, "codec", CODECS, fields))


def threshold(rows: Sequence[Row]) -> Table:
    """Return what the recognition threshold says of images whose truth is known."""
    fields = [
        Field(Column(_("recognised"), "%"), {"measure": "recognised"}, 1, True),
        Field(Column(_("mean confidence"), "%"), {"measure": "confidence"}, 1, True),
    ]
    caption = _("The threshold itself, tried on images of which the right answer is known.")
    return Table(caption, _("images"), [f.column for f in fields], grid(rows, "images", THRESHOLD_IMAGES, fields))


def paths(rows: Sequence[Row], metrics: Row) -> Table:
    """Return the measures of continuity along straight paths."""
    caption = _(
        "%(n)s straight paths of %(steps)s steps between the codes of two test images of different classes. A unit step is "
        "the codes' root mean squared distance from their mean. Pixels: a plain cross-fade of the two images, the control.",
        n=number(metrics["n_paths"], 0),
        steps=metrics["path_steps"],
    )
    fields = path_fields()
    body = grid(rows, "codec", CODECS, fields, baselines=CONTROLS)
    return Table(caption, _("codec"), [field.column for field in fields], body)


def positions_figure(rows: Sequence[Row]) -> str:
    """Return the share recognised by position on the path."""
    series = lines(rows, "position", "codec", CODECS)
    shown = [one.scaled(100) for one in series]
    panel = Panel("", _("position between the two images"), _("recognised, %%"), shown, y_limits=(0, 102))
    return line_panels("generation-positions", [panel], height=3.1)


def plane_figure(confidence: Sequence[Row], codes: Sequence[Row], class_names: Sequence[str]) -> str | None:
    """Return the codes of test images over the judge's confidence on the plane; None without two-dimensional codes."""
    panels = []
    for name in ("ae", "vae"):
        grid_rows = [row for row in confidence if row["codec"] == name]
        chosen = [row for row in codes if row["codec"] == name]
        if grid_rows and chosen:
            x, y = sorted({row["x"] for row in grid_rows}), sorted({row["y"] for row in grid_rows})
            shares = np.array([row["confidence"] for row in grid_rows]).reshape(len(y), len(x))
            points = np.array([(row["x"], row["y"]) for row in chosen])
            labels = np.array([row["label"] for row in chosen])
            panels.append(Cloud(CODECS[name], points, labels, shares, (x[0], x[-1], y[0], y[-1])))
    return clouds("generation-plane", panels, class_names, height=3.6) if panels else None


def published(rows: Sequence[Row]) -> Table:
    """Return the published Fréchet distances beside ours: an order to compare, not values."""
    ours = {entry.key: find(rows, source=entry.key, measure="frechet") for entry in FRECHET_ORDER}
    measured = {key: row["mean"] for key, row in ours.items() if row is not None}
    theirs, mine = ranks({entry.key: entry.value for entry in FRECHET_ORDER}), ranks(measured)
    body = []
    for entry in FRECHET_ORDER:
        texts = [Cell(number(entry.value, 1)), Cell(theirs[entry.key]), cell(ours[entry.key], 1)]
        body.append(TableRow("", _(entry.what), [*texts, Cell(mine.get(entry.key, MISSING))]))
    entry = FRECHET_ORDER[0]
    caption = _(
        "The order of the generators in %(source)s (%(protocol)s) beside ours. Compare the order only: theirs is "
        "%(quantity)s of convolutional networks trained longer, ours of the judge's features and fully connected networks; "
        "distances grow with the features' scale and fall with the number of samples.",
        source=_(entry.source),
        protocol=_(entry.protocol),
        quantity=_(entry.quantity),
    )
    columns = [Column(_("published")), Column(_("rank")), Column(_("ours")), Column(_("rank"))]
    return Table(caption, _("samples"), columns, body)


def ranks(values: Mapping[str, float]) -> dict[str, str]:
    """Return the place of each value, the smallest first.

    >>> ranks({"a": 3.0, "b": 1.0})
    {'b': '1', 'a': '2'}
    """
    return {key: str(place) for place, key in enumerate(sorted(values, key=lambda key: values[key]), start=1)}


def sheets(pictures: Mapping[str, Picture], prefix: str, labels: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the pictures whose names are the prefix and a label's key, with the label."""
    return [
        {"name": name, "label": label, "picture": pictures[f"{prefix}_{name}"]}
        for name, label in labels.items()
        if f"{prefix}_{name}" in pictures
    ]


def dots(rows: Sequence[Row]) -> str:
    """Return Fréchet distance and share recognised of every source as dots with intervals."""
    panels = []
    for measure, label, scale in (("frechet", _("Fréchet distance"), 1), ("recognised", _("recognised, %%"), 100)):
        series = []
        for name, text in SOURCES.items():
            row = find(rows, source=name, measure=measure)
            if row and name != "test":
                low, high = ([] if row[key] is None else [scale * row[key]] for key in ("low", "high"))
                series.append(
                    Series(name if name in GENERATORS else "ink", text, [scale * row["mean"]], [0.0], low, high)
                )
        panels.append(Panel("", label, "", series))
    return interval_dots("generation-dots", panels)


def dots_finding(rows: Sequence[Row]) -> str:
    """Return which generator comes nearest to real images, and which stays farthest."""
    near, far = (leader(rows, "source", GENERATORS, d, measure="frechet") for d in ("lower", "higher"))
    if near is None or far is None or near is far:
        return ""
    return _(
        "Nearest to the test images: %(near)s (%(near_value)s); farthest: %(far)s (%(far_value)s).",
        near=GENERATORS[near["source"]],
        near_value=number(near["mean"], 1),
        far=GENERATORS[far["source"]],
        far_value=number(far["mean"], 1),
    )


def dims_finding(rows: Sequence[Row]) -> str:
    """Return at which latent dimensions the VAE's prior beats the Gaussian fitted to the AE's codes, and is beaten."""
    prior, fitted = ({"source": name, "measure": "frechet"} for name in ("vae_prior", "ae_gaussian"))
    if find(rows, **prior) is None or find(rows, **fitted) is None:
        return ""
    return _(
        "The VAE's prior comes nearer to real images than the Gaussian fitted to the AE's codes %(better)s; it stays "
        "farther away %(worse)s (intervals apart).",
        better=at_latent_dims(*places_below(rows, "latent_dim", prior, fitted)),
        worse=at_latent_dims(*places_below(rows, "latent_dim", fitted, prior)),
    )


def middle_of_paths(rows: Sequence[Row]) -> dict[str, Cell]:
    """Return the share recognised in the middle of the paths by codec."""
    return {row["codec"]: cell(row, 0, is_share=True) for row in rows if row["measure"] == "recognised_middle"}


def view(study: Study) -> dict[str, Any]:
    """Return what the section shows."""
    slug = "generation"
    metrics, rows, pictures = study.metrics(slug), study.table(slug, "samples"), study.pictures(slug)
    class_names = [message(str(name)) for name in study.metrics("prepare")["class_names"]]
    swept = study.table(slug, "by_latent_dim")
    dims = study.params.latent_dims
    return {
        "latent_dim": metrics["latent_dim"],
        **{name: number(metrics[name], 0) for name in COUNTS},
        "n_components": metrics["n_mixture_components"],
        "threshold_share": percent(metrics["recognition_threshold"], 0),
        "samples": samples(rows, metrics, sample_fields()),
        "more": samples(rows, metrics, more_fields()),
        "dots": dots(rows),
        "dots_finding": dots_finding(rows),
        "dims_finding": dims_finding(swept),
        "middle": named_cells(middle_of_paths(study.table(slug, "paths")), CODECS),
        "by_dim": frechet_by_dim(swept, dims),
        "dims_figure": dims_figure(swept),
        "completeness": completeness(study.table(slug, "completeness"), metrics),
        "threshold": threshold(study.table(slug, "threshold")),
        "noise_recognised": percent(
            (find(study.table(slug, "threshold"), images="uniform_noise", measure="recognised") or {"mean": None})[
                "mean"
            ],
            0,
        ),
        "paths": paths(study.table(slug, "paths"), metrics),
        "positions": positions_figure(study.table(slug, "positions")),
        "plane": plane_figure(
            study.table(slug, "figures/plane"), study.table(slug, "figures/plane_codes"), class_names
        ),
        "published": published(rows) if study.params.dataset in DATASETS else None,
        "sheets": sheets(pictures, "samples", SOURCES),
        "path_sheets": sheets(pictures, "paths", CODECS),
        "manifolds": sheets(pictures, "manifold", CODECS),
        "unjudged": unjudged(study),
        "frechet": {row["source"]: cell(row, 1) for row in rows if row["measure"] == "frechet"},
        "told_apart": named_cells(
            {row["source"]: cell(row, 1, is_share=True) for row in rows if row["measure"] == "told_apart"}, GENERATORS
        ),
        "difference": cell(study.summary()["claims"]["C5"], 1),
        "gap_closed": cell(study.summary()["claims"]["C6"], 1, is_share=True),
        "epochs": epochs_of(study),
    }
