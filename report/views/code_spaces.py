"""Code spaces, a part of the section on generation: codes against N(0, I), scale, completeness, continuity, the plane."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from autoencoders.statistics import BOUNDS
from foundation.vocabulary import JUDGES
from report.texts.claims import CONTROLS
from report.texts.labels import CODECS, CONTROL_IMAGES, COORDINATES, FAMILIES, REGIONS
from report.texts.language import N_, Labels, _
from report.texts.tables import Column, Field, Table, find, grid, listed, number, percent
from report.views.figures import Cloud, Clouds, IntervalDots, LinePanels, Panel, Series
from report.views.findings import best_group
from report.views.study import Row, Study
from report.views.sweep import dots, lines
from report.views.takeaways import together
from report.views.verdicts import parts_of

PATH_CONTROLS = ("cross_fade", "nearest_code")
PATHS = Labels({**CODECS.without("original", "pixels").messages, **{n: CONTROLS.messages[n] for n in PATH_CONTROLS}})
SHORT_PATHS = Labels({**PATHS.messages, "nearest_code": N_("a decoder that jumps")})
CODE_SETS = Labels({"normal_draws": CONTROLS.messages["normal_draws"], **CODECS.messages})
PLANES = ("ae", "vae")
CODES, COMPLETE, ALONG = "generation/codes.csv", "generation/completeness.csv", "generation/paths.csv"


def codes(rows: Sequence[Row]) -> Table:
    """Return how often codes of each codec are told from draws of N(0, I), whitened and as they stand."""
    caption = _(
        "How often a classifier tells codes of training images from draws of N(0, I) made for this check, %%; 50: not at "
        "all. Whitened: shifted, rotated and scaled to mean 0 and covariance I. Mean over seeds and 95 %% interval."
    )
    fields = [
        Field(Column(label, "%", "lower"), {"coordinates": name}, 1, is_share=True)
        for name, label in COORDINATES.items()
    ]
    return grid(caption, _("codes"), rows, ("codec", CODE_SETS), fields, baselines=("normal_draws",), source=CODES)


def codes_figure(rows: Sequence[Row]) -> IntervalDots:
    """Return how often codes of each codec are told from draws of N(0, I), whitened and as they stand."""
    unit = _("told from N(0, I), %%")
    panels = [
        dots(title, unit, rows, ("codec", CODE_SETS), scale=100, x_marks=(50,), coordinates=name)
        for name, title in COORDINATES.items()
    ]
    return IntervalDots("generation-codes", panels, 0.26 * len(panels[0].series) + 1.0, source=CODES)


def codes_finding(rows: Sequence[Row]) -> str:
    """Return whose whitened codes are the hardest to tell from N(0, I); several where intervals overlap."""
    best = best_group(rows, "codec", CODECS, "lower", coordinates="whitened")
    if not best or best[0]["low"] is None:
        return ""
    names = listed([CODECS[row["codec"]] for row in best])
    if len(best) == 1:
        return _("Hardest to tell from N(0, I) when whitened, intervals apart: codes of %(names)s.", names=names)
    return _("Hardest to tell from N(0, I) when whitened, with overlapping intervals: codes of %(names)s.", names=names)


def scales_figure(rows: Sequence[Row], scales: Sequence[float]) -> LinePanels:
    """Return what draws of N(0, I) times a scale decode to, over the scale, 1 pointed out."""
    convolutional, pixels = FAMILIES[JUDGES[0]], FAMILIES["pixels"]
    shown = (
        (_("Fréchet distance"), convolutional, {"family": JUDGES[0], "measure": "frechet"}, 1),
        (_("Fréchet distance"), pixels, {"family": "pixels", "measure": "frechet"}, 1),
        (_("recognised, %%"), convolutional, {"family": JUDGES[0], "measure": "recognised"}, 100),
    )
    ticks = sorted(scale for scale in scales if math.log2(scale).is_integer()) or sorted(scales)
    panels = []
    for label, title, select, factor in shown:
        series = [one.scaled(factor) for one in lines(rows, "scale", "codec", CODECS, **select)]
        options: dict[str, Any] = {"x_ticks": ticks, "log_x": True, "x_marks": (1,)}
        panels.append(Panel(title, _("scale of the draw"), label, series, **options))
    return LinePanels("generation-scales", panels, height=3.0, source="generation/scales.csv")


def completeness_figure(rows: Sequence[Row], metrics: Row) -> IntervalDots:
    """Return the share recognised over that of reconstructions, a panel per probability asked of the judge.

    A row is a codec, a mark within it a region of the code space; the dotted line is the threshold of the verdict.
    """
    regions = [name for name in REGIONS if name != "reconstructions" and find(rows, region=name)]
    panels = []
    for measure, threshold in (("relative", "recognition_threshold"), ("relative_strict", "strict_threshold")):
        series = []
        for name, label in CODECS.items():
            own = [find(rows, codec=name, region=r, family=JUDGES[0], measure=measure) for r in regions]
            if any(own):
                x, low, high = ([share(row, key) for row in own] for key in BOUNDS)
                series.append(Series(name, label, x, (), low, high))
        title = _("at least %(share)s sure", share=percent(metrics[threshold], 0))
        panels.append(Panel(title, _("%% of reconstructions' share"), "", series, x_marks=(50,)))
    marks = [REGIONS[name] for name in regions]
    return IntervalDots("generation-completeness", panels, 0.36 * len(panels[0].series) + 1.4, marks, source=COMPLETE)


def share(row: Mapping[str, Any] | None, key: str) -> float:
    """Return mean, low or high as percent, the mean where there is no interval; NaN where nothing was measured."""
    if row is None or row["mean"] is None:
        return float("nan")
    return 100 * float(row["mean"] if row[key] is None else row[key])


def completeness(rows: Sequence[Row], metrics: Row, judge: str, measure: str) -> Table:
    """Return the share of points that a judge recognises by codec and region, as it is or over reconstructions'."""
    own = [row for row in rows if row["family"] == judge and row["measure"] == measure]
    fields = [
        Field(Column(label, "%", "higher"), {"region": region}, 1, is_share=True)
        for region, label in REGIONS.items()
        if any(row["region"] == region for row in own)
    ]
    details = {"judge": FAMILIES[judge], "n": number(metrics["n_completeness_codes"], 0)}
    caption = (
        _(
            "Completeness, %(judge)s: share of %(n)s points per seed, drawn for this check, that decode to something "
            "recognised, %%.",
            **details,
        )
        if measure == "recognised"
        else _(
            "Completeness, %(judge)s: the same share over that of the model's own reconstructions, %%; above 100, points "
            "drawn are recognised more often than reconstructions.",
            **details,
        )
    )
    return grid(caption, _("codec"), own, ("codec", CODECS), fields, source=COMPLETE)


