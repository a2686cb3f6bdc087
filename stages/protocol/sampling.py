"""Samples of every generator against real images, in every family of features: distances, coverage, memorisation.

A seed's reference are test images drawn for it, its readers those of its place. The floor is what other real images
score: training images that no fit used. Of each model also its reconstructions of the floor's images are measured, the
ceiling of what its decoder can do. Neighbour-based measures use the first N_NEIGHBOUR_POINTS of either set. Real images
are measured once (``baselines``), samples at every latent dimension (``sweep``); ``generation`` states both.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from autoencoders.evaluation.fidelity import FIDELITIES, Comparison, FeatureSet, NearestSearch, class_balance
from autoencoders.evaluation.latent_space import two_sample_accuracy
from autoencoders.evaluation.samplers import SAMPLERS, Gaussian, Mixture, StandardNormal
from autoencoders.judging.judge import Reading
from autoencoders.statistics import Interval, claim_entry, interval
from foundation.models import MODELS
from foundation.reproducibility.randomness import numpy_stream, stream_key
from foundation.reproducibility.workers import Once
from foundation.vocabulary import FAMILIES, JUDGES, SAMPLE_WORDS
from stages.protocol.context import Context, decode
from stages.protocol.pictures import Picture, mosaic
from stages.protocol.tables import NOT_NEGATIVE, SHARE, Rows, Table, Values, with_interval
from stages.protocol.trained import reconstruct

DISTRIBUTIONS = {"normal": "standard_normal", "gaussian": "gaussian", "mixture": "mixture"}  # of codes, by word
RECONSTRUCTIONS = "reconstructions"
GENERATORS = {
    f"{name}_{word}": (str(name), word)
    for name, model in MODELS.items()
    if not model.is_linear
    for word in SAMPLE_WORDS
} | {"pca_gaussian": ("pca", "gaussian")}
CONTROL, FLOOR, TEST = "pca_gaussian", "floor", "test"
BOUNDS = {
    **{name: fidelity.bounds for name, fidelity in FIDELITIES.items()},
    "recognised": SHARE,
    "class_balance": SHARE,
    "nearest_train": NOT_NEGATIVE,
    "classifier_accuracy": SHARE,
}
N_FITTED_CODES = 10000  # for every fitted distribution, at most half of the training codes
N_NEIGHBOUR_POINTS = 2500
N_MEMORISATION_QUERIES = 1000
CLAIMS: dict[str, list[tuple[str, ...]]] = {  # whose share of the way is judged, and less whose
    "C6d": [("vae_normal",)],
    "C8a": [("ae_mixture", "vae_normal")],
    "C8b": [("vae_mixture", "vae_normal")],
    "C8c": [("vae_gaussian", "rae_gaussian"), ("vae_mixture", "rae_mixture")],
}
CONTROLS = {"C6d": ("ae_gaussian", "ae_normal", "vae_reconstructions", "pca_gaussian", "floor")}
LEAST_IMAGES_PER_FEATURE = 2  # for a vote of the Frechet distance, which takes a covariance from them
Key = tuple[str, str]  # family, measure
Measured = dict[Key, float]
Scores = dict[str, dict[Key, list[float]]]  # by source; one value per seed
GRID: list[Key] = [(family, measure) for measure in FIDELITIES for family in FAMILIES]  # the primary one first


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


def fit_sampler(context: Context, generator: str, seed: int) -> StandardNormal | Gaussian | Mixture:
    """Return a generator's distribution, fitted to training codes of one seed."""
    codec, word = GENERATORS[generator]
    fitted, _ = split_codes(context, codec, seed)
    sampler = SAMPLERS[DISTRIBUTIONS[word]]()
    if word == "mixture":
        random_state = stream_key(seed, f"generation/{generator}/fit") % 2**32
        sampler.set_params(n_components=context.plan.n_mixture_components, random_state=random_state)
    return sampler.fit(fitted)


def draw_codes(context: Context, generator: str, seed: int) -> Rows:
    """Return codes drawn from a generator's distribution of one seed."""
    sampler = fit_sampler(context, generator, seed)
    return sampler.sample(context.plan.n_samples, numpy_stream(seed, f"generation/{generator}"))


def draw_images(context: Context, generator: str, seed: int) -> tuple[Rows | None, Rows]:
    """Return codes drawn from a generator's distribution and their images; of reconstructions the images alone."""
    name, word = GENERATORS[generator]
    codec = context.codec(name, seed)
    if word == RECONSTRUCTIONS:
        return None, reconstruct(codec, context.floor_images(seed)).clip(0, 1)
    codes = draw_codes(context, generator, seed)
    return codes, decode(codec, codes)


