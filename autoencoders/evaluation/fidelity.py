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
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from autoencoders.arrays import Labels, Values

ROWS_AT_A_TIME = 250  # a slice of a matrix over pairs stays in the cache
N_DIRECTIONS = 96  # of the sketches of images: fewer leave more to look at, more cost more
ROUNDING = 1e-5  # of a squared distance in single precision, relative to the squares of both vectors: an ample bound
N_PAIRS = 2**14  # of a query and a reference that are compared at once: 100 MB with 784 pixels


class Moments(NamedTuple):
    """Mean (d,) and unbiased covariance (d, d) of a set of features."""

    mean: Values
    covariance: Values


def moments(features: Values) -> Moments:
    """Return mean and covariance of features (n, d), in double precision.

    Raises:
        ValueError: if there are fewer than two rows.
    """
    if len(features) < 2:
        raise ValueError(f"features must have at least 2 rows, got {len(features)}")
    points = np.asarray(features, dtype=np.float64)
    return Moments(points.mean(axis=0), np.atleast_2d(np.cov(points, rowvar=False)))


def matrix_root(covariance: Values) -> Values:
    """Return the symmetric square root of a positive semi-definite matrix (d, d)."""
    values, vectors = np.linalg.eigh(covariance)
    return (vectors * np.sqrt(np.clip(values, 0.0, None))) @ vectors.T


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
    """Return for each row (n, d) the nearest column (m, d) by Euclidean distance, the first of equals, (n,)."""
    return np.concatenate([distances.numpy().argmin(axis=1) for _, distances in distance_chunks(rows, columns)])


class Pairs(NamedTuple):
    """Some rows against all columns."""

    start: int  # the first row's index
    distances: Tensor  # (n, m) squared, Euclidean
    kernel_sum: float  # over all these pairs, of the kernel (x.y / d + 1)^3


def pair_chunks(rows: Tensor, columns: Tensor) -> Iterator[Pairs]:
    """Yield distances and kernels of some rows (n, d) at a time to all columns (m, d), from one product for both."""
    column_squares = columns.square().sum(1)
    for start in range(0, len(rows), ROWS_AT_A_TIME):
        part = rows[start : start + ROWS_AT_A_TIME]
        products = part @ columns.T
        distances = (part.square().sum(1, keepdim=True) + column_squares).sub_(products, alpha=2).clamp_(min=0)
        shifted = products.div_(columns.shape[1]).add_(1)
        yield Pairs(start, distances, float((shifted * shifted).mul_(shifted).sum(dtype=torch.float64)))


class OwnPairs(NamedTuple):
    """What the pairs of different points of one set tell."""

    squared_radii: NDArray[np.float32]  # (n,) of neighbour balls: from a point to its n_neighbours-th nearest other
    mean_kernel: float


@dataclass(frozen=True, eq=False)
class FeatureSet:
    """Features of one set of images, with what comparisons need of them computed once.

    Attributes:
        features: Shape (n, d); all rows give the moments.
        n_neighbours: The k of the neighbour balls.
        n_points: How many rows, the first ones, enter measures that need all pairs.
    """

    features: Values
    n_neighbours: int = 3
    n_points: int = 2500

    @cached_property
    def moments(self) -> Moments:
        """Mean and covariance of all rows."""
        return moments(self.features)

    @cached_property
    def points(self) -> Tensor:
        """The rows of the measures over pairs, (min(n, n_points), d); single precision halves their time."""
        return torch.from_numpy(np.asarray(self.features[: self.n_points], dtype=np.float32))

    @cached_property
    def own_pairs(self) -> OwnPairs:
        """What the pairs of points tell, from one pass over them.

        Raises:
            ValueError: if there are not more points than neighbours.
        """
        n_points, n_features = self.points.shape
        if not 1 <= self.n_neighbours < n_points:
            raise ValueError(f"n_neighbours must be in 1..{n_points - 1} (other points), got {self.n_neighbours}")
        radii, total = [], 0.0
        for start, distances, kernel_sum in pair_chunks(self.points, self.points):
            own = torch.arange(len(distances))
            distances[own, start + own] = torch.inf
            radii.append(distances.topk(self.n_neighbours, largest=False).values[:, -1].numpy())
            total += kernel_sum
        diagonal = float((self.points.double().square().sum(1) / n_features + 1).pow(3).sum())
        return OwnPairs(np.concatenate(radii), (total - diagonal) / (n_points * (n_points - 1)))


