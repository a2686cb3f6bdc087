"""Train a model to denoise: noisy images in, clean images as the target, at a latent dimension of its own.

Two regimes. range: each training image gets one kind of noise at random, its level uniform up to the stated
maximum. one_level: the stated kinds only, always at the stated level.
"""

import argparse
from collections.abc import Mapping
from dataclasses import dataclass

from torch import Generator, Tensor

from autoencoders.learning.corruptions import random_corruption
from autoencoders.learning.models import MODELS
from autoencoders.learning.training_loop import Present, Presentation
from foundation.parameter_sections import TrainDenoiserParams
from foundation.parameters import Params
from foundation.paths import denoiser_dir
from foundation.progress import Progress
from foundation.stage import run_stage
from foundation.vocabulary import REGIMES, CorruptionName
from stages.train import estimator_of, train_cell


@dataclass(frozen=True)
class NoisyPresentation:
    """What a regime shows the network: the noisy image, and the clean one as target."""

    levels: Mapping[CorruptionName, float]
    is_range: bool

    def __call__(self, images: Tensor, generator: Generator) -> Presentation:
        """Return noisy images and their originals, each like images."""
        return Presentation(random_corruption(images, self.levels, generator, is_range=self.is_range), images)


def present_noisy(plan: TrainDenoiserParams, regime: str) -> Present:
    """Return what a regime shows the network."""
    is_range = regime == "range"
    return NoisyPresentation(plan.max_levels if is_range else plan.one_level, is_range)


def main(params: Params, progress: Progress) -> None:
    """Train the model named on the command line under a regime."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", choices=list(MODELS), required=True)
    parser.add_argument("--regime", choices=REGIMES, required=True)
    model, regime = vars(parser.parse_args()).values()
    plan = params.train_denoiser
    estimator = estimator_of(params, model, plan.latent_dim, plan.epochs)
    train_cell(params, progress, model, estimator, denoiser_dir(model, regime), present_noisy(plan, regime))


if __name__ == "__main__":
    run_stage("train_denoiser", main)
