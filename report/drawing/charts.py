"""Each kind of figure drawn as SVG text: panels of lines, dots with intervals, maps of codes.

Their look is that of ``sheet``; names of lines stand at the lines' ends (``line_labels``). What is drawn is the
views' business.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, LogLocator, MaxNLocator, NullLocator
from numpy.typing import NDArray

from report.drawing import line_labels, networks, verdicts
from report.drawing.line_labels import look
from report.drawing.sheet import COLOURS, HALO, WIDTH, Sheet, drawing, plain_numbers
from report.texts.roles import MARKERS, class_role
from report.views.figures import (
    Architecture,
    Cloud,
    Clouds,
    Figure,
    IntervalDots,
    LinePanels,
    Panel,
    Series,
    VerdictGrid,
)

FEW = 8  # points of a line, up to which each shows its interval
WIDE = 3  # maps that have room side by side
LEGEND_SAMPLE = 4  # characters beside a name in a legend of classes
N_ROWS_WITHIN, ROW_HEIGHT = 2, 0.2  # rows of that legend that a map's height has room for; inches of each further one
CROWDED = 0.25  # of a map's area: beyond it, class names stand in the legend only
FRAME_HEIGHT = 62  # units of a panel's height that title and axis take
SHAPES = "osD^vXP*"  # of the marks within a row of dots
ROW = 0.66  # of the room of a row that its marks take


def draw_series(axes: Axes, panel: Panel) -> None:
    """Draw a panel's lines with their bands, and with the intervals themselves where the points are few."""
    for series in panel.series:
        axes.plot(series.x, series.y, zorder=3, **look(series))
        if len(series.low):
            colour = COLOURS[series.role]
            axes.fill_between(series.x, series.low, series.high, color=colour, alpha=0.18, linewidth=0, zorder=2)
            if series.has_markers and len(series.x) <= FEW:
                _intervals(axes, series)
            else:
                for edge in (series.low, series.high):
                    axes.plot(series.x, edge, zorder=2, linewidth=0.6, **{**look(series), "marker": "None"})
    axes.set(title=panel.title, xlabel=panel.x_label, ylabel=panel.y_label)
    _set_scales(axes, panel)
    _point_out(axes, panel)


def _intervals(axes: Axes, series: Series) -> None:
    y, low, high = (np.asarray(values, dtype=float) for values in (series.y, series.low, series.high))
    drawn = axes.errorbar(
        series.x, y, yerr=np.maximum([y - low, high - y], 0), fmt="none", ecolor=COLOURS[series.role],
        elinewidth=0.9, capsize=3.2, capthick=0.9, zorder=3,
    )  # fmt: skip
    for cap in drawn.lines[1]:
        cap.set_markerfacecolor(COLOURS[series.role])


def _point_out(axes: Axes, panel: Panel) -> None:
    for place in panel.x_marks:
        axes.axvline(place, color=COLOURS["muted"], linewidth=0.9, linestyle=(0, (1, 2)), zorder=1)


def _set_scales(axes: Axes, panel: Panel) -> None:
    if panel.log_x:
        axes.set_xscale("log", base=2)
        axes.xaxis.set_major_formatter(plain_numbers())
    if panel.log_y:
        _set_log(axes, "y")
    if len(panel.x_ticks):
        axes.xaxis.set_major_locator(FixedLocator(list(panel.x_ticks)))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.xaxis.set_major_formatter(plain_numbers())
    if panel.log_x:
        shown = [x for series in panel.series for x in series.x if x > 0]
        axes.set_xlim(0.9 * min(shown), 1.1 * max(shown))
    elif len(panel.x_ticks) > FEW:
        axes.xaxis.set_major_locator(MaxNLocator("auto", integer=True))
    if panel.y_limits:
        axes.set_ylim(*panel.y_limits)


def _set_log(axes: Axes, direction: str) -> None:
    """Make an axis logarithmic, labelled at 1, 2 and 5 of every power of ten."""
    axis = axes.xaxis if direction == "x" else axes.yaxis
    (axes.set_xscale if direction == "x" else axes.set_yscale)("log")
    axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axis.set_major_formatter(plain_numbers())
    axis.set_minor_locator(NullLocator())


