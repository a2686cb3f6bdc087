"""The code spaces as a whole: whether codes follow N(0, I), what draws of other spreads decode to, maps of the plane.

Whether codes follow N(0, I) is asked of codes of training images in whitened coordinates, whose origin, axes and units
are fitted to other codes, and of the same codes as they stand. Draws from N(0, I) as it stands depend on the units of
the code space: they are a curve over the scale of the draw.
"""

from typing import Any

import numpy as np

from autoencoders.evaluation.fidelity import FIDELITIES, Comparison
from autoencoders.evaluation.latent_space import normal_quantiles, plane_grid, two_sample_accuracy
from autoencoders.evaluation.samplers import Whitening
from foundation.reproducibility.randomness import numpy_stream
from foundation.vocabulary import JUDGES
from stages.protocol.context import Context, decode
from stages.protocol.pictures import Picture, mosaic
from stages.protocol.sampling import References, feature_set, split_codes
from stages.protocol.tables import SHARE, Rows, SeedScores, Table, Values, claim_cell
from stages.protocol.trained import list_compared

NORMAL_DRAWS = "normal_draws"
CODE_COLUMNS = ("codec", "coordinates")
CLAIMED = {"C5a": "ae", "C6a": "vae"}
SCALE_COLUMNS = ("codec", "scale", "family", "measure")
SCALE_BOUNDS = {"frechet": FIDELITIES["frechet"].bounds, "recognised": SHARE}
N_SCALE_DRAWS = 2000  # per seed and scale: a curve needs fewer than the tables of samples
BOX_PERCENTILES = (1.0, 99.0)
N_MAP_SIDE = 48


def list_code_sets(context: Context) -> list[str]:
    """Return the codecs whose codes are compared with N(0, I), and the control that is drawn from it."""
    return [NORMAL_DRAWS, *list_compared(context.codecs)]


def code_halves(context: Context, name: str, seed: int) -> tuple[Rows, Rows]:
    """Return codes that coordinates are fitted to and the others; as a control draws from N(0, I) in their place."""
    if name != NORMAL_DRAWS:
        return split_codes(context, name, seed)
    fitted, others = split_codes(context, "pca", seed)
    stream = numpy_stream(seed, f"generation/codes/{NORMAL_DRAWS}")
    drawn = stream.standard_normal((len(fitted) + len(others), fitted.shape[1]), dtype=np.float32)
    return drawn[: len(fitted)], drawn[len(fitted) :]


def compare_codes(context: Context, name: str) -> SeedScores:
    """Return how often a classifier tells a codec's codes from draws of N(0, I), whitened and as they stand."""
    scores: SeedScores = {}
    for seed in context.seeds:
        fitted, others = code_halves(context, name, seed)
        normal = numpy_stream(seed, "generation/codes/normal").standard_normal(others.shape, dtype=np.float32)
        whitened = Whitening().fit(fitted).transform(others).astype(np.float32)
        for coordinates, codes in (("whitened", whitened), ("as_they_stand", others)):
            scores.setdefault((name, coordinates), []).append(two_sample_accuracy(codes, normal))
    return scores


def claims(scores: SeedScores) -> dict[str, dict[str, Any]]:
    """Return C5a and C6a: how often whitened codes of the AE and of the VAE are told from N(0, I)."""
    whitened = {key[0]: values for key, values in scores.items() if key[1] == "whitened"}
    controls = {name: float(np.mean(whitened[name])) for name in (NORMAL_DRAWS, "pca") if name in whitened}
    return {
        part: {"cells": [claim_cell({}, whitened[model], SHARE)], "controls": controls}
        for part, model in CLAIMED.items()
        if model in whitened
    }


def draw_at_scales(references: References, context: Context, name: str) -> SeedScores:
    """Return for every scale how near draws of scale * N(0, I) are to real images, and how many are recognised.

    The same draws are used at every scale.
    """
    scores: SeedScores = {}
    for seed in context.seeds:
        codec = context.codec(name, seed)
        shape = (min(N_SCALE_DRAWS, context.plan.n_samples), context.training_codes(name, seed).shape[1])
        drawn = numpy_stream(seed, "generation/scales").standard_normal(shape, dtype=np.float32)
        judge = context.readers.judge(JUDGES[0], context.place(seed))
        for scale in context.plan.scales:
            images = decode(codec, np.float32(scale) * drawn)
            reading = judge.read(images)
            pixels = context.readers.features("pixels", images, context.place(seed))
            for family, features in ((JUDGES[0], reading.features), ("pixels", pixels)):
                comparison = Comparison(references.features(family, seed), feature_set(context, features))
                distance = FIDELITIES["frechet"].function(comparison)
                scores.setdefault((name, scale, family, "frechet"), []).append(distance)
            share = float((reading.confidences >= context.plan.recognition_threshold).mean())
            scores.setdefault((name, scale, JUDGES[0], "recognised"), []).append(share)
    return scores


def plane_axes(codes: Values, n_side: int, margin: float = 0.1) -> list[Values]:
    """Return the values of x and of y, (n_side,) each, over the codes' box widened by a share of its size."""
    low, high = np.percentile(codes, BOX_PERCENTILES, axis=0)
    ends = zip(low - margin * (high - low), high + margin * (high - low), strict=True)
    return [np.linspace(first, last, n_side) for first, last in ends]


def code_planes(context: Context) -> tuple[Table, Table, dict[str, Picture]]:
    """Return for the two-dimensional codes of AE and VAE a judge's confidence over the plane, codes, and a grid.

    The grid of pictures steps through quantiles: of N(0, I) for the VAE, of the codes themselves for the AE.
    """
    shape = context.image_shape
    confidence_rows: Table = []
    code_rows: Table = []
    pictures: dict[str, Picture] = {}
    seed, size = context.seeds[0], context.plan.manifold_size
    for name in filter(context.codecs.__contains__, ("ae", "vae")):
        codec = context.codec(name, seed)
        codes = np.asarray(codec.transform(context.test.pixels), dtype=np.float64)
        plane = plane_grid(*plane_axes(codes, N_MAP_SIDE))
        seen = context.readers.judge(JUDGES[0], context.place(seed)).confidences(decode(codec, plane))
        confidence_rows += [
            {"codec": name, "x": x, "y": y, "confidence": c} for (x, y), c in zip(plane, seen, strict=True)
        ]
        labels = context.test.labels.numpy()[:1000]
        code_rows += [
            {"codec": name, "x": x, "y": y, "label": k} for (x, y), k in zip(codes[:1000], labels, strict=True)
        ]
        quantiles = normal_quantiles(size)
        steps = (np.arange(size) + 0.5) / size * 100
        grid = [quantiles, quantiles] if name == "vae" else list(np.percentile(codes, steps, axis=0).T)
        pictures[f"manifold_{name}"] = Picture(
            mosaic(decode(codec, plane_grid(*grid)).reshape(size, size, *shape), gap=0), [], []
        )
    return confidence_rows, code_rows, pictures
