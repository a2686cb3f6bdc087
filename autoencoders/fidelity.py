"""How close generated images are to real ones, from features: distances and coverage of sets.

Works on any feature vectors; which network made them, and on which images, is the caller's protocol.
``FIDELITIES`` is the registry: a new measure is a function of a ``Comparison`` and one line there.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Features = NDArray[np.float64]
ROWS_AT_A_TIME = 250  # a slice of a matrix over pairs stays in the cache


class Moments(NamedTuple):
    """Mean (d,) and unbiased covariance (d, d) of a set of features."""

    mean: Features
    covariance: Features


def moments(features: Features) -> Moments:
    """Return mean and covariance of features (n, d), in double precision.

    Raises:
        ValueError: if there are fewer than two rows.
    """
    if len(features) < 2:
        raise ValueError(f"features must have at least 2 rows, got {len(features)}")
    points = np.asarray(features, dtype=np.float64)
    return Moments(points.mean(axis=0), np.atleast_2d(np.cov(points, rowvar=False)))


def matrix_root(covariance: Features) -> Features:
    """Return the symmetric square root of a positive semi-definite matrix (d, d)."""
    values, vectors = np.linalg.eigh(covariance)
    root: Features = (vectors * np.sqrt(np.clip(values, 0.0, None))) @ vectors.T
    return root


def frechet_distance(first: Moments, second: Moments) -> float:
    """Return the squared Frechet distance of two Gaussians with these moments.

    |mu_1 - mu_2|^2 + tr(S_1 + S_2 - 2 (S_1^1/2 S_2 S_1^1/2)^1/2); the last trace is the sum of the singular
    values of S_1^1/2 S_2^1/2, which stays exact for singular covariances.

    Source: Heusel et al. 2017, GANs Trained by a Two Time-Scale Update Rule, eq. 6.

    >>> frechet_distance(Moments(np.zeros(2), np.eye(2)), Moments(np.array([3.0, 4.0]), np.eye(2)))
    25.0
    """
    shift = np.square(first.mean - second.mean).sum()
    overlap = np.linalg.svd(matrix_root(first.covariance) @ matrix_root(second.covariance), compute_uv=False).sum()
    spread = np.trace(first.covariance) + np.trace(second.covariance) - 2 * overlap
    return float(shift + max(spread, 0.0))


def distance_chunks(rows: Tensor, columns: Tensor) -> Iterator[tuple[int, Tensor]]:
    """Yield the first row's index and the squared Euclidean distances (n, m) of some rows at a time to all columns."""
    column_squares = columns.square().sum(1)
    for start in range(0, len(rows), ROWS_AT_A_TIME):
        part = rows[start : start + ROWS_AT_A_TIME]
        squares = part.square().sum(1, keepdim=True) + column_squares
        yield start, squares.addmm_(part, columns.T, alpha=-2).clamp_(min=0)


def nearest_columns(rows: Tensor, columns: Tensor) -> NDArray[np.int64]:
    """Return for each row (n, d) the nearest column (m, d) by Euclidean distance, the first of equals, (n,).

    NumPy's search for the smallest takes a tenth of the time of PyTorch's.
    """
    return np.concatenate([distances.numpy().argmin(axis=1) for _, distances in distance_chunks(rows, columns)])


def squared_radii(points: Tensor, n_neighbours: int) -> Tensor:
    """Return each point's squared distance (n,) to its n_neighbours-th nearest other point.

    Raises:
        ValueError: if there are not more points than neighbours.
    """
    if not 1 <= n_neighbours < len(points):
        raise ValueError(f"n_neighbours must be in 1..{len(points) - 1} (other points), got {n_neighbours}")
    radii = []
    for start, distances in distance_chunks(points, points):
        own = torch.arange(len(distances))
        distances[own, start + own] = torch.inf
        radii.append(distances.topk(n_neighbours, largest=False).values[:, -1])
    return torch.cat(radii)


def kernel_sum(rows: Tensor, columns: Tensor) -> float:
    """Return the sum over all pairs of rows (n, d) and columns (m, d) of the kernel (x.y / d + 1)^3."""
    total = 0.0
    for chunk in rows.split(ROWS_AT_A_TIME):
        shifted = (chunk @ columns.T).div_(columns.shape[1]).add_(1)
        total += float((shifted * shifted).mul_(shifted).sum(dtype=torch.float64))
    return total


@dataclass(frozen=True, eq=False)
class FeatureSet:
    """Features of one set of images, with what comparisons need of them computed once.

    Attributes:
        features: Shape (n, d); all rows give the moments.
        n_neighbours: The k of the neighbour balls.
        n_points: How many rows, the first ones, enter measures that need all pairs.
    """

    features: Features
    n_neighbours: int = 3
    n_points: int = 5000

    @cached_property
    def moments(self) -> Moments:
        """Mean and covariance of all rows."""
        return moments(self.features)

    @cached_property
    def points(self) -> Tensor:
        """The rows of the measures over pairs, (min(n, n_points), d); single precision halves their time."""
        return torch.from_numpy(np.asarray(self.features[: self.n_points], dtype=np.float32))

    @cached_property
    def squared_radii(self) -> Tensor:
        """Squared radius of each point's neighbour ball."""
        return squared_radii(self.points, self.n_neighbours)

    @cached_property
    def own_kernel(self) -> float:
        """Mean kernel over all pairs of different points."""
        n_points, n_features = self.points.shape
        diagonal = float((self.points.double().square().sum(1) / n_features + 1).pow(3).sum())
        return (kernel_sum(self.points, self.points) - diagonal) / (n_points * (n_points - 1))


