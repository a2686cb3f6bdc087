"""Collect what training left: curves, sizes and architecture of every cell; remove cells that no parameter asks for.

Also states whether the networks are what the lecture describes: fully connected, each encoder layer
narrower than the one before. The only place that removes cells of earlier parameters: the stages that read cells wait
for its marker, whose content never changes.
"""

import shutil
from itertools import pairwise
from pathlib import Path

from torch import nn

from autoencoders.learning.checkpoints import load_cell
from autoencoders.learning.estimators import BaseAutoencoder
from autoencoders.learning.layers import Dense
from foundation.parameters import Params
from foundation.paths import (
    BETAS_DIR,
    CEILING_DIR,
    DENOISERS_DIR,
    LIKELIHOODS_DIR,
    PRUNED_PATH,
    SWEEP_DIR,
    beta_dir,
    cell_dir,
    denoiser_dir,
    likelihood_dir,
    results_dir,
)
from foundation.progress import Progress
from foundation.reproducibility.artifacts import read_csv, write_bytes, write_csv, write_json
from foundation.stage import run_stage
from stages.protocol.trained import planned_denoisers

SLUG = "learning_curves"


def wanted_cells(params: Params) -> dict[tuple[str, str], tuple[str, Path]]:
    """Return model and folder of every cell that is trained, by its role and name."""
    dims = {params.latent_dim, *params.latent_sweep, params.train_denoiser.latent_dim, params.train_beta.latent_dim}
    plain = {
        ("sweep", f"{model}-{latent_dim}"): (model, cell_dir(model, latent_dim))
        for model in params.models
        for latent_dim in sorted(dims)
    }
    denoisers = {
        ("denoiser", f"{model}_{regime}"): (model, denoiser_dir(model, regime))
        for model, regime in planned_denoisers(params.train_denoiser)
    }
    betas = {("beta", str(beta)): ("vae", beta_dir(beta)) for beta in params.train_beta.betas}
    likelihoods = {("likelihood", name): ("vae", likelihood_dir(name)) for name in params.train_likelihood.likelihoods}
    return plain | {("ceiling", "ae"): ("ae", CEILING_DIR)} | denoisers | betas | likelihoods


def remove_stale_cells(wanted: set[Path]) -> None:
    """Remove every folder of a cell that is not wanted, left by a run under other parameters."""
    found = [
        *SWEEP_DIR.glob("*/*"),
        *(cell for parent in (DENOISERS_DIR, BETAS_DIR, LIKELIHOODS_DIR) for cell in parent.glob("*")),
    ]
    for folder in set(found) - wanted:
        shutil.rmtree(folder)
    for parent in SWEEP_DIR.glob("*"):
        if not any(parent.iterdir()):
            parent.rmdir()


def layer_widths(block: nn.Sequential) -> list[int]:
    """Return how many numbers of an image go into a block of layers and come out of each."""
    widths = [layer.widths for layer in block if isinstance(layer, Dense)]
    return [widths[0][0], *(n_out for _, n_out in widths)]


def architecture(estimator: BaseAutoencoder) -> dict[str, object]:
    """Return the architecture of a fitted estimator, read from its modules."""
    network = estimator.network_
    encoder = layer_widths(network.encoder)
    code_widths = [*encoder[:-1], estimator.latent_dim]
    return {
        "encoder_widths": encoder,
        "decoder_widths": layer_widths(network.decoder),
        "latent_dim": estimator.latent_dim,
        "n_parameters": sum(parameter.numel() for parameter in network.parameters()),
        "is_variational": network.is_variational,
        "is_linear": network.is_linear,
        "precision": estimator.precision_,
        "is_narrowing": all(after < before for before, after in pairwise(code_widths)),
        "is_fully_connected": network.is_fully_connected,
        "parameters": {k: v for k, v in estimator.get_params().items() if k != "random_state"},
    }


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
    """Collect the cells of the run's models, those of denoisers, betas and likelihoods included."""
    cells = wanted_cells(params)
    remove_stale_cells({folder for _, folder in cells.values()})
    collected = [collect_cell(*names, *found) for names, found in cells.items() if found[0] in params.models]
    results = results_dir(SLUG)
    write_json(results / "metrics.json", {"seeds": params.seeds, "cells": [metrics for metrics, _ in collected]})
    write_csv(results / "history.csv", [row for _, rows in collected for row in rows])
    write_bytes(PRUNED_PATH, b"no cells but those that the parameters ask for\n")
    progress.say(f"{len(collected)} cells collected")


if __name__ == "__main__":
    run_stage(SLUG, main)
