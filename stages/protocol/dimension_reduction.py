"""Codes of one latent dimension against PCA's, a part of the sweep: error, components to match, what codes tell.

Errors are paired per test image. Codes are compared on test queries against training references. The
linear autoencoder is the control: it must land on PCA's error, so that a gain is the non-linearity's.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import torch
from sklearn.decomposition import PCA

from autoencoders.evaluation.kernel_pca import fit_kernel_pca
from autoencoders.evaluation.latent_space import directions
from autoencoders.evaluation.metrics import METRICS
from autoencoders.evaluation.representation import Ranks, kept_neighbours, neighbour_hits, neighbour_ranks, probe_hits
from autoencoders.learning.checkpoints import Split
from autoencoders.statistics import claim_entry, compare
from foundation.parameter_sections import FitPcaParams, PcaComparisonParams
from foundation.reproducibility.randomness import numpy_stream
from stages.protocol.pictures import Picture, labelled_rows
from stages.protocol.tables import NOT_NEGATIVE, SHARE, Rows, Table, Values, claim_cell, with_interval
from stages.protocol.trained import Codec, Codecs, per_seed, reconstruct

POSITIONS = (-2.0, -1.0, 0.0, 1.0, 2.0)  # standard deviations of a code dimension
N_DIRECTIONS = 5
N_KERNEL_VALIDATION = 1000
N_RANKED = 1000  # queries whose neighbourhoods are compared, all pairs
N_NEIGHBOURS = 12


Scores = dict[str, dict[str, Values]]  # codec -> measure -> (n_seeds, n_images)


class Samples(NamedTuple):
    """The images on which codes are compared."""

    references: Split
    probe: Split
    queries: Split


def choose(split: Split, n: int, stream: str) -> Split:
    """Return n images of a split, all of them where it has no more, in the order that a named stream draws."""
    order = torch.from_numpy(numpy_stream(0, stream).permutation(len(split.labels))[:n])
    return Split(split.images[order], split.labels[order])


def choose_samples(train: Split, test: Split, plan: PcaComparisonParams) -> Samples:
    """Return references, probe images and queries; each random, the same for all codecs."""
    return Samples(
        choose(train, plan.n_neighbour_references, "pca_comparison/references"),
        choose(train, plan.n_probe_images, "pca_comparison/probe"),
        choose(test, plan.n_neighbour_queries, "pca_comparison/queries"),
    )


def count_components(plan: FitPcaParams, n_images: int) -> int:
    """Return how many principal components are kept: there are no more than training images."""
    return min(plan.max_components, n_images)


def error_curve(pca: PCA, pixels: Rows) -> Values:
    """Return PCA's mean squared error per image with 0, 1, 2 ... components, (n_components + 1,)."""
    centred = pixels.astype(np.float64) - pca.mean_
    explained = np.square(centred @ pca.components_.T.astype(np.float64)).mean(axis=0)
    result: Values = np.square(centred).sum(axis=1).mean() - np.concatenate([[0.0], explained.cumsum()])
    return result


def components_to_match(curve: Values, error: float) -> int | None:
    """Return the smallest number of components whose error is at most ``error``; None if all are not enough.

    >>> components_to_match(np.array([9.0, 4.0, 1.0]), 4.5)
    1
    """
    enough = np.flatnonzero(curve <= error)
    return int(enough[0]) if len(enough) else None


def tabulate_differences(scores: dict[str, Values], latent_dim: int) -> Table:
    """Return for each model the paired gain over PCA, the relative excess and the share of images it does better."""
    pca = scores["pca"]
    return [
        {
            "latent_dim": latent_dim,
            "model": name,
            "measure": measure,
            **compare(values, bounds),
        }
        for name, error in scores.items()
        if name != "pca"
        for measure, values, bounds in (
            ("se_gain", pca - error, (-np.inf, np.inf)),
            ("relative_excess", (error - pca) / pca.mean(), (-1.0, np.inf)),
            ("share_better", error < pca, SHARE),
        )
    ]


def tabulate_components(scores: dict[str, Values], curve: Values, latent_dim: int) -> Table:
    """Return how many components PCA needs to match each model; empty cells where it has not enough."""
    rows: Table = []
    for name, error in scores.items():
        needed = [components_to_match(curve, row.mean()) for row in error]
        known = [number for number in needed if number is not None]
        found = (
            with_interval(known, NOT_NEGATIVE) if len(known) == len(needed) else dict.fromkeys(("mean", "low", "high"))
        )
        if name != "pca":
            rows.append({"latent_dim": latent_dim, "model": name, **found, "n_available": len(curve) - 1})
    return rows