class Across(NamedTuple):
    """What the pairs of a sample and a reference point tell: who lies in whose neighbour balls, and the kernel."""

    n_balls_around_samples: NDArray[np.int64]  # (n_samples,) reference balls that hold each sample
    is_reference_inside: NDArray[np.bool_]  # (n_reference,) whether some sample's ball holds the reference point
    is_reference_covered: NDArray[np.bool_]  # (n_reference,) whether the reference point's own ball holds a sample
    mean_kernel: float


@dataclass(frozen=True, eq=False)
class Comparison:
    """Samples against a reference, both as features."""

    reference: FeatureSet
    samples: FeatureSet

    @cached_property
    def across(self) -> Across:
        """Memberships in neighbour balls and the mean kernel, from one pass over all pairs."""
        reference, samples = self.reference, self.samples
        reference_radii, sample_radii = reference.own_pairs.squared_radii, samples.own_pairs.squared_radii
        inside = np.zeros(len(reference.points), dtype=np.bool_)
        covered, n_balls, total = inside.copy(), [], 0.0
        for start, squares, kernel_sum in pair_chunks(samples.points, reference.points):
            distances = squares.numpy()
            in_reference_balls = distances <= reference_radii
            n_balls.append(np.count_nonzero(in_reference_balls, axis=1))
            covered |= in_reference_balls.any(axis=0)
            inside |= (distances <= sample_radii[start : start + len(distances), None]).any(axis=0)
            total += kernel_sum
        n_pairs = len(samples.points) * len(reference.points)
        return Across(np.concatenate(n_balls), inside, covered, total / n_pairs)


def frechet(comparison: Comparison) -> float:
    """Return the squared Frechet distance of Gaussians fitted to both sets."""
    return frechet_distance(comparison.samples.moments, comparison.reference.moments)


def kernel(comparison: Comparison) -> float:
    """Return the unbiased squared maximum mean discrepancy with the kernel (x.y / d + 1)^3.

    Unbiased, so it scatters around 0, below it too, for two sets of one distribution.

    Source: Binkowski et al. 2018, Demystifying MMD GANs, eq. 4 and section 4.
    """
    within = comparison.samples.own_pairs.mean_kernel + comparison.reference.own_pairs.mean_kernel
    return within - 2 * comparison.across.mean_kernel


def precision(comparison: Comparison) -> float:
    """Return the share of samples that lie in some reference point's neighbour ball, 0..1.

    Source: Kynkaanniemi et al. 2019, Improved Precision and Recall Metric, eq. 1 and 2.
    """
    return float((comparison.across.n_balls_around_samples > 0).mean())


def recall(comparison: Comparison) -> float:
    """Return the share of reference points that lie in some sample's neighbour ball, 0..1.

    Source: Kynkaanniemi et al. 2019, Improved Precision and Recall Metric, eq. 1 and 2.
    """
    return float(comparison.across.is_reference_inside.mean())


def density(comparison: Comparison) -> float:
    """Return how many reference balls hold a sample, in units of k; 1 where both sets are alike.

    Source: Naeem et al. 2020, Reliable Fidelity and Diversity Metrics, eq. 5.
    """
    n_balls = comparison.across.n_balls_around_samples.mean()
    return float(n_balls) / comparison.reference.n_neighbours


def coverage(comparison: Comparison) -> float:
    """Return the share of reference points whose own ball holds a sample, 0..1.

    Source: Naeem et al. 2020, Reliable Fidelity and Diversity Metrics, eq. 6.
    """
    return float(comparison.across.is_reference_covered.mean())