class References:
    """Real images that others are compared with: all that every comparison needs of them is computed once."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._once = Once()

    def features(self, family: str, seed: int) -> FeatureSet:
        """Return the features of a seed's test images in a family."""
        found: FeatureSet = self._once.get((family, seed), lambda: self._features(family, seed))
        return found

    def _features(self, family: str, seed: int) -> FeatureSet:
        context = self._context
        values = context.readers.features(family, context.reference_images(seed), context.place(seed))
        found = feature_set(context, values)
        _ = found.moments, found.own_pairs  # now, not by each worker
        return found

    def training(self) -> NearestSearch:
        """Return the search for the training image that lies nearest, which may be copied."""
        search: NearestSearch = self._once.get("training", lambda: NearestSearch(self._context.training_references))
        return search


def feature_set(context: Context, features: Values) -> FeatureSet:
    """Return features (n, d) as the comparisons take them."""
    return FeatureSet(features, context.plan.precision_neighbours, N_NEIGHBOUR_POINTS)


def frechet(context: Context, images: Rows, references: References, seed: int) -> float:
    """Return the Frechet distance of images to the test images of a seed in the features of the first judge."""
    features = context.readers.features(JUDGES[0], images, context.place(seed))
    comparison = Comparison(references.features(JUDGES[0], seed), feature_set(context, features))
    return FIDELITIES["frechet"].function(comparison)


def compare(
    context: Context, images: Rows, readings: Mapping[str, Reading], references: References, seed: int
) -> Measured:
    """Return every measure of images against the test images of a seed, in every family."""
    place = context.place(seed)
    scores: Measured = {}
    for family in FAMILIES:
        is_read = family in readings
        features = readings[family].features if is_read else context.readers.features(family, images, place)
        comparison = Comparison(references.features(family, seed), feature_set(context, features))
        scores |= {(family, name): fidelity.function(comparison) for name, fidelity in FIDELITIES.items()}
    return scores


def score_images(
    context: Context, images: Rows, references: References, seed: int, *, are_test_images: bool = False
) -> Measured:
    """Return every measure of images under a seed; of test images themselves those that need no other test images."""
    judges = {name: context.readers.judge(name, context.place(seed)) for name in JUDGES}
    readings = {str(name): judge.read(images) for name, judge in judges.items()}
    scores = {} if are_test_images else compare(context, images, readings, references, seed)
    for name, reading in readings.items():
        scores[name, "recognised"] = float((reading.confidences >= context.plan.recognition_threshold).mean())
    first = JUDGES[0]
    scores[first, "class_balance"] = class_balance(readings[first].classes, judges[first].n_classes)
    distances = references.training().distances(images[:N_MEMORISATION_QUERIES])
    scores["pixels", "nearest_train"] = float(distances.mean())
    return scores


def score_generator(context: Context, references: References, generator: str, seed: int) -> tuple[Measured, Rows]:
    """Return every measure of the samples of a generator under a seed, and the images shown."""
    codes, images = draw_images(context, generator, seed)
    scores = score_images(context, images, references, seed)
    if codes is not None:
        scores["codes", "classifier_accuracy"] = classifier_accuracy(context, generator, seed, codes)
    return scores, images[: n_shown(context)]


def n_shown(context: Context) -> int:
    """Return how many images a sheet holds."""
    return int(context.plan.n_pictures**2)


def list_values(source: str, seed: int, scores: Measured) -> Table:
    """Return the measures of one set of images, a row each, as they are stored."""
    return [
        {"source": source, "family": family, "measure": measure, "seed": seed, "value": value}
        for (family, measure), value in scores.items()
    ]


def gather(rows: Iterable[Mapping[str, Any]]) -> Scores:
    """Return stored measures by source: the floor, the generators in their order, the test images."""
    found: Scores = defaultdict(lambda: defaultdict(list))
    for row in rows:
        found[row["source"]][row["family"], row["measure"]].append(row["value"])
    return {source: found[source] for source in (FLOOR, *GENERATORS, TEST) if source in found}


def tabulate(scores: Scores) -> Table:
    """Return one row per source, family and measure with the interval over seeds."""
    return [
        {"source": source, "family": family, "measure": measure, **with_interval(values, BOUNDS[measure])}
        for source, measures in scores.items()
        for (family, measure), values in measures.items()
    ]


def nearness(scores: Scores, source: str, key: Key) -> Values:
    """Return per seed how near a source is to real images in a family and measure, the nearer the larger."""
    return FIDELITIES[key[1]].nearness(scores[source][key])


