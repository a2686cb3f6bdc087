"""Code spaces, a part of the section on generation: codes against N(0, I), scale, completeness, continuity, the plane."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from foundation.vocabulary import JUDGES
from report.texts.claims import CONTROLS
from report.texts.labels import CODECS, CONTROL_IMAGES, COORDINATES, FAMILIES, REGIONS
from report.texts.language import Labels, _, message
from report.texts.tables import Column, Field, Table, grid, number, percent
from report.views.figures import Cloud, Clouds, LinePanels, Panel
from report.views.study import Row, Study
from report.views.sweep import lines

PATH_CONTROLS = ("cross_fade", "nearest_code")
PATHS = Labels({**CODECS.without("original", "pixels").messages, **{n: CONTROLS.messages[n] for n in PATH_CONTROLS}})
CODE_SETS = Labels({"normal_draws": CONTROLS.messages["normal_draws"], **CODECS.messages})
PLANES = ("ae", "vae")


def codes(rows: Sequence[Row]) -> Table:
    """Return how often codes of each codec are told from draws of N(0, I), whitened and as they stand."""
    caption = _(
        "How often a classifier tells codes of training images from draws of N(0, I), %%; 50: not at all. Whitened: "
        "shifted, rotated and scaled to mean 0 and covariance I. Mean over seeds and 95 %% interval."
    )
    fields = [
        Field(Column(label, "%", "lower"), {"coordinates": name}, 1, is_share=True)
        for name, label in COORDINATES.items()
    ]
    return grid(caption, _("codes"), rows, ("codec", CODE_SETS), fields, baselines=("normal_draws",))


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
    return LinePanels("generation-scales", panels, height=3.2)


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
        _("Completeness, %(judge)s: share of %(n)s points per seed that decode to something recognised, %%.", **details)
        if measure == "recognised"
        else _(
            "Completeness, %(judge)s: the same share over that of the model's own reconstructions, %%; above 100, points "
            "drawn are recognised more often than reconstructions.",
            **details,
        )
    )
    return grid(caption, _("codec"), own, ("codec", CODECS), fields)


def controls(rows: Sequence[Row], metrics: Row) -> Table:
    """Return what each judge recognises of images whose truth is known."""
    fields = [Field(Column(FAMILIES[judge], "%"), {"family": judge}, 1, is_share=True) for judge in JUDGES]
    caption = _(
        "The judges themselves: share recognised of images whose truth is known, %%. A judge has a vote on completeness if "
        "it recognises at least %(real)s of real images and at most %(others)s of each of the four kinds below them. Of "
        "the last two kinds some do look like a class, but not most: a judge takes more for recognisable than a person.",
        real=percent(metrics["least_share_of_real"], 0),
        others=percent(metrics["largest_share_of_others"], 0),
    )
    return grid(caption, _("images"), rows, ("images", CONTROL_IMAGES), fields)


def path_fields(judge: str) -> list[Field]:
    """Return the columns of what a judge recognises on paths."""
    return [
        Field(
            Column(_("recognised"), _("%% of all points"), "higher"),
            {"family": judge, "measure": "recognised"},
            1,
            True,
        ),
        Field(
            Column(_("recognised on the worst paths"), _("%%, 5th percentile"), "higher"),
            {"family": judge, "measure": "recognised_5"},
            1,
            is_share=True,
        ),
    ]


def paths(rows: Sequence[Row], metrics: Row) -> Table:
    """Return how evenly images change on straight paths, and what the convolutional judge recognises there."""
    pixels = _("RMS pixel difference")
    fields = [
        Field(
            Column(_("largest step"), _("%% of all change, 95th percentile"), "lower"),
            {"measure": "largest_share_95"},
            1,
            is_share=True,
        ),
        Field(
            Column(_("largest step"), _("%% of all change, mean"), "lower"),
            {"measure": "largest_share"},
            1,
            is_share=True,
        ),
        Field(Column(_("change per unit"), pixels), {"measure": "change_mean"}, 3),
        Field(Column(_("change per unit, 95th percentile"), pixels), {"measure": "change_95"}, 3),
        Field(Column(_("change per unit, 99th percentile"), pixels), {"measure": "change_99"}, 3),
        *path_fields(JUDGES[0]),
    ]
    caption = _(
        "%(n)s straight paths of %(steps)s equal steps per seed between the codes of two test images of different classes. A "
        "unit is one of length in whitened coordinates. Controls: a plain cross-fade of the two images, and a decoder that "
        "gives the training image with the nearest code.",
        n=number(metrics["n_paths"], 0),
        steps=metrics["path_steps"],
    )
    return grid(caption, _("codec"), rows, ("codec", PATHS), fields, baselines=PATH_CONTROLS)


def other_paths(rows: Sequence[Row], judge: str) -> Table:
    """Return what another judge recognises on the paths."""
    caption = _("Recognised on the same paths, %(judge)s.", judge=FAMILIES[judge])
    own = [row for row in rows if row["family"] == judge]
    return grid(caption, _("codec"), own, ("codec", PATHS), path_fields(judge), baselines=PATH_CONTROLS)


def positions_figure(rows: Sequence[Row]) -> LinePanels:
    """Return the share recognised by position on the path."""
    series = lines(rows, "position", "codec", PATHS)
    shown = [one.scaled(100) for one in series]
    panel = Panel("", _("position between the two images"), _("recognised, %%"), shown, y_limits=(0, 102))
    return LinePanels("generation-positions", [panel], height=3.4)


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
    return Clouds("generation-plane", panels, class_names, height=3.6) if panels else None


def view(study: Study) -> dict[str, Any]:
    """Return what this part of the section shows."""
    slug = "generation"
    metrics, complete, along = study.metrics(slug), study.table(slug, "completeness"), study.table(slug, "paths")
    first, *others = JUDGES
    scales = study.table(slug, "scales")
    class_names = [message(str(name)) for name in study.metrics("prepare")["class_names"]]
    return {
        "threshold": percent(metrics["recognition_threshold"], 0),
        "strict": percent(metrics["strict_threshold"], 0),
        "n_scale_draws": number(metrics["n_scale_draws"], 0),
        "path_steps": metrics["path_steps"],
        "codes": codes(study.table(slug, "codes")),
        "scales": scales_figure(scales, study.params.generation.scales) if scales else None,
        "completeness": completeness(complete, metrics, first, "recognised"),
        "other_completeness": [
            completeness(complete, metrics, first, "relative"),
            *(completeness(complete, metrics, judge, how) for judge in others for how in ("recognised", "relative")),
        ],
        "controls": controls(study.table(slug, "controls"), metrics),
        "paths": paths(along, metrics),
        "other_paths": [other_paths(along, judge) for judge in others],
        "positions": positions_figure(study.table(slug, "positions")),
        "plane": plane_figure(
            study.table(slug, "figures/plane"), study.table(slug, "figures/plane_codes"), class_names
        ),
    }
