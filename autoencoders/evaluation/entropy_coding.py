"""Codes as bytes: quantisation, an entropy model per dimension, and streams that decode to the same integers.

The model is fitted to training codes and shared by encoder and decoder; a stream holds all that differs
between images. Range coding is constriction's; the container (count, checksum, model) is ours.
"""

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import constriction
import numpy as np
from numpy.typing import NDArray

from autoencoders.arrays import Codes, Values

Integers = NDArray[np.int32]

MAGIC = b"AEC1"
HEADER = struct.Struct("<4sIII")  # magic, checksum of the model, number of codes, checksum of count and payload
MAX_LEVELS = 2**15


class StreamError(ValueError):
    """Bytes are not a stream of this model, whole and unchanged; the message is one line."""


@dataclass(frozen=True, eq=False)
class EntropyModel:
    """What encoder and decoder share.

    Attributes:
        steps: Width of a quantisation level in each dimension, (latent_dim,).
        lows: Smallest level of each dimension, (latent_dim,).
        probabilities: Of the levels from the smallest on, one array per dimension.
    """

    steps: Codes
    lows: Integers
    probabilities: tuple[Codes, ...]

    @cached_property
    def tables(self) -> list[Any]:
        """The coder's own form of the probabilities."""
        return [constriction.stream.model.Categorical(p, perfect=False) for p in self.probabilities]

    @cached_property
    def content(self) -> bytes:
        """The model as bytes; its length is what a decoder needs once, besides its network."""
        arrays = [self.steps, self.lows, *self.probabilities]
        return b"".join(struct.pack("<I", array.size) + array.tobytes() for array in arrays)

    @property
    def checksum(self) -> int:
        """CRC-32 of the model, written into every stream."""
        return zlib.crc32(self.content)


def fit_entropy_model(codes: Codes, steps: Sequence[float] | Values | Codes) -> EntropyModel:
    """Return the model of codes (n, latent_dim) quantised with one step per dimension.

    Probabilities are counts of the training levels plus one for each level of their range: levels beyond
    the range are clipped to it when quantising.

    Raises:
        ValueError: if a step is not positive, or so small that a dimension has more than 2^15 levels.
    """
    widths = np.asarray(steps, dtype=np.float32)
    if not (np.isfinite(widths) & (widths > 0)).all():
        raise ValueError(f"steps must be positive, got {widths.tolist()}")
    spans = (codes.max(axis=0).astype(np.float64) - codes.min(axis=0)) / widths
    if spans.max() > MAX_LEVELS:
        raise ValueError(f"steps must give at most {MAX_LEVELS} levels, got {spans.max():.0f}")
    levels = np.rint(codes.astype(np.float64) / widths).astype(np.int32)
    lows = levels.min(axis=0)
    counts = [np.bincount(column) + 1.0 for column in (levels - lows).T]
    # A coder's table needs two symbols: a dimension with a single level gets a second that never occurs.
    padded = [count if len(count) > 1 else np.append(count, 1.0) for count in counts]
    probabilities = tuple((count / count.sum()).astype(np.float32) for count in padded)
    return EntropyModel(widths, lows.astype(np.int32), probabilities)


def quantise(codes: Codes, model: EntropyModel) -> Integers:
    """Return the levels (n, latent_dim) of codes, counted from the smallest, clipped to the model's range."""
    levels = np.rint(codes.astype(np.float64) / model.steps) - model.lows
    highest = np.array([len(p) - 1 for p in model.probabilities])
    return np.clip(levels, 0, highest).astype(np.int32)


def dequantise(levels: Integers, model: EntropyModel) -> Codes:
    """Return the codes in the middle of their levels, (n, latent_dim)."""
    return ((levels + model.lows) * model.steps.astype(np.float64)).astype(np.float32)


def information_bits(levels: Integers, model: EntropyModel) -> Values:
    """Return the information of each code under the model, -sum_j log2 p_j, (n,) in bits: the coder's lower bound."""
    logs = [-np.log2(p.astype(np.float64))[column] for p, column in zip(model.probabilities, levels.T, strict=True)]
    return np.sum(logs, axis=0)


def encode(levels: Integers, model: EntropyModel) -> bytes:
    """Return a stream of codes, given as levels (n, latent_dim)."""
    encoder = constriction.stream.queue.RangeEncoder()
    for column, table in zip(levels.T, model.tables, strict=True):
        encoder.encode(np.ascontiguousarray(column), table)
    payload = encoder.get_compressed().astype("<u4").tobytes()
    return HEADER.pack(MAGIC, model.checksum, len(levels), zlib.crc32(payload, len(levels))) + payload


def decode(stream: bytes, model: EntropyModel) -> Integers:
    """Return the levels (n, latent_dim) of a stream, exactly as they were encoded.

    Raises:
        StreamError: if the stream is cut, changed, or of another model.
    """
    if len(stream) < HEADER.size:
        raise StreamError(f"stream: expected at least {HEADER.size} bytes, got {len(stream)}")
    magic, model_checksum, n_codes, payload_checksum = HEADER.unpack(stream[: HEADER.size])
    payload = stream[HEADER.size :]
    if magic != MAGIC:
        raise StreamError(f"stream: expected to begin with {MAGIC!r}, got {magic!r}")
    if model_checksum != model.checksum:
        raise StreamError(f"stream: expected model {model.checksum:#010x}, got {model_checksum:#010x}")
    if zlib.crc32(payload, n_codes) != payload_checksum or len(payload) % 4:
        raise StreamError(f"stream: expected a payload with checksum {payload_checksum:#010x}, got a damaged one")
    decoder = constriction.stream.queue.RangeDecoder(np.frombuffer(payload, dtype="<u4").astype(np.uint32))
    columns = [decoder.decode(table, n_codes) for table in model.tables]
    return np.stack(columns, axis=1) if n_codes else np.empty((0, len(model.steps)), dtype=np.int32)
