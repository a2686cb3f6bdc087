"""The sheet that figures are drawn on: type, tick labels, and the finished SVG.

matplotlib draws with one sentinel colour per role; each becomes a variable of the page's style sheet. Text stays
text. The same numbers give the same bytes. What a figure shows is the business of ``charts``.
"""

import io
import re
import textwrap
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise

import matplotlib as mpl
import matplotlib.style
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import FixedLocator, FuncFormatter, ScalarFormatter

from report.texts.language import active, localised
from report.texts.roles import ROLES, SAME_COLOUR, variable

SENTINELS = {f"#{number:06x}": role for number, role in enumerate(ROLES, start=1)}
COLOURS = {role: colour for colour, role in SENTINELS.items()}
COLOURS |= {role: COLOURS[other] for role, other in SAME_COLOUR.items()}
HALO = "#0000ff"  # text on top of points: ink with an outline in the ground's colour
WIDTH = 7.6  # inches of 72 units
MIN_WIDTH = 40  # rem: below it the page scrolls, so that the smallest text keeps 11 pixels
ROOT_STYLE = f"min-width: {MIN_WIDTH}rem; stroke-linejoin: round; stroke-linecap: butt"
TITLE_PAD = 7.0
STYLE = {
    "svg.fonttype": "none",
    "text.parse_math": False,  # names of data may hold dollar signs
    "font.size": 9.5,
    "axes.titlesize": 10.5,
    "axes.titleweight": 700,
    "axes.titlelocation": "left",
    "axes.titlepad": TITLE_PAD,
    "axes.edgecolor": COLOURS["muted"],
    "axes.labelcolor": COLOURS["ink"],
    "axes.titlecolor": COLOURS["ink"],
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.formatter.useoffset": False,
    "grid.color": COLOURS["grid"],
    "grid.linewidth": 0.6,
    "text.color": COLOURS["ink"],
    "xtick.color": COLOURS["muted"],
    "ytick.color": COLOURS["muted"],
    "xtick.labelcolor": COLOURS["ink"],
    "ytick.labelcolor": COLOURS["ink"],
    "lines.linewidth": 1.6,
    "lines.markersize": 4.8,
    "legend.frameon": False,
    "figure.constrained_layout.use": True,
    "figure.constrained_layout.w_pad": 0.07,
    "figure.constrained_layout.h_pad": 0.07,
}


def tick_text(value: float) -> str:
    """Return a number of an axis in the active language.

    >>> tick_text(-0.5)
    '−0.5'
    """
    return localised(f"{value:.4g}".replace("-", "−"))


class _Linear(ScalarFormatter):  # type: ignore[misc, unused-ignore]
    """Numbers of a linear axis, all with the same number of decimals, in the active language."""

    def __call__(self, x: float, pos: int | None = None) -> str:
        return localised(super().__call__(x, pos))


def plain_numbers() -> FuncFormatter:
    """Return a formatter that writes each number of an axis by itself, without powers of ten."""
    return FuncFormatter(lambda value, _: tick_text(value))


@dataclass
class Sheet:
    """The axes of a figure being drawn; ``svg`` holds the figure when the drawing is done."""

    figure: Figure
    axes: list[Axes]
    svg: str = ""
    is_settled: bool = False

    def settle(self) -> None:
        """Break long titles to their panel, thin out ticks, and fix the layout for what is placed by hand."""
        if self.is_settled:
            return
        self.figure.draw_without_rendering()
        for axes in self.axes:
            title = axes.get_title(loc="left")
            titles = [text for text in axes.get_children() if isinstance(text, Text) and text.get_text() == title]
            for text in (*titles, axes.xaxis.label):
                _break(text, axes.get_window_extent().width)
        self.figure.draw_without_rendering()
        for axes in self.axes:
            _thin_out(axes.xaxis, 0)
            _thin_out(axes.yaxis, 1)
        self.figure.set_layout_engine("none")
        self.is_settled = True


def _break(text: Text, width: float) -> None:
    taken = text.get_window_extent().width
    if taken > width:
        n_characters = int(len(text.get_text()) * width / taken)
        text.set_text(textwrap.fill(text.get_text(), max(n_characters, 8), break_long_words=False))


def _thin_out(axis: Axis, direction: int) -> None:
    """Leave out every second tick until no two labels touch."""
    for _ in range(4):
        low, high = sorted(axis.get_view_interval())
        labels = axis.get_ticklabels() if axis.get_visible() else []
        shown = [label for place, label in zip(axis.get_majorticklocs(), labels, strict=False) if low <= place <= high]
        boxes = [label.get_window_extent() for label in shown if label.get_text()]
        spans = sorted((box.min[direction], box.max[direction]) for box in boxes)
        gap = 4 if direction == 0 else 0
        if all(after[0] >= before[1] + gap for before, after in pairwise(spans)):
            return
        places = [place for place in axis.get_majorticklocs() if low <= place <= high]
        axis.set_major_locator(FixedLocator(places[::2]))


