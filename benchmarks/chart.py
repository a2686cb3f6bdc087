"""How cost grows as curves, an SVG whose bytes depend on the numbers alone."""

import io
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
import matplotlib.style
from matplotlib.figure import Figure

LABELS = {
    "n_seeds": "seeds", "n_latent_dims": "latent dimensions", "n_images": "images", "n_cores": "cores",
}  # fmt: skip
COLOURS = {"training": "#2a6f97", "evaluation": "#d08c60"}
MEASURES = {"seconds": "seconds", "gib": "peak memory of a process, GiB"}


def draw_growth(points: Mapping[str, Mapping[str, Sequence[Mapping[str, Any]]]]) -> bytes:
    """Return seconds (above) and memory (below) of training and evaluation over each of the quantities.

    Args:
        points: Rows by quantity and part, with the quantity, ``seconds`` and ``gib``.
    """
    with mpl.style.context(["default", {"svg.hashsalt": "benchmarks", "svg.fonttype": "path"}]):
        figure = Figure(figsize=(10, 5), layout="constrained")
        grid = figure.subplots(len(MEASURES), len(points), sharex="col", sharey="row", squeeze=False)
        for (quantity, parts), column in zip(points.items(), grid.T, strict=True):
            for (measure, label), axes in zip(MEASURES.items(), column, strict=True):
                for part, rows in parts.items():
                    x, y = ([row[name] for row in rows] for name in (quantity, measure))
                    axes.semilogx(x, y, marker="o", color=COLOURS[part], label=part)
                if measure == "seconds":
                    axes.set_yscale("log")
                    axes.yaxis.set_major_formatter("{x:g}")
                axes.margins(x=0.15)
                axes.set_xticks(x, [f"{value:,}" for value in x])
                axes.minorticks_off()
                axes.spines[["top", "right"]].set_visible(False)
                axes.grid(axis="y", alpha=0.3)
                axes.set_ylabel(label if axes is grid[0, 0] or axes is grid[1, 0] else "")
            column[-1].set_xlabel(LABELS[quantity])
        grid[-1, 0].set_ylim(bottom=0)  # of the whole row
        grid[0, 0].legend(frameon=False)
        buffer = io.BytesIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    return buffer.getvalue()
