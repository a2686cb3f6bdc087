"""Continuity: how evenly the decoded image changes along straight paths in a code space, and whether it stays an image.

A path joins the codes of two test images of different classes, drawn for each seed, the same for all codecs. Lengths
are those of whitened coordinates. Two controls show the ends of the scale: a cross-fade of pixels changes evenly; a
decoder that gives the training image of the nearest code (PCA's) jumps.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.preprocessing import FunctionTransformer
from torch import Tensor, from_numpy

from autoencoders.arrays import Codes
from autoencoders.evaluation.fidelity import nearest_columns
from autoencoders.evaluation.latent_space import different_class_pairs, path_changes, path_positions, straight_paths
from autoencoders.evaluation.samplers import Whitening
from foundation.reproducibility.randomness import numpy_stream
from foundation.vocabulary import JUDGES
from stages.protocol.completeness import is_recognised
from stages.protocol.context import Context, decode
from stages.protocol.pictures import Picture, labelled_rows
from stages.protocol.sampling import split_codes
from stages.protocol.tables import NOT_NEGATIVE, SHARE, Rows, SeedScores, Values, claim_cell
from stages.protocol.trained import list_compared

CROSS_FADE, NEAREST_CODE = "cross_fade", "nearest_code"
CONTROLS = (CROSS_FADE, NEAREST_CODE)
COLUMNS = ("codec", "family", "measure")
POSITION_COLUMNS = ("codec", "position")
BOUNDS = {
    "change_mean": NOT_NEGATIVE,
    "change_95": NOT_NEGATIVE,
    "change_99": NOT_NEGATIVE,
    "largest_share": SHARE,
    "largest_share_95": SHARE,
    "recognised": SHARE,
    "recognised_5": SHARE,
}
CLAIMED = {"C5c": "ae", "C6c": "vae"}


class NearestCode:
    """A codec whose decoder gives the training image with the nearest code in whitened coordinates."""

    def __init__(self, codec: Any, whitening: Whitening, codes: Codes, images: Rows) -> None:
        self.codec, self.whitening, self.images = codec, whitening, images
        self.references = self._whitened(codes)

    def _whitened(self, codes: Codes) -> Tensor:
        return from_numpy(self.whitening.transform(codes).astype(np.float32))

    def transform(self, images: Rows) -> Codes:
        codes: Codes = self.codec.transform(images)
        return codes

    def inverse_transform(self, codes: Codes) -> Rows:
        return self.images[nearest_columns(self._whitened(codes), self.references)]


def list_codecs(context: Context) -> list[str]:
    """Return the codecs and controls whose paths are measured."""
    return [*CONTROLS, *list_compared(context.codecs)]


def draw_pairs(context: Context, seed: int) -> NDArray[np.int64]:
    """Return the pairs (n_paths, 2) of test images whose codes the paths of a seed join."""
    return different_class_pairs(
        context.test.labels.numpy(), context.plan.n_paths, numpy_stream(seed, "generation/pairs")
    )


def codec_of(context: Context, name: str, seed: int) -> tuple[Any, Whitening | None]:
    """Return a codec or control with the whitened coordinates of its code space; a cross-fade has none."""
    if name == CROSS_FADE:
        return FunctionTransformer(), None
    space = "pca" if name == NEAREST_CODE else name
    codec, whitening = context.codec(space, seed), Whitening().fit(split_codes(context, space, seed)[0])
    if name == NEAREST_CODE:
        codec = NearestCode(codec, whitening, context.training_codes(space, seed), context.training_references)
    return codec, whitening


def paths_of(context: Context, codec: Any, pairs: NDArray[np.int64]) -> tuple[Rows, Rows]:
    """Return codes (n_paths, n_points, latent_dim) along the paths and their images (n_paths, n_points, n_pixels)."""
    ends = np.asarray(codec.transform(context.test.pixels[pairs.T.ravel()]), dtype=np.float32)
    along = straight_paths(ends[: len(pairs)], ends[len(pairs) :], context.plan.path_steps)
    images = decode(codec, along.reshape(-1, ends.shape[1]))
    return along, images.reshape(*along.shape[:2], -1)


def measure(context: Context, name: str) -> dict[str, SeedScores]:
    """Return the measures of a codec's paths, and the share the first judge recognises at each position, by table."""
    paths: SeedScores = {}
    positions: SeedScores = {}
    for seed in context.seeds:
        codec, whitening = codec_of(context, name, seed)
        along, images = paths_of(context, codec, draw_pairs(context, seed))
        for measured, value in measure_changes(along, images, whitening).items():
            paths.setdefault((name, "", measured), []).append(value)
        for judge in JUDGES:
            seen = is_recognised(context, images.reshape(-1, images.shape[2]), seed, judge).reshape(images.shape[:2])
            shares = seen.mean(axis=1)
            paths.setdefault((name, judge, "recognised"), []).append(float(shares.mean()))
            paths.setdefault((name, judge, "recognised_5"), []).append(float(np.percentile(shares, 5)))
            if judge == JUDGES[0]:
                for position, share in zip(path_positions(context.plan.path_steps), seen.mean(axis=0), strict=True):
                    positions.setdefault((name, position), []).append(float(share))
    return {"paths": paths, "positions": positions}


def measure_changes(along: Rows, images: Rows, whitening: Whitening | None) -> dict[str, float]:
    """Return how the image changes along the paths of one seed; without a code space no rates."""
    flat: Values = along.reshape(-1, along.shape[2]).astype(np.float64)
    whitened = whitening.transform(flat) if whitening else flat
    changes = path_changes(whitened.reshape(along.shape), images)
    found = {
        "largest_share": float(changes.largest_shares.mean()),
        "largest_share_95": float(np.percentile(changes.largest_shares, 95)),
    }
    if whitening is None:
        return found
    tails = {f"change_{q}": float(np.percentile(changes.rates, q)) for q in (95, 99)}
    return {"change_mean": float(changes.rates.mean()), **tails, **found}


def claims(scores: SeedScores) -> dict[str, dict[str, Any]]:
    """Return C5c and C6c: the largest step's share of all change on the paths of the AE and of the VAE."""
    measured = {key[0]: values for key, values in scores.items() if key[2] == "largest_share_95"}
    controls = {name: float(np.mean(measured[name])) for name in CONTROLS if name in measured}
    return {
        part: {"cells": [claim_cell({}, measured[model], SHARE)], "controls": controls}
        for part, model in CLAIMED.items()
        if model in measured
    }


def draw_paths(context: Context, n_rows: int) -> dict[str, Picture]:
    """Return the first paths of each code space as pictures, first seed."""
    seed = context.seeds[0]
    pictures = {}
    for name in list_codecs(context):
        images = paths_of(context, codec_of(context, name, seed)[0], draw_pairs(context, seed)[:n_rows])[1]
        rows = {str(number): row for number, row in enumerate(images)}
        pictures[f"paths_{name}"] = labelled_rows(rows, context.image_shape, [])._replace(rows=[])
    return pictures