class Neighbourhoods(NamedTuple):
    """Who lies in whose neighbour balls."""

    n_balls_around_samples: Tensor  # (n_samples,) reference balls that hold each sample
    is_reference_inside: Tensor  # (n_reference,) whether some sample's ball holds the reference point
    is_reference_covered: Tensor  # (n_reference,) whether the reference point's own ball holds a sample


@dataclass(frozen=True, eq=False)
class Comparison:
    """Samples against a reference, both as features."""

    reference: FeatureSet
    samples: FeatureSet

    @cached_property
    def neighbourhoods(self) -> Neighbourhoods:
        """Memberships in neighbour balls, from one pass over all pairs."""
        reference, samples = self.reference, self.samples
        inside = torch.zeros(len(reference.points), dtype=torch.bool)
        covered, n_balls = torch.zeros_like(inside), []
        for start, distances in distance_chunks(samples.points, reference.points):
            in_reference_balls = distances <= reference.squared_radii
            n_balls.append(in_reference_balls.sum(1))
            covered |= in_reference_balls.any(0)
            inside |= (distances <= samples.squared_radii[start : start + len(distances), None]).any(0)
        return Neighbourhoods(torch.cat(n_balls), inside, covered)


def frechet(comparison: Comparison) -> float:
    """Return the squared Frechet distance of Gaussians fitted to both sets."""
    return frechet_distance(comparison.samples.moments, comparison.reference.moments)


def kernel(comparison: Comparison) -> float:
    """Return the unbiased squared maximum mean discrepancy with the kernel (x.y / d + 1)^3.

    Unbiased, so it scatters around 0, below it too, for two sets of one distribution.

    Source: Binkowski et al. 2018, Demystifying MMD GANs, eq. 4 and section 4.
    """
    reference, samples = comparison.reference, comparison.samples
    across = kernel_sum(samples.points, reference.points) / (len(samples.points) * len(reference.points))
    return samples.own_kernel + reference.own_kernel - 2 * across


def precision(comparison: Comparison) -> float:
    """Return the share of samples that lie in some reference point's neighbour ball, 0..1.

    Source: Kynkaanniemi et al. 2019, Improved Precision and Recall Metric, eq. 1 and 2.
    """
    return float((comparison.neighbourhoods.n_balls_around_samples > 0).double().mean())


def recall(comparison: Comparison) -> float:
    """Return the share of reference points that lie in some sample's neighbour ball, 0..1.

    Source: Kynkaanniemi et al. 2019, Improved Precision and Recall Metric, eq. 1 and 2.
    """
    return float(comparison.neighbourhoods.is_reference_inside.double().mean())


def density(comparison: Comparison) -> float:
    """Return how many reference balls hold a sample, in units of k; 1 where both sets are alike.

    Source: Naeem et al. 2020, Reliable Fidelity and Diversity Metrics, eq. 5.
    """
    n_balls = comparison.neighbourhoods.n_balls_around_samples.double().mean()
    return float(n_balls) / comparison.reference.n_neighbours


def coverage(comparison: Comparison) -> float:
    """Return the share of reference points whose own ball holds a sample, 0..1.

    Source: Naeem et al. 2020, Reliable Fidelity and Diversity Metrics, eq. 6.
    """
    return float(comparison.neighbourhoods.is_reference_covered.double().mean())


@dataclass(frozen=True)
class Fidelity:
    """A measure of a comparison, and how to read it."""

    label: str
    direction: Literal["lower", "higher"]
    bounds: tuple[float, float]
    function: Callable[[Comparison], float]


FIDELITIES: dict[str, Fidelity] = {
    "frechet": Fidelity("Frechet distance", "lower", (0.0, math.inf), frechet),
    "kernel": Fidelity("Kernel distance", "lower", (-math.inf, math.inf), kernel),
    "precision": Fidelity("Precision", "higher", (0.0, 1.0), precision),
    "recall": Fidelity("Recall", "higher", (0.0, 1.0), recall),
    "density": Fidelity("Density", "higher", (0.0, math.inf), density),
    "coverage": Fidelity("Coverage", "higher", (0.0, 1.0), coverage),
}


def class_balance(classes: NDArray[np.int64], n_classes: int) -> float:
    """Return the entropy of the class shares over its maximum log(n_classes): 1 balanced, 0 one class only.

    >>> class_balance(np.array([0, 1, 0, 1]), 2)
    1.0
    """
    if n_classes < 2:
        return 1.0
    shares = np.bincount(classes, minlength=n_classes) / len(classes)
    present = shares[shares > 0]
    return max(0.0, float(-(present * np.log(present)).sum() / math.log(n_classes)))


def nearest_distances(queries: NDArray[np.float32], references: NDArray[np.float32]) -> Features:
    """Return each query's Euclidean distance (n,) to its nearest reference; rows are vectors.

    The nearest is found through a matrix product, its distance then computed by subtraction, so that an
    exact copy has distance 0.
    """
    rows, columns = torch.from_numpy(np.ascontiguousarray(queries)), torch.from_numpy(np.ascontiguousarray(references))
    nearest = torch.from_numpy(nearest_columns(rows, columns))
    result: Features = (rows.double() - columns[nearest].double()).norm(dim=1).numpy()
    return result
