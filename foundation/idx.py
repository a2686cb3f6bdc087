"""The IDX format of MNIST and its relatives: bytes to arrays and back."""

import math
import struct

import numpy as np
from numpy.typing import NDArray

UNSIGNED_BYTE = 8


class IdxError(ValueError):
    """Bytes are not an IDX array; the message is one line."""


def expected_size(content: bytes, n_axes: int) -> int:
    """Return the number of bytes that a whole IDX file has by its header, which the content begins with.

    Args:
        content: The file or its beginning, not compressed.
        n_axes: 1 for labels, 3 for images.

    Raises:
        IdxError: if the content does not begin with the header of such an array.
    """
    return header_size(n_axes) + math.prod(_shape(content, n_axes))


def header_size(n_axes: int) -> int:
    """Return the number of bytes before the values."""
    return 4 + 4 * n_axes


def _shape(content: bytes, n_axes: int) -> tuple[int, ...]:
    size = header_size(n_axes)
    if len(content) < size:
        raise IdxError(f"expected a header of {size} bytes, got {len(content)} bytes")
    expected_magic = UNSIGNED_BYTE << 8 | n_axes
    magic, *shape = struct.unpack(f">{1 + n_axes}I", content[:size])
    if magic != expected_magic:
        raise IdxError(f"expected the magic number {expected_magic:#010x}, got {magic:#010x}")
    return tuple(shape)


def parse_idx(content: bytes, n_axes: int) -> NDArray[np.uint8]:
    """Return the array of unsigned bytes that an IDX file holds.

    Args:
        content: The whole file, not compressed.
        n_axes: 1 for labels, 3 for images.

    Raises:
        IdxError: if the header or the length is not that of such an array, or it holds no values.

    Source: LeCun, Cortes & Burges, The MNIST Database, file formats.
    """
    shape, size = _shape(content, n_axes), header_size(n_axes)
    if len(content) - size != math.prod(shape) or math.prod(shape) == 0:
        raise IdxError(f"expected {math.prod(shape) or 'some'} values for shape {shape}, got {len(content) - size}")
    return np.frombuffer(content, dtype=np.uint8, offset=size).reshape(shape)


def to_idx(array: NDArray[np.uint8]) -> bytes:
    """Return unsigned bytes as an IDX file: what ``parse_idx`` reads.

    >>> parse_idx(to_idx(np.array([3, 1], dtype=np.uint8)), 1).tolist()
    [3, 1]
    """
    header = struct.pack(f">{1 + array.ndim}I", UNSIGNED_BYTE << 8 | array.ndim, *array.shape)
    return header + array.astype(np.uint8).tobytes()
