"""Samples of every generator against real images: distances, the way from a linear model's samples to real images."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from autoencoders.statistics import BOUNDS
from foundation.parameters import latent_dims
from foundation.vocabulary import FAMILIES, JUDGES
from report.texts import labels
from report.texts.claims import MEASURES
from report.texts.labels import CODECS, HIDDEN, SAMPLERS, SOURCES
from report.texts.language import N_, _
from report.texts.published import DATASETS, FRECHET_ORDER
from report.texts.tables import (
    MISSING,
    Column,
    Direction,
    Field,
    Table,
    by_latent_dim,
    entry,
    find,
    grid,
    number,
    table_row,
)
from report.views import code_spaces
from report.views.figures import IntervalDots, LinePanels, Panel, Series
from report.views.findings import at_latent_dims, best_group, places_below
from report.views.ledger import evidence
from report.views.mosaics import cropped
from report.views.study import Picture, Row, Study
from report.views.sweep import lines, over_latent_dims
from report.views.takeaways import takeaway
from report.views.verdicts import shares_of

SAMPLES, SHARES, BY_DIM = "generation/samples.csv", "generation/shares.csv", "generation/by_latent_dim.csv"
PRIMARY = JUDGES[0]  # whose features stand for all where one family is shown
GENERATORS = SOURCES.without("floor", "test")
CEILINGS = [f"{name}_reconstructions" for name in HIDDEN]
DRAWN = GENERATORS.without(*CEILINGS)
BASELINES = ("floor", "test", *CEILINGS)
MAIN_SHEETS = ("floor", "ae_normal", "ae_mixture", "vae_normal")  # those that stand open, as many rows of each
N_ROWS = 5
FIDELITIES: dict[str, tuple[Direction, int, bool]] = {  # which side is better, decimals, whether it is a share
    "frechet": ("lower", 2, False),
    "kernel": ("lower", 3, False),
    "precision": ("higher", 1, True),
    "recall": ("higher", 1, True),
    "density": ("higher", 3, False),
    "coverage": ("higher", 1, True),
}
OVER_DIMS = {
    "frechet": N_(
        "Fréchet distance by latent dimension, features of the convolutional judge: mean over seeds and 95 %% interval."
    ),
    "recognised": N_(
        "Recognised by the convolutional judge, %%, by latent dimension: mean over seeds and 95 %% interval."
    ),
}
COUNTS = ("n_samples", "n_test", "n_fitted_codes", "n_neighbour_points", "n_memorisation_queries")


def fidelity(measure: str, family: str, label: str) -> Field:
    """Return the column of a measure in a family of features."""
    direction, digits, is_share = FIDELITIES[measure]
    column = Column(label, "%" if is_share else "", direction)
    return Field(column, {"measure": measure, "family": family}, digits, is_share)


def distances(rows: Sequence[Row], metrics: Row) -> Table:
    """Return the Fréchet distance of every source in every family of features."""
    own = [row for row in rows if row["measure"] == "frechet"]
    caption = _(
        "Fréchet distance to test images by the features it is measured in, %(n)s samples per seed: mean over seeds and "
        "95 %% interval. Reconstructions: the model's own, of the other real images. Columns have scales of their own.",
        n=number(metrics["n_samples"], 0),
    )
    fields = [fidelity("frechet", family, labels.FAMILIES[family]) for family in FAMILIES]
    return grid(caption, _("samples"), own, ("source", SOURCES), fields, baselines=BASELINES, source=SAMPLES)


def other_measures(rows: Sequence[Row], family: str) -> Table:
    """Return the other measures of every source in a family."""
    others = [measure for measure in FIDELITIES if measure != "frechet"]
    own = [row for row in rows if row["family"] == family and row["measure"] in others]
    caption = _(
        "Other measures, features: %(family)s; mean over seeds and 95 %% interval.", family=labels.FAMILIES[family]
    )
    fields = [fidelity(measure, family, MEASURES[measure]) for measure in others]
    return grid(caption, _("samples"), own, ("source", SOURCES), fields, baselines=BASELINES, source=SAMPLES)


def recognition(rows: Sequence[Row], metrics: Row) -> Table:
    """Return which share of every source's images each judge recognises."""
    fields = [
        Field(
            Column(labels.FAMILIES[judge], "%", "higher"), {"measure": "recognised", "family": judge}, 1, is_share=True
        )
        for judge in JUDGES
    ]
    caption = _(
        "Share of samples that a judge recognises, %%, and of the %(n)s test images per seed that they are compared with.",
        n=number(metrics["n_test"], 0),
    )
    return grid(caption, _("samples"), rows, ("source", SOURCES), fields, baselines=BASELINES, source=SAMPLES)


