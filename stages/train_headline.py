"""Train the models at the headline latent dimension where the sweep lacks it.

With the headline inside the sweep there is nothing to train and the folder holds only its list.
"""

from autoencoders.parameters import Params
from stages.console import Progress, run_stage
from stages.outside import train_missing
from stages.paths import HEADLINE_DIR


def main(params: Params, progress: Progress) -> None:
    """Train what is missing and list it."""
    train_missing(params, progress, HEADLINE_DIR)


if __name__ == "__main__":
    run_stage("train_headline", main)
