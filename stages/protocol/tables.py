"""What every measurement is made of and written as: arrays, rows of tables, bounds of means, intervals, claims."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from autoencoders.statistics import UNBOUNDED, claim_entry, interval

Rows = NDArray[np.float32]  # images (n, n_pixels) or codes (n, latent_dim)
Values = NDArray[np.float64]
Table = list[dict[str, Any]]
SeedScores = dict[tuple[Any, ...], list[float]]  # what numbers are of, as in the columns of a table -> one per seed
SHARE = (0.0, 1.0)
NOT_NEGATIVE = (0.0, np.inf)


def with_interval(values: ArrayLike, bounds: tuple[float, float] = UNBOUNDED) -> dict[str, float | None]:
    """Return mean and interval of values (n_seeds,) or (n_seeds, n), as stored."""
    return interval(values, bounds).as_dict()


def claim_cell(
    keys: Mapping[str, Any], values: ArrayLike, bounds: tuple[float, float] = UNBOUNDED, *, votes: bool = True
) -> dict[str, Any]:
    """Return one of the numbers that decide a part of a claim, as stored: what it is of, whether it counts, interval.

    Args:
        keys: Measure, feature family, level ... of the number.
        values: (n_seeds,) or (n_seeds, n), as for ``interval``.
        bounds: As for ``interval``.
        votes: False where the number is shown only.
    """
    return {**keys, "votes": votes, **claim_entry(values, bounds)}


def matched(values: Values, n_seeds: int) -> Values:
    """Return rows (n_seeds, n) of rows (n_own, n), seed number i with row i modulo their number.

    >>> matched(np.array([[1.0], [2.0]]), 3).tolist()
    [[1.0], [2.0], [1.0]]
    """
    return values[np.arange(n_seeds) % len(values)]


def tabulate(columns: tuple[str, ...], scores: SeedScores, bounds: Mapping[str, tuple[float, float]]) -> Table:
    """Return one row per number with its interval over seeds; bounds by the last column, the measure."""
    return [
        {**dict(zip(columns, key, strict=True)), **with_interval(values, bounds.get(key[-1], SHARE))}
        for key, values in scores.items()
    ]