def line_panels(figure: LinePanels) -> str:
    """Return panels of lines, each named at its end in the last panel that shows it; a legend if there is no room."""
    panels = figure.panels
    named = line_labels.named_lines([panel.series for panel in panels])
    is_direct = line_labels.fits(named, 72 * figure.height - FRAME_HEIGHT, 72 * WIDTH)
    with drawing(figure.name, len(panels), figure.height, columns=figure.columns) as sheet:
        for axes, panel in zip(sheet.axes, panels, strict=False):
            draw_series(axes, panel)
        everything = line_labels.distinct([series for panel in panels for series in panel.series])
        line_labels.legend(sheet, [line for line in everything if not is_direct or line_labels.is_variant(line)])
        if is_direct:
            _name_lines(sheet, panels, named)
    return str(sheet.svg)


def _name_lines(sheet: Sheet, panels: Sequence[Panel], named: Sequence[Sequence[Any]]) -> None:
    only = [lines[0].label if len(lines) == 1 else "" for lines in named]
    texts = ["" if text in (panel.title, panel.y_label) else text for text, panel in zip(only, panels, strict=True)]
    line_labels.subtitles(sheet.axes, texts, 72 * WIDTH / len(panels) - line_labels.AXIS_WIDTH)
    labels = [
        line_labels.reserve(axes, lines) if len(lines) > 1 else []
        for axes, lines in zip(sheet.axes, named, strict=True)
    ]
    for axes, own in zip(sheet.axes, labels, strict=True):
        line_labels.place(sheet, axes, own)


def interval_dots(figure: IntervalDots) -> str:
    """Return panels of dots with intervals, a row per series, series names down the side (first panel only)."""
    with drawing(figure.name, len(figure.panels), figure.height) as sheet:
        for number, (axes, panel) in enumerate(zip(sheet.axes, figure.panels, strict=True)):
            for row, series in enumerate(reversed(panel.series)):
                if figure.marks:
                    _row_of_marks(axes, row, series)
                else:
                    _dot(axes, row, series)
            _point_out(axes, panel)
            if panel.log_x:
                _set_log(axes, "x")
            labels = [series.label for series in reversed(panel.series)]
            axes.set_yticks(range(len(labels)), labels if number == 0 else [""] * len(labels))
            axes.tick_params(axis="y", length=0)
            axes.set(title=panel.title, xlabel=panel.x_label, ylim=(-0.6, len(labels) - 0.4))
        if figure.marks:
            handles = [
                Line2D([], [], color=COLOURS["ink"], marker=SHAPES[place], linestyle="")
                for place in range(len(figure.marks))
            ]
            columns = line_labels.legend_columns(figure.marks, 5)
            sheet.figure.legend(handles, figure.marks, loc="outside lower center", handlelength=0.8, ncols=columns)
    return str(sheet.svg)


def _dot(axes: Axes, row: float, series: Series) -> None:
    colour = COLOURS[series.role]
    if len(series.low):
        ends = [series.low[0], series.high[0]]
        axes.plot(ends, [row, row], color=colour, linewidth=2.6, alpha=0.45, solid_capstyle="butt")
        axes.plot(ends, [row, row], "|", color=colour, markersize=9, markeredgewidth=1.3, zorder=3)
    axes.plot(series.x, [row], MARKERS.get(series.role, "o"), **_face(series), zorder=4)


def _row_of_marks(axes: Axes, row: float, series: Series) -> None:
    """Draw the marks of a row below each other, in the order of their names; NaN has no mark."""
    places = row + ROW * (0.5 - (np.arange(len(series.x)) + 0.5) / len(series.x))
    shapes = SHAPES[: len(places)]
    for place, x, low, high, shape in zip(places, series.x, series.low, series.high, shapes, strict=True):
        axes.plot([low, high], [place, place], color=COLOURS[series.role], linewidth=1.0, solid_capstyle="butt")
        axes.plot(x, place, shape, color=COLOURS[series.role], markersize=3.8, zorder=4)


