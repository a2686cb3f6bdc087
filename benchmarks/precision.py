"""What rounding the factors of training's products buys and costs: ``python -m benchmarks.precision``.

The study's models at the headline latent dimension, and the likelihood that is most sensitive to small numbers, each
trained in float32 and in bfloat16, from the same weights, orders and noise. Losses are measured in float32 on the test
images; intervals of their differences are over seeds.
"""

import time
from typing import Any, get_args

from autoencoders.learning.estimators import BaseAutoencoder, fit_seeds
from autoencoders.statistics import interval
from benchmarks.device import measure_test_losses
from benchmarks.machine import describe_machine, make_parser, run, wait_until_idle
from benchmarks.rows import say
from benchmarks.settings import PRECISION_PATH, Images, load_images
from foundation.parameters import Params, load_params
from foundation.paths import PARAMS_PATH
from foundation.reproducibility.allocation import keep_freed_memory
from foundation.reproducibility.artifacts import write_json
from foundation.vocabulary import ProductPrecision
from stages.train import estimator_of

BOTH: tuple[ProductPrecision, ...] = get_args(ProductPrecision)


def build_cells(params: Params) -> dict[str, BaseAutoencoder]:
    """Return the untrained estimators by name."""
    dim, likely = params.latent_dim, params.train_likelihood
    cells = {f"{model}-{dim}": estimator_of(params, model, dim, params.epochs) for model in params.models}
    estimator = estimator_of(params, "vae", likely.latent_dim, likely.epochs)
    name = "discretized_logistic"
    return {
        **cells,
        f"vae-{likely.latent_dim}, {name}": estimator.set_params(likelihood=name, epochs=likely.epochs, beta=1.0),
    }


def compare_precisions(estimator: BaseAutoencoder, images: Images, seeds: tuple[int, ...]) -> dict[str, Any]:
    """Return seconds and mean test loss under each precision, and the difference, bfloat16's minus float32's."""
    seconds, losses = {}, {}
    for precision in BOTH:
        start = time.perf_counter()
        cell = fit_seeds(estimator, images.train, seeds, X_validation=images.validation, precision=precision)
        seconds[precision] = time.perf_counter() - start
        losses[precision] = measure_test_losses(cell, images)
    before, after = (losses[precision] for precision in BOTH)
    return {
        "seconds": seconds,
        **{precision: interval(values).as_dict() for precision, values in losses.items()},
        "difference": interval(after - before).as_dict(),
    }


def main() -> None:
    """Measure, write the results, print the table."""
    parser = make_parser("benchmarks.precision", __doc__)
    parser.add_argument("--images", type=int, default=None, help="training images; all of them")
    settings = parser.parse_args()
    params = load_params(PARAMS_PATH)
    images = load_images(settings.images)
    if not settings.busy:
        wait_until_idle(say)
    keep_freed_memory()  # as in training's stages
    rows = []
    for name, estimator in build_cells(params).items():
        rows.append({"cell": name, **compare_precisions(estimator, images, params.seeds)})
        print(", ".join(f"{key}: {value}" for key, value in rows[-1].items()), flush=True)
    head = {"machine": describe_machine(), "is_busy": settings.busy, "n_images": len(images.train)}
    result = {**head, "n_seeds": len(params.seeds), "cells": rows}
    write_json(PRECISION_PATH, result)
    say(f"written to {PRECISION_PATH}")


if __name__ == "__main__":
    run("precision", main)
