import numpy as np
import pytest
import torch
from scipy.linalg import sqrtm
from sklearn.neighbors import NearestNeighbors
from torchmetrics.image.kid import poly_mmd

from autoencoders.evaluation.fidelity import (
    FIDELITIES,
    Comparison,
    FeatureSet,
    Moments,
    NearestSearch,
    class_balance,
    frechet_distance,
    moments,
)

RNG = np.random.default_rng(0)
REAL, OTHER = RNG.normal(size=(2, 600, 8))
SHIFTED = RNG.normal(size=(600, 8)) + 6


def scores(samples: np.ndarray, reference: np.ndarray = REAL) -> dict[str, float]:
    comparison = Comparison(FeatureSet(reference), FeatureSet(samples))
    return {name: fidelity.function(comparison) for name, fidelity in FIDELITIES.items()}


def test_frechet_distance_agrees_with_the_matrix_square_root() -> None:
    first, second = moments(REAL), moments(OTHER @ RNG.normal(size=(8, 8)) + 1)
    root = sqrtm(first.covariance @ second.covariance).real
    expected = np.square(first.mean - second.mean).sum() + np.trace(first.covariance + second.covariance - 2 * root)
    assert frechet_distance(first, second) == pytest.approx(expected, rel=1e-6)


def test_frechet_distance_of_a_set_to_itself_is_zero() -> None:
    assert frechet_distance(moments(REAL), moments(REAL)) == pytest.approx(0, abs=1e-9)


def test_frechet_distance_is_symmetric_and_exact_for_singular_covariances() -> None:
    line = Moments(np.zeros(2), np.diag([4.0, 0.0]))
    point = Moments(np.zeros(2), np.zeros((2, 2)))
    assert frechet_distance(line, point) == pytest.approx(4.0)
    assert frechet_distance(point, line) == pytest.approx(4.0)


def test_a_perfect_generator_scores_like_real_images() -> None:
    found = scores(OTHER)
    assert found["frechet"] < 0.3
    assert abs(found["kernel"]) < 0.1
    assert found["precision"] > 0.6
    assert found["recall"] > 0.6
    assert found["density"] == pytest.approx(1, abs=0.15)
    assert found["coverage"] > 0.8


def test_a_useless_generator_scores_nothing() -> None:
    found = scores(SHIFTED)
    assert found["frechet"] > 100
    assert found["precision"] == found["recall"] == found["density"] == found["coverage"] == 0


def test_one_repeated_real_image_is_precise_and_covers_nothing() -> None:
    found = scores(np.repeat(REAL[:1], 300, axis=0))
    assert found["precision"] == 1
    assert found["recall"] < 0.02
    assert found["coverage"] < 0.05


def test_precision_and_recall_agree_with_neighbours_found_by_trees() -> None:
    def share_inside(points: np.ndarray, balls: np.ndarray) -> float:
        radii = NearestNeighbors(n_neighbors=4).fit(balls).kneighbors(balls)[0][:, -1]
        distances = np.linalg.norm(points[:, None] - balls[None], axis=2)
        return float((distances <= radii).any(axis=1).mean())

    found = scores(OTHER)
    assert found["precision"] == pytest.approx(share_inside(OTHER, REAL), abs=0.002)
    assert found["recall"] == pytest.approx(share_inside(REAL, OTHER), abs=0.002)


def test_kernel_distance_agrees_with_torchmetrics() -> None:
    rows = [torch.from_numpy(x.astype(np.float32)) for x in (OTHER, REAL)]
    kernels = [(a @ b.T / 8 + 1) ** 3 for a, b in ((rows[0], rows[0]), (rows[0], rows[1]), (rows[1], rows[1]))]
    from torchmetrics.image.kid import maximum_mean_discrepancy  # noqa: PLC0415 -- beside its use

    assert scores(OTHER)["kernel"] == pytest.approx(maximum_mean_discrepancy(*kernels).item(), abs=1e-4)
    assert poly_mmd(*rows).item() == pytest.approx(scores(OTHER)["kernel"], abs=1e-4)


