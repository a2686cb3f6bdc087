import numpy as np
import pytest
from scipy.stats import ortho_group

from autoencoders.evaluation.latent_space import (
    different_class_pairs,
    dimension_activity,
    directions,
    normal_quantiles,
    path_changes,
    straight_paths,
    two_sample_accuracy,
)

RNG = np.random.default_rng(0)


def test_a_linear_decoder_changes_evenly_along_a_path() -> None:
    decoder = RNG.normal(size=(3, 10)).astype(np.float32)
    codes = straight_paths(*RNG.normal(size=(2, 5, 3)).astype(np.float32), 8)
    changes = path_changes(codes, codes @ decoder)
    assert changes.largest_shares == pytest.approx(np.full(5, 1 / 8), rel=1e-4)
    assert changes.rates == pytest.approx(np.broadcast_to(changes.rates[:, :1], (5, 8)), rel=1e-3)


def test_the_rate_is_the_change_per_unit_of_length() -> None:
    codes = straight_paths(np.zeros((1, 2), np.float32), np.array([[3, 4]], np.float32), 2)
    images = np.array([[[0.0, 0.0], [0.5, 0.5], [0.5, 0.5]]], dtype=np.float32)
    assert path_changes(codes, images).rates.tolist() == [[0.2, 0.0]]


def test_a_jump_holds_all_of_the_change() -> None:
    codes = straight_paths(np.zeros((1, 1), np.float32), np.ones((1, 1), np.float32), 4)
    images = np.array([[[0.0], [0.0], [1.0], [1.0], [1.0]]], dtype=np.float32)
    assert path_changes(codes, images).largest_shares.tolist() == [1.0]


def test_a_path_of_no_length_changes_nothing() -> None:
    changes = path_changes(np.zeros((1, 3, 2)), np.zeros((1, 3, 5)))
    assert changes.rates.tolist() == [[0.0, 0.0]]
    assert changes.largest_shares.tolist() == [0.5]


def test_pairs_join_different_classes() -> None:
    labels = RNG.integers(3, size=40)
    pairs = different_class_pairs(labels, 100, np.random.default_rng(1))
    assert pairs.shape == (100, 2)
    assert (labels[pairs[:, 0]] != labels[pairs[:, 1]]).all()


def test_one_class_has_no_pairs() -> None:
    assert different_class_pairs(np.zeros(5, np.int64), 3, RNG).shape == (0, 2)


def test_quantiles_are_symmetric_and_rise() -> None:
    quantiles = normal_quantiles(20)
    assert quantiles == pytest.approx(-quantiles[::-1])
    assert (np.diff(quantiles) > 0).all()


def test_a_dimension_at_the_prior_is_inactive_and_costs_nothing() -> None:
    means = np.stack([RNG.normal(size=500), np.zeros(500)], axis=1).astype(np.float32)
    log_variances = np.stack([np.full(500, -4.0), np.zeros(500)], axis=1).astype(np.float32)
    found = dimension_activity(means, log_variances)
    assert found.is_active.tolist() == [True, False]
    assert found.kl_nats[1] == 0
    assert found.kl_nats[0] > 1
    assert found.aggregate_std[1] == pytest.approx(1)


def test_codes_of_one_distribution_cannot_be_two_sample_accuracy() -> None:
    first, second = RNG.normal(size=(2, 4000, 3)).astype(np.float32)
    assert two_sample_accuracy(first, second) == pytest.approx(0.5, abs=0.03)


def test_codes_far_apart_are_always_two_sample_accuracy() -> None:
    first, second = RNG.normal(size=(2, 400, 3)).astype(np.float32)
    assert two_sample_accuracy(first, second + 20) == 1.0


def test_codes_with_a_hole_are_told_from_codes_without_though_mean_and_deviation_agree() -> None:
    full = RNG.normal(size=(4000, 2)).astype(np.float32)
    angles = RNG.uniform(0, 2 * np.pi, 4000)
    ring = np.sqrt(2) * np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    assert two_sample_accuracy(full, ring) > 0.8


def test_codes_that_differ_along_a_short_axis_alone_are_told_apart() -> None:
    first, second = RNG.normal(size=(2, 1000, 2)).astype(np.float32) * np.float32([100, 0.1])
    assert two_sample_accuracy(first, second + np.float32([0, 1])) > 0.95


def test_telling_codes_apart_does_not_know_scale_rotation_and_origin() -> None:
    first, second = RNG.exponential(size=(2, 1000, 3)).astype(np.float32)
    second[:, 0] = 1 - second[:, 0]
    rotation = ortho_group.rvs(3, random_state=0)
    moved = [(0.1 * codes @ rotation + 7).astype(np.float32) for codes in (first, second)]
    assert two_sample_accuracy(*moved) == pytest.approx(two_sample_accuracy(first, second), abs=2e-3)


def test_too_few_codes_to_tell_apart_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 4 codes each, got 3 and 10"):
        two_sample_accuracy(np.zeros((3, 1), np.float32), np.zeros((10, 1), np.float32))


def test_directions_of_a_linear_decoder_are_its_rows_in_order_of_their_effect() -> None:
    codes = (RNG.normal(size=(500, 3)) * [1.0, 1.0, 1.0] + 2).astype(np.float32)
    codes = (codes - codes.mean(axis=0)) / codes.std(axis=0)
    rows = np.diag([1.0, 5.0, 3.0]).astype(np.float32)
    walks = directions(codes, lambda z: z @ rows, 2, np.array([-1.0, 0.0, 1.0]))
    assert walks.shape == (2, 3, 3)
    assert walks[0, 2] == pytest.approx([0, 5, 0], abs=1e-4)
    assert walks[1, 2] == pytest.approx([0, 0, 3], abs=1e-4)
