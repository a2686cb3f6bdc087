"""Reader and writer of the files the study stores: JSON, CSV, PNG, arrays.

Writing is atomic (a half-written file never stands under its final name) and deterministic (no times, sorted keys,
rounded floats). Nothing is ever unpickled. A damaged file gives one line: path, expected, got.
"""

import csv
import errno
import glob
import io
import json
import math
import os
import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from safetensors import SafetensorError
from safetensors.numpy import load, save

SIGNIFICANT_DIGITS = 6


class ArtifactError(ValueError):
    """A stored file is missing, damaged or not what it should be; the message is one line."""


@dataclass(frozen=True)
class DatasetInfo:
    """What the report says of the data."""

    name: str
    title: str
    class_names: list[str]
    image_shape: list[int]
    n_train: int
    n_validation: int
    n_test: int
    checksums: dict[str, str]
    licence: str
    url: str


def write_bytes(path: Path | str, content: bytes) -> None:
    """Write a file so that either the old or the complete new content stands under its name.

    Raises:
        ArtifactError: if it cannot be written; says why, and of a full disk how much room it lacks.
    """
    target = Path(path)
    draft = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        for abandoned in target.parent.glob(f".{glob.escape(target.name)}.*.part"):
            abandoned.unlink(missing_ok=True)  # of a process that was killed while it wrote this file
        with draft.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(target)
    except OSError as error:
        raise ArtifactError(f"{target}: cannot be written: {_reason(error, target, len(content))}") from error
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)


def _reason(error: OSError, target: Path, n_bytes: int) -> str:
    if error.errno not in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
        return f"{error.strerror}"
    free = shutil.disk_usage(target.parent).free if target.parent.exists() else 0
    return f"{error.strerror}: expected room for {n_bytes:,} bytes, got {free:,} bytes free"


def read_bytes(path: Path | str) -> bytes:
    """Return the content of a file.

    Raises:
        ArtifactError: if the file cannot be read.
    """
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise ArtifactError(f"{path}: expected a file, got: {error.strerror}") from error


def _rounded(value: object) -> object:
    """Return the value with floats at the stored precision; NaN and infinities are refused."""
    match value:
        case bool() | int() | str() | None:
            return value
        case float() | np.floating():
            if not math.isfinite(value):
                raise ValueError(f"a stored number must be finite or None, got {value}")
            return float(f"{float(value):.{SIGNIFICANT_DIGITS}g}")
        case np.integer():
            return int(value)
        case Mapping():
            return {str(key): _rounded(entry) for key, entry in value.items()}
        case _ if hasattr(value, "as_dict"):
            return _rounded(value.as_dict())
        case Sequence() | np.ndarray():
            return [_rounded(entry) for entry in value]
    raise TypeError(f"cannot store a {type(value).__name__}")


