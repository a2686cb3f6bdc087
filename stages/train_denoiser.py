"""Train a model to denoise: noisy images in, clean images as the target, at the headline latent dimension.

Each training image gets one kind of noise at random, its level uniform up to the stated maximum.
"""

import argparse

from torch import Generator, Tensor

from autoencoders.checkpoints import load_split, save_cell
from autoencoders.corruptions import random_corruption
from autoencoders.models import MODELS
from autoencoders.parameters import Params
from stages.console import Progress, run_stage
from stages.paths import DATA_DIR, denoiser_dir
from stages.train import estimator_of, fit_cell


def train_denoiser(params: Params, progress: Progress, model: str) -> None:
    """Train and save the denoising cell of one model."""
    max_levels = params.train_denoiser.max_levels

    def corrupt(images: Tensor, generator: Generator) -> Tensor:
        return random_corruption(images, max_levels, generator)

    splits = load_split(DATA_DIR, "train"), load_split(DATA_DIR, "validation")
    estimator = estimator_of(params, model, params.latent_dim)
    label = f"{model}, {len(params.seeds)} seeds, epoch"
    with progress.steps(estimator.epochs) as advance:
        advance(0, label)
        cell = fit_cell(estimator, splits, params.seeds, lambda epoch: advance(epoch, label), corrupt)
    save_cell(denoiser_dir(model), model, cell)


def main(params: Params, progress: Progress) -> None:
    """Train the model named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", choices=list(MODELS), required=True)
    train_denoiser(params, progress, parser.parse_args().model)


if __name__ == "__main__":
    run_stage("train_denoiser", main)
