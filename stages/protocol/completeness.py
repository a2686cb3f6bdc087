"""Completeness: what share of a code space decodes to images that a judge recognises.

Codes are drawn from regions of the whitened code space and from half-way between the codes of two test images of
different classes. The share that is recognised is stated as it is, and relative to that of the codec's own
reconstructions: 1 where what is drawn is recognised as often as what was encoded. Images that show nothing, or two
things at once, are read beside: a judge that recognises them does not vote.
"""

from itertools import product
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from autoencoders.evaluation.latent_space import different_class_pairs
from autoencoders.evaluation.samplers import SAMPLERS
from autoencoders.judging.negatives import FOREIGN, LOOKALIKES
from foundation.reproducibility.randomness import numpy_stream, torch_stream
from foundation.vocabulary import JUDGES, JudgeName
from stages.protocol.context import Context, decode
from stages.protocol.sampling import split_codes
from stages.protocol.tables import NOT_NEGATIVE, SHARE, Rows, SeedScores, Values, claim_cell
from stages.protocol.trained import reconstruct

BETWEEN, CEILING = "between", "reconstructions"
REGIONS = {"normal": "gaussian", "ball": "ball", BETWEEN: None}  # the sampler of each
COLUMNS = ("codec", "region", "family", "measure")
BOUNDS = {"recognised": SHARE, "relative": NOT_NEGATIVE, "relative_strict": NOT_NEGATIVE}
STRICT_THRESHOLD = 0.9  # a judge is asked twice: whether it is as sure as the study asks, and whether it is this sure
CONTROL_COLUMNS = ("images", "family", "measure")
REAL = "test"
CONTROLS = (REAL, *FOREIGN)  # by which judges get their vote
CHECKED = (*CONTROLS, *LOOKALIKES)
LARGEST_SHARE_OF_OTHERS, SMALLEST_SHARE_OF_REAL = 0.05, 0.97  # recognised by a judge that votes
CLAIMED = {"C5b": "ae", "C6b": "vae"}


def is_recognised(context: Context, images: Rows, seed: int, judge: JudgeName) -> NDArray[np.bool_]:
    """Return for each image (n, n_pixels) whether the judge of a seed is at least as sure as the threshold."""
    confidences = context.readers.judge(judge, context.place(seed)).confidences(images)
    return np.asarray(confidences >= context.plan.recognition_threshold)


def read_confidences(context: Context, images: Rows, seed: int) -> dict[str, Values]:
    """Return how sure each judge is of its class, (n,), for images (n, n_pixels)."""
    place = context.place(seed)
    return {judge: context.readers.judge(judge, place).confidences(images) for judge in JUDGES}


def shares_recognised(context: Context, images: Rows, seed: int) -> dict[str, float]:
    """Return the share of images that is recognised, by judge."""
    return {judge: float(is_recognised(context, images, seed, judge).mean()) for judge in JUDGES}


def draw_test_images(context: Context, seed: int, name: str) -> Rows:
    """Return n_completeness_codes test images, or as many as there are, of the stream of this name."""
    order = numpy_stream(seed, f"generation/completeness/{name}").permutation(len(context.test.labels))
    return context.test.pixels[order[: context.plan.n_completeness_codes]]


def draw_pairs(context: Context, seed: int) -> NDArray[np.int64]:
    """Return pairs (n_completeness_codes, 2) of test images of different classes."""
    stream = numpy_stream(seed, f"generation/completeness/{BETWEEN}")
    return different_class_pairs(context.test.labels.numpy(), context.plan.n_completeness_codes, stream)


def region_codes(context: Context, name: str, region: str, seed: int) -> Rows:
    """Return codes of a region of a codec's code space, (n_completeness_codes, latent_dim)."""
    sampler = REGIONS[region]
    if sampler is None:
        pairs = draw_pairs(context, seed)
        ends = context.codec(name, seed).transform(context.test.pixels[pairs.ravel()])
        return np.asarray(ends.reshape(*pairs.shape, -1).mean(axis=1), dtype=np.float32)
    fitted, _ = split_codes(context, name, seed)
    stream = numpy_stream(seed, f"generation/completeness/{region}")
    return SAMPLERS[sampler]().fit(fitted).sample(context.plan.n_completeness_codes, stream)