def write_json(path: Path | str, value: object) -> None:
    """Write JSON with sorted keys and six significant digits; NaN is refused, None is null."""
    text = json.dumps(_rounded(value), indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
    write_bytes(path, f"{text}\n".encode())


def read_json(path: Path | str) -> Any:
    """Return the parsed JSON file.

    Raises:
        ArtifactError: if the file is missing, not JSON, or holds a number that is not finite.
    """
    try:
        return json.loads(read_bytes(path), parse_constant=_refused, parse_float=_finite)
    except (ValueError, RecursionError) as error:  # ValueError: also a number of thousands of digits
        if isinstance(error, ArtifactError):
            raise
        raise ArtifactError(f"{path}: expected JSON, got: {error}") from error


def _refused(text: str) -> float:
    raise ValueError(f"a number that is not finite, {text[:20]}")


def _finite(text: str) -> float:
    return float(text) if math.isfinite(float(text)) else _refused(text)


def write_csv(path: Path | str, rows: Sequence[Mapping[str, object]]) -> None:
    """Write a table with the first row's keys as header; None is an empty entry."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, fieldnames=list(rows[0]) if rows else [], lineterminator="\n")
    writer.writeheader()
    writer.writerows({key: _entry_text(value) for key, value in row.items()} for row in rows)
    write_bytes(path, stream.getvalue().encode())


def _entry_text(value: object) -> object:
    rounded = _rounded(value)
    return "" if rounded is None else rounded


def read_csv(path: Path | str) -> list[dict[str, Any]]:
    """Return the rows of a table; numbers are parsed, empty entries are None.

    Raises:
        ArtifactError: if the file is missing, not UTF-8, a row has the wrong number of entries,
            or a number is not finite.
    """
    try:
        lines = list(csv.reader(io.StringIO(read_bytes(path).decode())))
    except (csv.Error, UnicodeDecodeError) as error:
        raise ArtifactError(f"{path}: expected a CSV table, got: {error}") from error
    header, rows = (lines[0], lines[1:]) if lines else ([], [])
    for number, row in enumerate(rows, start=2):
        if len(row) != len(header):
            raise ArtifactError(f"{path}: line {number}: expected {len(header)} entries, got {len(row)}")
    parsed = [dict(zip(header, map(parse_number, row), strict=True)) for row in rows]
    for number, entry in enumerate(parsed, start=2):
        wrong = [name for name, value in entry.items() if isinstance(value, float) and not math.isfinite(value)]
        if wrong:
            raise ArtifactError(f"{path}: line {number}: {wrong[0]}: expected a finite number, got {entry[wrong[0]]}")
    return parsed


def parse_number(text: str) -> str | int | float | None:
    """Return the number, truth value or None that an entry of a table stands for; any other text as it is.

    >>> [parse_number(text) for text in ("1", "1e-3", "True", "", "ae")]
    [1, 0.001, True, None, 'ae']
    """
    for parse in (int, float):
        try:
            return parse(text)
        except ValueError:
            continue
    return {"": None, "True": True, "False": False}.get(text, text)


def flatten_tree(tree: Any, *, with_lists: bool = False, key: str = "") -> dict[str, Any]:
    """Return the leaves of nested mappings by dotted key; lists stay whole unless they are to be flattened, too.

    >>> flatten_tree({"vae": {"beta": 4}, "seeds": [0, 1]})
    {'vae.beta': 4, 'seeds': [0, 1]}
    >>> flatten_tree({"seeds": [0, 1]}, with_lists=True)
    {'seeds.0': 0, 'seeds.1': 1}
    """
    match tree:
        case Mapping() if tree or not key:
            children = list(tree.items())
        case list() if tree and with_lists:
            children = list(enumerate(tree))
        case _:
            return {key: tree}
    leaves: dict[str, Any] = {}
    for name, child in children:
        leaves |= flatten_tree(child, with_lists=with_lists, key=f"{key}.{name}" if key else str(name))
    return leaves


def write_arrays(path: Path | str, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write named arrays as safetensors."""
    write_bytes(path, save({name: np.ascontiguousarray(array) for name, array in arrays.items()}))


def read_arrays(path: Path | str) -> dict[str, NDArray[Any]]:
    """Return the arrays of a safetensors file.

    Raises:
        ArtifactError: if the file is missing or damaged, or a number is not finite.
    """
    content = read_bytes(path)
    try:
        arrays = load(content)
    except (SafetensorError, ValueError, KeyError, TypeError) as error:  # KeyError: a type that NumPy does not have
        raise ArtifactError(f"{path}: expected a safetensors file, got: {' '.join(str(error).split())}") from error
    for name, array in arrays.items():
        if not np.isfinite(array).all():
            raise ArtifactError(f"{path}: {name}: expected finite numbers, got some that are not")
    return arrays


def write_png(path: Path | str, pixels: NDArray[np.uint8]) -> None:
    """Write a grey (h, w) or colour (h, w, 3) picture, without metadata."""
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, format="PNG", optimize=True)
    write_bytes(path, stream.getvalue())


def load_dataset_info(directory: Path | str) -> DatasetInfo:
    """Return the description of the prepared data.

    Raises:
        ArtifactError: if the file is missing or has other keys.
    """
    path = Path(directory) / "dataset.json"
    try:
        return DatasetInfo(**read_json(path))
    except TypeError as error:
        raise ArtifactError(f"{path}: expected the keys of DatasetInfo, got: {error}") from error
