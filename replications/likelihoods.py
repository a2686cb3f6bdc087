"""Negative log-likelihood of test images whose pixels were drawn as 0 or 1, from importance-weighted bounds.

The bound with thousands of samples costs minutes a model on all test images. So it is measured in two parts: with few
samples on all of them, and what more samples add on the first ones. The sum estimates the bound with many samples
on all images; both parts have their standard error.
"""

import math
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from autoencoders.evaluation.bounds import bounds
from autoencoders.evaluation.latent_space import dimension_activity
from autoencoders.learning.checkpoints import load_split
from autoencoders.learning.networks import AutoencoderNetwork
from autoencoders.reproducibility.artifacts import write_csv
from autoencoders.reproducibility.randomness import torch_stream
from autoencoders.statistics import interval
from replications.cells import Rows, drawn_once, load
from replications.console import run_stage
from replications.parameters import Params, PresetParams
from replications.paths import RESULTS_DIR
from stages.console import Progress
from stages.paths import DATA_DIR

Values = NDArray[np.float64]
CELLS = (
    "burda_vae", "vae_paired", "burda_iwae_5", "vae_short", "iwae_5_short", "iwae_50_short", "vae_50_short", "fixed",
    "davidson_2", "davidson_5", "davidson_10", "davidson_20",
)  # fmt: skip
ORDER = (  # (worse, better) as published, each pair after equally many epochs but for the last
    ("vae_paired", "burda_iwae_5"),
    ("vae_short", "iwae_5_short"),
    ("iwae_5_short", "iwae_50_short"),
    ("vae_short", "vae_50_short"),
    ("vae_50_short", "iwae_50_short"),
    ("fixed", "burda_vae"),
)


class Estimate(NamedTuple):
    """The negative log-likelihood of images in two parts, and the evidence lower bound's loss, in nats."""

    coarse: Values  # (n_images,), from few samples
    gains: Values  # (n_precise_images,), what many samples add to it: below 0 but for chance
    elbo_loss: Values  # (n_images,)


def estimate(network: AutoencoderNetwork, pixels: torch.Tensor, extent: PresetParams, seed: int) -> Estimate:
    """Return the two-part estimate for binary images (n, n_pixels)."""
    coarse = bounds(network, pixels, extent.n_samples, torch_stream(seed, "replications/bounds"))
    first = pixels[: extent.n_precise_images]
    precise = bounds(network, first, extent.n_precise_samples, torch_stream(seed, "replications/precise_bounds"))
    gains = coarse.importance_weighted[: len(first)] - precise.importance_weighted
    return Estimate(-coarse.importance_weighted, gains, -coarse.elbo)


def stated(coarse: Values, gains: Values) -> dict[str, float | None]:
    """Return the sum of the means of both parts, each (n_seeds, n), with its interval: half-widths add as squares."""
    parts = [interval(values).as_dict() for values in (coarse, gains)]
    mean = sum(part["mean"] or 0.0 for part in parts)
    half = math.hypot(*((part["high"] or 0.0) - (part["mean"] or 0.0) for part in parts))
    return {"mean": mean, "low": mean - half, "high": mean + half}


def tabulate(name: str, estimates: list[Estimate], n_active: list[int]) -> dict[str, object]:
    """Return a cell's row: likelihood with its interval over seeds and images, its parts, active units."""
    coarse, gains, elbo = (np.stack(part) for part in zip(*estimates, strict=True))
    return {
        "what": name,
        **stated(coarse, gains),
        "elbo_loss": float(elbo.mean()),
        "gain": float(gains.mean()),
        "gain_error": float(gains.mean(axis=0).std(ddof=1) / np.sqrt(gains.shape[1])),
        "active_units": float(np.mean(n_active)),
        "n_seeds": len(estimates),
        "n_images": coarse.shape[1],
    }


def differences(found: dict[str, Estimate]) -> list[dict[str, object]]:
    """Return what the better cell of each published order gains on the worse, paired by image, first seeds."""
    table: list[dict[str, object]] = []
    for worse, better in ORDER:
        first, second = found[worse], found[better]
        gained = stated((first.coarse - second.coarse)[None], (first.gains - second.gains)[None])
        table.append({"what": f"{worse}-{better}", **gained})
    return table


def measure(name: str, params: Params, test: Rows) -> tuple[dict[str, object], Estimate]:
    """Return a cell's row and its first seed's estimate."""
    cell: dict[int, Any] = load(name, params.plan(name), test.shape[1])
    pixels = torch.from_numpy(test)
    estimates = [estimate(codec.network_, pixels, params.extent, seed) for seed, codec in cell.items()]
    active = [int(dimension_activity(*codec.encode(test)).is_active.sum()) for codec in cell.values()]
    return tabulate(name, estimates, active), estimates[0]


def main(params: Params, progress: Progress) -> None:
    """Measure every cell on the same drawn test images."""
    test = drawn_once(load_split(DATA_DIR, "test").pixels, "test")[: params.extent.n_images]
    measured = {name: measure(name, params, test) for name in progress.track(CELLS, str)}
    write_csv(RESULTS_DIR / "likelihoods.csv", [row for row, _ in measured.values()])
    first_seeds = {name: found for name, (_, found) in measured.items()}
    write_csv(RESULTS_DIR / "likelihood_differences.csv", differences(first_seeds))


if __name__ == "__main__":
    run_stage("likelihoods", main, n_threads=2)
