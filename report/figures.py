"""Figures as SVG text that follows the page: its colours, its font, light and dark.

matplotlib draws with one sentinel colour per role; each becomes a variable of the style sheet. Text stays
text. The same numbers give the same bytes. What is drawn is the views' business.
"""

import io
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, LogLocator, NullLocator, StrMethodFormatter
from numpy.typing import NDArray

ROLES = {
    "#010101": "ink",
    "#020202": "muted",
    "#030303": "grid",
    "#0a0101": "pca",
    "#0a0202": "linear_ae",
    "#0a0303": "ae",
    "#0a0404": "vae",
    "#0a0505": "noisy",
    "#0a0606": "median",
    "#0a0707": "non_local_means",
    "#0a0808": "total_variation",
    "#0a0909": "ae_range",
    "#0a1010": "vae_range",
    "#0a1616": "ae_one_level",
    "#0a1717": "vae_one_level",
    "#0a1111": "pixels",
    "#0a1212": "jpeg",
    "#0a1313": "webp",
    "#0a1414": "jpeg2000",
    "#0a1515": "avif",
    **{f"#0b{number:02d}01": f"class-{number}" for number in range(10)},
}
COLOURS = {role: colour for colour, role in ROLES.items()}
COLOURS |= {f"{role}_bare": COLOURS[role] for role in ("jpeg", "webp", "jpeg2000", "avif")}
MARKERS = {
    "pca": "s",
    "linear_ae": "x",
    "ae": "o",
    "vae": "D",
    "ae_range": "o",
    "vae_range": "D",
    "ae_one_level": "v",
    "vae_one_level": "^",
}
DASHES = {
    "linear_ae": (2, 2),
    "noisy": (1, 1),
    "pixels": (1, 1),
    **{f"{role}_bare": (1, 1) for role in ("jpeg", "webp", "jpeg2000", "avif")},
    "ae_range": (5, 1.5),
    "vae_range": (5, 1.5),
    "ae_one_level": (1, 1),
    "vae_one_level": (1, 1),
}
LEGEND_CHARACTERS = 100  # that fit side by side
WIDTH = 7.6  # inches at 100 px
STYLE = {
    "svg.fonttype": "none",
    "path.simplify": False,
    "font.size": 9.5,
    "axes.titlesize": 10,
    "axes.edgecolor": COLOURS["muted"],
    "axes.labelcolor": COLOURS["ink"],
    "axes.titlecolor": COLOURS["ink"],
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": COLOURS["grid"],
    "grid.linewidth": 0.6,
    "text.color": COLOURS["ink"],
    "xtick.color": COLOURS["muted"],
    "ytick.color": COLOURS["muted"],
    "xtick.labelcolor": COLOURS["ink"],
    "ytick.labelcolor": COLOURS["ink"],
    "lines.linewidth": 1.6,
    "lines.markersize": 4.5,
    "legend.frameon": False,
    "figure.constrained_layout.use": True,
}


@dataclass(frozen=True)
class Series:
    """One line of a figure; ``low`` and ``high`` give its band, empty where there is none."""

    role: str
    label: str
    x: Sequence[float]
    y: Sequence[float]
    low: Sequence[float] = ()
    high: Sequence[float] = ()
    has_markers: bool = True

    def scaled(self, factor: float) -> "Series":
        """Return the series with its values multiplied."""
        y, low, high = ([factor * value for value in values] for values in (self.y, self.low, self.high))
        return replace(self, y=y, low=low, high=high)


@dataclass(frozen=True)
class Panel:
    """One coordinate system of a figure."""

    title: str
    x_label: str
    y_label: str
    series: Sequence[Series]
    x_ticks: Sequence[float] = ()
    log_x: bool = False
    log_y: bool = False
    y_limits: tuple[float, float] | None = None


@contextmanager
def drawing(name: str, n_panels: int = 1, height: float = 2.9, *, columns: int | None = None) -> Iterator[Any]:
    """Yield a list of axes; on leaving, the list's ``svg`` attribute holds the finished figure."""
    n_columns = columns or n_panels
    n_rows = -(-n_panels // n_columns)
    with mpl.rc_context({**STYLE, "svg.hashsalt": name}):
        figure = Figure(figsize=(WIDTH, height * n_rows))
        FigureCanvasSVG(figure)
        grid = figure.subplots(n_rows, n_columns, squeeze=False)
        sheet = _Sheet(figure, list(grid.flat))
        for spare in sheet.axes[n_panels:]:
            spare.set_axis_off()
        yield sheet
        stream = io.StringIO()
        figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None}, transparent=True)
    sheet.svg = themed(stream.getvalue(), name)


