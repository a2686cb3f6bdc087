"""Pictures of images in rows and columns, and how the evaluations hand them to the report.

A picture is a PNG without text; its row and column labels stand in ``pictures.json`` beside it, so that
the report can show them as text in either language.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from foundation.reproducibility.artifacts import write_json, write_png

GAP = 2  # pixels between images
BACKGROUND = 128


class Picture(NamedTuple):
    """Pixels of a mosaic and the labels of its rows and columns; an empty list where there are none."""

    pixels: NDArray[np.uint8]
    rows: list[str]
    columns: list[str]


def mosaic(images: ArrayLike, gap: int = GAP) -> NDArray[np.uint8]:
    """Return images (n_rows, n_columns, h, w) in [0, 1] as one grey picture, values outside clipped."""
    grid = np.asarray(images, dtype=np.float64)
    n_rows, n_columns, height, width = grid.shape
    framed = np.full((n_rows, n_columns, height + gap, width + gap), BACKGROUND, dtype=np.uint8)
    framed[:, :, :height, :width] = np.rint(np.clip(grid, 0, 1) * 255)
    flat = framed.transpose(0, 2, 1, 3).reshape(n_rows * (height + gap), n_columns * (width + gap))
    return flat[: flat.shape[0] - gap, : flat.shape[1] - gap] if gap else flat


def labelled_rows(rows: Mapping[str, ArrayLike], image_shape: tuple[int, int], columns: list[str]) -> Picture:
    """Return named rows of images, each (n_columns, n_pixels), as one picture."""
    images = np.stack([np.asarray(row).reshape(-1, *image_shape) for row in rows.values()])
    return Picture(mosaic(images), list(rows), columns)


def write_pictures(directory: Path, pictures: Mapping[str, Picture], copied: Mapping[str, Any] | None = None) -> None:
    """Write each picture as PNG and the labels of all, with those of pictures copied there, as pictures.json."""
    for name, picture in pictures.items():
        write_png(directory / f"{name}.png", picture.pixels)
    labels = {
        name: {"rows": picture.rows, "columns": picture.columns, "size": picture.pixels.shape[::-1]}
        for name, picture in pictures.items()
    }
    write_json(directory / "pictures.json", {**labels, **(copied or {})})
