"""Train one cell: one model at one latent dimension, all seeds at once.

Weights are chosen by the loss on the validation images; the test images are not read here.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from autoencoders.learning.checkpoints import load_split, save_cell
from autoencoders.learning.estimators import BaseAutoencoder, fit_seeds
from autoencoders.learning.models import MODELS, build_model
from autoencoders.learning.training_loop import Present, present_unchanged
from foundation.parameters import Params
from foundation.paths import DATA_DIR, cell_dir
from foundation.progress import Progress
from foundation.reproducibility.allocation import keep_freed_memory
from foundation.reproducibility.devices import training_device
from foundation.reproducibility.numerics import product_precision
from foundation.reproducibility.unfinished import FileKeeper, described
from foundation.stage import run_stage


def estimator_of(params: Params, model: str, latent_dim: int, epochs: int) -> BaseAutoencoder:
    """Return the untrained estimator that params.yaml describes."""
    shared = {"epochs": epochs, **params.training.model_dump(), **params.network.model_dump()}
    return build_model(model, latent_dim, {**shared, **getattr(params, model).model_dump()})


def train_cell(  # noqa: PLR0913 -- what is trained, where to, and what differs from the parameters
    params: Params,
    progress: Progress,
    model: str,
    estimator: BaseAutoencoder,
    folder: Path,
    present: Present = present_unchanged,
    *,
    seeds: Sequence[int] = (),
) -> None:
    """Train an estimator under all seeds at once and save the cell in a folder of its own.

    An interrupted training continues after its last kept epoch, with the same bytes. Seeds are those of the
    parameters where none are given.

    Raises:
        ParameterError: if there is no GPU where one is asked for.
    """
    keep_freed_memory()
    seeds, device = seeds or params.seeds, training_device(params.device)
    precision = product_precision(params.precision, params.numerics, device.type)
    train, validation = load_split(DATA_DIR, "train"), load_split(DATA_DIR, "validation")
    where = " on a GPU" if device.type == "cuda" else ""
    label = f"{folder.parent.name}/{folder.name}, {len(seeds)} seeds{where}, epoch"
    determined_by = [model, estimator.get_params(), seeds, described(present), device.type, precision]
    keeper = FileKeeper(progress, folder, determined_by)
    with progress.steps(estimator.epochs) as advance:
        advance(0, label)
        cell = fit_seeds(
            estimator,
            train.pixels,
            seeds,
            X_validation=validation.pixels,
            present=present,
            on_epoch=lambda epoch: advance(epoch, label),
            keeper=keeper,
            device=device,
            precision=precision,
        )
    save_cell(folder, model, cell)
    keeper.forget()


def main(params: Params, progress: Progress) -> None:
    """Train the cell named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", choices=list(MODELS), required=True)
    parser.add_argument("--latent-dim", type=int, required=True)
    arguments = parser.parse_args()
    model, latent_dim = arguments.model, arguments.latent_dim
    epochs = getattr(getattr(params, model), "epochs", params.epochs)  # a model may have its own
    estimator = estimator_of(params, model, latent_dim, epochs)
    train_cell(params, progress, model, estimator, cell_dir(model, latent_dim))


if __name__ == "__main__":
    run_stage("train", main)