@dataclass(frozen=True)
class Fidelity:
    """A measure of a comparison, and how to read it.

    Attributes:
        direction: Which values are better.
        bounds: Smallest and largest possible value.
        function: From a comparison to the value.
        is_squared: Whether it is a squared distance: differences are then formed of the roots.
    """

    direction: Literal["lower", "higher"]
    bounds: tuple[float, float]
    function: Callable[[Comparison], float]
    is_squared: bool = False

    def nearness(self, values: ArrayLike) -> Values:
        """Return values (n,) on the scale of differences, the better the larger: sqrt(max(0, m)) of squared distances.

        >>> FIDELITIES["frechet"].nearness([9.0, 4.0]).tolist()
        [-3.0, -2.0]
        """
        measured = np.asarray(values, dtype=np.float64)
        scaled: Values = np.sqrt(np.maximum(measured, 0)) if self.is_squared else measured
        return scaled if self.direction == "higher" else -scaled


FIDELITIES: dict[str, Fidelity] = {
    "frechet": Fidelity("lower", (0.0, math.inf), frechet, is_squared=True),
    "kernel": Fidelity("lower", (-math.inf, math.inf), kernel, is_squared=True),
    "precision": Fidelity("higher", (0.0, 1.0), precision),
    "recall": Fidelity("higher", (0.0, 1.0), recall),
    "density": Fidelity("higher", (0.0, math.inf), density),
    "coverage": Fidelity("higher", (0.0, 1.0), coverage),
}


def class_balance(classes: Labels, n_classes: int) -> float:
    """Return the entropy of the class shares over its maximum log(n_classes): 1 balanced, 0 one class only.

    >>> class_balance(np.array([0, 1, 0, 1]), 2)
    1.0
    """
    if n_classes < 2:
        return 1.0
    shares = np.bincount(classes, minlength=n_classes) / len(classes)
    present = shares[shares > 0]
    return max(0.0, float(-(present * np.log(present)).sum() / math.log(n_classes)))


class NearestSearch:
    """Exact search for the nearest of many references that looks at few of them.

    With P the projection on the directions in which the references vary most and R what it leaves,
    |x - y|^2 >= |Px - Py|^2 + (|Rx| - |Ry|)^2. This bound is a distance of sketches, the projection with the length of
    the rest, in a few dimensions. References whose bound is above a distance that another one reaches are left out.

    Args:
        references: Shape (m, d), rows are vectors.
    """

    def __init__(self, references: NDArray[np.float32]) -> None:
        self.references = torch.from_numpy(np.ascontiguousarray(references))
        self.mean = self.references.mean(0)
        centred = self.references - self.mean
        self.directions = torch.linalg.eigh(centred.T @ centred).eigenvectors[:, -N_DIRECTIONS:]
        self.sketches = self._sketched(self.references)
        self.largest = self.sketches.square().sum(1).max()

    def _sketched(self, rows: Tensor) -> Tensor:
        """Return projections and the lengths of what they leave, (n, N_DIRECTIONS + 1) or (n, d + 1)."""
        centred = rows - self.mean
        projected = centred @ self.directions
        rest = centred.addmm_(projected, self.directions.T, alpha=-1).norm(dim=1, keepdim=True)
        return torch.cat([projected, rest], dim=1)

    def distances(self, queries: NDArray[np.float32]) -> Values:
        """Return the Euclidean distance (n,) of each query (n, d) to its nearest reference, of an exact copy 0."""
        rows = torch.from_numpy(np.ascontiguousarray(queries))
        found = torch.full((len(rows),), torch.inf, dtype=torch.float64)
        sketches = self._sketched(rows)
        slack = ROUNDING * (sketches.square().sum(1, keepdim=True) + self.largest)
        for start, bounds in distance_chunks(sketches, self.sketches):
            part = rows[start : start + len(bounds)]
            likely = torch.from_numpy(bounds.numpy().argmin(axis=1))
            reached = (part - self.references[likely]).square().sum(1, keepdim=True)
            is_near = bounds.numpy() <= (reached + slack[start : start + len(part)]).numpy()
            query, reference = map(torch.from_numpy, np.divmod(np.flatnonzero(is_near), len(self.references)))
            pairs = zip(query.split(N_PAIRS), reference.split(N_PAIRS), strict=True)  # queries far from all have many
            squares = torch.cat([(part[q].double() - self.references[r].double()).square_().sum(1) for q, r in pairs])
            found[start : start + len(part)].scatter_reduce_(0, query, squares, "amin")
        return found.sqrt_().numpy()
