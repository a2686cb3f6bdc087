"""Train a denoising autoencoder, whose code is a family of features that never saw a label, all seeds at once.

Source: Vincent et al. 2010, Stacked Denoising Autoencoders.
"""

from dataclasses import dataclass

from torch import Generator, Tensor

from autoencoders.learning.corruptions import gaussian
from autoencoders.learning.models import Autoencoder
from autoencoders.learning.training_loop import CPU, Presentation
from foundation.parameter_sections import TrainFeaturesParams
from foundation.parameters import Params
from foundation.paths import FEATURES_DIR
from foundation.progress import Progress
from foundation.stage import run_stage
from stages.train import train_cell


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
    """Train under the seeds of the features, on the processor."""
    plan = params.train_features
    present = NoisyImages(plan.noise_level)
    train_cell(params, progress, "ae", estimator_of(plan), FEATURES_DIR, present, seeds=plan.seeds, device=CPU)


if __name__ == "__main__":
    run_stage("train_features", main)
