"""Samples of every generator against real images: distances, coverage, recognition, memorisation.

The reference is the test images. The floor is what other real images score: training images that no fit
used. Neighbour-based measures use the first N_NEIGHBOUR_POINTS of either set. Real images are measured once
(``baselines``), samples at every latent dimension (``sweep``); ``generation`` states both.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np

from autoencoders.evaluation.fidelity import (
    FIDELITIES,
    Comparison,
    FeatureSet,
    NearestSearch,
    class_balance,
)
from autoencoders.evaluation.latent_space import two_sample_accuracy
from autoencoders.evaluation.samplers import SAMPLERS
from autoencoders.learning.models import MODELS
from autoencoders.statistics import claim_entry
from foundation.reproducibility.randomness import numpy_stream, stream_key
from stages.protocol.context import Context, decode, judge_images
from stages.protocol.pictures import Picture, mosaic
from stages.protocol.tables import NOT_NEGATIVE, SHARE, Rows, Table, Values, with_interval

GENERATORS = {
    f"{name}_{word}": (name, distribution)
    for name, model in MODELS.items()
    for word, distribution in model.samplers.items()
} | {"pca_gaussian": ("pca", "gaussian")}
FLOOR, TEST = "floor", "test"
BOUNDS = {
    **{name: fidelity.bounds for name, fidelity in FIDELITIES.items()},
    "recognised": SHARE,
    "class_balance": SHARE,
    "nearest_train": NOT_NEGATIVE,
    "classifier_accuracy": SHARE,
}
N_FITTED_CODES = 10000  # for every fitted distribution, at most half of the training codes
N_NEIGHBOUR_POINTS = 5000
N_MEMORISATION_QUERIES = 1000
Scores = dict[str, dict[str, list[float]]]  # source -> measure -> one value per seed


def list_generators(context: Context) -> list[str]:
    """Return the generators whose model is part of this run."""
    return [name for name, (codec, _) in GENERATORS.items() if codec in context.codecs]


def split_codes(context: Context, codec: str, seed: int) -> tuple[Rows, Rows]:
    """Return the training codes that distributions are fitted to, and the others."""
    codes = context.training_codes(codec, seed)
    n_fitted = min(N_FITTED_CODES, len(codes) // 2)
    return codes[:n_fitted], codes[n_fitted:]


def classifier_accuracy(context: Context, generator: str, seed: int, drawn: Rows) -> float:
    """Return how often a classifier tells drawn codes from codes of training images that no fit used."""
    return two_sample_accuracy(split_codes(context, GENERATORS[generator][0], seed)[1], drawn)


def draw_codes(context: Context, generator: str, seed: int) -> Rows:
    """Return codes drawn from a generator's distribution, fitted to training codes of one seed."""
    codec, distribution = GENERATORS[generator]
    fitted, _ = split_codes(context, codec, seed)
    sampler = SAMPLERS[distribution]()
    if distribution == "mixture":
        random_state = stream_key(seed, f"generation/{generator}/fit") % 2**32
        sampler.set_params(n_components=context.plan.n_mixture_components, random_state=random_state)
    return sampler.fit(fitted).sample(context.plan.n_samples, numpy_stream(seed, f"generation/{generator}"))


def draw_images(context: Context, generator: str, seed: int) -> tuple[Rows, Rows]:
    """Return codes drawn from a generator's distribution and the images they decode to."""
    codes = draw_codes(context, generator, seed)
    return codes, decode(context.codec(GENERATORS[generator][0], seed), codes)


def draw_floor(context: Context, seed: int) -> Rows:
    """Return real training images that no fit used."""
    others = context.train[context.n_references :]
    return others[numpy_stream(seed, "generation/floor").permutation(len(others))[: context.plan.n_samples]]


def share_recognised(probabilities: Values, context: Context) -> float:
    """Return the share of images of which the judge is at least as sure as the threshold."""
    return float((probabilities.max(axis=1) >= context.plan.recognition_threshold).mean())


class Reference(NamedTuple):
    """What images are compared with: the features of the test images, and training images, which may be copied."""

    features: FeatureSet
    training: NearestSearch