@pytest.mark.parametrize("name", FIDELITIES)
def test_scores_do_not_depend_on_the_order_of_samples(name: str) -> None:
    assert scores(OTHER)[name] == pytest.approx(scores(OTHER[::-1].copy())[name], rel=1e-5, abs=1e-6)


@pytest.mark.parametrize("name", FIDELITIES)
def test_real_images_are_nearer_than_others_on_the_scale_of_differences(name: str) -> None:
    near, far = (scores(samples)[name] for samples in (OTHER, SHIFTED))
    closer, farther = FIDELITIES[name].nearness([near, far])
    assert closer > farther


@pytest.mark.parametrize("n_neighbours", [1, 3, 40])
def test_neighbour_balls_reach_to_the_neighbour_that_a_search_finds(n_neighbours: int) -> None:
    distances, _ = NearestNeighbors(n_neighbors=n_neighbours + 1).fit(REAL).kneighbors(REAL)
    radii = np.sqrt(FeatureSet(REAL, n_neighbours).own_pairs.squared_radii)
    assert radii == pytest.approx(distances[:, -1], rel=1e-4)


def test_too_few_points_for_the_neighbours_are_refused() -> None:
    with pytest.raises(ValueError, match=r"n_neighbours must be in 1\.\.2"):
        _ = FeatureSet(np.zeros((3, 2)), 3).own_pairs


def test_moments_need_two_rows() -> None:
    with pytest.raises(ValueError, match="at least 2 rows"):
        moments(np.zeros((1, 3)))


def test_class_balance_is_zero_for_one_class() -> None:
    assert class_balance(np.zeros(10, dtype=np.int64), 10) == 0


def test_an_exact_copy_has_distance_zero() -> None:
    rows = REAL.astype(np.float32)
    assert NearestSearch(rows).distances(rows[:5]).tolist() == [0.0] * 5


@pytest.mark.parametrize("n_features", [1, 8, 97, 300])
@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
@pytest.mark.parametrize("offset", [0.0, 50.0])
def test_the_nearest_is_the_one_that_a_search_through_all_finds(n_features: int, scale: float, offset: float) -> None:
    rng = np.random.default_rng(1)
    few = rng.normal(size=(20, n_features))
    near, far = few[rng.integers(20, size=900)], few[rng.integers(20, size=300)]
    rows = (scale * (offset + near + 0.3 * rng.normal(size=near.shape))).astype(np.float32)
    queries = (scale * (offset + far + rng.normal(size=far.shape))).astype(np.float32)
    expected = np.linalg.norm(queries[:, None].astype(float) - rows[None].astype(float), axis=2).min(axis=1)
    np.testing.assert_allclose(NearestSearch(rows).distances(queries), expected, rtol=1e-9)


def test_queries_far_from_all_references_are_compared_with_them_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = (1e-6 * np.random.default_rng(2).normal(size=(50, 8))).astype(np.float32)  # as near as rounding can tell
    queries = np.full((7, 8), 9, dtype=np.float32)
    whole, sizes = NearestSearch(rows).distances(queries), []
    split = torch.Tensor.split
    monkeypatch.setattr("autoencoders.evaluation.fidelity.N_PAIRS", 16)
    monkeypatch.setattr(torch.Tensor, "split", lambda rows, n: sizes.extend(map(len, split(rows, n))) or split(rows, n))
    assert NearestSearch(rows).distances(queries).tolist() == whole.tolist()
    assert len(sizes) > 2 * 7
    assert max(sizes) <= 16


def test_few_references_of_one_kind_are_searched_too() -> None:
    rows = np.ones((3, 5), dtype=np.float32)
    assert NearestSearch(rows).distances(np.zeros((2, 5), dtype=np.float32)).tolist() == pytest.approx([5**0.5] * 2)
