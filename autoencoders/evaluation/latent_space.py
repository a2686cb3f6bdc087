"""The geometry of a code space: paths, directions, grids, two sets of codes, activity of dimensions.

Pure functions of codes and images. Where codes are drawn from, and whitened coordinates, are in ``samplers``; which
images and how many is the caller's protocol.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline

from autoencoders.arrays import Codes, Labels, Rows, Values
from autoencoders.evaluation.samplers import Whitening

Decode = Callable[[Codes], Rows]

ACTIVITY_THRESHOLD = 0.01
N_TOLD_APART = 5000  # codes of either kind, half to learn from and half to be told apart
N_VOTES = 15  # neighbours that vote on a code


def straight_paths(starts: Codes, ends: Codes, n_steps: int) -> Codes:
    """Return n_steps + 1 equally spaced codes from each start to its end, (n_paths, n_steps + 1, latent_dim).

    >>> straight_paths(np.zeros((1, 1), np.float32), np.ones((1, 1), np.float32), 2)[0, :, 0].tolist()
    [0.0, 0.5, 1.0]
    """
    positions = path_positions(n_steps).astype(np.float32)[:, None]
    return (1 - positions) * starts[:, None] + positions * ends[:, None]


def path_positions(n_steps: int) -> Values:
    """Return the positions t in 0..1 of the n_steps + 1 points of a path."""
    return np.linspace(0.0, 1.0, n_steps + 1)


class PathChanges(NamedTuple):
    """How the decoded image changes along paths of equal steps."""

    rates: Values  # (n_paths, n_steps) RMS pixel change per unit of length in code space; 0 where a step has no length
    largest_shares: Values  # (n_paths,) of the largest step in the sum over all steps: 1 / n_steps where all are equal


def path_changes(whitened: Values, images: Rows) -> PathChanges:
    """Return the change of the image from step to step along each path.

    The change of a step is the root mean squared difference of its two images.

    Args:
        whitened: Codes in whitened coordinates, equally spaced along each path, (n_paths, n_points, latent_dim).
        images: Their decoded images, (n_paths, n_points, n_pixels), in [0, 1].
    """
    steps = np.sqrt(np.square(np.diff(images, axis=1)).mean(axis=2, dtype=np.float64))
    lengths = np.linalg.norm(np.diff(whitened, axis=1), axis=2)
    rates = np.divide(steps, lengths, out=np.zeros_like(steps), where=lengths > 0)
    totals = steps.sum(axis=1)
    even = np.full_like(totals, 1 / steps.shape[1])
    return PathChanges(rates, np.divide(steps.max(axis=1), totals, out=even, where=totals > 0))


def directions(codes: Codes, decode: Decode, n_directions: int, positions: Values) -> Rows:
    """Return what the decoder makes of walks along single code dimensions, (n_directions, n_positions, n_pixels).

    Each walk passes through the mean code; its positions are in units of the dimension's standard deviation. Shown
    are the dimensions along which the image changes most between the ends, the largest first.

    Args:
        codes: Of real images, (n, latent_dim).
        decode: Codes to images (n, n_pixels).
        n_directions: At most latent_dim are returned.
        positions: Rising, (n_positions,).
    """
    spread = np.diag(codes.std(axis=0, dtype=np.float64))
    walks = codes.mean(axis=0, dtype=np.float64) + positions[None, :, None] * spread[:, None]
    images = decode(walks.reshape(-1, codes.shape[1]).astype(np.float32)).reshape(*walks.shape[:2], -1)
    changes = np.square(images[:, -1] - images[:, 0]).sum(axis=1)
    return images[np.argsort(-changes, kind="stable")[:n_directions]]


def different_class_pairs(labels: Labels, n_pairs: int, generator: np.random.Generator) -> NDArray[np.int64]:
    """Return indices (n_pairs, 2) of random pairs with different labels; none, (0, 2), if there is one class only."""
    if len(np.unique(labels)) < 2:
        return np.empty((0, 2), dtype=np.int64)
    pairs = np.empty((0, 2), dtype=np.int64)
    while len(pairs) < n_pairs:
        drawn = generator.integers(len(labels), size=(2 * n_pairs, 2))
        pairs = np.concatenate([pairs, drawn[labels[drawn[:, 0]] != labels[drawn[:, 1]]]])
    return pairs[:n_pairs]


def plane_grid(x_values: Values, y_values: Values) -> Codes:
    """Return 2-D codes (n_y * n_x, 2) of a grid in the order of a picture: largest y first, x rising.

    >>> plane_grid(np.array([0.0, 1.0]), np.array([5.0, 6.0])).tolist()
    [[0.0, 6.0], [1.0, 6.0], [0.0, 5.0], [1.0, 5.0]]
    """
    x, y = np.meshgrid(x_values, y_values[::-1])
    return np.stack([x.ravel(), y.ravel()], axis=1).astype(np.float32)


def normal_quantiles(n: int) -> Values:
    """Return n values that cut N(0, 1) into equally probable parts, each in the middle of its part.

    >>> normal_quantiles(3)[1].item()
    0.0
    """
    return norm.ppf((np.arange(n) + 0.5) / n)


def two_sample_accuracy(first: Codes, second: Codes) -> float:
    """Return how often a classifier says rightly which of two sets a code belongs to: 0.5 if they are alike.

    A vote of the nearest neighbours among half of the codes on the other half, in coordinates in which the former are
    white; the first N_TOLD_APART codes of either set, as many of one as of the other. No change of both sets' scale,
    rotation or origin changes it.

    Args:
        first: Shape (n, latent_dim), n at least 4.
        second: Shape (m, latent_dim), m at least 4.

    Raises:
        ValueError: if a set has fewer than 4 codes.

    Source: Lopez-Paz & Oquab 2017, Revisiting Classifier Two-Sample Tests, section 3.
    """
    n_codes = 2 * (min(len(first), len(second), N_TOLD_APART) // 2)
    if n_codes < 4:
        raise ValueError(f"sets must have at least 4 codes each, got {len(first)} and {len(second)}")
    codes = np.concatenate([first[:n_codes], second[:n_codes]])
    is_second = np.arange(2 * n_codes) >= n_codes
    is_learned = np.arange(2 * n_codes) % 2 == 0
    votes = KNeighborsClassifier(min(N_VOTES, n_codes), algorithm="brute")  # a tree: five times as long for codes of 12
    classifier = make_pipeline(Whitening(), votes)
    classifier.fit(codes[is_learned], is_second[is_learned])
    return float(classifier.score(codes[~is_learned], is_second[~is_learned]))


class DimensionActivity(NamedTuple):
    """What each dimension of a variational code carries, all (latent_dim,)."""

    kl_nats: Values
    variance_of_means: Values
    is_active: NDArray[np.bool_]
    aggregate_mean: Values
    aggregate_std: Values


def dimension_activity(means: Codes, log_variances: Codes) -> DimensionActivity:
    """Return KL, activity and aggregate posterior per dimension of q(z | x) = N(mu, diag(sigma^2)).

    KL = E_x[(mu^2 + sigma^2 - 1 - log sigma^2) / 2]; active where Cov_x(E[z | x]) > 0.01; the aggregate
    posterior q(z) has mean E_x[mu] and variance Var_x[mu] + E_x[sigma^2].

    Args:
        means: Shape (n, latent_dim).
        log_variances: Shape (n, latent_dim), log sigma^2.

    Source: Burda et al. 2016, Importance Weighted Autoencoders, section 5.2 (active units).
    """
    mu, log_sigma2 = means.astype(np.float64), log_variances.astype(np.float64)
    kl = 0.5 * (np.square(mu) + np.expm1(log_sigma2) - log_sigma2).mean(axis=0)
    variance = mu.var(axis=0)
    aggregate_std = np.sqrt(variance + np.exp(log_sigma2).mean(axis=0))
    return DimensionActivity(kl, variance, variance > ACTIVITY_THRESHOLD, mu.mean(axis=0), aggregate_std)
