"""What codes tell of the class of an image and of its neighbourhood."""

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.spatial.distance import cdist
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from autoencoders.arrays import Codes, Labels, Values
from autoencoders.evaluation.fidelity import nearest_columns

Hits = NDArray[np.bool_]
Ranks = NDArray[np.int64]
N_ITERATIONS = 1000


def neighbour_hits(references: Codes, reference_labels: Labels, queries: Codes, query_labels: Labels) -> Hits:
    """Return for each query whether its nearest reference code (Euclidean) has its label, (n_queries,)."""
    rows, columns = torch.from_numpy(np.ascontiguousarray(queries)), torch.from_numpy(np.ascontiguousarray(references))
    return reference_labels[nearest_columns(rows, columns)] == query_labels


def probe_hits(train: Codes, train_labels: Labels, queries: Codes, query_labels: Labels) -> Hits:
    """Return for each query whether a linear classifier fitted to standardised training codes names its label.

    Source: Alain & Bengio 2017, Understanding Intermediate Layers Using Linear Classifier Probes.
    """
    if len(np.unique(train_labels)) < 2:
        return query_labels == train_labels[0]
    probe = make_pipeline(StandardScaler(), LogisticRegression(max_iter=N_ITERATIONS))
    return probe.fit(train, train_labels).predict(queries) == query_labels


def neighbour_ranks(points: Codes) -> Ranks:
    """Return for each point (row) the rank of every other by Euclidean distance, (n, n); 0 is the point itself."""
    rows = points.astype(np.float64)
    distances = cdist(rows, rows)
    np.fill_diagonal(distances, -1.0)  # a point comes before its copies
    order = distances.argsort(axis=1, kind="stable")
    ranks = np.empty_like(order)
    np.put_along_axis(ranks, order, np.arange(len(points))[None], axis=1)
    return ranks


def kept_neighbours(before: Ranks, after: Ranks, n_neighbours: int) -> Values:
    """Return how far the neighbours after a map were neighbours before it, per point, (n,), at most 1.

    1 - 2 / (k (2n - 3k - 1)) sum over j of (r_before(i, j) - k), over the k nearest j of i after the map that were
    not among the k nearest before. The mean is the trustworthiness of the map; with both exchanged it is its
    continuity.

    Raises:
        ValueError: if there are not more than twice as many points as neighbours.

    Source: Venna & Kaski 2001, Neighborhood Preservation in Nonlinear Projection Methods, eq. 1 and 2.
    """
    n = len(before)
    if not 1 <= n_neighbours < n / 2:
        raise ValueError(f"n_neighbours must be in 1..{(n - 1) // 2} for {n} points, got {n_neighbours}")
    is_neighbour = (after >= 1) & (after <= n_neighbours)
    excess = np.where(is_neighbour, np.maximum(before - n_neighbours, 0), 0).sum(axis=1)
    return 1 - 2 / (n_neighbours * (2 * n - 3 * n_neighbours - 1)) * excess