@dataclass
class _Sheet:
    figure: Figure
    axes: list[Axes]
    svg: str = ""


def themed(svg: str, name: str) -> str:
    """Return an SVG element for inlining: no prologue, sentinel colours as variables, ids of its own."""
    body = svg[svg.index("<svg") :]
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    body = re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", body, count=1)
    body = re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", body, count=1)
    body = re.sub(r"\bfont(-family)?: [^;\"]*('DejaVu Sans'[^;\"]*)", _size_only, body)
    referenced = set(re.findall(r"(?:url\(#|href=\"#)([\w-]+)", body))
    body = re.sub(r' id="([\w.-]+)"', lambda found: f' id="{name}-{found[1]}"' if found[1] in referenced else "", body)
    body = re.sub(r"(url\(#|href=\"#)", rf"\g<1>{name}-", body)
    for colour, role in ROLES.items():
        body = body.replace(colour, f"var(--{role.replace('_', '-')})")
    return re.sub(r"\n\s*", "\n", body).strip()


def _size_only(found: re.Match[str]) -> str:
    size = re.search(r"[\d.]+px", found[0])
    return f"font-size: {size[0]}" if size else "font-family: inherit"


def draw_series(axes: Axes, panel: Panel) -> None:
    """Draw a panel's lines with their bands."""
    for series in panel.series:
        colour = COLOURS[series.role]
        marker = MARKERS.get(series.role, ".") if series.has_markers else None
        (line,) = axes.plot(series.x, series.y, color=colour, marker=marker, label=series.label, zorder=3)
        if series.role in DASHES:
            line.set_dashes(DASHES[series.role])
        if len(series.low):
            axes.fill_between(series.x, series.low, series.high, color=colour, alpha=0.18, linewidth=0, zorder=2)
    axes.set(title=panel.title, xlabel=panel.x_label, ylabel=panel.y_label)
    _set_scales(axes, panel)


def _set_scales(axes: Axes, panel: Panel) -> None:
    if panel.log_x:
        axes.set_xscale("log", base=2)
    if panel.log_y:
        axes.set_yscale("log")
        axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        axes.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
        axes.yaxis.set_minor_locator(NullLocator())
    if len(panel.x_ticks):
        axes.xaxis.set_major_locator(FixedLocator(list(panel.x_ticks)))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.xaxis.set_major_formatter(StrMethodFormatter("{x:.3g}"))
        shown = [x for series in panel.series for x in series.x if x > 0]
        axes.set_xlim(0.9 * min(shown), 1.1 * max(shown)) if panel.log_x else None
    if panel.y_limits:
        axes.set_ylim(*panel.y_limits)


