"""Train a denoising autoencoder, whose code is a family of features that never saw a label, all seeds at once.

Source: Vincent et al. 2010, Stacked Denoising Autoencoders.
"""

from dataclasses import dataclass

from torch import Generator, Tensor

from autoencoders.learning.checkpoints import load_split, save_cell
from autoencoders.learning.corruptions import gaussian
from autoencoders.learning.estimators import fit_seeds
from autoencoders.learning.models import Autoencoder
from autoencoders.learning.training_loop import Presentation
from foundation.parameter_sections import TrainFeaturesParams
from foundation.parameters import Params
from foundation.paths import DATA_DIR, FEATURES_DIR
from foundation.progress import Progress
from foundation.reproducibility.allocation import keep_freed_memory
from foundation.reproducibility.numerics import product_precision
from foundation.reproducibility.unfinished import resumable
from foundation.stage import run_stage


@dataclass(frozen=True)
class NoisyImages:
    """The image with Gaussian noise of a level, and the clean one as target."""

    level: float

    def __call__(self, images: Tensor, generator: Generator) -> Presentation:
        """Return noisy images and their originals, each like images."""
        return Presentation(gaussian(images, self.level, generator), images)


def estimator_of(plan: TrainFeaturesParams) -> Autoencoder:
    """Return the untrained autoencoder: one hidden layer of rectifiers, squared error."""
    return Autoencoder(
        latent_dim=plan.latent_dim,
        hidden_dims=(plan.hidden_dim,),
        activation="relu",
        likelihood="gaussian",
        epochs=plan.epochs,
    )


def main(params: Params, progress: Progress) -> None:
    """Train on the training images; an interrupted training continues after its last kept epoch."""
    keep_freed_memory()
    plan = params.train_features
    estimator, present = estimator_of(plan), NoisyImages(plan.noise_level)
    precision = product_precision(params.precision, params.numerics, "cpu")
    train, validation = load_split(DATA_DIR, "train"), load_split(DATA_DIR, "validation")
    determined_by = [estimator.get_params(), plan.seeds, present, precision]
    about = f"{len(plan.seeds)} seeds, epoch"
    with resumable(progress, FEATURES_DIR, plan.epochs, determined_by, about) as (keeper, on_epoch):
        cell = fit_seeds(
            estimator,
            train.pixels,
            plan.seeds,
            X_validation=validation.pixels,
            present=present,
            on_epoch=on_epoch,
            keeper=keeper,
            precision=precision,
        )
        save_cell(FEATURES_DIR, "ae", cell)


if __name__ == "__main__":
    run_stage("train_features", main)
