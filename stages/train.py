"""Train one cell: one model at one latent dimension, all seeds at once.

Weights are chosen by the loss on the validation images; the test images are not read here.
"""

import argparse
from collections.abc import Callable
from pathlib import Path

from autoencoders.checkpoints import Cell, Split, load_split, save_cell
from autoencoders.models import MODELS, BaseAutoencoder, fit_seeds
from autoencoders.parameters import Params
from autoencoders.training import Corrupt
from stages.console import Progress, run_stage
from stages.paths import DATA_DIR, SWEEP_DIR, cell_name


def estimator_of(params: Params, model: str, latent_dim: int) -> BaseAutoencoder:
    """Return the untrained estimator that params.yaml describes."""
    return MODELS[model](latent_dim=latent_dim, **getattr(params, model).model_dump())


def fit_cell(
    estimator: BaseAutoencoder,
    splits: tuple[Split, Split],
    seeds: tuple[int, ...],
    on_epoch: Callable[[int], None],
    corrupt: Corrupt | None = None,
) -> Cell:
    """Return the fitted estimators by seed; splits are train and validation."""
    train, validation = splits
    return fit_seeds(estimator, train.pixels, seeds, X_validation=validation.pixels, corrupt=corrupt, on_epoch=on_epoch)


def train_cell(params: Params, progress: Progress, model: str, latent_dim: int, parent: Path) -> None:
    """Train one cell and save it in a folder of its own under ``parent``."""
    splits = load_split(DATA_DIR, "train"), load_split(DATA_DIR, "validation")
    estimator = estimator_of(params, model, latent_dim)
    label = f"{cell_name(model, latent_dim)}, {len(params.seeds)} seeds, epoch"
    with progress.steps(estimator.epochs) as advance:
        advance(0, label)
        cell = fit_cell(estimator, splits, params.seeds, lambda epoch: advance(epoch, label))
    save_cell(parent / cell_name(model, latent_dim), model, cell)


def main(params: Params, progress: Progress) -> None:
    """Train the cell named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", choices=list(MODELS), required=True)
    parser.add_argument("--latent-dim", type=int, required=True)
    arguments = parser.parse_args()
    train_cell(params, progress, arguments.model, arguments.latent_dim, SWEEP_DIR)


if __name__ == "__main__":
    run_stage("train", main)