def is_telling(scores: Scores, key: Key) -> bool:
    """Return whether a measure in a family has a vote.

    It tells the linear control from real images, and puts no model's samples from a fitted Gaussian before what that
    model makes of real images (as recall does where a few samples lie far outside).
    """
    measured = interval(nearness(scores, FLOOR, key) - nearness(scores, CONTROL, key))
    pairs = ((f"{name}_reconstructions", f"{name}_gaussian") for name in MODELS)
    is_in_order = all(
        nearness(scores, ceiling, key).mean() >= nearness(scores, drawn, key).mean()
        for ceiling, drawn in pairs
        if {ceiling, drawn} <= set(scores)
    )
    return measured.low is not None and measured.low > 0 and is_in_order


def list_unjudged(context: Context) -> list[Key]:
    """Return the Frechet distances for which the run has too few test images: their covariances are hardly known."""
    features = {family: context.readers.features(family, context.test.pixels[:1], 0) for family in FAMILIES}
    too_wide = [name for name, row in features.items() if context.n_compared < LEAST_IMAGES_PER_FEATURE * row.shape[1]]
    return [(family, "frechet") for family in too_wide]


def silence(rows: Table, unjudged: Sequence[Key]) -> Table:
    """Return rows or cells of which those of some families and measures have no vote."""
    return [{**row, "votes": row["votes"] and (row["family"], row["measure"]) not in unjudged} for row in rows]


def share(scores: Scores, source: str, key: Key) -> Values:
    """Return per seed how much of the way from the linear control to real images a source has come.

    s = (m_control - m) / (m_control - m_floor), squared distances as their roots: 0 as the control, 1 as other real
    images. Not a number where control and floor are equal.
    """
    of_source, of_control, of_floor = (nearness(scores, name, key) for name in (source, CONTROL, FLOOR))
    way = of_floor - of_control
    return np.divide(of_source - of_control, way, out=np.full_like(way, np.nan), where=way != 0)


def entry(values: Values) -> dict[str, object]:
    """Return the interval of shares with each seed's own, as stored; nothing where one is not defined."""
    if np.isfinite(values).all():
        return claim_entry(values)
    return {**Interval(None, None, None).as_dict(), "by_seed": []}


def shares(scores: Scores, unjudged: Sequence[Key] = ()) -> Table:
    """Return one row per generator, family and measure: its share of the way, and whether the measure votes."""
    rows: Table = []
    for source in (name for name in scores if name not in {FLOOR, CONTROL, TEST}):
        for key in GRID:
            found = entry(share(scores, source, key))
            del found["by_seed"]
            family, measure = key
            rows.append(
                {"source": source, "family": family, "measure": measure, "votes": is_telling(scores, key), **found}
            )
    return silence(rows, unjudged)


def claims(scores: Scores, unjudged: Sequence[Key] = ()) -> dict[str, dict[str, object]]:
    """Return the numbers of C6d, C8a, C8b and C8c in every measure and family, as far as their models are there.

    C6d: the share of the way of the VAE's prior; C8: by how much one share is above another.
    """
    return {
        part: {
            "cells": silence(
                [compare_ways(scores, sources, key, n_ways=len(ways)) for sources in ways for key in GRID], unjudged
            ),
            "controls": {
                name: entry(share(scores, name, GRID[0]))["mean"] for name in CONTROLS.get(part, ()) if name in scores
            },
        }
        for part, ways in CLAIMS.items()
        if {source for sources in ways for source in sources} <= set(scores)
    }


def compare_ways(scores: Scores, sources: tuple[str, ...], key: Key, n_ways: int = 1) -> dict[str, object]:
    """Return the share of the first source, less that of the second if there is one, in a family and measure.

    Where a part is asked in several ways, the cell names the sampler.
    """
    first, *others = (share(scores, source, key) for source in sources)
    family, measure = key
    return {
        **({"sampler": sources[0].rpartition("_")[2]} if n_ways > 1 else {}),
        "measure": measure,
        "family": family,
        "votes": is_telling(scores, key),
        **entry(first - others[0] if others else first),
    }


def sheet(images: Rows, shape: tuple[int, int], n_columns: int) -> Picture:
    """Return images as a square sheet without labels."""
    n_rows = max(1, len(images) // n_columns)
    grid = images[: n_rows * n_columns].reshape(n_rows, -1, *shape)
    return Picture(mosaic(grid), [], [])


def floor_sheet(context: Context) -> Picture:
    """Return the floor's first images, of the first seed, as a sheet."""
    images = context.floor_images(context.seeds[0])[: n_shown(context)]
    return sheet(images, context.image_shape, context.plan.n_pictures)
