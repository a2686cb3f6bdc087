"""Train one cell: one model at one latent dimension, all seeds at once.

Weights are chosen by the loss on the validation images; the test images are not read here. Where codes are places on a
plane, snapshots of the first seed's encoder are kept, too: *Explore* shows how its codes moved.
"""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.base import clone

from autoencoders.arrays import Rows
from autoencoders.learning import training_loop
from autoencoders.learning.checkpoints import load_split, save_cell
from autoencoders.learning.estimators import BaseAutoencoder, fit_seeds
from autoencoders.learning.models import MODELS, build_model
from autoencoders.learning.networks import AutoencoderNetwork
from autoencoders.learning.resumption import Keeper, State
from autoencoders.learning.training_loop import Present, present_unchanged
from foundation.parameters import Params
from foundation.paths import DATA_DIR, cell_dir, snapshots_path
from foundation.progress import Progress
from foundation.reproducibility.allocation import keep_freed_memory
from foundation.reproducibility.artifacts import write_arrays
from foundation.reproducibility.devices import training_device
from foundation.reproducibility.numerics import product_precision
from foundation.reproducibility.unfinished import described, resumable
from foundation.stage import run_stage
from foundation.vocabulary import PLANE_DIM

SNAPSHOT_EPOCHS = (1, 2, 3, 5, 10, 20, 50, 100)
SNAPSHOT = "snapshot/"  # before the names of their weights in the state of a training


class SnapshotKeeper:
    """Keeps the first seed's encoder as it is before training and after some epochs, within the states of a keeper.

    Args:
        keeper: Of the states of the training.
        start: The first seed's network before training.
    """

    def __init__(self, keeper: Keeper, start: AutoencoderNetwork) -> None:
        self.keeper = keeper
        self.weights = dict(start.encoder.named_parameters())
        self.snapshots: State = {f"{SNAPSHOT}0.{name}": weights.half() for name, weights in self.weights.items()}

    def kept(self) -> State | None:
        """Return the state to continue from, and have the snapshots taken until then."""
        state = self.keeper.kept()
        self.snapshots |= {name: one for name, one in (state or {}).items() if name.startswith(SNAPSHOT)}
        return state

    def keep(self, state: Callable[[], State]) -> None:
        """Take a snapshot if it is time for one, and offer the state with all snapshots."""
        current = state()
        epoch = len(current["records"])
        if epoch in SNAPSHOT_EPOCHS:
            for name, weights in self.weights.items():
                row = current[f"rows/encoder.{name}"][0]
                self.snapshots[f"{SNAPSHOT}{epoch}.{name}"] = row[: weights.numel()].view_as(weights).half()
        self.keeper.keep(lambda: current | self.snapshots)

    def arrays(self, end: int) -> dict[str, NDArray[np.float16]]:
        """Return the snapshots before an epoch, by ``epoch.parameter``."""
        named = {name.removeprefix(SNAPSHOT): one.numpy() for name, one in self.snapshots.items()}
        return {name: one for name, one in named.items() if int(name.partition(".")[0]) < end}


def start_of(estimator: BaseAutoencoder, pixels: Rows, seed: int) -> AutoencoderNetwork:
    """Return the network of a seed before its training on images (n, n_pixels)."""
    plan, images = clone(estimator).set_params(epochs=0), torch.from_numpy(pixels)
    networks, _ = training_loop.train(lambda: plan.build_network(images.shape[1]), images, plan=plan, seeds=[seed])
    return networks[0]


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
    has_snapshots: bool = False,
) -> None:
    """Train an estimator under all seeds at once and save the cell in a folder of its own.

    An interrupted training continues after its last kept epoch, with the same bytes. Seeds are those of the
    parameters where none are given. Snapshots, where wanted, are those before the epoch whose weights are chosen.

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
    with resumable(progress, folder, estimator.epochs, determined_by, label) as (file_keeper, on_epoch):
        keeper: Keeper = file_keeper
        if has_snapshots:
            keeper = SnapshotKeeper(file_keeper, start_of(estimator, train.pixels, seeds[0]))
        cell = fit_seeds(
            estimator,
            train.pixels,
            seeds,
            X_validation=validation.pixels,
            present=present,
            on_epoch=on_epoch,
            keeper=keeper,
            device=device,
            precision=precision,
        )
        save_cell(folder, model, cell)
        if isinstance(keeper, SnapshotKeeper):
            chosen = max(record.epoch for record in cell[seeds[0]].history_ if record.is_best_so_far)
            write_arrays(snapshots_path(folder), keeper.arrays(chosen))


def main(params: Params, progress: Progress) -> None:
    """Train the cell named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", choices=list(MODELS), required=True)
    parser.add_argument("--latent-dim", type=int, required=True)
    arguments = parser.parse_args()
    model, latent_dim = arguments.model, arguments.latent_dim
    epochs = getattr(getattr(params, model), "epochs", params.epochs)  # a model may have its own
    estimator = estimator_of(params, model, latent_dim, epochs)
    folder = cell_dir(model, latent_dim)
    train_cell(params, progress, model, estimator, folder, has_snapshots=latent_dim == PLANE_DIM)


if __name__ == "__main__":
    run_stage("train", main)
