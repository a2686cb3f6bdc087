"""Train the cells of the headline latent dimension where the sweep does not hold them.

With the headline inside the sweep there is nothing to train and the folder holds only its list.
"""

from autoencoders.artifacts import write_json
from autoencoders.parameters import Params
from stages.console import Progress, run_stage
from stages.paths import HEADLINE_DIR, cell_name
from stages.train import estimator_of, train_cell


def main(params: Params, progress: Progress) -> None:
    """Train what is missing and list it."""
    models = [] if params.latent_dim in params.latent_sweep else list(params.models)
    for model in models:
        estimator = estimator_of(params, model, params.latent_dim)
        train_cell(params, progress, model, estimator, HEADLINE_DIR / cell_name(model, params.latent_dim))
    if not models:
        progress.say(f"latent_dim {params.latent_dim} is part of latent_sweep, nothing to train")
    write_json(HEADLINE_DIR / "cells.json", [cell_name(model, params.latent_dim) for model in models])


if __name__ == "__main__":
    run_stage("train_headline", main)
