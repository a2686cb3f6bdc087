import gzip
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.datasets import DATASETS, RAW_NAMES, DataError, check_raw_file
from foundation.idx import IdxError, parse_idx
from tests.import_closure import ROOT

SLICE = ROOT / "tests" / "data" / "mnist-slice"
LABELS = b"\x00\x00\x08\x01\x00\x00\x00\x03\x05\x00\x04"


def slice_file(name: str, dataset: str = "mnist-slice") -> bytes:
    return gzip.decompress((SLICE.with_name(dataset) / f"{name}.gz").read_bytes())


@pytest.mark.parametrize("name", DATASETS)
def test_every_dataset_names_four_files_with_checksums(name: str) -> None:
    dataset = DATASETS[name]
    assert tuple(dataset.checksums) == RAW_NAMES
    assert all(re.fullmatch(r"[0-9a-f]{32}", checksum) for checksum in dataset.checksums.values())
    assert dataset.licence
    assert len(set(dataset.class_names)) == len(dataset.class_names)


@pytest.mark.parametrize("name", RAW_NAMES)
@pytest.mark.parametrize("dataset", ["mnist-slice", "fashion-mnist-slice"])
def test_the_slice_is_what_its_entry_says(dataset: str, name: str) -> None:
    check_raw_file(DATASETS[dataset], name, slice_file(name, dataset), "here")


@pytest.mark.parametrize("damage", [lambda c: c[:-1], lambda c: b"", lambda c: c[:100] + b"\xff" + c[101:]])
def test_a_changed_file_is_refused_with_one_line(damage: object) -> None:
    name = RAW_NAMES[0]
    with pytest.raises(DataError, match=rf"^folder: {name}: expected .* with MD5 5d6e.*, got MD5 \w+ \(\d+ bytes\)$"):
        check_raw_file(DATASETS["mnist-slice"], name, damage(slice_file(name)), "folder")  # type: ignore[operator]


def test_idx_gives_labels_and_images() -> None:
    assert parse_idx(LABELS, 1).tolist() == [5, 0, 4]
    assert parse_idx(slice_file(RAW_NAMES[0]), 3).shape == (1200, 28, 28)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "expected a header of 8 bytes, got 0 bytes"),
        (LABELS[:-1], "expected 3 values for shape (3,), got 2"),
        (LABELS + b"\x00", "expected 3 values for shape (3,), got 4"),
        (b"\x00\x00\x0d\x01" + LABELS[4:], "expected the magic number 0x00000801, got 0x00000d01"),
    ],
)
def test_what_is_not_idx_is_refused(content: bytes, said: str) -> None:
    with pytest.raises(IdxError, match=f"^{re.escape(said)}$"):
        parse_idx(content, 1)


@given(st.binary(max_size=40), st.sampled_from([1, 3]))
def test_any_bytes_give_an_array_or_one_line(content: bytes, n_axes: int) -> None:
    try:
        array = parse_idx(content, n_axes)
        assert array.dtype == np.uint8
    except IdxError as error:
        assert "\n" not in str(error)  # noqa: PT017 -- both outcomes are allowed
