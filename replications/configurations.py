"""Published configurations: as estimators of the library, and what they are shown of the images."""

import math
from dataclasses import dataclass

import numpy as np
import torch

from autoencoders.arrays import Rows
from autoencoders.learning.checkpoints import load_split
from autoencoders.learning.corruptions import masking
from autoencoders.learning.estimators import BaseAutoencoder
from autoencoders.learning.models import build_model
from autoencoders.learning.shifts import shift_images
from autoencoders.learning.training_loop import Present, Presentation, present_binarised, present_unchanged
from foundation.paths import DATA_DIR
from foundation.reproducibility.randomness import torch_stream
from replications.parameters import ConfigurationParams, Plan

DRAWING_SEED = 0


def build_estimator(plan: Plan) -> BaseAutoencoder:
    """Return the untrained estimator of a configuration; its hidden layers have the widths that are printed."""
    configuration = plan.configuration
    return build_model(configuration.model, configuration.latent_dim, {**plan.settings, "is_narrowing": False})


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


def choose_presentation(configuration: ConfigurationParams) -> Present:
    """Return what the network sees and must reproduce of a batch."""
    if configuration.masking is not None:
        return MaskedPresentation(configuration.masking)
    if configuration.max_shift is not None:
        return ShiftedPresentation(configuration.max_shift)
    return present_binarised if configuration.pixels == "drawn_anew" else present_unchanged


def draw_once(pixels: Rows, name: str) -> Rows:
    """Return images whose pixels were drawn as 0 or 1 once and for all, 1 with the grey value as probability."""
    stream = torch_stream(DRAWING_SEED, f"replications/{name}")
    drawn: Rows = present_binarised(torch.from_numpy(pixels), stream).targets.numpy()
    return drawn


def load_training_pixels() -> Rows:
    """Return all published training images: those of the study's training and validation splits, (n, n_pixels)."""
    return np.concatenate([load_split(DATA_DIR, name).pixels for name in ("train", "validation")])
