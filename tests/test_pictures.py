import io
from pathlib import Path

import numpy as np
from PIL import Image

from foundation.reproducibility.artifacts import read_json
from stages.protocol.pictures import BACKGROUND, labelled_rows, mosaic, write_pictures


def test_a_mosaic_puts_each_image_in_its_place() -> None:
    pixels = mosaic(np.array([[[[0.0]], [[1.0]]], [[[0.5]], [[2.0]]]]), gap=1)
    assert pixels.tolist() == [[0, BACKGROUND, 255], [BACKGROUND] * 3, [128, BACKGROUND, 255]]


def test_labels_follow_the_rows() -> None:
    picture = labelled_rows({"a": np.zeros((3, 4)), "b": np.ones((3, 4))}, (2, 2), ["x", "y", "z"])
    assert picture.rows == ["a", "b"]
    assert picture.pixels.shape == (2 * 2 + 2, 3 * 2 + 2 * 2)


def test_pictures_are_written_with_their_labels_and_the_same_bytes_each_time(tmp_path: Path) -> None:
    picture = labelled_rows({"a": np.random.default_rng(0).random((2, 9))}, (3, 3), [])
    for name in ("one", "two"):
        write_pictures(tmp_path / name, {"sheet": picture})
    first, second = ((tmp_path / name / "sheet.png").read_bytes() for name in ("one", "two"))
    assert first == second
    assert Image.open(io.BytesIO(first)).size == (8, 3)
    assert read_json(tmp_path / "one" / "pictures.json") == {"sheet": {"rows": ["a"], "columns": [], "size": [8, 3]}}
