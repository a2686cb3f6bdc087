"""Negative log-likelihood of test images whose pixels were drawn as 0 or 1, from importance-weighted bounds.

The bound with thousands of samples costs minutes a model on all test images. So it is measured in two parts: with few
samples on all of them, and what more samples add on some, drawn at random. The sum estimates the bound with many
samples on all images; both parts have their standard error.
"""

import math
from typing import Any, NamedTuple

import numpy as np
import torch

from autoencoders.arrays import Rows, Values
from autoencoders.evaluation.bounds import bounds
from autoencoders.evaluation.latent_space import dimension_activity
from autoencoders.learning.checkpoints import load_cell, load_split
from autoencoders.learning.networks import AutoencoderNetwork
from autoencoders.statistics import interval
from foundation.paths import DATA_DIR
from foundation.progress import Progress
from foundation.reproducibility.artifacts import write_csv
from foundation.reproducibility.randomness import numpy_stream, torch_stream
from replications.configurations import draw_once
from replications.parameters import Params, PresetParams
from replications.stage import CHECKPOINTS_DIR, RESULTS_DIR, run_stage

CONFIGURATIONS = (
    "burda_vae", "burda_iwae_5", "vae_short", "iwae_5_short", "iwae_50_short", "vae_50_short", "fixed", "davidson_2",
    "davidson_5", "davidson_10", "davidson_20",
)  # fmt: skip
ORDER = (  # (worse, better) as published, each pair trained alike but for the last
    ("burda_vae", "burda_iwae_5"), ("vae_short", "iwae_5_short"), ("iwae_5_short", "iwae_50_short"),
    ("vae_short", "vae_50_short"), ("vae_50_short", "iwae_50_short"), ("fixed", "burda_vae"),
)  # fmt: skip


class Estimate(NamedTuple):
    """The negative log-likelihood of images in two parts, and the evidence lower bound's loss, in nats.

    Of one network, or of a cell's with a leading axis of seeds.
    """

    coarse: Values  # (..., n_images), from few samples
    gains: Values  # (..., n_precise_images), what many samples add to it: below 0 but for chance
    elbo_loss: Values  # (..., n_images)


def shuffle(images: Rows) -> Rows:
    """Return images (n, n_pixels) in a random order, so that the first ones stand for all.

    The first half of MNIST's test file is by other writers than the second, and easier.

    Source: LeCun, Cortes & Burges 1998, The MNIST Database of Handwritten Digits.
    """
    return images[numpy_stream(0, "replications/test_images").permutation(len(images))]


def estimate(network: AutoencoderNetwork, pixels: torch.Tensor, extent: PresetParams, seed: int) -> Estimate:
    """Return the two-part estimate for binary images (n, n_pixels) in random order."""
    coarse = bounds(network, pixels, extent.n_samples, torch_stream(seed, "replications/bounds"))
    first = pixels[: extent.n_precise_images]
    precise = bounds(network, first, extent.n_precise_samples, torch_stream(seed, "replications/precise_bounds"))
    gains = coarse.importance_weighted[: len(first)] - precise.importance_weighted
    return Estimate(-coarse.importance_weighted, gains, -coarse.elbo)


def with_interval(coarse: Values, gains: Values) -> dict[str, float | None]:
    """Return the sum of the means of both parts, each (n_seeds, n), with its interval: half-widths add as squares."""
    parts = [interval(values).as_dict() for values in (coarse, gains)]
    mean = sum(part["mean"] or 0.0 for part in parts)
    half = math.hypot(*((part["high"] or 0.0) - (part["mean"] or 0.0) for part in parts))
    return {"mean": mean, "low": mean - half, "high": mean + half}


def tabulate(name: str, estimates: Estimate, n_active: list[int]) -> dict[str, object]:
    """Return a configuration's row: likelihood with its interval over seeds and images, its parts, active units."""
    coarse, gains, elbo = estimates
    return {
        "what": name,
        **with_interval(coarse, gains),
        "elbo_loss": float(elbo.mean()),
        "gain": float(gains.mean()),
        "gain_error": float(gains.mean(axis=0).std(ddof=1) / np.sqrt(gains.shape[1])),
        "active_units": float(np.mean(n_active)),
        "n_seeds": len(coarse),
        "n_images": coarse.shape[1],
    }


def measure(name: str, extent: PresetParams, test: Rows) -> tuple[dict[str, object], Estimate]:
    """Return a configuration's row and the estimates of its seeds."""
    cell: dict[int, Any] = load_cell(CHECKPOINTS_DIR / name)
    pixels = torch.from_numpy(test)
    found = [estimate(codec.network_, pixels, extent, seed) for seed, codec in cell.items()]
    estimates = Estimate(*(np.stack(part) for part in zip(*found, strict=True)))
    active = [int(dimension_activity(*codec.encode(test)).is_active.sum()) for codec in cell.values()]
    return tabulate(name, estimates, active), estimates


def tabulate_gains(estimates: dict[str, Estimate]) -> list[dict[str, object]]:
    """Return what the better one of each pair gains, with its interval, paired by seed and image."""
    pairs = {f"{a}-{b}": (estimates[a], estimates[b]) for a, b in ORDER}
    return [
        {"what": name, **with_interval(a.coarse - b.coarse, a.gains - b.gains), "n_seeds": len(a.coarse)}
        for name, (a, b) in pairs.items()
    ]


def main(params: Params, progress: Progress) -> None:
    """Measure every configuration on the same drawn test images."""
    test = shuffle(draw_once(load_split(DATA_DIR, "test").pixels, "test"))[: params.extent.n_images]
    measured = {name: measure(name, params.extent, test) for name in progress.track(CONFIGURATIONS, str)}
    write_csv(RESULTS_DIR / "likelihoods.csv", [row for row, _ in measured.values()])
    estimates = {name: found for name, (_, found) in measured.items()}
    write_csv(RESULTS_DIR / "likelihood_differences.csv", tabulate_gains(estimates))


if __name__ == "__main__":
    run_stage("likelihoods", main, n_threads=2)