def _face(series: Series) -> dict[str, Any]:
    return {key: value for key, value in look(series).items() if key in ("color", "markerfacecolor")}


def dotted(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return x and y (2, 3 n) of a line that is a dot at each point (n, 2): a third of the bytes of markers."""
    return np.repeat(points, 3, axis=0).T + np.array([0.0, 0.0, np.nan] * len(points))


def clouds(figure: Clouds) -> str:
    """Return maps of codes, one colour per class, its name at its median; shares as a shade of the ground."""
    panels, class_names = figure.panels, figure.class_names
    n_columns = len(panels) if len(panels) <= WIDE else -(-len(panels) // 2)
    n_rows = -(-len(class_names) // line_labels.legend_columns(class_names, LEGEND_SAMPLE))
    height = figure.height + ROW_HEIGHT * max(0, n_rows - N_ROWS_WITHIN)
    with drawing(figure.name, len(panels), height, columns=n_columns, keeps_points=True) as sheet:
        for axes, panel in zip(sheet.axes, panels, strict=False):
            if panel.shares is not None:
                shade = np.zeros((*panel.shares.shape, 4))
                shade[..., :3] = 0.5
                shade[..., 3] = 0.6 * (1 - panel.shares)
                axes.imshow(shade, extent=panel.extent, aspect="auto", interpolation="nearest", zorder=1)
                axes.set(xlim=panel.extent[:2], ylim=panel.extent[2:])
            for label in range(len(class_names)):
                chosen = panel.points[panel.labels == label]
                axes.plot(
                    *dotted(chosen), color=COLOURS[class_role(label)], linewidth=2.4, solid_capstyle="round", zorder=3
                )
            axes.set(title=panel.title)
            axes.grid(visible=False)
        _class_legend(sheet, class_names)
        sheet.settle()
        for axes, panel in zip(sheet.axes, panels, strict=False):
            _name_classes(axes, panel, class_names)
    return str(sheet.svg)


def _class_legend(sheet: Sheet, class_names: Sequence[str]) -> None:
    handles = [
        Line2D([], [], color=COLOURS[class_role(label)], linewidth=7, solid_capstyle="round")
        for label in range(len(class_names))
    ]
    options = {
        "columnspacing": 1.2,
        "handlelength": 0.6,
        "ncols": line_labels.legend_columns(class_names, LEGEND_SAMPLE),
    }
    sheet.figure.legend(handles, class_names, loc="outside lower center", **options)


def _name_classes(axes: Axes, panel: Cloud, class_names: Sequence[str]) -> None:
    """Write each class's name at the median of its points, moved where names would overlap; none if they are long."""
    present = [label for label in range(len(class_names)) if (panel.labels == label).any()]
    medians = np.array([np.median(panel.points[panel.labels == label], axis=0) for label in present])
    pixels = axes.transData.transform(medians)
    unit = axes.figure.dpi / 72
    sizes = unit * np.array([(line_labels.CHARACTER * len(class_names[label]) + 5, 12.0) for label in present])
    box = axes.get_window_extent()
    if sizes[:, 0].max() > box.width or sizes.prod(axis=1).sum() > CROWDED * box.width * box.height:
        return
    places = line_labels.push_apart(pixels, sizes, np.array(box.min) + sizes / 2, np.array(box.max) - sizes / 2)
    for label, (x, y) in zip(present, axes.transData.inverted().transform(places), strict=True):
        axes.text(x, y, class_names[label], color=HALO, weight=700, ha="center", va="center", zorder=5)


CHARTS: dict[type[Figure], Callable[[Any], str]] = {
    LinePanels: line_panels,
    IntervalDots: interval_dots,
    Clouds: clouds,
    Architecture: networks.architecture,
    VerdictGrid: verdicts.verdict_grid,
}


def draw(figure: Figure) -> str:
    """Return a figure as SVG text, in the active language."""
    return CHARTS[type(figure)](figure)