def score_images(
    context: Context, images: Rows, reference: Reference, *, are_test_images: bool = False
) -> dict[str, float]:
    """Return every measure of one set of images; of the test images themselves those that need no other set."""
    features, probabilities = judge_images(context.judge, images)
    scores: dict[str, float] = {}
    if not are_test_images:
        samples = FeatureSet(features, reference.features.n_neighbours, N_NEIGHBOUR_POINTS)
        comparison = Comparison(reference.features, samples)
        scores = {name: fidelity.function(comparison) for name, fidelity in FIDELITIES.items()}
    scores["recognised"] = share_recognised(probabilities, context)
    scores["class_balance"] = class_balance(probabilities.argmax(axis=1), probabilities.shape[1])
    scores["nearest_train"] = float(reference.training.distances(images[:N_MEMORISATION_QUERIES]).mean())
    return scores


def reference_of(context: Context) -> Reference:
    """Return what images are compared with, with all that every comparison needs of it, computed before any."""
    features = judge_images(context.judge, context.test.pixels)[0]
    reference = FeatureSet(features, context.plan.precision_neighbours, N_NEIGHBOUR_POINTS)
    _ = reference.moments, reference.own_pairs  # once, not by each worker
    return Reference(reference, NearestSearch(context.train[: context.n_references]))


def score_generator(context: Context, reference: Reference, generator: str, seed: int) -> tuple[dict[str, float], Rows]:
    """Return every measure of the samples of a generator under a seed, and the images shown."""
    codes, images = draw_images(context, generator, seed)
    scores = score_images(context, images, reference)
    return {**scores, "classifier_accuracy": classifier_accuracy(context, generator, seed, codes)}, images[
        : n_shown(context)
    ]


def n_shown(context: Context) -> int:
    """Return how many images a sheet holds."""
    return int(context.plan.n_pictures**2)


def list_values(source: str, seed: int | None, scores: Mapping[str, float]) -> Table:
    """Return the measures of one set of images, a row each, as they are stored."""
    return [{"source": source, "measure": measure, "seed": seed, "value": value} for measure, value in scores.items()]


def gather(rows: Iterable[Mapping[str, Any]]) -> Scores:
    """Return stored measures by source: the floor, the generators in their order, the test images."""
    found: Scores = defaultdict(lambda: defaultdict(list))
    for row in rows:
        found[row["source"]][row["measure"]].append(row["value"])
    return {source: found[source] for source in (FLOOR, *GENERATORS, TEST) if source in found}


def tabulate(scores: Scores) -> Table:
    """Return one row per source and measure with the interval over seeds."""
    return [
        {"source": source, "measure": measure, **with_interval(values, BOUNDS[measure])}
        for source, measures in scores.items()
        for measure, values in measures.items()
    ]


def sheet(images: Rows, shape: tuple[int, int], n_columns: int) -> Picture:
    """Return images as a square sheet without labels."""
    n_rows = max(1, len(images) // n_columns)
    grid = images[: n_rows * n_columns].reshape(n_rows, -1, *shape)
    return Picture(mosaic(grid), [], [])


def floor_sheet(context: Context) -> Picture:
    """Return the floor's first images, of the first seed, as a sheet."""
    return sheet(
        draw_floor(context, context.seeds[0])[: n_shown(context)], context.image_shape, context.plan.n_pictures
    )


def claims(scores: Scores) -> dict[str, dict[str, object]]:
    """Return the primary numbers of C5 and C6 from the Frechet distances per seed.

    C5: what the fitted Gaussian costs on AE codes against the prior on VAE codes. C6: the share of the way
    from the naive AE samples to real images that the VAE's prior samples have come.
    """
    frechet = {source: np.array(measures["frechet"]) for source, measures in scores.items() if "frechet" in measures}
    if not {"ae_normal", "ae_gaussian", "vae_prior"} <= set(frechet):
        return {}
    naive, prior, floor = frechet["ae_normal"], frechet["vae_prior"], frechet[FLOOR]
    gap_closed: Values = 1 - (prior - floor) / (naive - floor)
    return {
        "C5": {
            "frechet_difference": claim_entry(frechet["ae_gaussian"] - prior),
            "frechet_difference_naive": claim_entry(naive - prior),
        },
        "C6": {"gap_closed": claim_entry(gap_closed)},
    }
