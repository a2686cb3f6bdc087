"""The rates as bars, an SVG whose bytes depend on the numbers alone."""

import io
from collections.abc import Mapping
from typing import Any

import matplotlib as mpl
import matplotlib.style
from matplotlib.figure import Figure

COLOURS = {
    "ours": "#2a6f97",
    "ours, side by side": "#014f86",
    "ours, bfloat16": "#61a5c2",
    "ours, side by side, bfloat16": "#468faf",
    "textbook loop": "#a3a3a3",
    "Pythae": "#d08c60",
}


def draw_rates(training: Mapping[str, Any]) -> bytes:
    """Return bars of images per second: ours, a textbook loop's and Pythae's."""
    rows = list(reversed(training["rates"]))
    with mpl.style.context(["default", {"svg.hashsalt": "benchmarks", "svg.fonttype": "path"}]):
        figure = Figure(figsize=(8, 0.3 * len(rows) + 1), layout="constrained")
        axes = figure.subplots()
        labels = [f"{row['network']}: {row['who']}, {row['seeds']} at once" for row in rows]
        bars = axes.barh(
            labels, [row["images_per_second"] for row in rows], color=[COLOURS[row["who"]] for row in rows]
        )
        axes.bar_label(bars, [f"{row['images_per_second']:,.0f}" for row in rows], padding=3, fontsize=8)
        axes.spines[["top", "right"]].set_visible(False)
        axes.set_xlabel("images trained on per second, all models of a row together (median)")
        axes.tick_params(labelsize=8)
        axes.margins(x=0.12)
        buffer = io.BytesIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    return buffer.getvalue()
