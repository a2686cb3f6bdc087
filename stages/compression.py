"""Say what a code of fixed length keeps of an image, for every codec at every latent dimension.

Puts together what the sweep measured at each latent dimension (``quality`` and ``rates``), beside image file formats,
and measures how near the AE comes to the best codes of the headline's length that were found: those of a wider AE,
trained for longer, each refined for its image.
"""

from typing import Any

import numpy as np

from autoencoders.evaluation.metrics import upper_hull
from autoencoders.evaluation.refinement import refine_codes
from autoencoders.learning.checkpoints import load_split
from foundation.parameters import Params, latent_dims
from foundation.paths import CEILING_DIR, DATA_DIR, results_dir
from foundation.progress import Progress
from foundation.reproducibility.artifacts import ArtifactError, load_dataset_info, read_csv, write_csv, write_json
from foundation.reproducibility.randomness import numpy_stream
from foundation.stage import run_stage
from stages.protocol.dimension_reduction import squared_errors
from stages.protocol.dimensions import copy_pictures, metrics_at, picture_names, table_at, table_over
from stages.protocol.tables import NOT_NEGATIVE, Table, Values, claim_cell, with_interval
from stages.protocol.trained import load_codecs, load_seeds, per_seed

SLUG = "compression"
N_REFINED = 2000  # test images whose best codes are searched


def mark_hull(rows: Table) -> Table:
    """Return one row per point with its means, and whether it lies on its codec's upper hull of PSNR over rate."""
    points: dict[tuple[str, int, float], dict[str, Any]] = {}
    for row in rows:
        key = (row["codec"], row["latent_dim"], row["width"])
        points.setdefault(key, dict(zip(("codec", "latent_dim", "width"), key, strict=True)))[row["measure"]] = row[
            "mean"
        ]
    marked: Table = []
    for name in dict.fromkeys(row["codec"] for row in rows):
        own = [point for point in points.values() if point["codec"] == name]
        is_on_hull = upper_hull([p["bits_per_pixel"] for p in own], [p["psnr"] for p in own])
        marked += [{**point, "is_on_hull": bool(on)} for point, on in zip(own, is_on_hull, strict=True)]
    return marked


def catch_up(points: Table, formats: Table) -> dict[str, Any]:
    """Return each format's smallest rate at the AE's best PSNR, with header and without; None where it has none.

    Nothing where the run has no AE.
    """
    own = [p for p in points if p["codec"] == "ae"]
    if not own:
        return {"best_ae": None, "formats": {}}
    best = max(own, key=lambda p: p["psnr"])
    found: dict[str, Any] = {}
    for name in dict.fromkeys(row["format"] for row in formats):
        by_setting: dict[float, dict[str, float]] = {}
        for row in formats:
            if row["format"] == name:
                by_setting.setdefault(row["setting"], {})[row["measure"]] = row["mean"]
        enough = [values for values in by_setting.values() if values["psnr"] >= best["psnr"]]
        found[name] = {
            measure: min((values[measure] for values in enough), default=None)
            for measure in ("bits_per_pixel", "bits_per_pixel_without_header")
        }
    keys = ("latent_dim", "width", "bits_per_pixel", "psnr")
    return {"best_ae": {key: best[key] for key in keys}, "formats": found}


def measure_errors(params: Params) -> dict[str, Values]:
    """Return the squared errors of PCA, the AE, the ceiling and the mean image, (n_seeds, n_images) each.

    On N_REFINED test images, drawn at random; the ceiling's codes are refined for each of them.
    """
    pixels = load_split(DATA_DIR, "test").pixels
    pixels = pixels[numpy_stream(0, "compression/refined").permutation(len(pixels))[:N_REFINED]]
    codecs = load_codecs([model for model in params.models if model == "ae"], params.seeds, params.latent_dim)
    errors = {name: per_seed(cell, lambda codec, seed: squared_errors(codec, pixels)) for name, cell in codecs.items()}
    (pca,) = codecs["pca"].values()
    (ceiling,) = load_seeds(CEILING_DIR, params.seeds[:1]).values()
    if ceiling.latent_dim != params.latent_dim:
        raise ArtifactError(f"{CEILING_DIR}: expected codes of {params.latent_dim} numbers, got {ceiling.latent_dim}")
    refined = refine_codes(ceiling.network_.decode, pixels, ceiling.transform(pixels))
    return {
        **errors,
        "ceiling": np.square(ceiling.inverse_transform(refined) - pixels, dtype=np.float64).sum(axis=1)[None],
        "mean_image": np.square(pixels - pca.mean_, dtype=np.float64).sum(axis=1)[None],
    }


def reached(errors: dict[str, Values], name: str) -> Values:
    """Return how much of the way from PCA's error to the ceiling's a codec goes, (n_seeds, n_images): 1 is all of it.

    1 - (SE_codec - SE_ceiling) / mean(SE_pca - SE_ceiling), paired per image.
    """
    ceiling = errors["ceiling"]
    return 1 - (errors[name] - ceiling) / (errors["pca"] - ceiling).mean()


def claim(errors: dict[str, Values]) -> dict[str, Any]:
    """Return C1: how near the AE comes to the best codes of its length that were found.

    Nothing where the run has no AE, or where the ceiling is none: no better than PCA or than the AE itself.
    """
    if "ae" not in errors or errors["ceiling"].mean() >= min(errors[name].mean() for name in ("pca", "ae")):
        return {}
    controls = {name: float(reached(errors, name).mean()) for name in ("mean_image", "pca")}
    return {"C1": {"cells": [claim_cell({}, reached(errors, "ae"))], "controls": controls}}


def main(params: Params, progress: Progress) -> None:
    """Put the latent dimensions together; claims, classes and the worst images are the headline's."""
    results, latent_dim = results_dir(SLUG), params.latent_dim
    info = load_dataset_info(DATA_DIR)
    formats, rates = read_csv(results_dir("baselines") / "formats.csv"), table_over(params, SLUG, "rates")
    points, headline = mark_hull(rates), metrics_at(SLUG, latent_dim)
    coding = {
        "n_images": min(params.compression.n_rate_images, info.n_test),
        "stream": headline.pop("stream"),
        "catch_up": catch_up(points, formats),
    }
    height, width = info.image_shape
    config = {"latent_dim": latent_dim, "n_images": info.n_test, "n_pixels": height * width}
    errors = measure_errors(params)
    headline["ceiling"] = {"se": with_interval(errors["ceiling"], NOT_NEGATIVE)}
    claims = {**claim(errors), **headline.pop("claims")}
    write_json(results / "metrics.json", {**config, "headline": headline, "claims": claims, "coding": coding})
    write_csv(results / "rates.csv", rates)
    write_csv(results / "rate_points.csv", points)
    write_csv(results / "quality.csv", table_over(params, SLUG, "quality"))
    write_csv(results / "classes.csv", table_at(SLUG, "classes", latent_dim))
    pictures = {f"reconstructions_{d}": d for d in latent_dims(params)} | picture_names(SLUG, latent_dim)
    figures = results / "figures"
    write_json(figures / "pictures.json", copy_pictures(SLUG, pictures, figures))
    progress.say(f"headline latent dimension {latent_dim}")


if __name__ == "__main__":
    run_stage("compression", main, n_threads=1)
