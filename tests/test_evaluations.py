"""The pure parts of the evaluations on data whose answer is known."""

import numpy as np
import pytest

from stages import vae_anatomy
from stages.protocol.trained import per_seed
from stages.sweep import Measured


def test_parts_of_one_evaluation_are_joined_row_below_row() -> None:
    first = Measured({"n": 1}, {"rows": [{"source": "a"}], "own": []}, {})
    second = Measured({"m": 2}, {"rows": [{"source": "b"}], "other": [{"x": 0}]}, {})
    joined = first.joined(second)
    assert joined.metrics == {"n": 1, "m": 2}
    assert joined.tables == {"rows": [{"source": "a"}, {"source": "b"}], "own": [], "other": [{"x": 0}]}


def test_the_bounds_are_stated_in_nats_and_in_bits_per_pixel() -> None:
    one = vae_anatomy.Bounds(np.full(5, -80.0), np.full(5, -70.0), np.full(5, 2.0))
    rows = vae_anatomy.tabulate_bounds("bernoulli", [one, one], 100, 7)
    found = {row["measure"]: row["mean"] for row in rows}
    assert (found["elbo_nats"], found["gap_nats"]) == (80.0, 10.0)
    assert found["importance_weighted_bits_per_pixel"] == pytest.approx(0.7 / np.log(2))
    assert rows[0]["sampling_error_nats"] == pytest.approx(2 / np.sqrt(10))


def test_a_measure_sees_its_seed() -> None:
    values = per_seed({3: None, 5: None}, lambda codec, seed: np.array([seed, 2.0 * seed]))  # type: ignore[dict-item, arg-type]
    assert values.tolist() == [[3.0, 6.0], [5.0, 10.0]]