def measure(context: Context, name: str) -> SeedScores:
    """Return the shares recognised of a codec: by region and judge, as they are and relative to reconstructions.

    There is no relative share where a judge recognises none of a seed's reconstructions.
    """
    scores: SeedScores = {}
    thresholds = {"relative": context.plan.recognition_threshold, "relative_strict": STRICT_THRESHOLD}
    for seed in context.seeds:
        codec = context.codec(name, seed)
        real = draw_test_images(context, seed, CEILING)
        own = read_confidences(context, reconstruct(codec, real).clip(0, 1), seed)
        drawn = {region: decode(codec, region_codes(context, name, region, seed)) for region in REGIONS}
        read = {CEILING: own, **{region: read_confidences(context, rows, seed) for region, rows in drawn.items()}}
        for region, judge in product(read, JUDGES):
            sure = read[region][judge]
            share = (sure >= thresholds["relative"]).mean()
            scores.setdefault((name, region, judge, "recognised"), []).append(float(share))
            for relation, threshold in thresholds.items() if region != CEILING else ():
                if ceiling := (own[judge] >= threshold).mean():
                    relative = (sure >= threshold).mean() / ceiling
                    scores.setdefault((name, region, judge, relation), []).append(float(relative))
    return {key: values for key, values in scores.items() if len(values) == len(context.seeds)}


def control_images(context: Context, kind: str, seed: int) -> Rows:
    """Return images (n, n_pixels) that a judge should recognise (real ones) or not (all other kinds)."""
    if kind == REAL:
        return draw_test_images(context, seed, "controls")
    images, partners = context.test.images[torch.from_numpy(draw_pairs(context, seed).T)]
    made = {**FOREIGN, **LOOKALIKES}[kind](images, partners, torch_stream(seed, f"generation/controls/{kind}"))
    return np.asarray(made.flatten(1).numpy(), dtype=np.float32)


def measure_control(context: Context, kind: str) -> SeedScores:
    """Return the share recognised of a kind of control images, by judge."""
    scores: SeedScores = {}
    for seed in context.seeds:
        for judge, share in shares_recognised(context, control_images(context, kind, seed), seed).items():
            scores.setdefault((kind, judge, "recognised"), []).append(share)
    return scores


def is_fit_to_vote(controls: SeedScores, judge: str) -> bool:
    """Return whether a judge recognises real images, and none of the other kinds, on average over seeds."""
    shares = {kind: np.mean(controls[kind, judge, "recognised"]) for kind in CONTROLS}
    others = max(share for kind, share in shares.items() if kind != REAL)
    return bool(shares[REAL] >= SMALLEST_SHARE_OF_REAL and others <= LARGEST_SHARE_OF_OTHERS)


def claims(scores: SeedScores, controls: SeedScores, threshold: float) -> dict[str, dict[str, Any]]:
    """Return C5b and C6b: the relative shares of the AE and of the VAE, by region, judge and how sure it must be."""
    confidences = {
        "relative": threshold,
        **({"relative_strict": STRICT_THRESHOLD} if threshold < STRICT_THRESHOLD else {}),
    }
    region, judge = next(iter(REGIONS)), JUDGES[0]
    found: dict[str, dict[str, Any]] = {}
    for part, model in CLAIMED.items():
        cells = [
            claim_cell(
                {"region": key[1], "family": key[2], "confidence": confidence},
                values,
                NOT_NEGATIVE,
                votes=is_fit_to_vote(controls, key[2]),
            )
            for measure, confidence in confidences.items()
            for key, values in scores.items()
            if key[0] == model and key[3] == measure
        ]
        if cells:
            trivial = {
                "pca": scores.get(("pca", region, judge, "relative")),
                "uniform_noise": controls["uniform_noise", judge, "recognised"],
            }
            found[part] = {"cells": cells, "controls": {name: float(np.mean(v)) for name, v in trivial.items() if v}}
    return found