def score_codes(codecs: Codecs, samples: Samples) -> Scores:
    """Return per query whether the nearest code and a linear probe name its class, and how its neighbours are kept."""
    before = neighbour_ranks(samples.queries.pixels[:N_RANKED])
    return {
        name: {
            "nearest_neighbour": per_seed(cell, lambda codec, seed: neighbours_of(codec, samples)),
            "linear_probe": per_seed(cell, lambda codec, seed: probe_of(codec, samples)),
            **neighbourhoods_of(cell, samples, before),
        }
        for name, cell in codecs.items()
    }


def tabulate_codes(scores: Scores, latent_dim: int) -> Table:
    """Return every measure of the codes of every codec, with interval."""
    return [
        {"latent_dim": latent_dim, "codec": name, "measure": measure, **with_interval(values, SHARE)}
        for name, measures in scores.items()
        for measure, values in measures.items()
    ]


def neighbourhoods_of(cell: dict[int, Codec], samples: Samples, before: Ranks) -> dict[str, Values]:
    """Return trustworthiness and continuity of the codes of the first queries, whose ranks these are, per seed."""
    images = samples.queries.pixels[:N_RANKED]
    n_neighbours = neighbourhood_size(samples)
    after = {seed: neighbour_ranks(codec.transform(images)) for seed, codec in cell.items()}
    return {
        "trustworthiness": np.stack([kept_neighbours(before, ranks, n_neighbours) for ranks in after.values()]),
        "continuity": np.stack([kept_neighbours(ranks, before, n_neighbours) for ranks in after.values()]),
    }


