"""Judges whether two contents of one file are the same: bytes, then numbers, then intervals. Knows no path on disk.

A stored file has to have the bytes that dvc.lock names. A file made anew may differ in the last digit
(``TOLERANCE``); made on another processor, where training drifts apart from the last bit on, its means are
judged by the committed 95 % intervals and what has none is not judged.
"""

import csv
import io
import json
import math
from collections.abc import Sequence
from enum import Enum
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load

from foundation.reproducibility.artifacts import flatten_tree, parse_number

RELATIVE_TOLERANCE = 1e-5  # stored numbers have six significant digits: one unit in the last
ABSOLUTE_TOLERANCE = 1e-6  # weights and differences near zero
TOLERANCE = f"{RELATIVE_TOLERANCE:g} of the number + {ABSOLUTE_TOLERANCE:g}"
SHARE_OUTSIDE = 0.1  # of a file's means that may leave their intervals: a 95 % interval is left by chance, too

Leaf: TypeAlias = str | int | float | bool | NDArray[Any] | None
Leaves: TypeAlias = dict[str, Leaf]


class Verdict(Enum):
    """What a comparison found, from best to worst."""

    IDENTICAL = "identical"
    CLOSE = "equal within tolerance"
    INSIDE = "within intervals"
    UNJUDGED = "not judged"
    ABSENT = "absent"
    DIFFERENT = "different"


class Rule(Enum):
    """How strictly two contents are compared."""

    STORED = "stored"  # the bytes or nothing
    REMADE = "remade"  # numbers within tolerance
    ELSEWHERE = "elsewhere"  # means within the expected intervals


class Outcome(NamedTuple):
    """A verdict and its reason: the largest difference or the place where the contents part; empty where identical."""

    verdict: Verdict
    detail: str = ""


class Difference(NamedTuple):
    """One number or text that differs; excess is the difference in units of the tolerance, infinite for texts."""

    key: str
    expected: object
    got: object
    excess: float

    def __str__(self) -> str:
        """Say where, what was expected, what came and how far apart numbers are."""
        numbers = [value for value in (self.expected, self.got) if isinstance(value, int | float)]
        apart = f" (difference {abs(numbers[0] - numbers[1]):.3g})" if len(numbers) == 2 else ""
        return f"{self.key}: expected {self.expected}, got {self.got}{apart}"


def worst(outcomes: Sequence[Outcome]) -> Outcome:
    """Return the worst outcome, the first of equals; of none: identical."""
    order = list(Verdict)
    return max(outcomes, key=lambda outcome: order.index(outcome.verdict), default=Outcome(Verdict.IDENTICAL))


def leaves(name: str, content: bytes) -> Leaves | None:
    """Return the numbers and texts of a JSON, CSV or safetensors file by key, None for other or damaged files."""
    try:
        match name.rpartition(".")[2]:
            case "json":
                return flatten_tree(json.loads(content), with_lists=True)
            case "csv":
                return _entries(content.decode())
            case "safetensors":
                return dict(load(content))
    except (ValueError, csv.Error, SafetensorError):
        return None
    return None


def _entries(text: str) -> Leaves:
    header, *rows = list(csv.reader(io.StringIO(text))) or [[]]
    entries: Leaves = {"header": ",".join(header)}
    for number, row in enumerate(rows, start=2):
        columns = header if len(row) == len(header) else [str(position) for position in range(len(row))]
        entries |= {f"line {number}.{column}": parse_number(text) for column, text in zip(columns, row, strict=True)}
    return entries


def differences(expected: Leaves, got: Leaves) -> list[Difference]:
    """Return what differs, the largest first; of an array its largest difference, with the index."""
    missing = [Difference(key, "an entry", "none", math.inf) for key in expected.keys() - got.keys()]
    added = [Difference(key, "no entry", "one", math.inf) for key in got.keys() - expected.keys()]
    common = [_difference(key, expected[key], got[key]) for key in expected.keys() & got.keys()]
    found = [*missing, *added, *filter(None, common)]
    return sorted(found, key=lambda difference: (-difference.excess, difference.key))


def _difference(key: str, expected: Leaf, got: Leaf) -> Difference | None:
    if isinstance(expected, np.ndarray) and isinstance(got, np.ndarray):
        return _array_difference(key, expected, got)
    numbers = _number(expected), _number(got)
    if numbers[0] is not None and numbers[1] is not None:
        excess = float(_excess(*numbers))
        return Difference(key, expected, got, excess) if excess else None
    same = type(expected) is type(got) and expected == got
    return None if same else Difference(key, repr(expected), repr(got), math.inf)


