import numpy as np
import pytest
from sklearn.manifold import trustworthiness

from autoencoders.evaluation.representation import kept_neighbours, neighbour_hits, neighbour_ranks, probe_hits

RNG = np.random.default_rng(0)
LABELS = np.repeat(np.arange(3), 60)
CENTRES = np.array([[0, 0], [9, 0], [0, 9]], dtype=np.float32)
CODES = (CENTRES[LABELS] + RNG.normal(size=(180, 2))).astype(np.float32)
QUERIES = (CENTRES[LABELS] + RNG.normal(size=(180, 2))).astype(np.float32)


def test_separated_classes_are_read_without_error() -> None:
    assert neighbour_hits(CODES, LABELS, QUERIES, LABELS).all()
    assert probe_hits(CODES, LABELS, QUERIES, LABELS).all()


def test_codes_without_information_are_read_by_chance() -> None:
    noise, queries = (RNG.normal(size=(900, 2)).astype(np.float32) for _ in range(2))
    labels = np.arange(900) % 3
    for hits in (neighbour_hits, probe_hits):
        assert abs(hits(noise, labels, queries, labels).mean() - 1 / 3) < 0.07


def test_a_query_among_the_references_finds_itself() -> None:
    labels = np.arange(180)
    assert neighbour_hits(CODES, labels, CODES, labels).all()


def test_the_probe_does_not_depend_on_the_scale_of_a_dimension() -> None:
    scale = np.array([1e-3, 1e3], dtype=np.float32)
    hits = probe_hits(CODES, LABELS, QUERIES, LABELS), probe_hits(CODES * scale, LABELS, QUERIES * scale, LABELS)
    assert np.array_equal(*hits)


def test_a_single_class_is_always_named() -> None:
    assert probe_hits(CODES, np.zeros(180, int), QUERIES, np.zeros(180, int)).all()


@pytest.mark.parametrize("n_neighbours", [1, 5, 12])
def test_trustworthiness_agrees_with_scikit_learn(n_neighbours: int) -> None:
    points = RNG.normal(size=(120, 8)).astype(np.float32)
    codes = (points[:, :2] + 0.3 * RNG.normal(size=(120, 2))).astype(np.float32)
    kept = kept_neighbours(neighbour_ranks(points), neighbour_ranks(codes), n_neighbours)
    assert kept.mean() == pytest.approx(trustworthiness(points, codes, n_neighbors=n_neighbours))
    continuity = kept_neighbours(neighbour_ranks(codes), neighbour_ranks(points), n_neighbours)
    assert continuity.mean() == pytest.approx(trustworthiness(codes, points, n_neighbors=n_neighbours))


def test_the_identity_keeps_all_neighbours() -> None:
    ranks = neighbour_ranks(CODES)
    assert (kept_neighbours(ranks, ranks, 5) == 1).all()


def test_too_many_neighbours_are_refused() -> None:
    ranks = neighbour_ranks(CODES[:10])
    with pytest.raises(ValueError, match=r"n_neighbours must be in 1\.\.4 for 10 points, got 5"):
        kept_neighbours(ranks, ranks, 5)
