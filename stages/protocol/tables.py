"""What every measurement is made of and written as: arrays, rows of tables, bounds of means, intervals."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from autoencoders.statistics import UNBOUNDED, interval

Rows = NDArray[np.float32]  # images (n, n_pixels) or codes (n, latent_dim)
Values = NDArray[np.float64]
Table = list[dict[str, Any]]
SHARE = (0.0, 1.0)
NOT_NEGATIVE = (0.0, np.inf)


def with_interval(values: ArrayLike, bounds: tuple[float, float] = UNBOUNDED) -> dict[str, float | None]:
    """Return mean and interval of values (n_seeds,) or (n_seeds, n), as stored."""
    return interval(values, bounds).as_dict()
