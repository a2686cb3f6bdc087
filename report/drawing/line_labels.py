"""Names in figures: of lines beside their ends, of classes in maps, in legends; where they stand without overlap."""

import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression

from report.drawing.sheet import COLOURS, TITLE_PAD, Sheet
from report.texts.roles import DASHES, HOLLOW, MARKERS
from report.views.figures import Series

MAX_LABELS = 12
LEGEND_CHARACTERS = 96  # that fit side by side below a figure
MIN_PANEL = 80.0  # units of width that names leave to each panel
AXIS_WIDTH = 45.0  # units beside a panel that its axis takes
LINE_CHARACTERS = 19  # of a name, before it is broken
CHARACTER, LINE_HEIGHT = 5.9, 12.5  # units, of the widest font in use
LEADER, SAMPLE, GAP = 11.0, 17.0, 4.0  # units from the axes' edge: to the sample of the line, its length, to its name
FAR = 0.1  # of a panel's width: a leader that would cross more of it would look like data and is left out


@dataclass
class _Label:
    line: Series
    text: Any  # the annotation


def look(line: Series) -> dict[str, Any]:
    """Return colour, marker and dashes of a line as matplotlib's arguments."""
    marker = MARKERS.get(line.role, ".") if line.has_markers else "None"
    colour = COLOURS[line.role]
    face = COLOURS["ground"] if line.role in HOLLOW else colour
    style = (0, tuple(DASHES[line.role])) if line.role in DASHES else "-"
    return {"color": colour, "marker": marker, "markerfacecolor": face, "linestyle": style}


def distinct(lines: Sequence[Series]) -> list[Series]:
    """Return the first line of each role and name; lines without a name are left out."""
    found: dict[tuple[str, str], Series] = {}
    for line in lines:
        if line.label:
            found.setdefault((line.role, line.label), line)
    return list(found.values())


def is_variant(line: Series) -> bool:
    """Return whether a line only repeats another one under other terms; a legend names it."""
    return line.role.endswith("_bare")


def named_lines(panels: Sequence[Sequence[Series]]) -> list[list[Series]]:
    """Return the lines each panel names: all of its own if a later panel does not show one of them, else none."""
    own = [[line for line in distinct(lines) if not is_variant(line)] for lines in panels]
    names = [{line.label for line in lines} for lines in own]
    return [lines if names[place] - set().union(*names[place + 1 :]) else [] for place, lines in enumerate(own)]


def fits(named: Sequence[Sequence[Series]], height: float, width: float) -> bool:
    """Return whether all names have room: panels ``height`` units high in a figure ``width`` units wide."""
    taken = AXIS_WIDTH * len(named)
    for lines in (lines for lines in named if len(lines) > 1):
        rows = [row for line in lines for row in broken(line.label).split("\n")]
        if len(lines) > MAX_LABELS or LINE_HEIGHT * len(rows) > height:
            return False
        taken += LEADER + SAMPLE + GAP + CHARACTER * max(map(len, rows))
    return (width - taken) / len(named) >= MIN_PANEL


def broken(label: str) -> str:
    r"""Return a name in few lines, as even as can be, that fit beside a panel.

    >>> broken("AE, codes from a fitted Gaussian")
    'AE, codes from a\nfitted Gaussian'
    """
    whole = re.sub(r"\([^)]{1,6}\)", lambda formula: formula[0].replace(" ", "\u00a0"), label)
    n_lines = len(textwrap.wrap(whole, LINE_CHARACTERS, break_long_words=False))
    tries = (textwrap.wrap(whole, width, break_long_words=False) for width in range(4, LINE_CHARACTERS + 1))
    return "\n".join(next(lines for lines in tries if len(lines) == n_lines)).replace("\u00a0", " ")


def spread(wanted: NDArray[np.float64], heights: NDArray[np.float64], low: float, high: float) -> NDArray[np.float64]:
    """Return the centres nearest to the wanted ones (least squares) that let no two intervals overlap.

    Args:
        wanted: Centres (n,), in any order.
        heights: Lengths of the intervals (n,), together at most ``high - low``.
        low: Where the lowest interval may begin.
        high: Where the highest may end.
    """
    order = np.argsort(wanted, kind="stable")
    sizes = heights[order]
    steps = np.concatenate([[0.0], np.cumsum((sizes[1:] + sizes[:-1]) / 2)])
    free = isotonic_regression(wanted[order] - steps).x
    placed = np.empty_like(free)
    placed[order] = steps + np.clip(free, low + sizes[0] / 2, max(high - sizes[-1] / 2 - steps[-1], low + sizes[0] / 2))
    return placed


def reserve(axes: Axes, lines: Sequence[Series]) -> list[_Label]:
    """Write the names beside a panel, so that the layout leaves room for them; ``place`` moves them."""
    options: dict[str, Any] = {
        "xycoords": "axes fraction", "textcoords": "offset points", "xytext": (LEADER + SAMPLE + GAP, 0),
        "va": "center", "linespacing": 1.05,
    }  # fmt: skip
    return [_Label(line, axes.annotate(broken(line.label), (1.0, 0.5), **options)) for line in lines]


