import numpy as np
import pytest
from scipy.stats import chi2, ortho_group
from sklearn.base import clone

from autoencoders.evaluation.samplers import SAMPLERS, Whitening

RNG = np.random.default_rng(0)
CODES = (RNG.normal(size=(4000, 3)) @ np.array([[2, 0, 0], [1, 0.5, 0], [0, 0, 0.1]]) + [5, 0, -1]).astype(np.float32)
SKEWED = (RNG.exponential(size=(4000, 3)) @ np.array([[2, 0, 0], [1, 0.5, 0], [0, 0, 0.1]])).astype(np.float32)


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


def test_whitened_codes_have_mean_0_and_covariance_1() -> None:
    whitened = Whitening().fit_transform(CODES)
    assert whitened.mean(axis=0) == pytest.approx(np.zeros(3), abs=1e-9)
    assert np.cov(whitened, rowvar=False) == pytest.approx(np.eye(3), abs=1e-9)


def test_whitening_and_back_gives_the_codes() -> None:
    whitening = Whitening().fit(CODES)
    assert whitening.inverse_transform(whitening.transform(CODES)) == pytest.approx(CODES, abs=1e-5)


@pytest.mark.parametrize("scale", [0.1, 1.0, 10.0])
def test_whitened_coordinates_do_not_know_scale_rotation_and_origin(scale: float) -> None:
    rotation = ortho_group.rvs(3, random_state=int(10 * scale))
    moved = (scale * SKEWED @ rotation + [3, -5, 20]).astype(np.float32)
    assert Whitening().fit_transform(moved) == pytest.approx(Whitening().fit_transform(SKEWED), abs=2e-3)


def test_axes_stand_in_falling_order_of_variance_and_point_to_the_longer_tail() -> None:
    codes = np.stack([RNG.exponential(size=2000), -3 * RNG.exponential(size=2000)], axis=1).astype(np.float32)
    whitening = Whitening().fit(codes)
    assert whitening.deviations_ == pytest.approx([3, 1], rel=0.1)
    assert (whitening.transform(codes) ** 3).mean(axis=0) == pytest.approx([2, 2], rel=0.3)


@pytest.mark.parametrize("offset", [0.0, 0.1, 1000.0])
def test_a_direction_without_spread_has_coordinate_0_and_comes_back_as_its_mean(offset: float) -> None:
    codes = np.column_stack([SKEWED[:, :2], np.full(len(SKEWED), offset)]).astype(np.float32)
    whitening = Whitening().fit(codes)
    assert whitening.has_spread.tolist() == [True, True, False]
    assert not whitening.transform(codes)[:, 2].any()
    assert whitening.inverse_transform(np.full((1, 3), 5.0))[0, 2] == pytest.approx(offset, abs=1e-3)


def test_a_direction_with_nothing_but_rounding_has_no_spread() -> None:
    flat = np.column_stack([SKEWED[:, :2], np.zeros(len(SKEWED))]) @ ortho_group.rvs(3, random_state=0) + [10, 0, -5]
    assert Whitening().fit(flat.astype(np.float32)).has_spread.tolist() == [True, True, False]


def test_one_code_cannot_be_whitened() -> None:
    with pytest.raises(ValueError, match="at least 2 rows, got 1"):
        Whitening().fit(CODES[:1])


@pytest.mark.parametrize("name", ["gaussian", "ball", "mixture"])
def test_what_is_fitted_draws_the_same_points_of_a_scaled_rotated_and_shifted_space(name: str) -> None:
    rotation = ortho_group.rvs(3, random_state=1)
    moved = (10 * SKEWED @ rotation + [3, -5, 20]).astype(np.float32)
    back = (drawn(name, moved, 500) - [3, -5, 20]) @ rotation.T / 10
    assert back == pytest.approx(drawn(name, SKEWED, 500), abs=5e-3)


def test_the_standard_normal_as_it_stands_does_know_the_scale() -> None:
    assert drawn("standard_normal", 10 * SKEWED, 500) / 10 != pytest.approx(drawn("standard_normal", SKEWED, 500))


@pytest.mark.parametrize("n_dimensions", [1, 3])
def test_the_ball_holds_95_percent_of_the_whitened_normal_and_is_filled_evenly(n_dimensions: int) -> None:
    codes = CODES[:, :n_dimensions]
    whitening = Whitening().fit(codes)
    lengths = np.linalg.norm(whitening.transform(drawn("ball", codes)), axis=1)
    normal = np.linalg.norm(whitening.transform(drawn("gaussian", codes)), axis=1)
    assert (normal < lengths.max()).mean() == pytest.approx(0.95, abs=0.01)
    assert (lengths < lengths.max() / 2).mean() == pytest.approx(0.5**n_dimensions, abs=0.02)


def test_the_ball_leaves_out_directions_without_spread() -> None:
    flat = np.column_stack([SKEWED[:, :2], np.zeros(len(SKEWED))]).astype(np.float32)
    lengths = np.linalg.norm(Whitening().fit(flat).transform(drawn("ball", flat)), axis=1)
    assert lengths.max() == pytest.approx(np.sqrt(chi2.ppf(0.95, 2)), rel=1e-3)


def test_a_mixture_keeps_clusters_apart_where_a_gaussian_fills_the_gap() -> None:
    clusters = np.concatenate([RNG.normal(-5, 0.1, (500, 2)), RNG.normal(5, 0.1, (500, 2))]).astype(np.float32)
    in_gap = {name: (np.abs(drawn(name, clusters)) < 2).all(axis=1).mean() for name in ("mixture", "gaussian")}
    assert in_gap["mixture"] == 0
    assert in_gap["gaussian"] > 0.2


def test_codes_without_spread_can_be_fitted() -> None:
    for name in SAMPLERS:
        assert np.isfinite(drawn(name, np.ones((20, 2), np.float32), 5)).all()
