"""Time to quality: how long our training needs for what Pythae reaches.

Test images only measure; plans are chosen on validation images by ``schedule_search``.
"""

import time
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from autoencoders.arrays import Rows
from autoencoders.learning.estimators import BaseAutoencoder, fit_seeds
from benchmarks.settings import PEER_CONTESTS, STUDY_PRECISION
from foundation.reproducibility.artifacts import read_csv
from foundation.reproducibility.randomness import torch_stream


class Plan(NamedTuple):
    """What the search chose for one model."""

    epochs: int
    batch_size: int
    learning_rate: float
    schedule: str


def choose_plan(path: Path, model: str, target: float) -> Plan:
    """Return the plan of the fewest epochs whose worst seed reaches ``target`` on validation images, then the best.

    Where none does, the plan that comes nearest. ``target`` is a quality as ``train_and_measure`` measures it.
    """
    rows = [row for row in read_csv(path) if row["model"] == model]
    reached = [row for row in rows if row["worst"] <= target]
    row = (
        min(reached, key=lambda row: (row["epochs"], row["worst"])) if reached else min(rows, key=lambda r: r["worst"])
    )
    return Plan(int(row["epochs"]), int(row["batch_size"]), float(row["learning_rate"]), str(row["schedule"]))


@torch.no_grad()
def measure_quality(estimator: BaseAutoencoder, pixels: Tensor) -> float:
    """Return a loss as Pythae has it, a mean over images (n, n_pixels): lower is better.

    AE: squared error an image; VAE: half of it plus the KL term, with one code drawn an image.
    """
    network = estimator.network_
    noise = torch.randn(len(pixels), estimator.latent_dim, generator=torch_stream(0, "benchmarks/quality"))
    terms = network.loss_terms(network(pixels, noise if network.is_variational else None), pixels)
    reconstruction = terms.reconstruction if network.is_variational else 2 * terms.reconstruction
    return float((reconstruction + terms.regularisation).double().mean())


def train_and_measure(
    model: str, plan: Plan, seeds: tuple[int, ...], train: Rows, held_out: Rows
) -> tuple[float, list[float]]:
    """Return the seconds of training all seeds at once from nothing, and each seed's quality on held-out images."""
    start = time.perf_counter()
    fitted = fit_seeds(PEER_CONTESTS[model].build_estimator(**plan._asdict()), train, seeds, precision=STUDY_PRECISION)
    seconds = time.perf_counter() - start
    return seconds, [measure_quality(estimator, torch.from_numpy(held_out)) for estimator in fitted.values()]
