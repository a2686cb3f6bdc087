"""Networks from image to image: layers as bars, where noise enters, where the loss is taken, where one samples."""

import textwrap
from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes

from report.drawing.sheet import COLOURS, MIN_WIDTH, WIDTH, drawing
from report.views.figures import Architecture, Layers

HEIGHT = 3.4  # inches
BAR, LINE = 0.56, 22  # width of a bar between places 1 apart; characters of a line of notes


def architecture(figure: Architecture) -> str:
    """Return networks side by side, one bar per layer, its height growing with the square root of the layer's width.

    One alone takes half a sheet, so that it fits a phone.
    """
    part = min(1, len(figure.networks) / 2)
    tallest = max(max(network.encoder_widths) for network in figure.networks)
    with drawing(figure.name, len(figure.networks), HEIGHT) as sheet:
        sheet.figure.set_size_inches(WIDTH * part, HEIGHT)
        for axes, network in zip(sheet.axes, figure.networks, strict=True):
            unit = np.sqrt(tallest) / 2  # half the tallest bar
            _draw(axes, network, figure.words, unit)
            axes.set(title=network.title, ylim=(-2.15 * unit, 1.5 * unit))
            axes.set_axis_off()
    return str(sheet.svg).replace(f"min-width: {MIN_WIDTH}rem", f"min-width: {MIN_WIDTH * part:g}rem", 1)


def _draw(axes: Axes, network: Layers, words: Mapping[str, str], unit: float) -> None:
    encoder, decoder = network.encoder_widths[:-1], network.decoder_widths[1:]
    parameters = len(encoder)  # place of mean and variance; of the code itself where nothing is drawn
    code = parameters + 1.3 * network.is_variational
    for place, width in [*enumerate(encoder), *((code + 1 + n, width) for n, width in enumerate(decoder))]:
        _bar(axes, place, width, str(width))
    colour, half = COLOURS[network.role], np.sqrt(network.latent_dim) / 2
    if network.is_variational:
        middle = max(1.4 * half, 0.12 * unit)
        for place, name in ((middle, "μ"), (-middle, "σ")):
            axes.bar(parameters, 2 * half, width=BAR, bottom=place - half, color=colour, alpha=0.45, zorder=3)
            axes.text(parameters + 0.4, place, name, va="center", zorder=4)
        _arrow(axes, (code, 0.95 * unit), (code, half + 0.32 * unit), text="ε ∼ N(0, I)")
        top = -middle - 1.2 * half
        bottom = min(top, -unit)
        axes.plot([parameters, parameters], [top, bottom], color=COLOURS["ink"], lw=0.9)
        axes.text(parameters + 0.3, bottom - 0.05 * unit, _in_lines(words["divergence"]), va="top", ha="right")
    _bar(axes, code, network.latent_dim, f"z: {network.latent_dim}", colour)
    last = code + len(decoder)
    _arrow(axes, (code, -unit), (code, -half - 0.05 * unit), is_dashed=True)
    new = words["from_prior" if network.is_variational else "from_fitted"]
    axes.text(code - 0.3, -1.05 * unit, _in_lines(new), va="top", ha="left")
    _ends(axes, last, unit, words["loss"])
    axes.text((len(encoder) - 1) / 2, 1.25 * unit, words["encoder"], ha="center", color=COLOURS["muted"])
    axes.text(last - (len(decoder) - 1) / 2, 1.25 * unit, words["decoder"], ha="center", color=COLOURS["muted"])


def _bar(axes: Axes, place: float, width: int, text: str, colour: str = "") -> None:
    half = np.sqrt(width) / 2
    alpha = 1.0 if colour else 0.45
    axes.bar(place, 2 * half, width=BAR, bottom=-half, color=colour or COLOURS["muted"], alpha=alpha, zorder=3)
    axes.text(place, half + 0.6, text, ha="center", va="bottom", zorder=4)


def _arrow(
    axes: Axes, start: tuple[float, float], end: tuple[float, float], *, text: str = "", is_dashed: bool = False
) -> None:
    style = {"arrowstyle": "->", "color": COLOURS["ink"], "linestyle": "--" if is_dashed else "-", "shrinkB": 0}
    axes.annotate(text, end, start, ha="center", va="bottom", arrowprops=style)


def _in_lines(text: str) -> str:
    return textwrap.fill(text.replace("0, I", "0,\u00a0I"), LINE)


def _ends(axes: Axes, last: float, unit: float, loss: str) -> None:
    """Draw the image on the left, its reconstruction on the right, and the loss that compares them."""
    first, last, bottom = -1.1, last + 1.1, -1.8 * unit
    for place, name in ((first, "x"), (last, "x̂")):
        axes.text(place, 0, name, ha="center", va="center", fontsize=13)
    _arrow(axes, (first + 0.25, 0), (-BAR / 2, 0))
    _arrow(axes, (last - 1.1 + BAR / 2, 0), (last - 0.25, 0))
    axes.plot([first, first, last, last], [-0.2 * unit, bottom, bottom, -0.2 * unit], color=COLOURS["ink"], lw=0.9)
    axes.text((first + last) / 2, bottom - 0.1 * unit, loss, ha="center", va="top")
