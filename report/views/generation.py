"""What codes decode to that no image was encoded to: samples, completeness, continuity, the plane."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from foundation.parameters import latent_dims
from report.texts.labels import CODECS, REGIONS, SOURCES, THRESHOLD_IMAGES
from report.texts.language import _, message
from report.texts.published import DATASETS, FRECHET_ORDER
from report.texts.tables import (
    MISSING,
    Column,
    Entry,
    Field,
    Table,
    TableRow,
    by_latent_dim,
    entry,
    find,
    grid,
    number,
    percent,
)
from report.views.figures import Cloud, Clouds, IntervalDots, LinePanels, Panel, Series
from report.views.findings import at_latent_dims, leader, named_entries, places_below, unjudged
from report.views.study import Picture, Row, Study
from report.views.sweep import lines, over_latent_dims

GENERATORS = SOURCES.without("floor", "test")
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
        Field(
            Column(_("told from codes"), _("%%, 50: not at all"), "lower"), {"measure": "classifier_accuracy"}, 1, True
        ),
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
    return grid(caption, _("samples"), rows, ("source", SOURCES), fields, baselines=("floor", "test"))


def frechet_table(rows: Sequence[Row], dims: Sequence[int]) -> Table:
    """Return the Fréchet distance of every generator at every latent dimension."""
    fields = by_latent_dim(dims, "lower", 1, measure="frechet")
    caption = _("Fréchet distance to the test images by latent dimension: mean over seeds and 95 %% interval.")
    return grid(caption, _("latent dimension"), rows, ("source", GENERATORS), fields)


def dims_figure(rows: Sequence[Row]) -> LinePanels:
    """Return Fréchet distance and share recognised over latent dimensions."""
    panels = []
    for measure, title, label, scale in (
        ("frechet", _("Fréchet distance"), _("Fréchet distance"), 1),
        ("recognised", _("recognised"), _("recognised, %%"), 100),
    ):
        series = lines(rows, "latent_dim", "source", GENERATORS, measure=measure)
        panels.append(over_latent_dims(title, label, [one.scaled(scale) for one in series]))
    return LinePanels("generation-dims", panels, height=3.6)


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
    return grid(caption, _("codec"), rows, ("codec", CODECS), fields)


def threshold(rows: Sequence[Row]) -> Table:
    """Return what the recognition threshold says of images whose truth is known."""
    fields = [
        Field(Column(_("recognised"), "%"), {"measure": "recognised"}, 1, True),
        Field(Column(_("mean confidence"), "%"), {"measure": "confidence"}, 1, True),
    ]
    caption = _("The threshold itself, tried on images of which the right answer is known.")
    return grid(caption, _("images"), rows, ("images", THRESHOLD_IMAGES), fields)


def paths(rows: Sequence[Row], metrics: Row) -> Table:
    """Return the measures of continuity along straight paths."""
    caption = _(
        "%(n)s straight paths of %(steps)s steps between the codes of two test images of different classes. A unit step is "
        "the codes' root mean squared distance from their mean. Pixels: a plain cross-fade of the two images, the control.",
        n=number(metrics["n_paths"], 0),
        steps=metrics["path_steps"],
    )
    return grid(caption, _("codec"), rows, ("codec", CODECS), path_fields(), baselines=("pixels",))


def positions_figure(rows: Sequence[Row]) -> LinePanels:
    """Return the share recognised by position on the path."""
    series = lines(rows, "position", "codec", CODECS)
    shown = [one.scaled(100) for one in series]
    panel = Panel("", _("position between the two images"), _("recognised, %%"), shown, y_limits=(0, 102))
    return LinePanels("generation-positions", [panel], height=3.1)


def plane_figure(confidence: Sequence[Row], codes: Sequence[Row], class_names: Sequence[str]) -> Clouds | None:
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
    return Clouds("generation-plane", panels, class_names, height=3.6) if panels else None


def published(rows: Sequence[Row]) -> Table:
    """Return the published Fréchet distances beside ours: an order to compare, not values."""
    ours = {work.key: find(rows, source=work.key, measure="frechet") for work in FRECHET_ORDER}
    measured = {key: row["mean"] for key, row in ours.items() if row is not None}
    theirs, mine = ranks({work.key: work.value for work in FRECHET_ORDER}), ranks(measured)
    body = []
    for work in FRECHET_ORDER:
        texts = [Entry(number(work.value, 1)), Entry(theirs[work.key]), entry(ours[work.key], 1)]
        body.append(TableRow("", _(work.what), [*texts, Entry(mine.get(work.key, MISSING))]))
    work = FRECHET_ORDER[0]
    caption = _(
        "The order of the generators in %(source)s (%(protocol)s) beside ours. Compare the order only: theirs is "
        "%(quantity)s of convolutional networks trained longer, ours of the judge's features and fully connected networks; "
        "distances grow with the features' scale and fall with the number of samples.",
        source=_(work.source),
        protocol=_(work.protocol),
        quantity=_(work.quantity),
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


def dots(rows: Sequence[Row]) -> IntervalDots:
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
    return IntervalDots("generation-dots", panels)


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


def middle_of_paths(rows: Sequence[Row]) -> dict[str, Entry]:
    """Return the share recognised in the middle of the paths by codec."""
    return {row["codec"]: entry(row, 0, is_share=True) for row in rows if row["measure"] == "recognised_middle"}


def view(study: Study) -> dict[str, Any]:
    """Return what the section shows."""
    slug = "generation"
    metrics, rows, pictures = study.metrics(slug), study.table(slug, "samples"), study.pictures(slug)
    class_names = [message(str(name)) for name in study.metrics("prepare")["class_names"]]
    swept = study.table(slug, "by_latent_dim")
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
        "middle": named_entries(middle_of_paths(study.table(slug, "paths")), CODECS),
        "by_dim": frechet_table(swept, latent_dims(study.params)),
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
        "frechet": {row["source"]: entry(row, 1) for row in rows if row["measure"] == "frechet"},
        "classifier_accuracy": named_entries(
            {row["source"]: entry(row, 1, is_share=True) for row in rows if row["measure"] == "classifier_accuracy"},
            GENERATORS,
        ),
        "difference": entry(study.summary()["claims"]["C5"], 1),
        "gap_closed": entry(study.summary()["claims"]["C6"], 1, is_share=True),
        "epochs": study.params.epochs,
    }
