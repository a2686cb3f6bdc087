"""The IDX format of MNIST and its relatives: bytes to arrays."""

import math
import struct

import numpy as np
from numpy.typing import NDArray

UNSIGNED_BYTE = 8


class IdxError(ValueError):
    """Bytes are not an IDX array; the message is one line."""


def parse_idx(content: bytes, n_axes: int) -> NDArray[np.uint8]:
    """Return the array of unsigned bytes that an IDX file holds.

    Args:
        content: The whole file, not compressed.
        n_axes: 1 for labels, 3 for images.

    Raises:
        IdxError: if the header or the length is not that of such an array.

    Source: LeCun, Cortes & Burges, The MNIST Database, file formats.
    """
    header_size = 4 + 4 * n_axes
    if len(content) < header_size:
        raise IdxError(f"expected a header of {header_size} bytes, got {len(content)} bytes")
    expected_magic = UNSIGNED_BYTE << 8 | n_axes
    magic, *shape = struct.unpack(f">{1 + n_axes}I", content[:header_size])
    if magic != expected_magic:
        raise IdxError(f"expected the magic number {expected_magic:#010x}, got {magic:#010x}")
    if len(content) - header_size != math.prod(shape):
        raise IdxError(f"expected {math.prod(shape)} values for shape {tuple(shape)}, got {len(content) - header_size}")
    return np.frombuffer(content, dtype=np.uint8, offset=header_size).reshape(shape)