def plain_measures(rows: Sequence[Row], metrics: Row) -> Table:
    """Return what needs no features: classes, nearest training image, codes."""
    fields = [
        Field(Column(_("class balance"), _("1: all classes alike"), "higher"), {"measure": "class_balance"}, 3),
        Field(Column(_("nearest training image"), _("distance in pixels")), {"measure": "nearest_train"}, 2),
        Field(
            Column(_("told from training codes"), _("%%, guessing: 50"), "lower"),
            {"measure": "classifier_accuracy"},
            1,
            is_share=True,
        ),
    ]
    caption = _(
        "How even the classes are that a judge sees; the mean distance of %(n)s samples to the nearest training image; how "
        "often a classifier tells the codes of these samples from codes of training images. –: no code was drawn.",
        n=number(metrics["n_memorisation_queries"], 0),
    )
    own = [row for row in rows if row["source"] != "test"]
    return grid(caption, _("samples"), own, ("source", SOURCES), fields, baselines=BASELINES, source=SAMPLES)


def ways(rows: Sequence[Row]) -> IntervalDots:
    """Return the share of the way to real images of every source by Fréchet distance, a mark per voting family."""
    series = []
    for name, label in GENERATORS.items():
        own = [find(rows, source=name, family=family, measure="frechet") for family in FAMILIES]
        if any(own):
            places = [[way(row, key) for row in own] for key in BOUNDS]
            series.append(Series(model_of(name), label, places[0], [], places[1], places[2]))
    panel = Panel("", _("share of the way to real images, %%"), "", series, x_marks=(0, 100))
    marks = [labels.FAMILIES[family] for family in FAMILIES]
    return IntervalDots("generation-ways", [panel], 0.28 * len(series) + 1.2, marks, source=SHARES)


def way(row: Mapping[str, Any] | None, key: str) -> float:
    """Return mean, low or high of a share as percent, the mean where there is no interval; NaN without a vote."""
    return code_spaces.share(row if row and row["votes"] else None, key)


def model_of(source: str) -> str:
    """Return the model that samples are of.

    >>> model_of("rae_normal"), model_of("pca_gaussian")
    ('rae', 'pca')
    """
    return source.rpartition("_")[0]


def ways_finding(rows: Sequence[Row]) -> str:
    """Return whose samples come farthest on the way by the convolutional judge; several where intervals overlap."""
    best = best_group(rows, "source", DRAWN, "higher", family=PRIMARY, measure="frechet", votes=True)
    if not best or best[0]["low"] is None:
        return ""
    names = "; ".join(DRAWN[row["source"]] for row in best)
    if len(best) == 1:
        return _(
            "Of the samples drawn these come farthest by the convolutional judge's features, intervals apart: %(names)s.",
            names=names,
        )
    return _(
        "Of the samples drawn these come farthest by the convolutional judge's features, with overlapping intervals: "
        "%(names)s.",
        names=names,
    )


def over_dims(rows: Sequence[Row], dims: Sequence[int], measure: str, caption: str) -> Table:
    """Return a measure of every generator at every latent dimension, by the convolutional judge."""
    own = [row for row in rows if row["measure"] == measure and row["family"] == PRIMARY]
    is_share = measure == "recognised"
    fields = by_latent_dim(dims, "higher" if is_share else "lower", 1, is_share=is_share)
    return grid(caption, _("latent dimension"), own, ("source", GENERATORS), fields, baselines=CEILINGS, source=BY_DIM)


def dims_figure(rows: Sequence[Row]) -> LinePanels:
    """Return the Fréchet distance over latent dimensions, a panel per way to draw codes, a line per model."""
    own = [
        {**row, "model": model_of(row["source"])}
        for row in rows
        if row["family"] == PRIMARY and row["measure"] == "frechet"
    ]
    panels: list[Panel] = []
    for word, label in SAMPLERS.items():
        series = lines([row for row in own if row["source"].endswith(f"_{word}")], "latent_dim", "model", CODECS)
        if series:
            panels.append(over_latent_dims(label, "" if panels else _("Fréchet distance"), series, log_y=True))
    ends = [value for panel in panels for one in panel.series for value in (*one.y, *one.low, *one.high) if value > 0]
    limits = (0.9 * min(ends, default=1.0), 1.1 * max(ends, default=1.0))
    alike = [replace(panel, y_limits=limits) for panel in panels]
    return LinePanels("generation-dims", alike, height=2.8, source=BY_DIM)


