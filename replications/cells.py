"""Published configurations as estimators, what they are shown, and how their weights are stored and loaded.

The study's own encoders narrow from layer to layer; published ones need not (784-1000-500-250-30). So the networks
are built here from the widths as printed. All else is the library's.
"""

import math
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray

from autoencoders.corruptions import masking
from autoencoders.learning.checkpoints import Cell, load_split, load_weights, save_cell
from autoencoders.learning.estimators import PLAIN, BaseAutoencoder
from autoencoders.learning.judge import shift_images
from autoencoders.learning.models import Autoencoder, ImportanceWeightedAutoencoder, VariationalAutoencoder
from autoencoders.learning.networks import AutoencoderNetwork
from autoencoders.learning.training import Present, Presentation, present_binarised, present_unchanged
from autoencoders.reproducibility.artifacts import ArtifactError
from autoencoders.reproducibility.randomness import torch_stream
from replications.parameters import CellParams, Plan
from replications.paths import CELLS_DIR
from stages.paths import DATA_DIR

Rows: TypeAlias = NDArray[np.float32]
DRAWING_SEED = 0


class _AsPrinted(BaseAutoencoder):
    """Mixin: the encoder's hidden layers have the widths that are printed, whether they fall or not."""

    def build_network(self, n_pixels: int) -> AutoencoderNetwork:
        """Return an untrained network for images of n_pixels."""
        return self.network_of([n_pixels, *self.hidden_dims, self.latent_dim])


class PrintedAutoencoder(_AsPrinted, Autoencoder):
    """Autoencoder with the widths as printed."""


class PrintedVariationalAutoencoder(_AsPrinted, VariationalAutoencoder):
    """Variational autoencoder with the widths as printed."""


class PrintedImportanceWeightedAutoencoder(_AsPrinted, ImportanceWeightedAutoencoder):
    """Importance weighted autoencoder with the widths as printed."""


PRINTED: dict[str, type[BaseAutoencoder]] = {
    "ae": PrintedAutoencoder,
    "vae": PrintedVariationalAutoencoder,
    "iwae": PrintedImportanceWeightedAutoencoder,
}


def estimator_of(plan: Plan) -> BaseAutoencoder:
    """Return the untrained estimator of a cell."""
    names = ("hidden_dims", "latent_dim", "activation", "likelihood", "batch_size", "learning_rate", "schedule")
    parameters: dict[str, Any] = {name: getattr(plan.cell, name) for name in names}
    if plan.cell.n_samples is not None:
        parameters |= {"n_samples": plan.cell.n_samples, "is_averaged": plan.cell.is_averaged}
    return PRINTED[plan.cell.model](epochs=plan.epochs, **parameters, **PLAIN)


@dataclass(frozen=True)
class MaskedPresentation:
    """The image with a share of its pixels masked, and the whole one as target."""

    level: float

    def __call__(self, images: torch.Tensor, generator: torch.Generator) -> Presentation:
        """Return masked images and their originals, each like images."""
        return Presentation(masking(images, self.level, generator), images)


@dataclass(frozen=True)
class ShiftedPresentation:
    """The image moved by up to so many pixels, as input and target: more training images from those there are."""

    max_shift: int

    def __call__(self, images: torch.Tensor, generator: torch.Generator) -> Presentation:
        """Return moved images, like images; they must be square."""
        side = math.isqrt(images.shape[-1])
        moved = shift_images(images.unflatten(-1, (1, side, side)), self.max_shift, generator).flatten(1)
        return Presentation(moved, moved)


def present_of(cell: CellParams) -> Present:
    """Return what the network sees and must reproduce of a batch."""
    if cell.masking is not None:
        return MaskedPresentation(cell.masking)
    if cell.max_shift is not None:
        return ShiftedPresentation(cell.max_shift)
    return present_binarised if cell.pixels == "drawn_anew" else present_unchanged


def drawn_once(pixels: Rows, name: str) -> Rows:
    """Return images whose pixels were drawn as 0 or 1 once and for all, 1 with the grey value as probability."""
    drawn: Rows = present_binarised(
        torch.from_numpy(pixels), torch_stream(DRAWING_SEED, f"replications/{name}")
    ).targets.numpy()
    return drawn


def training_pixels() -> Rows:
    """Return all published training images: those of the study's training and validation splits, (n, n_pixels)."""
    return np.concatenate([load_split(DATA_DIR, name).pixels for name in ("train", "validation")])


def save(name: str, plan: Plan, cell: Cell) -> None:
    """Write the weights of a cell's seeds."""
    save_cell(CELLS_DIR / name, plan.cell.model, cell)


def load(name: str, plan: Plan, n_pixels: int) -> Cell:
    """Return the trained estimators of a cell, by seed.

    Raises:
        ArtifactError: if weights are missing, damaged or of another configuration.
    """
    cell: Cell = {}
    for seed in plan.seeds:
        estimator = estimator_of(plan).set_params(random_state=seed)
        network = estimator.build_network(n_pixels)
        try:
            load_weights(network, CELLS_DIR / name / f"seed_{seed}.safetensors")
        except ArtifactError as error:
            raise ArtifactError(f"cell {name}: {error}") from error
        estimator.network_, estimator.n_features_in_ = network.eval().requires_grad_(requires_grad=False), n_pixels
        cell[seed] = estimator
    return cell