def line_panels(name: str, panels: Sequence[Panel], *, height: float = 2.9, columns: int | None = None) -> str:
    """Return panels of lines with one legend below all of them."""
    with drawing(name, len(panels), height, columns=columns) as sheet:
        for axes, panel in zip(sheet.axes, panels, strict=False):
            draw_series(axes, panel)
        handles: dict[str, Any] = {}
        for axes in sheet.axes:
            handles |= {label: handle for handle, label in zip(*axes.get_legend_handles_labels(), strict=True)}
        n_columns = min(len(handles), max(1, LEGEND_CHARACTERS // (6 + max(map(len, handles)))))
        sheet.figure.legend(handles.values(), handles.keys(), loc="outside lower center", ncols=n_columns)
    return str(sheet.svg)


def interval_dots(name: str, panels: Sequence[Panel], *, height: float = 2.6) -> str:
    """Return panels of one dot with its interval per series, series names down the side (first panel only)."""
    with drawing(name, len(panels), height) as sheet:
        for number, (axes, panel) in enumerate(zip(sheet.axes, panels, strict=True)):
            for place, series in enumerate(reversed(panel.series)):
                colour = COLOURS[series.role]
                axes.plot(series.x, [place], "o", color=colour, zorder=3)
                if len(series.low):
                    axes.plot([series.low[0], series.high[0]], [place, place], color=colour, linewidth=3, alpha=0.5)
            labels = [series.label for series in reversed(panel.series)]
            axes.set_yticks(range(len(labels)), labels if number == 0 else [""] * len(labels))
            axes.set(title=panel.title, xlabel=panel.x_label, ylim=(-0.6, len(labels) - 0.4))
            axes.grid(visible=False, axis="y")
            if panel.log_x:
                axes.set_xscale("log")
    return str(sheet.svg)


@dataclass(frozen=True)
class Cloud:
    """Labelled points of a plane, drawn over a map of shares where there is one."""

    title: str
    points: NDArray[np.float64]  # (n, 2)
    labels: NDArray[np.int64]  # (n,)
    shares: NDArray[np.float64] | None = None  # (n_rows, n_columns), largest y first
    extent: tuple[float, float, float, float] = (0.0, 1.0, 0.0, 1.0)


def dotted(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return x and y (2, 3 n) of a line that is a dot at each point (n, 2): a third of the bytes of markers."""
    return np.repeat(points, 3, axis=0).T + np.array([0.0, 0.0, np.nan] * len(points))


def clouds(name: str, panels: Sequence[Cloud], class_names: Sequence[str], *, height: float = 3.1) -> str:
    """Return maps of codes, one colour per class; shares as a background from the ground (0) to ink (1)."""
    with drawing(name, len(panels), height) as sheet:
        for axes, panel in zip(sheet.axes, panels, strict=True):
            if panel.shares is not None:
                shade = np.zeros((*panel.shares.shape, 4))
                shade[..., :3] = 0.5
                shade[..., 3] = 0.6 * (1 - panel.shares)
                axes.imshow(shade, extent=panel.extent, aspect="auto", interpolation="nearest", zorder=1)
                axes.set(xlim=panel.extent[:2], ylim=panel.extent[2:])
            for label, class_name in enumerate(class_names):
                chosen = panel.points[panel.labels == label]
                colour = COLOURS[f"class-{label}"]
                axes.plot(
                    *dotted(chosen), color=colour, label=class_name, linewidth=2.4, solid_capstyle="round", zorder=3
                )
            axes.set(title=panel.title)
            axes.grid(visible=False)
        handles, labels = sheet.axes[0].get_legend_handles_labels()
        legend = sheet.figure.legend(
            handles, labels, loc="outside lower center", ncols=len(labels), columnspacing=1, handlelength=0.6
        )
        for line in legend.get_lines():
            line.set_linewidth(7)
    return str(sheet.svg)


@dataclass(frozen=True)
class Layers:
    """The layers of one network: widths from image to image, where the code lies, whether it is drawn at random."""

    role: str
    title: str
    encoder_widths: Sequence[int]
    decoder_widths: Sequence[int]
    latent_dim: int
    is_variational: bool


def architecture(name: str, networks: Sequence[Layers], words: dict[str, str]) -> str:
    """Return the networks as rows of bars, one per layer, their height growing with the layer's width."""
    with drawing(name, len(networks), 2.7) as sheet:
        for axes, network in zip(sheet.axes, networks, strict=True):
            widths = [*network.encoder_widths[:-1], network.latent_dim, *network.decoder_widths[1:]]
            middle = len(network.encoder_widths) - 1
            for place, width in enumerate(widths):
                half = np.sqrt(width) / 2
                is_code = place == middle
                axes.bar(
                    place, 2 * half, width=0.5, bottom=-half, color=COLOURS[network.role if is_code else "muted"],
                    alpha=1.0 if is_code else 0.45, zorder=3,
                )  # fmt: skip
                text = f"z: {width}" if is_code else str(width)
                axes.text(place, half + 1.2, text, ha="center", va="bottom", zorder=4)
            if network.is_variational:
                axes.text(middle, -np.sqrt(network.latent_dim) / 2 - 1.5, "μ, log σ²", ha="center", va="top")
            low = -np.sqrt(max(widths)) / 2
            axes.text(middle / 2, low - 2, words["encoder"], ha="center", va="top", color=COLOURS["muted"])
            axes.text(
                (middle + len(widths) - 1) / 2, low - 2, words["decoder"], ha="center", va="top", color=COLOURS["muted"]
            )
            axes.set(title=network.title, ylim=(low - 6, -low + 5))
            axes.set_axis_off()
    return str(sheet.svg)
