"""Train the models that denoisers and betas are compared with, at latent dimensions that the sweep lacks.

With both latent dimensions inside the sweep there is nothing to train and the folder holds only its list. Apart from
the headline's, so that another headline repeats neither these trainings nor the evaluations of denoisers and betas.
"""

from autoencoders.parameters import Params
from stages.console import Progress, run_stage
from stages.outside import train_missing
from stages.paths import REFERENCE_DIR


def main(params: Params, progress: Progress) -> None:
    """Train what is missing and list it."""
    train_missing(params, progress, REFERENCE_DIR)


if __name__ == "__main__":
    run_stage("train_reference", main)