def dims_finding(rows: Sequence[Row]) -> str:
    """Return where the AE with a mixture is nearer to real images than the VAE, with N(0, I) and with a mixture, too."""
    sources = ("ae_mixture", "vae_normal", "vae_mixture")
    ae, prior, vae = ({"source": name, "family": PRIMARY, "measure": "frechet"} for name in sources)
    first = [find(rows, **chosen) for chosen in (ae, prior, vae)]
    if any(row is None or row["low"] is None for row in first):
        return ""
    below = {
        name: at_latent_dims(*places_below(rows, "latent_dim", *pair))
        for name, pair in {"better": (ae, prior), "worse": (prior, ae), "ae": (ae, vae), "vae": (vae, ae)}.items()
    }
    return " ".join(
        _(text, **below)
        for text in (
            N_(
                "With a mixture fitted to its codes the AE comes nearer to real images than the VAE with N(0, I) "
                "%(better)s; the VAE comes nearer %(worse)s (intervals apart)."
            ),
            N_(
                "With a mixture fitted to the codes of both, the AE is nearer %(ae)s, the VAE %(vae)s; elsewhere neither "
                "is ahead."
            ),
        )
    )


def published(rows: Sequence[Row]) -> Table:
    """Return the published Fréchet distances beside ours: an order to compare, not values."""
    ours = {work.key: find(rows, source=work.key, family=PRIMARY, measure="frechet") for work in FRECHET_ORDER}
    measured = {key: row["mean"] for key, row in ours.items() if row is not None}
    theirs, mine = ranks({work.key: work.value for work in FRECHET_ORDER}), ranks(measured)
    body = []
    for work in FRECHET_ORDER:
        own = (entry(ours[work.key], 1), mine.get(work.key, MISSING))
        body.append(table_row(_(work.what), number(work.value, 1), theirs[work.key], *own))
    work = FRECHET_ORDER[0]
    caption = _(
        "The order of the generators in %(source)s (%(protocol)s) beside ours. Compare the order only: theirs is "
        "%(quantity)s, ours that in the features of the convolutional judge, of other networks; distances grow with the "
        "features' scale and fall with the number of samples.",
        source=_(work.source),
        protocol=_(work.protocol),
        quantity=_(work.quantity),
    )
    columns = [Column(_("published")), Column(_("rank")), Column(_("ours")), Column(_("rank"))]
    return Table(caption, _("samples"), columns, body, SAMPLES)


def ranks(values: Mapping[str, float]) -> dict[str, str]:
    """Return the place of each value, the smallest first.

    >>> ranks({"a": 3.0, "b": 1.0})
    {'b': '1', 'a': '2'}
    """
    return {key: str(place) for place, key in enumerate(sorted(values, key=lambda key: values[key]), start=1)}


def sheets(pictures: Mapping[str, Picture], prefix: str, names: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the pictures whose names are the prefix and a label's key, with the label."""
    return [
        {"name": name, "label": label, "picture": pictures[f"{prefix}_{name}"]}
        for name, label in names.items()
        if f"{prefix}_{name}" in pictures
    ]


def main_sheets(study: Study) -> list[dict[str, Any]]:
    """Return the first rows of the sheets that matter."""
    names = {name: SOURCES[name] for name in MAIN_SHEETS}
    height, n_all = study.metrics("prepare")["image_shape"][0], study.params.generation.n_pictures
    shown = sheets(study.pictures("generation"), "samples", names)
    return [{**one, "picture": cropped(one["picture"], N_ROWS, n_all, height)} for one in shown]


def view(study: Study) -> dict[str, Any]:
    """Return what the section shows."""
    slug, dims = "generation", latent_dims(study.params)
    metrics, rows, pictures = study.metrics(slug), study.table(slug, "samples"), study.pictures(slug)
    swept, shares = study.table(slug, "by_latent_dim"), shares_of(study)
    return {
        "takeaway": takeaway(study, "C8a", "C6d"),
        "latent_dim": metrics["latent_dim"],
        **{name: number(metrics[name], 0) for name in COUNTS},
        "n_components": metrics["n_mixture_components"],
        "evidence": evidence(study, slug),
        "main_sheets": main_sheets(study),
        "sheets": sheets(pictures, "samples", SOURCES.without(*MAIN_SHEETS)),
        "ways": ways(shares) if any(row["votes"] and row["measure"] == "frechet" for row in shares) else None,
        "ways_finding": ways_finding(shares),
        "tables": [
            distances(rows, metrics),
            *(other_measures(rows, family) for family in FAMILIES),
            recognition(rows, metrics),
            plain_measures(rows, metrics),
        ],
        "dims_figure": dims_figure(swept),
        "dims_finding": dims_finding(swept),
        "by_dim": [over_dims(swept, dims, measure, _(caption)) for measure, caption in OVER_DIMS.items()],
        "published": published(rows) if study.params.dataset in DATASETS else None,
        "path_sheets": sheets(pictures, "paths", code_spaces.PATHS),
        "manifolds": sheets(pictures, "manifold", CODECS),
        "spaces": code_spaces.view(study),
        "epochs": study.params.epochs,
    }