def neighbourhood_size(samples: Samples) -> int:
    """Return how many neighbours are compared: fewer than half of the images."""
    return min(N_NEIGHBOURS, (min(N_RANKED, len(samples.queries.labels)) - 1) // 2)


def sizes(samples: Samples, plan: PcaComparisonParams) -> dict[str, int]:
    """Return how many images and neighbours the numbers rest on."""
    n_queries = len(samples.queries.labels)
    return {
        **{f"n_{name}": len(chosen.labels) for name, chosen in samples._asdict().items()},
        "n_ranked": min(N_RANKED, n_queries),
        "n_neighbours": neighbourhood_size(samples),
        "n_map_points": min(plan.n_map_points, n_queries),
    }


def neighbours_of(codec: Any, samples: Samples) -> Values:
    """Return whether the nearest training code has the query's class."""
    references, queries = codec.transform(samples.references.pixels), codec.transform(samples.queries.pixels)
    labels = (samples.references.labels.numpy(), samples.queries.labels.numpy())
    return neighbour_hits(references, labels[0], queries, labels[1]).astype(np.float64)


def probe_of(codec: Any, samples: Samples) -> Values:
    """Return whether a linear classifier on codes names the query's class."""
    train, queries = codec.transform(samples.probe.pixels), codec.transform(samples.queries.pixels)
    labels = (samples.probe.labels.numpy(), samples.queries.labels.numpy())
    return probe_hits(train, labels[0], queries, labels[1]).astype(np.float64)


class Pixels:
    """The images themselves as codes: what a code of full length could tell."""

    def transform(self, X: Rows) -> Rows:
        """Return the images unchanged."""
        return X


def tabulate_pixels(samples: Samples, n_pixels: int) -> Table:
    """Return both accuracies on the raw pixels."""
    hits = {"nearest_neighbour": neighbours_of(Pixels(), samples), "linear_probe": probe_of(Pixels(), samples)}
    return [
        {"latent_dim": n_pixels, "codec": "pixels", "measure": measure, **with_interval(values[None], SHARE)}
        for measure, values in hits.items()
    ]


def draw_directions(codecs: Codecs, pixels: Rows, shape: tuple[int, int]) -> dict[str, Picture]:
    """Return for each codec what its first code dimensions do to the image, first seed."""
    columns = [f"{position:+g}" if position else "0" for position in POSITIONS]
    pictures = {}
    for name, codec in ((name, next(iter(cell.values()))) for name, cell in codecs.items()):
        images = directions(codec.transform(pixels), codec.inverse_transform, N_DIRECTIONS, np.array(POSITIONS))
        rows = {str(number): row for number, row in enumerate(images, start=1)}
        pictures[f"directions_{name}"] = labelled_rows(rows, shape, columns)
    return pictures


def tabulate_explained(scores: dict[str, Values], variance: float, latent_dim: int) -> Table:
    """Return the share of the test images' variance that each codec's reconstructions explain."""
    return [
        {"latent_dim": latent_dim, "codec": name, **with_interval(1 - error / variance, (-np.inf, 1.0))}
        for name, error in scores.items()
    ]


def measure_kernel_pca(splits: Mapping[str, Split], scores: dict[str, Values], n_images: int, latent_dim: int) -> Table:
    """Return the errors of PCA and kernel PCA fitted to the same few images, and their paired difference.

    Beside it the paired difference to the AE, which was trained on all images, where the run has one. Nothing where
    there are fewer images than the codes have numbers.
    """
    train = choose(splits["train"], n_images, "pca_comparison/kernel_pca").pixels
    validation = choose(splits["validation"], N_KERNEL_VALIDATION, "pca_comparison/kernel_pca/validation").pixels
    if latent_dim > min(len(train), train.shape[1]):
        return []
    kernel_pca = fit_kernel_pca(train, validation, latent_dim)
    both = {"pca": PCA(latent_dim, random_state=0).fit(train), "kernel_pca": kernel_pca}
    error = {name: squared_errors(codec, splits["test"].pixels)[None] for name, codec in both.items()}
    keys = {"latent_dim": latent_dim, "n_fitted": len(train), "n_validation": len(validation)}
    chosen = {name: getattr(kernel_pca, name) for name in ("width", "code_width", "regularisation")}
    measured = {
        "pca_se": with_interval(error["pca"], NOT_NEGATIVE),
        "kernel_pca_se": with_interval(error["kernel_pca"], NOT_NEGATIVE),
        "gain_over_pca": with_interval(error["pca"] - error["kernel_pca"]),
    }
    if "ae" in scores:
        measured["gain_of_ae"] = with_interval(error["kernel_pca"] - scores["ae"])
    return [{**keys, **chosen, "measure": measure, **found} for measure, found in measured.items()]


def squared_errors(codec: Codec, pixels: Rows) -> Values:
    """Return the squared error of each image, (n,)."""
    return METRICS["se"].function(pixels, reconstruct(codec, pixels), (1, pixels.shape[1]))


def map_codes(codecs: Codecs, queries: Split, n_points: int) -> Table:
    """Return two-dimensional codes of some queries, first seed of each codec."""
    codes = {name: next(iter(cell.values())).transform(queries.pixels[:n_points]) for name, cell in codecs.items()}
    return [
        {"codec": name, "x": x, "y": y, "label": label}
        for name, points in codes.items()
        for (x, y), label in zip(points, queries.labels[:n_points].tolist(), strict=True)
    ]


def claims(scores: Scores, codes: Scores) -> dict[str, Any]:
    """Return the parts of C4, AE against PCA at equal length: its reconstructions (C4a) and its codes (C4b).

    The linear autoencoder stands beside as control, with its excess over PCA's error, where the run has one. Nothing
    where it has no AE.

    Args:
        scores: Squared errors and SSIM of the reconstructions.
        codes: What ``score_codes`` returns.
    """
    if "ae" not in scores:
        return {}
    models = [name for name in ("ae", "linear_ae") if name in scores]
    parts = {
        "C4a": {name: compare_reconstructions(scores, name) for name in models},
        "C4b": {name: compare_codes(codes, name) for name in models},
    }
    found: dict[str, Any] = {
        part: {
            "cells": [claim_cell({"measure": measure}, values) for measure, values in of_models["ae"].items()],
            "controls": {name: float(next(iter(of_models[name].values())).mean()) for name in models[1:]},
        }
        for part, of_models in parts.items()
    }
    excess = [claim_entry(-parts["C4a"][name]["se"], (-1.0, np.inf)) for name in models[1:]]
    found["C4a"]["linear_excess"] = excess[0] if excess else None
    return found


def compare_reconstructions(scores: Scores, model: str) -> dict[str, Values]:
    """Return the share of PCA's mean squared error that a model removes, and its gain in SSIM, per seed and image."""
    own, pca = scores[model], scores["pca"]
    return {"se": (pca["se"] - own["se"]) / pca["se"].mean(), "ssim": own["ssim"] - pca["ssim"]}


def compare_codes(codes: Scores, model: str) -> dict[str, Values]:
    """Return every measure of a model's codes minus PCA's, per seed and query."""
    return {measure: values - codes["pca"][measure] for measure, values in codes[model].items()}
