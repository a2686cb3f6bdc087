"""The figure of all verdicts: a field for each part of a claim under each condition, coloured and signed."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from report.drawing.line_labels import CHARACTER
from report.drawing.sheet import COLOURS, WIDTH, drawing
from report.texts.roles import VERDICT_ROLES
from report.views.figures import Field, VerdictGrid

ROW, GAP, GROUP = 15.0, 1.5, 4.0  # points: height of a row, between fields, between groups
IDS, NAMES, HEAD, LEGEND, RIGHT = 28.0, 174.0, 92.0, 26.0, 50.0  # points: ids, with names, columns, legend, ids again
STRONG, PALE = 0.62, 0.2  # opacity of an exception and of any other field
CHECK = Path(np.array([(-0.9, 0.0), (-0.25, -0.7), (0.95, 0.8)]))
SIGNS: dict[str, dict[str, Any]] = {
    "supported": {"marker": CHECK, "markerfacecolor": "none"},
    "refuted": {"marker": "x"},
    "depends": {"marker": "o", "fillstyle": "left", "markerfacecoloralt": "none"},
    "undecided": {"marker": "o", "markerfacecolor": "none"},
    "not_judged": {"marker": "_"},
}


def verdict_grid(figure: VerdictGrid) -> str:
    """Return the verdicts as signed fields, names of parts at the left, their ids at the right, conditions on top."""
    rows = [row for group in figure.rows for row in group]
    labels = [label for group in figure.columns for label in group]
    total = 72 * WIDTH
    y = np.array(list(_places(figure.rows, ROW))) + HEAD
    height = y[-1] + ROW / 2 + LEGEND
    room = total - NAMES - RIGHT - GROUP * (len(figure.columns) - 1)
    width = min(room / len(labels), 1.4 * ROW)
    x = np.array(list(_places(figure.columns, width))) + NAMES
    with drawing(figure.name, 1, height / 72) as sheet:
        axes = sheet.axes[0]
        axes.set_axis_off()
        axes.set(xlim=(0, total), ylim=(height, 0))
        for place, label in zip(x, labels, strict=True):
            axes.text(place - 3, HEAD - 5, label, rotation=55, rotation_mode="anchor", ha="left", va="center")
        for place, (name, label) in zip(y, rows, strict=True):
            axes.text(0, place, name, va="center", weight=700)
            axes.text(IDS, place, label, va="center")
            axes.text(x[-1] + width / 2 + 5, place, name, va="center", color=COLOURS["muted"])
        found = [
            (across, down, field)
            for down, fields in zip(y, figure.fields, strict=True)
            for across, field in zip(x, fields, strict=True)
            if field
        ]
        _fields(axes, found, width)
        _legend(axes, figure, height - LEGEND / 2)
    return str(sheet.svg)


def _places(groups: Sequence[Sequence[Any]], size: float) -> Iterator[float]:
    """Yield the middle of each entry of groups that stand apart."""
    start = 0.0
    for group in groups:
        for number in range(len(group)):
            yield start + (number + 0.5) * size
        start += len(group) * size + GROUP


def _fields(axes: Axes, found: Sequence[tuple[float, float, Field]], width: float) -> None:
    """Draw all fields of one look as one path, then their signs."""
    half_width, half_height = (width - GAP) / 2, (ROW - GAP) / 2

    def look(one: tuple[float, float, Field]) -> tuple[str, bool]:
        return one[2].verdict, one[2].is_exception

    for (verdict, is_exception), group in groupby(sorted(found, key=look), key=look):
        places = [(across, down) for across, down, _ in group]
        boxes = [
            Path([(a - half_width, d - half_height), (a + half_width, d - half_height),
                  (a + half_width, d + half_height), (a - half_width, d + half_height), (0, 0)],
                 [Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY])
            for a, d in places
        ]  # fmt: skip
        colour, alpha = COLOURS[VERDICT_ROLES[verdict]], STRONG if is_exception else PALE
        axes.add_patch(PathPatch(Path.make_compound_path(*boxes), facecolor=colour, alpha=alpha, linewidth=0))
        _signs(axes, places, verdict)


def _signs(axes: Axes, places: Sequence[tuple[float, float]], verdict: str) -> None:
    look = {"color": COLOURS["ink"], "markersize": 6.5, "markeredgewidth": 1.3, "linestyle": "", **SIGNS[verdict]}
    axes.plot(*zip(*places, strict=True), zorder=3, **look)


def _legend(axes: Axes, figure: VerdictGrid, y: float) -> None:
    shown = {field.verdict for fields in figure.fields for field in fields if field}
    x = IDS
    for verdict in (verdict for verdict in SIGNS if verdict in shown):
        _fields(axes, [(x + ROW / 2, y, Field(verdict))], ROW)
        axes.text(x + ROW + 4, y, figure.words[verdict], va="center")
        x += 2 * ROW + 8 + CHARACTER * len(figure.words[verdict])
