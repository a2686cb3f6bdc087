"""Training on a GPU: ``python -m benchmarks.device``. The default grid, ten seeds against one, and a CPU.

Plans, models, latent dimensions and seeds are those of params.yaml. ``--device cpu --images 2000`` runs the same on a
processor. Times begin when the device has been used once: loading CUDA takes seconds, once a process.
"""

import argparse
import os
import time
from collections.abc import Sequence
from statistics import median
from typing import Any

import torch
from sklearn.base import clone

from autoencoders.arrays import Values
from autoencoders.learning.checkpoints import Cell
from autoencoders.learning.estimators import BaseAutoencoder, fit_seeds
from autoencoders.statistics import interval, seed_means
from benchmarks.machine import BenchmarkError, describe_machine, make_parser, run, wait_until_idle
from benchmarks.rows import say
from benchmarks.settings import DEVICE_PATH, Images, load_images
from benchmarks.table import align_columns, list_device_aims
from foundation.parameters import Params, latent_dims, load_params
from foundation.paths import PARAMS_PATH
from foundation.reproducibility.artifacts import write_json
from foundation.reproducibility.devices import what_cuda_lacks
from foundation.reproducibility.numerics import GPU_PINS
from foundation.reproducibility.randomness import torch_stream
from stages.train import estimator_of

N_SEEDS = (1, 10)


def time_training(
    estimator: BaseAutoencoder, images: Images, seeds: Sequence[int], device: torch.device
) -> tuple[float, Cell]:
    """Return the seconds of training a cell, from arrays to networks on the CPU, and the cell."""
    start = time.perf_counter()
    cell = fit_seeds(estimator, images.train, seeds, X_validation=images.validation, device=device)
    return time.perf_counter() - start, cell


def measure_grid(params: Params, images: Images, device: torch.device) -> list[dict[str, Any]]:
    """Return one row per cell of the sweep, all seeds of a cell trained at once."""
    rows = []
    for model in params.models:
        for latent_dim in latent_dims(params):
            seconds, _ = time_training(
                estimator_of(params, model, latent_dim, params.epochs), images, params.seeds, device
            )
            rows.append({"model": model, "latent_dim": latent_dim, "seconds": seconds})
            say(f"{model}-{latent_dim}: {seconds:.2f} s")
    return rows


def measure_seeds(estimator: BaseAutoencoder, images: Images, device: torch.device, rounds: int) -> dict[str, Any]:
    """Return the seconds of a cell with few and many seeds, measured in turns, and the ratio of the medians."""
    seconds: dict[int, list[float]] = {n_seeds: [] for n_seeds in N_SEEDS}
    for _ in range(rounds):
        for n_seeds, times in seconds.items():
            times.append(time_training(estimator, images, range(n_seeds), device)[0])
    few, many = ({"min": min(times), "median": median(times)} for times in seconds.values())
    return {"seeds": list(N_SEEDS), "few": few, "many": many, "ratio": many["median"] / few["median"]}


def measure_test_losses(cell: Cell, images: Images) -> Values:
    """Return each seed's mean loss on the test images, (n_seeds,) in nats, measured on the CPU."""
    losses = [
        estimator.loss_terms(images.test, torch_stream(seed, "benchmarks/device"))
        .total(estimator.network_.beta)
        .double()
        .numpy()
        for seed, estimator in cell.items()
    ]
    return seed_means(losses)


def measure_agreement(
    estimator: BaseAutoencoder, images: Images, seeds: Sequence[int], device: torch.device
) -> dict[str, Any]:
    """Return the mean test loss after training on a CPU and on the device, and whether their difference may be 0.

    Both begin with the same weights and draw orders and noise of their own; the interval is over seeds.
    """
    runs = {
        "cpu": time_training(estimator, images, seeds, torch.device("cpu")),
        "device": time_training(estimator, images, seeds, device),
    }
    losses = {name: measure_test_losses(cell, images) for name, (_, cell) in runs.items()}
    difference = interval(losses["device"] - losses["cpu"])
    low, high = difference.low, difference.high
    return {
        "seconds": {name: seconds for name, (seconds, _) in runs.items()},
        **{name: interval(values).as_dict() for name, values in losses.items()},
        "difference": difference.as_dict(),
        "is_agreed": None if low is None or high is None else low <= 0 <= high,
    }


def measure(params: Params, images: Images, device: torch.device, rounds: int) -> dict[str, Any]:
    """Run everything on the device, one cell also on the CPU."""
    model = "vae" if "vae" in params.models else params.models[0]
    estimator = estimator_of(params, model, params.latent_dim, params.epochs)
    started, _ = time_training(clone(estimator).set_params(epochs=1), images, [0], device)
    say(f"first use of the device: {started:.1f} s")
    return {
        "first_use_seconds": started,
        "grid": measure_grid(params, images, device),
        "n_seeds": len(params.seeds),
        "cell": f"{model}-{params.latent_dim}",
        "seeds": measure_seeds(estimator, images, device, rounds),
        "agreement": measure_agreement(estimator, images, params.seeds, device),
    }


def describe_device(device: torch.device) -> dict[str, object]:
    """Return the machine, and the GPU where one is used."""
    if device.type == "cpu":
        return {**describe_machine(), "gpu": None}
    properties = torch.cuda.get_device_properties(device)
    return {
        **describe_machine(),
        "gpu": properties.name,
        "gpu_memory_gib": round(properties.total_memory / 2**30, 1),
        "cuda": torch.version.cuda,
    }


def parse_arguments() -> argparse.Namespace:
    """Return the command line."""
    parser = make_parser("benchmarks.device", __doc__)
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda")
    parser.add_argument("--images", type=int, default=None, help="training images; all of them")
    parser.add_argument("--rounds", type=int, default=3, help="measurements of few and of many seeds")
    return parser.parse_args()


def main() -> None:
    """Measure, write the results, print the table.

    Raises:
        BenchmarkError: if there is no CUDA device where one is asked for.
    """
    settings = parse_arguments()
    if settings.device == "cuda" and (found := what_cuda_lacks()):
        raise BenchmarkError(f"expected a CUDA device, found {found}")
    os.environ.update(GPU_PINS)
    params = load_params(PARAMS_PATH)
    images = load_images(settings.images)
    if not settings.busy:
        wait_until_idle(say)
    device = torch.device(settings.device)
    measured = measure(params, images, device, settings.rounds)
    result = {
        "machine": describe_device(device),
        "is_busy": settings.busy,
        "n_images": len(images.train),
        "epochs": params.epochs,
        **measured,
    }
    write_json(DEVICE_PATH, result)
    say(f"written to {DEVICE_PATH}")
    print(align_columns([aim.cells for aim in list_device_aims(result)]))


if __name__ == "__main__":
    run("device", main)