def subtitles(sheet_axes: Sequence[Axes], texts: Sequence[str], width: float) -> None:
    """Write the name of a panel's only line under its title, in lines ``width`` units long; all titles stay level."""
    lines = [textwrap.fill(text, max(int(width / CHARACTER), 8)) for text in texts]
    room = LINE_HEIGHT * max(text.count("\n") + 1 if text else 0 for text in lines)
    for axes, text in zip(sheet_axes, lines, strict=True):
        axes.set_title(axes.get_title(loc="left"), pad=TITLE_PAD + room)
        if not text:
            continue
        written = axes.annotate(
            text, (0.0, 1.0), xycoords="axes fraction", xytext=(0, 4 + room), textcoords="offset points", va="top",
            color=COLOURS["muted"],
        )  # fmt: skip
        written.set_in_layout(not axes.get_title(loc="left"))  # the title makes the room


def place(sheet: Sheet, axes: Axes, labels: Sequence[_Label]) -> None:
    """Move the names of a panel to their lines' ends, with a sample of the line each and a leader where it is short."""
    if not labels:
        return
    sheet.settle()
    box, unit = axes.get_window_extent(), sheet.figure.dpi / 72
    ends = np.array([_end(axes, label.line) for label in labels])
    is_broken = any("\n" in label.text.get_text() for label in labels)
    heights = np.array([label.text.get_window_extent().height + (4 if is_broken else 1.5) * unit for label in labels])
    spare = max(0.0, heights.sum() - box.height) / 2 + 3 * unit
    for label, end, centre in zip(
        labels, ends, spread(ends[:, 1], heights, box.y0 - spare, box.y1 + spare), strict=True
    ):
        label.text.xy = (1.0, (centre - box.y0) / box.height)
        start = box.x1 + LEADER * unit
        if box.x1 - end[0] <= FAR * box.width:
            _line(sheet, [end, (start, centre)], color=COLOURS[label.line.role], linewidth=0.8)
        points = [(start + share * SAMPLE * unit, centre) for share in (0.0, 0.5, 1.0)]
        _line(sheet, points, markevery=[1], **look(label.line))


def _end(axes: Axes, line: Series) -> tuple[float, float]:
    """Return where a line ends, in pixels, within its panel."""
    last = max(range(len(line.x)), key=lambda index: line.x[index])
    x, y = axes.transData.transform((line.x[last], line.y[last]))
    box = axes.get_window_extent()
    return min(x, box.x1), min(max(y, box.y0), box.y1)


def _line(sheet: Sheet, points: Sequence[Any], **options: Any) -> None:
    places = sheet.figure.transFigure.inverted().transform(np.array(points))
    sheet.figure.add_artist(Line2D(places[:, 0], places[:, 1], transform=sheet.figure.transFigure, **options))


def legend(sheet: Sheet, lines: Sequence[Series]) -> None:
    """Write a legend below all panels: one entry a name, grey where lines of several colours share it."""
    handles: dict[str, Line2D] = {}
    for line in lines:
        handle = Line2D([], [], **look(line))
        if line.label in handles and handles[line.label].get_color() != handle.get_color():
            grey = COLOURS["muted"]
            handle.set(color=grey, markerfacecolor=grey, markeredgecolor=grey)
        handles[line.label] = handle
    if handles:
        n_columns = legend_columns(list(handles), 6)
        sheet.figure.legend(handles.values(), handles.keys(), loc="outside lower center", ncols=n_columns)


def legend_columns(names: Sequence[str], n_more: int) -> int:
    """Return how many columns of names, each with a sample some characters wide, fit; the rows as even as can be."""
    n_fitting = max(1, LEGEND_CHARACTERS // (n_more + max(map(len, names))))
    return -(-len(names) // -(-len(names) // n_fitting))


def push_apart(
    centres: NDArray[np.float64], sizes: NDArray[np.float64], low: NDArray[np.float64], high: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return centres (n, 2) of boxes (n, 2) pushed apart along the shorter way until none overlap.

    ``low`` and ``high`` (n, 2) bound the centres.
    """
    placed = np.clip(centres, low, np.maximum(low, high))
    for _ in range(200):
        is_apart = True
        for i in range(len(placed)):
            for j in range(i):
                overlap = (sizes[i] + sizes[j]) / 2 - np.abs(placed[i] - placed[j])
                if (overlap > 1e-6).all():
                    is_apart = False
                    way = int(overlap[1] < overlap[0])
                    push = np.where(placed[i, way] >= placed[j, way], 0.52, -0.52) * overlap[way]
                    placed[i, way] += push
                    placed[j, way] -= push
        placed = np.clip(placed, low, np.maximum(low, high))
        if is_apart:
            break
    return placed
