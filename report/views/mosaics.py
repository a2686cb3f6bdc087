"""Chosen rows of several pictures side by side, as one picture."""

from collections.abc import Mapping
from typing import NamedTuple

from report.views.study import Picture

APART = 8  # pixels between two pictures


class Tile(NamedTuple):
    """A part of a picture (``left``, ``top``) and its place in the mosaic (``x``, ``y``), all in pixels."""

    key: str
    x: int
    y: int
    left: int
    top: int
    width: int
    height: int


class Mosaic(NamedTuple):
    """Tiles of pictures; the labels of rows and columns are those of the whole."""

    tiles: list[Tile]
    width: int
    height: int
    rows: list[str]
    columns: list[str]


def gap(length: int, n_images: int, image_length: int) -> int:
    """Return the gap between images that make a row of some length, in pixels.

    >>> gap(3 * 28 + 2 * 2, 3, 28), gap(28, 1, 28)
    (2, 0)
    """
    return max((length - n_images * image_length) // (n_images - 1), 0) if n_images > 1 else 0


def cropped(picture: Picture, n_rows: int, of: int, image_height: int) -> Picture:
    """Return the first ``n_rows`` of a sheet that has ``of`` rows of images."""
    pitch = image_height + gap(picture.height, of, image_height)
    return picture._replace(height=min(picture.height, (n_rows - 1) * pitch + image_height))


def mosaic(
    pictures: Mapping[str, Picture], rows: Mapping[str, str], n_columns: int, image_shape: tuple[int, int]
) -> Mosaic:
    """Return the first columns of chosen rows of some pictures.

    Args:
        pictures: With labelled rows, by what stands above each.
        rows: The row labels to show with what they are called; those that no picture has are left out.
        n_columns: How many images of each row are shown, all where there are not more.
        image_shape: Height and width of an image, in pixels.
    """
    height, width = image_shape
    present = {row: label for row, label in rows.items() if any(row in one.rows for one in pictures.values())}
    tiles, x = [], 0
    for picture in pictures.values():
        between = gap(picture.height, len(picture.rows), height)
        shown = min(picture.width, n_columns * (width + between) - between)
        tiles += [
            Tile(picture.key, x, place * (height + between), 0, top * (height + between), shown, height)
            for place, row in enumerate(present)
            if row in picture.rows
            for top in [picture.rows.index(row)]
        ]
        x += shown + APART
    bottom = max((tile.y + tile.height for tile in tiles), default=0)
    return Mosaic(tiles, max(x - APART, 0), bottom, list(present.values()), list(pictures))
