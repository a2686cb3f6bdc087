import re
from pathlib import Path

import numpy as np
import pytest

from foundation.datasets import DATASETS, RAW_NAMES, DataError
from foundation.parameter_sections import PrepareParams
from stages.prepare import measure, read_raw, samples, split
from tests.test_datasets import slice_file

TRAIN = (np.arange(100, dtype=np.uint8)[:, None, None] * np.ones((1, 2, 2), np.uint8), np.arange(100) % 10)
TEST = (TRAIN[0][:20], TRAIN[1][:20])


def plan(**changes: int) -> PrepareParams:
    return PrepareParams(**{"n_train": 70, "n_validation": 20, "n_test": 10, "split_seed": 0} | changes)


def test_train_and_validation_share_no_image() -> None:
    splits = split(TRAIN, TEST, plan())
    assert not set(splits["train"][0][:, 0, 0]) & set(splits["validation"][0][:, 0, 0])
    assert {name: len(images) for name, (images, _) in splits.items()} == {"train": 70, "validation": 20, "test": 10}


def test_images_keep_their_labels() -> None:
    for images, labels in split(TRAIN, TEST, plan()).values():
        assert np.array_equal(images[:, 0, 0] % 10, labels)


def test_the_split_follows_its_seed_alone() -> None:
    first, again, other = (split(TRAIN, TEST, plan(split_seed=s))["train"][0] for s in (0, 0, 1))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_a_larger_test_split_begins_with_the_smaller_one() -> None:
    small, large = (split(TRAIN, TEST, plan(n_test=n))["test"][0] for n in (5, 15))
    assert np.array_equal(large[:5], small)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"n_train": 90}, "prepare: n_train + n_validation must be at most 100, got 110"),
        ({"n_test": 21}, "prepare: n_test must be at most 20, got 21"),
    ],
)
def test_more_images_than_there_are_give_one_line(changes: dict[str, int], said: str) -> None:
    with pytest.raises(DataError, match=f"^{re.escape(said)}$"):
        split(TRAIN, TEST, plan(**changes))


def test_counts_add_up_to_the_splits() -> None:
    rows = measure(split(TRAIN, TEST, plan()), tuple("0123456789"))
    assert sum(row["n_images"] for row in rows if row["split"] == "train") == 70  # type: ignore[misc]


def test_samples_show_each_class_in_its_row() -> None:
    picture = samples(*TRAIN, tuple("0123456789"))
    assert picture.rows == list("0123456789")
    assert picture.pixels[0, 0] == 0
    assert picture.pixels[-1, -1] == 99


def test_raw_files_that_do_not_fit_together_give_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stages.prepare.RAW_DIR", tmp_path)
    (tmp_path / RAW_NAMES[0]).write_bytes(slice_file(RAW_NAMES[0]))
    (tmp_path / RAW_NAMES[1]).write_bytes(slice_file(RAW_NAMES[3]))
    with pytest.raises(DataError, match=r"expected 400 images of \(28, 28\), got \(1200, 28, 28\)"):
        read_raw(DATASETS["mnist-slice"], "train")


def test_a_truncated_raw_file_gives_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stages.prepare.RAW_DIR", tmp_path)
    (tmp_path / RAW_NAMES[0]).write_bytes(slice_file(RAW_NAMES[0])[:-7])
    with pytest.raises(DataError, match=f"{RAW_NAMES[0]}: expected 940800 values for shape"):
        read_raw(DATASETS["mnist-slice"], "train")