@contextmanager
def drawing(
    name: str, n_panels: int = 1, height: float = 2.9, *, columns: int | None = None, keeps_points: bool = False
) -> Iterator[Sheet]:
    """Yield a sheet of axes; on leaving, its ``svg`` holds the finished figure.

    Args:
        name: Begins every id of the figure, after the language's code.
        n_panels: How many axes are used.
        height: Inches per row of axes, where the width is 7.6.
        columns: Axes side by side, all where not given.
        keeps_points: Whether paths may not be thinned out where they are straight.
    """
    n_columns = columns or n_panels
    n_rows = -(-n_panels // n_columns)
    style = {**STYLE, "svg.hashsalt": name, "path.simplify": not keeps_points}
    with mpl.style.context(["default", style]), warnings.catch_warnings():  # no settings of the user's
        figure = Figure(figsize=(WIDTH, height * n_rows))
        FigureCanvasSVG(figure)
        sheet = Sheet(figure, list(figure.subplots(n_rows, n_columns, squeeze=False).flat))
        for axes in sheet.axes:
            axes.xaxis.set_major_formatter(_Linear())
            axes.yaxis.set_major_formatter(_Linear())
        for spare in sheet.axes[n_panels:]:
            spare.set_axis_off()
        yield sheet
        sheet.settle()
        stream = io.StringIO()
        # The reader's browser sets the text, in fonts of its own: letters that this one lacks (kana) are no fault.
        warnings.filterwarnings("ignore", r"Glyph \d+ .* missing from font", UserWarning)
        figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None}, transparent=True)
    sheet.svg = themed(stream.getvalue(), f"{active()}-{name}")


def themed(svg: str, name: str) -> str:
    """Return an SVG element for inlining: no prologue, sentinel colours as variables, ids of its own."""
    body = svg[svg.index("<svg") :]
    body = re.sub(r"<metadata>.*?</metadata>|<!--.*?-->|<style.*?</style>", "", body, flags=re.DOTALL)
    body = re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", body, count=1)
    body = re.sub(r'(<svg[^>]*?) width="[^"]*"', rf'\1 style="{ROOT_STYLE}"', body, count=1)
    body = re.sub(r"\bfont(-family)?: [^;\"]*('DejaVu Sans'[^;\"]*)", _without_family, body)
    referenced = dict.fromkeys(re.findall(r"(?:url\(#|href=\"#)([\w-]+)", body))
    ids = {found: f"{name}-{number}" for number, found in enumerate(referenced)}
    body = re.sub(r' id="([\w.-]+)"', lambda found: f' id="{ids[found[1]]}"' if found[1] in ids else "", body)
    body = re.sub(r"(url\(#|href=\"#)([\w-]+)", lambda found: found[1] + ids[found[2]], body)
    body = body.replace(
        f"fill: {HALO}",
        "fill: var(--ink); stroke: var(--ground); stroke-width: 3px; stroke-linejoin: round; paint-order: stroke",
    )
    for colour, role in SENTINELS.items():
        body = body.replace(colour, f"var({variable(role)})")
    body = re.sub(r' transform="rotate\(-0 [^"]*"', "", body)
    body = re.sub(r"<[^>]+>", _rounded, body)
    body = re.sub(r"<defs>\s*</defs>", "", body)
    body = re.sub(r"\s*\n\s*", "\n", body).strip()
    return re.sub(r'<g( clip-path="[^"]*")?>\n((?:<use [^>]*>\n)+)</g>', _styled_once, body)


def _styled_once(group: re.Match[str]) -> str:
    """Return a group of markers with the style they share on the group."""
    styles = set(re.findall(r' style="([^"]*)"', group[2]))
    if len(styles) != 1:
        return group[0]
    (style,) = styles
    markers = group[2].replace(f' style="{style}"', "")
    return f'<g{group[1] or ""} style="{style}">\n{markers}</g>'


def _without_family(found: re.Match[str]) -> str:
    size, weight = re.search(r"[\d.]+px", found[0]), re.search(r"\b[1-9]00\b(?!px)", found[0])
    words = [f"font-size: {size[0]}"] if size else ["font-family: inherit"]
    return "; ".join([*words, *([f"font-weight: {weight[0]}"] if weight else [])])


def _rounded(tag: re.Match[str]) -> str:
    """Return a tag with its coordinates to a hundredth of a unit, and dots written as one step of no length."""
    short = re.sub(r"-?\d+\.\d{3,}", lambda number: f"{float(number[0]):.2f}".rstrip("0").rstrip("."), tag[0])
    packed = re.sub(r' d="[^"]*"', lambda path: re.sub(r"\s*([MLCQz])\s*", r"\1", path[0]), short)
    return re.sub(r"M(\S+ \S+)L\1(?=[M\"])", r"M\1h0", packed)
