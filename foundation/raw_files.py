"""Reads IDX files as people have them: plain, compressed with gzip, or under the names of Kaggle."""

import gzip
import zlib
from pathlib import Path
from typing import Protocol

from foundation.datasets import DataError, Dataset, check_raw_file
from foundation.idx import IdxError, expected_size, header_size

MAX_BYTES = 1 << 30  # of one raw file


class Readable(Protocol):
    """A stream of bytes, as files, gzip files and members of an archive are."""

    def read(self, size: int, /) -> bytes:
        """Return at most that many bytes."""


def candidates(folder: Path, name: str, *, is_packed: bool = False) -> list[Path]:
    """Return the files of a folder that may hold a raw file; of a packed one only those compressed with gzip."""
    kaggle = name.replace("-idx", ".idx")
    plain = [] if is_packed else [name, kaggle, f"{name}/{name}", f"{kaggle}/{kaggle}"]
    paths = [folder / one for one in (*plain, f"{name}.gz", f"{kaggle}.gz")]
    return [path for path in paths if path.is_file()]


def read_raw(dataset: Dataset, folder: Path, name: str) -> bytes:
    """Return a raw file of a folder; of several candidates the first that is whole and has the dataset's checksum.

    Raises:
        DataError: if there is none, or it is damaged or not the published one.
    """
    is_packed = name in dataset.packed
    failures = []
    for path in candidates(folder, name, is_packed=is_packed):
        try:
            return _read_candidate(dataset, path, name)
        except DataError as error:
            failures.append(error)
    if failures:
        raise failures[0]
    expected = f"{name}.gz, got none" if is_packed else f"{name} or {name}.gz, got neither"
    raise DataError(f"{folder}: expected {expected}")


def _read_candidate(dataset: Dataset, path: Path, name: str) -> bytes:
    is_compressed = path.suffix == ".gz"
    try:
        if name in dataset.packed:
            check_raw_file(dataset, name, path.read_bytes(), str(path.parent))
        with gzip.open(path) if is_compressed else path.open("rb") as stream:
            content = read_idx(stream, name)
    except IdxError as error:
        raise DataError(f"{path}: {error}") from error
    except (OSError, EOFError, zlib.error) as error:
        kind = "a gzip file" if is_compressed else "a file"
        raise DataError(f"{path}: expected {kind}, got: {one_line(error)}") from error
    if name not in dataset.packed and dataset.checksums:
        check_raw_file(dataset, name, content, str(path.parent))
    return content


def read_idx(stream: Readable, name: str) -> bytes:
    """Return what a stream holds, which is read no further than its header says: a few bytes may unpack to many.

    Raises:
        IdxError: if it holds no IDX array of the kind that the name says, fewer bytes, or more.
    """
    n_axes = 3 if "idx3" in name else 1
    header = stream.read(header_size(n_axes))
    size = expected_size(header, n_axes)
    if size > MAX_BYTES:
        raise IdxError(f"expected at most {MAX_BYTES} bytes, got a header that asks for {size}")
    content = header + stream.read(size - len(header))
    if len(content) < size or stream.read(1):
        raise IdxError(f"expected {size} bytes, got {'fewer' if len(content) < size else 'more'}")
    return content


def one_line(message: object) -> str:
    """Return a message of another program or library as one line, its first 200 characters.

    >>> one_line("no   route ")
    'no route'
    """
    return " ".join(str(message).split())[:200] or "no reason given"
