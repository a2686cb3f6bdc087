"""The pure parts of the evaluations on data whose answer is known."""

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
import torch

from autoencoders.learning.checkpoints import Split
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


def test_the_bounds_are_of_test_images_drawn_at_random(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first images of MNIST's test file are easier than the others."""
    seen = []

    def bounds(network: object, pixels: torch.Tensor, *_: object) -> vae_anatomy.Bounds:
        seen.append(pixels)
        return vae_anatomy.Bounds(*np.ones((3, len(pixels))))

    codec = SimpleNamespace(network_=None)
    monkeypatch.setattr(vae_anatomy, "load_likelihoods", lambda *_: {"discretized_logistic": {0: codec, 1: codec}})
    monkeypatch.setattr(vae_anatomy, "bounds", bounds)
    params = SimpleNamespace(
        vae_anatomy=SimpleNamespace(n_bound_images=50, n_bound_samples=3),
        train_likelihood=SimpleNamespace(likelihoods=["discretized_logistic"]),
        seeds=[0, 1],
    )
    shades = torch.arange(250) / 250
    test = Split(shades[:, None, None, None].expand(250, 1, 28, 28), torch.zeros(250, dtype=torch.int64))
    for measure in vae_anatomy.measure_bounds(cast("Any", params), test).values():
        measure()
    first, second = (pixels[:, 0] for pixels in seen)
    assert torch.equal(first, second)
    assert len(first.unique()) == 50
    assert first.max() > 0.8


def test_a_measure_sees_its_seed() -> None:
    values = per_seed({3: None, 5: None}, lambda codec, seed: np.array([seed, 2.0 * seed]))  # type: ignore[dict-item, arg-type]
    assert values.tolist() == [[3.0, 6.0], [5.0, 10.0]]
