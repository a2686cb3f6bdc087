"""The geometry of the code spaces: completeness by region, continuity along paths, maps.

All numbers state where codes come from: a region fitted to training codes, or straight lines between the
codes of two test images of different classes. The same pairs are used for all codecs and seeds.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.preprocessing import FunctionTransformer

from autoencoders.evaluation.latent_space import (
    code_spread,
    confidences,
    different_class_pairs,
    normal_quantiles,
    path_changes,
    path_positions,
    plane_grid,
    straight_paths,
)
from autoencoders.evaluation.samplers import BOX_PERCENTILES, SAMPLERS
from foundation.reproducibility.randomness import numpy_stream
from stages.protocol.context import Context, decode, judge_images
from stages.protocol.pictures import Picture, labelled_rows, mosaic
from stages.protocol.tables import NOT_NEGATIVE, SHARE, Rows, Table, Values, with_interval
from stages.protocol.trained import list_compared

REGIONS = ("standard_normal", "diagonal_gaussian", "uniform_box")
PIXELS = "pixels"  # the image space itself: a path is a cross-fade, the control for continuity
PATH_BOUNDS = {
    "change_mean": NOT_NEGATIVE,
    "change_max": NOT_NEGATIVE,
    "evenness": (1.0, np.inf),
    "recognised": SHARE,
    "recognised_middle": SHARE,
}
N_MAP_SIDE = 48


def confidence(context: Context, images: Rows) -> Values:
    """Return the judge's largest class probability for each image."""
    return confidences(images, lambda rows: judge_images(context.judge, rows)[1])


def completeness(context: Context, name: str) -> Table:
    """Return for a codec and every region the share of drawn codes that decode to something recognised."""
    rows: Table = []
    for region in REGIONS:
        drawn = [decode(context.codec(name, s), region_codes(context, name, region, s)) for s in context.seeds]
        seen = np.stack([confidence(context, images) for images in drawn])
        recognised = (seen >= context.plan.recognition_threshold).astype(np.float64)
        for measure, values in (("recognised", recognised), ("confidence", seen)):
            rows.append({"codec": name, "region": region, "measure": measure, **with_interval(values, SHARE)})
    return rows


def region_codes(context: Context, name: str, region: str, seed: int) -> Rows:
    """Return codes drawn from a region of a codec's code space."""
    codes = context.training_codes(name, seed)
    stream = numpy_stream(seed, f"generation/completeness/{name}/{region}")
    return SAMPLERS[region]().fit(codes).sample(context.plan.n_completeness_codes, stream)


def threshold_check(context: Context, pairs: NDArray[np.int64]) -> Table:
    """Return how confident the judge is of real images, of averages of two classes and of noise."""
    pixels = context.test.pixels
    noise = numpy_stream(0, "generation/threshold").random((context.plan.n_completeness_codes, pixels.shape[1]))
    images = {
        "test": pixels[: context.plan.n_completeness_codes],
        "average_of_two": pixels[pairs].mean(axis=1, dtype=np.float32),
        "uniform_noise": noise.astype(np.float32),
    }
    rows: Table = []
    for name, kind in images.items():
        seen = confidence(context, kind)
        recognised = (seen >= context.plan.recognition_threshold).astype(np.float64)
        for measure, values in (("recognised", recognised), ("confidence", seen)):
            rows.append(
                {"images": name, "measure": measure, **with_interval(values[None], SHARE), "n_images": len(kind)}
            )
    return rows


def paths_of(context: Context, name: str, pairs: NDArray[np.int64], seed: int) -> tuple[Rows, Rows, float]:
    """Return codes (n_paths, n_points, dim), their images and the spread of the code space."""
    codec: Any = FunctionTransformer() if name == PIXELS else context.codec(name, seed)
    codes = np.asarray(codec.transform(context.test.pixels), dtype=np.float32)
    along = straight_paths(codes[pairs[:, 0]], codes[pairs[:, 1]], context.plan.path_steps)
    images = decode(codec, along.reshape(-1, codes.shape[1]))
    return along, images.reshape(*along.shape[:2], -1), code_spread(codes)


def continuity(context: Context, name: str, pairs: NDArray[np.int64]) -> tuple[Table, Table]:
    """Return the change of the image along a codec's paths, and how often it is recognised at each position.

    Paths of what knows no seeds are measured once, and are the same under all.
    """
    has_seeds = name != PIXELS and set(context.seeds) <= set(context.codecs[name])
    trained = context.seeds if has_seeds else context.seeds[:1]
    measured = [measure_paths(context, name, pairs, seed) for seed in trained]
    measured *= len(context.seeds) // len(trained)
    recognised = np.stack([seen for _, seen in measured])
    summary: Table = []
    for measure, bounds in PATH_BOUNDS.items():
        values = np.stack([changes[measure] for changes, _ in measured])
        summary.append({"codec": name, "measure": measure, **with_interval(values, bounds)})
    positions: Table = [
        {"codec": name, "position": position, **with_interval(recognised[:, :, number], SHARE)}
        for number, position in enumerate(path_positions(context.plan.path_steps))
    ]
    return summary, positions


def measure_paths(context: Context, name: str, pairs: NDArray[np.int64], seed: int) -> tuple[dict[str, Values], Values]:
    """Return the measures of each path, and whether each of its points is recognised (n_paths, n_points)."""
    codes, images, spread = paths_of(context, name, pairs, seed)
    changes = path_changes(codes, images, spread)
    seen = confidence(context, images.reshape(-1, images.shape[2])).reshape(images.shape[:2])
    recognised = (seen >= context.plan.recognition_threshold).astype(np.float64)
    middle = recognised[:, images.shape[1] // 2]
    measures = {
        "change_mean": changes.mean,
        "change_max": changes.largest,
        "evenness": changes.evenness,
        "recognised": recognised.mean(axis=1),
        "recognised_middle": middle,
    }
    return measures, recognised


def draw_paths(context: Context, pairs: NDArray[np.int64], n_rows: int) -> dict[str, Picture]:
    """Return the first paths of each code space as pictures, first seed."""
    shape = context.image_shape
    pictures = {}
    for name in [PIXELS, *list_compared(context.codecs)]:
        images = paths_of(context, name, pairs[:n_rows], context.seeds[0])[1]
        rows = {str(number): row for number, row in enumerate(images)}
        pictures[f"paths_{name}"] = labelled_rows(rows, shape, [])._replace(rows=[])
    return pictures


def plane_axes(codes: Values, n_side: int, margin: float = 0.1) -> list[Values]:
    """Return the values of x and of y, (n_side,) each, over the codes' box widened by a share of its size."""
    low, high = np.percentile(codes, BOX_PERCENTILES, axis=0)
    ends = zip(low - margin * (high - low), high + margin * (high - low), strict=True)
    return [np.linspace(first, last, n_side) for first, last in ends]


def code_planes(context: Context) -> tuple[Table, Table, dict[str, Picture]]:
    """Return for the two-dimensional codes of AE and VAE the judge's confidence over the plane, codes, and a grid.

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
        seen = confidence(context, decode(codec, plane))
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


def pairs_of(context: Context) -> NDArray[np.int64]:
    """Return the pairs of test images whose codes the paths join."""
    return different_class_pairs(context.test.labels.numpy(), context.plan.n_paths, numpy_stream(0, "generation/pairs"))
