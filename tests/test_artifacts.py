"""Stored files: round trips, equal bytes for equal content, one line for a damaged file."""

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from foundation.reproducibility.artifacts import (
    ArtifactError,
    load_dataset_info,
    read_arrays,
    read_csv,
    read_json,
    write_arrays,
    write_bytes,
    write_csv,
    write_json,
    write_png,
)

scalars = st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text(max_size=10)


@given(st.dictionaries(st.text(max_size=5), st.lists(scalars, max_size=4), max_size=4))
def test_json_round_trips(tmp_path_factory: pytest.TempPathFactory, value: dict[str, list[object]]) -> None:
    path = tmp_path_factory.mktemp("json") / "value.json"
    write_json(path, value)
    assert read_json(path) == value


def test_floats_keep_six_significant_digits(tmp_path: Path) -> None:
    write_json(tmp_path / "x.json", {"x": math.pi * 1e-9, "y": np.float32(2.5)})
    assert read_json(tmp_path / "x.json") == {"x": 3.14159e-9, "y": 2.5}


@pytest.mark.parametrize("value", [math.nan, math.inf, np.float32("nan")])
def test_a_number_that_is_none_is_refused(tmp_path: Path, value: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        write_json(tmp_path / "x.json", {"x": [value]})
    assert not list(tmp_path.iterdir())


def test_json_does_not_depend_on_the_order_of_keys(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", {"a": 1, "b": 2})
    write_json(tmp_path / "b.json", {"b": 2, "a": 1})
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()


def test_tables_round_trip_with_numbers_and_empty_entries(tmp_path: Path) -> None:
    rows = [{"codec": "ae", "n": 3, "mean": 0.25, "low": None}, {"codec": "a,b", "n": 4, "mean": 1.0, "low": True}]
    write_csv(tmp_path / "t.csv", rows)
    assert read_csv(tmp_path / "t.csv") == rows


def test_a_table_with_a_short_line_is_refused(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b\n1,2\n3\n")
    with pytest.raises(ArtifactError, match=r"t\.csv: line 3: expected 2 entries, got 1"):
        read_csv(tmp_path / "t.csv")


def test_arrays_round_trip(tmp_path: Path) -> None:
    arrays = {"images": np.arange(24, dtype=np.uint8).reshape(2, 3, 4), "x": np.float32([1.5])}
    write_arrays(tmp_path / "a.safetensors", arrays)
    loaded = read_arrays(tmp_path / "a.safetensors")
    assert all(np.array_equal(loaded[name], array) for name, array in arrays.items())


@pytest.mark.parametrize("damage", [lambda b: b[:-3], lambda b: b[:5], lambda b: b"", lambda b: b"<html>" + b])
def test_damaged_arrays_give_one_line(tmp_path: Path, damage: object) -> None:
    path = tmp_path / "a.safetensors"
    write_arrays(path, {"x": np.zeros(9)})
    path.write_bytes(damage(path.read_bytes()))  # type: ignore[operator]
    with pytest.raises(ArtifactError, match="expected a safetensors file") as caught:
        read_arrays(path)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("read", [read_json, read_csv, read_arrays])
def test_a_missing_file_gives_its_name(tmp_path: Path, read: object) -> None:
    with pytest.raises(ArtifactError, match=r"nothing\.here: expected a file"):
        read(tmp_path / "nothing.here")  # type: ignore[operator]


def test_broken_json_gives_one_line(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("{")
    with pytest.raises(ArtifactError, match="expected JSON"):
        read_json(tmp_path / "x.json")


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_bytes(tmp_path / "x", b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(ArtifactError, match="x: cannot be written: No space left on device"):
        write_bytes(tmp_path / "x", b"new")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("x", b"old")]


def test_pictures_keep_their_pixels(tmp_path: Path) -> None:
    pixels = np.arange(12, dtype=np.uint8).reshape(3, 4)
    write_png(tmp_path / "p.png", pixels)
    assert np.array_equal(np.asarray(Image.open(tmp_path / "p.png")), pixels)


def test_a_description_with_other_keys_is_refused(tmp_path: Path) -> None:
    write_json(tmp_path / "dataset.json", {"name": "mnist", "colour": "red"})
    with pytest.raises(ArtifactError, match=r"dataset\.json: expected the keys of DatasetInfo"):
        load_dataset_info(tmp_path)


def test_a_draft_of_a_killed_writer_goes_with_the_next_write(tmp_path: Path) -> None:
    (tmp_path / ".x.json.4711.part").write_bytes(b"hal")
    write_bytes(tmp_path / "x.json", b"whole")
    assert [path.name for path in tmp_path.iterdir()] == ["x.json"]


def test_a_full_disk_says_how_much_room_is_wanted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(ArtifactError, match=r"expected room for 5,000 bytes, got [\d,]+ bytes free"):
        write_bytes(tmp_path / "new" / "x", bytes(5000))


def test_a_folder_that_cannot_be_made_gives_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ArtifactError, match=r"x: cannot be written: "):
        write_bytes(tmp_path / "file" / "x", b"")