def controls(rows: Sequence[Row], metrics: Row) -> Table:
    """Return what each judge recognises of images whose truth is known."""
    fields = [Field(Column(FAMILIES[judge], "%"), {"family": judge}, 1, is_share=True) for judge in JUDGES]
    n = number(metrics["n_completeness_codes"], 0)
    caption = _(
        "The judges themselves: share recognised of %(n)s images per seed whose truth is known, %%. A judge has a vote on "
        "completeness if it recognises at least %(real)s of real images and at most %(others)s of each of the four kinds "
        "below them. The last two kinds have no such bound: some of their images do look like a class.",
        n=n,
        real=percent(metrics["least_share_of_real"], 0),
        others=percent(metrics["largest_share_of_others"], 0),
    )
    names = {**CONTROL_IMAGES, "test": _("real test images, %(n)s per seed", n=n)}
    return grid(caption, _("images"), rows, ("images", names), fields, source="generation/controls.csv")


def paths_figure(rows: Sequence[Row], metrics: Row, threshold: float | None) -> IntervalDots:
    """Return the largest step of paths beside equal steps and the verdict's threshold, and what is recognised."""
    places = (100 / metrics["path_steps"], *([] if threshold is None else [100 * threshold]))
    by, first = ("codec", SHORT_PATHS), JUDGES[0]
    step, unit = _("largest step, 95th percentile"), _("%% of the path's change")
    panels = [
        dots(step, unit, rows, by, scale=100, x_marks=places, measure="largest_share_95"),
        dots(FAMILIES[first], _("points recognised, %%"), rows, by, scale=100, family=first, measure="recognised"),
    ]
    return IntervalDots("generation-paths", panels, 0.26 * len(panels[0].series) + 1.0, source=ALONG)


