"""Collect what training left: curves, sizes and architecture of every cell.

Also states whether the networks are what the lecture describes: fully connected, each encoder layer
narrower than the one before.
"""

from itertools import pairwise
from pathlib import Path

from torch import nn

from autoencoders.learning.checkpoints import load_cell
from autoencoders.learning.estimators import BaseAutoencoder
from autoencoders.learning.networks import Dense
from autoencoders.parameters import Params
from autoencoders.reproducibility.artifacts import read_csv, write_csv, write_json
from stages.console import Progress, run_stage
from stages.folders import prune
from stages.paths import (
    BETAS_DIR,
    DENOISERS_DIR,
    HEADLINE_DIR,
    LIKELIHOODS_DIR,
    REFERENCE_DIR,
    beta_dir,
    denoiser_dir,
    likelihood_dir,
    results_dir,
)
from stages.protocol.cells import planned_denoisers, prune_cells, wanted_cells

OUTSIDE = (HEADLINE_DIR, REFERENCE_DIR)  # cells of latent dimensions that the sweep lacks


def dense_widths(block: nn.Sequential) -> list[int]:
    """Return the widths (inputs, outputs of each layer) of a block of fully connected layers."""
    shapes = [layer.weight.shape for layer in block if isinstance(layer, Dense)]
    return [shapes[0][0], *(n_out for _, n_out in shapes)]


def architecture(estimator: BaseAutoencoder) -> dict[str, object]:
    """Return the architecture of a fitted estimator, read from its modules."""
    network = estimator.network_
    encoder = dense_widths(network.encoder)
    code_widths = [*encoder[:-1], estimator.latent_dim]
    return {
        "encoder_widths": encoder,
        "decoder_widths": dense_widths(network.decoder),
        "latent_dim": estimator.latent_dim,
        "n_parameters": sum(parameter.numel() for parameter in network.parameters()),
        "is_variational": network.is_variational,
        "precision": estimator.precision_,
        "is_narrowing": all(after < before for before, after in pairwise(code_widths)),
        "is_fully_connected": all(
            isinstance(layer, Dense) or not list(layer.parameters()) for layer in network.encoder
        ),
        "parameters": {k: v for k, v in estimator.get_params().items() if k != "random_state"},
    }


def wanted_folders(params: Params) -> dict[tuple[str, str], tuple[str, Path]]:
    """Return model and folder of every trained cell by its role and name."""
    sweep = {
        ("sweep", f"{model}-{latent_dim}"): (model, folder)
        for (model, latent_dim), folder in wanted_cells(params, OUTSIDE).items()
    }
    denoisers = {
        ("denoiser", "_".join(cell)): (cell[0], denoiser_dir(*cell))
        for cell in planned_denoisers(params.train_denoiser)
    }
    betas = {("beta", str(beta)): ("vae", beta_dir(beta)) for beta in params.train_beta.betas}
    likelihoods = {("likelihood", name): ("vae", likelihood_dir(name)) for name in params.train_likelihood.likelihoods}
    return sweep | denoisers | betas | likelihoods


def collect_cell(
    role: str, name: str, model: str, directory: Path
) -> tuple[dict[str, object], list[dict[str, object]]]:
    """Return the metrics of one cell and its history rows."""
    cell = load_cell(directory)
    estimator = next(iter(cell.values()))
    history = read_csv(directory / "history.csv")
    selected = {row["seed"]: row["epoch"] for row in history if row["is_best_so_far"]}
    keys = {"role": role, "name": name, "model": model, "latent_dim": estimator.latent_dim}
    metrics = {**keys, **architecture(estimator), "selected_epochs": {seed: selected[seed] for seed in cell}}
    return metrics, [{**keys, **row} for row in history]


def main(params: Params, progress: Progress) -> None:
    """Collect the cells of sweep, headline, reference, denoisers, betas and likelihoods of the run's models."""
    folders = wanted_folders(params)
    prune_cells(params, *OUTSIDE)
    for parent in (DENOISERS_DIR, BETAS_DIR, LIKELIHOODS_DIR):
        prune(parent, [folder for _, folder in folders.values()])
    collected = [collect_cell(*names, *found) for names, found in folders.items() if found[0] in params.models]
    results = results_dir("training")
    write_json(results / "metrics.json", {"seeds": params.seeds, "cells": [metrics for metrics, _ in collected]})
    write_csv(results / "history.csv", [row for _, rows in collected for row in rows])
    progress.say(f"{len(collected)} cells collected")


if __name__ == "__main__":
    run_stage("training", main)
