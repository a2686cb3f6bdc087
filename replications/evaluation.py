"""What the evaluations share: how intervals of what was measured are tabulated."""

from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

from autoencoders.statistics import UNBOUNDED, interval

NOT_NEGATIVE, PERCENT = (0.0, float("inf")), (0.0, 100.0)


def list_intervals(
    values: Mapping[str, NDArray[Any]], bounds: tuple[float, float] = UNBOUNDED
) -> list[dict[str, object]]:
    """Return one row with mean and interval per entry, whose values are (n_seeds,) or (n_seeds, n_images)."""
    return [
        {"what": name, **interval(array, bounds).as_dict(), "n_seeds": len(array)} for name, array in values.items()
    ]