def paths(rows: Sequence[Row], metrics: Row) -> list[Table]:
    """Return how evenly images change on straight paths, how fast, and what each judge recognises there."""
    percent_of_change, pixels = _("%% of all change"), _("RMS pixel difference")
    steps = {"largest_share_95": _("95th percentile"), "largest_share": _("mean")}
    changes = {"change_mean": _("mean"), "change_95": _("95th percentile"), "change_99": _("99th percentile")}
    evenness = [
        Field(
            Column(_("largest step, %(what)s", what=what), percent_of_change, "lower"),
            {"measure": name},
            1,
            is_share=True,
        )
        for name, what in steps.items()
    ]
    speeds = [
        Field(Column(_("change per unit, %(what)s", what=what), pixels), {"measure": name}, 3)
        for name, what in changes.items()
    ]
    caption = _(
        "%(n)s straight paths of %(steps)s equal steps per seed between the codes of two test images of different classes. "
        "Controls: a plain cross-fade of the two images, and a decoder that gives the training image with the nearest code.",
        n=number(metrics["n_paths"], 0),
        steps=metrics["path_steps"],
    )
    unit = _("Change of the image per unit on the same paths; a unit is one of length in whitened coordinates.")
    measured = [row for row in rows if row["mean"] is not None]
    moved = [row for row in measured if row["measure"] in changes]
    return [
        grid(caption, _("codec"), measured, ("codec", PATHS), evenness, baselines=PATH_CONTROLS, source=ALONG),
        grid(unit, _("codec"), moved, ("codec", PATHS), speeds, source=ALONG),
        *(recognised(measured, judge) for judge in JUDGES),
    ]


def recognised(rows: Sequence[Row], judge: str) -> Table:
    """Return what a judge recognises on the paths."""
    caption = _("Recognised on the same paths, %(judge)s.", judge=FAMILIES[judge])
    fields = [
        Field(Column(_("all points"), "%", "higher"), {"measure": "recognised"}, 1, is_share=True),
        Field(
            Column(_("on the worst paths"), _("%%, 5th percentile"), "higher"),
            {"measure": "recognised_5"},
            1,
            is_share=True,
        ),
    ]
    own = [row for row in rows if row["family"] == judge]
    return grid(caption, _("codec"), own, ("codec", PATHS), fields, baselines=PATH_CONTROLS, source=ALONG)


def positions_figure(rows: Sequence[Row]) -> LinePanels:
    """Return the share recognised by position on the path."""
    series = lines(rows, "position", "codec", PATHS)
    shown = [one.scaled(100) for one in series]
    panel = Panel("", _("position between the two images"), _("recognised, %%"), shown, y_limits=(0, 102))
    return LinePanels("generation-positions", [panel], height=3.4, source="generation/positions.csv")


def plane_figure(confidence: Sequence[Row], points: Sequence[Row], class_names: Sequence[str]) -> Clouds | None:
    """Return the codes of test images over the judge's confidence on the plane; None without two-dimensional codes."""
    panels = []
    for name in PLANES:
        grid_rows = [row for row in confidence if row["codec"] == name]
        chosen = [row for row in points if row["codec"] == name]
        if grid_rows and chosen:
            x, y = sorted({row["x"] for row in grid_rows}), sorted({row["y"] for row in grid_rows})
            shares = np.array([row["confidence"] for row in grid_rows]).reshape(len(y), len(x))
            places = np.array([(row["x"], row["y"]) for row in chosen])
            classes = np.array([row["label"] for row in chosen])
            panels.append(Cloud(CODECS[name], places, classes, shares, (x[0], x[-1], y[0], y[-1])))
    return (
        Clouds("generation-plane", panels, class_names, height=3.6, source="generation/figures/plane_codes.csv")
        if panels
        else None
    )


def view(study: Study) -> dict[str, Any]:
    """Return what this part of the section shows."""
    slug = "generation"
    metrics, complete, along = study.metrics(slug), study.table(slug, "completeness"), study.table(slug, "paths")
    scales, told = study.table(slug, "scales"), study.table(slug, "codes")
    class_names = [study.named(str(name)) for name in study.metrics("prepare")["class_names"]]
    return {
        "codes_takeaway": together(study, "C5a", "C6a"),
        "completeness_takeaway": together(study, "C5b", "C6b"),
        "continuity_takeaway": together(study, "C5c", "C6c"),
        "threshold": percent(metrics["recognition_threshold"], 0),
        "strict": percent(metrics["strict_threshold"], 0),
        "n_scale_draws": number(metrics["n_scale_draws"], 0),
        "path_steps": metrics["path_steps"],
        "n_paths": number(metrics["n_paths"], 0),
        "codes": codes(told),
        "codes_figure": codes_figure(told),
        "codes_finding": codes_finding(told),
        "scales": scales_figure(scales, study.params.generation.scales) if scales else None,
        "completeness_figure": completeness_figure(complete, metrics),
        "completeness": [
            *(completeness(complete, metrics, judge, how) for judge in JUDGES for how in ("recognised", "relative")),
            controls(study.table(slug, "controls"), metrics),
        ],
        "paths_figure": paths_figure(along, metrics, parts_of(study)["C5c"]["threshold"]),
        "paths": paths(along, metrics),
        "positions": positions_figure(study.table(slug, "positions")),
        "plane": plane_figure(
            study.table(slug, "figures/plane"), study.table(slug, "figures/plane_codes"), class_names
        ),
    }
