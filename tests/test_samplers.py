import numpy as np
import pytest
from sklearn.base import clone

from autoencoders.evaluation.samplers import SAMPLERS

RNG = np.random.default_rng(0)
CODES = (RNG.normal(size=(4000, 3)) @ np.array([[2, 0, 0], [1, 0.5, 0], [0, 0, 0.1]]) + [5, 0, -1]).astype(np.float32)


def drawn(name: str, codes: np.ndarray = CODES, n: int = 20000) -> np.ndarray:
    return SAMPLERS[name]().fit(codes).sample(n, np.random.default_rng(1))


@pytest.mark.parametrize("name", SAMPLERS)
def test_every_sampler_draws_codes_of_the_right_shape(name: str) -> None:
    codes = drawn(name, n=7)
    assert codes.shape == (7, 3)
    assert codes.dtype == np.float32


@pytest.mark.parametrize("name", SAMPLERS)
def test_the_same_stream_gives_the_same_codes(name: str) -> None:
    assert np.array_equal(drawn(name, n=50), drawn(name, n=50))


@pytest.mark.parametrize("name", SAMPLERS)
def test_samplers_follow_scikit_learn(name: str) -> None:
    assert type(clone(SAMPLERS[name]())) is SAMPLERS[name]


def test_the_prior_ignores_the_codes() -> None:
    codes = drawn("standard_normal")
    assert codes.mean(axis=0) == pytest.approx(np.zeros(3), abs=0.03)
    assert np.cov(codes, rowvar=False) == pytest.approx(np.eye(3), abs=0.05)


@pytest.mark.parametrize("name", ["gaussian", "mixture"])
def test_fitted_distributions_keep_mean_and_covariance(name: str) -> None:
    codes = drawn(name)
    assert codes.mean(axis=0) == pytest.approx(CODES.mean(axis=0), abs=0.1)
    assert np.cov(codes, rowvar=False) == pytest.approx(np.cov(CODES, rowvar=False), abs=0.2)


def test_the_diagonal_gaussian_drops_dependencies() -> None:
    correlation = np.corrcoef(drawn("diagonal_gaussian"), rowvar=False)
    assert abs(correlation[0, 1]) < 0.03 < abs(np.corrcoef(CODES, rowvar=False)[0, 1])


def test_the_box_holds_98_percent_of_each_dimension() -> None:
    codes = drawn("uniform_box")
    for dimension in range(3):
        inside = (CODES[:, dimension] > codes[:, dimension].min()) & (CODES[:, dimension] < codes[:, dimension].max())
        assert inside.mean() == pytest.approx(0.98, abs=0.002)


def test_a_mixture_keeps_clusters_apart_where_a_gaussian_fills_the_gap() -> None:
    clusters = np.concatenate([RNG.normal(-5, 0.1, (500, 2)), RNG.normal(5, 0.1, (500, 2))]).astype(np.float32)
    in_gap = {name: (np.abs(drawn(name, clusters)) < 2).all(axis=1).mean() for name in ("mixture", "gaussian")}
    assert in_gap["mixture"] == 0
    assert in_gap["gaussian"] > 0.2


def test_codes_without_spread_can_be_fitted() -> None:
    for name in SAMPLERS:
        assert np.isfinite(drawn(name, np.ones((20, 2), np.float32), 5)).all()