def _number(value: Leaf) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _excess(expected: Any, got: Any) -> NDArray[np.float64]:
    """Return the differences in units of the tolerance; what is finite on one side only is infinitely far."""
    expected, got = np.asarray(expected, np.float64), np.asarray(got, np.float64)
    same = (expected == got) | (np.isnan(expected) & np.isnan(got))
    with np.errstate(invalid="ignore", over="ignore"):
        excess = np.abs(got - expected) / (ABSOLUTE_TOLERANCE + RELATIVE_TOLERANCE * np.abs(expected))
    return np.where(same, 0.0, np.where(np.isfinite(excess), excess, math.inf))


def _array_difference(key: str, expected: NDArray[Any], got: NDArray[Any]) -> Difference | None:
    if (expected.shape, expected.dtype) != (got.shape, got.dtype):
        shapes = [f"{array.dtype} {list(array.shape)}" for array in (expected, got)]
        return Difference(key, shapes[0], shapes[1], math.inf)
    excess = _excess(expected, got)
    if not excess.any():
        return None
    index = np.unravel_index(int(excess.argmax()), excess.shape)
    place = ", ".join(str(int(position)) for position in index)
    return Difference(f"{key}[{place}]", expected[index].item(), got[index].item(), float(excess[index]))


def find_outliers(expected: Leaves, got: Leaves) -> tuple[list[Difference], int]:
    """Return the means that left their expected intervals, and how many intervals there are.

    An interval is three entries of one parent, mean, low and high. Its bounds are widened by the tolerance, so that
    a number without spread (low = high) may differ in its last digit.
    """
    left, n_intervals = [], 0
    for key in sorted(key for key in expected if key.rpartition(".")[2] == "mean"):
        prefix = key.removesuffix("mean")
        low, high, mean = _number(expected.get(f"{prefix}low")), _number(expected.get(f"{prefix}high")), got.get(key)
        if low is None or high is None:
            continue
        n_intervals += 1
        came = _number(mean)
        excess = math.inf if came is None else float(_excess(min(max(came, low), high), came))
        if excess > 1:
            left.append(Difference(key, f"{low} … {high}", mean, excess))
    return sorted(left, key=lambda difference: -difference.excess), n_intervals


def by_interval(expected: Leaves, got: Leaves) -> Outcome:
    """Judge a file of another processor: entries and verdicts have to be the same, the means within the intervals."""
    for found in differences(expected, got):
        is_verdict = found.key.rpartition(".")[2] in {"header", "verdict"}
        if is_verdict or (found.key in expected) != (found.key in got):
            return Outcome(Verdict.DIFFERENT, str(found))
    left, n_intervals = find_outliers(expected, got)
    if not n_intervals:
        return Outcome(Verdict.UNJUDGED, "another processor's, and without intervals")
    share = f"{n_intervals - len(left)} of {n_intervals} means within their intervals"
    detail = f"{share}; {left[0]}" if left else share
    return Outcome(Verdict.DIFFERENT if len(left) > SHARE_OUTSIDE * n_intervals else Verdict.INSIDE, detail)


def compare(name: str, expected: bytes, got: bytes, rule: Rule) -> Outcome:
    """Return the outcome for two contents of the file called name."""
    if expected == got:
        return Outcome(Verdict.IDENTICAL)
    if rule is Rule.ELSEWHERE and not name.endswith((".json", ".csv")):
        return Outcome(Verdict.UNJUDGED, "another processor's, and no metric")
    before, after = leaves(name, expected), leaves(name, got)
    if before is None or after is None:
        return Outcome(Verdict.DIFFERENT, where_bytes_part(expected, got))
    if rule is Rule.ELSEWHERE:
        return by_interval(before, after)
    return by_tolerance(before, after, rule, where_bytes_part(expected, got))


def by_tolerance(expected: Leaves, got: Leaves, rule: Rule, otherwise: str) -> Outcome:
    """Judge numbers of one processor; otherwise is said where the bytes differ and no number does."""
    found = differences(expected, got)
    if not found:
        return Outcome(Verdict.DIFFERENT if rule is Rule.STORED else Verdict.CLOSE, f"equal numbers, {otherwise}")
    more = f", and {len(found) - 1} more" if len(found) > 1 else ""
    is_close = rule is Rule.REMADE and found[0].excess <= 1
    return Outcome(Verdict.CLOSE if is_close else Verdict.DIFFERENT, f"{found[0]}{more}")


def where_bytes_part(expected: bytes, got: bytes) -> str:
    """Say where two contents part.

    >>> where_bytes_part(b"abcd", b"abxd")
    'other bytes from byte 2 on'
    """
    length = min(len(expected), len(got))
    left, right = (np.frombuffer(content, np.uint8, length) for content in (expected, got))
    place = next(iter(np.flatnonzero(left != right)), length)
    return f"other bytes from byte {place} on"
