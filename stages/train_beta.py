"""Train the VAE with another weight beta of its KL term, at a latent dimension of its own, all seeds at once."""

import argparse

from foundation.parameters import Params
from foundation.paths import beta_dir
from foundation.progress import Progress
from foundation.stage import run_stage
from stages.train import estimator_of, train_cell


def main(params: Params, progress: Progress) -> None:
    """Train the VAE with the beta named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--beta", required=True)
    beta = parser.parse_args().beta
    plan = params.train_beta
    estimator = estimator_of(params, "vae", plan.latent_dim, plan.epochs).set_params(beta=float(beta))
    train_cell(params, progress, "vae", estimator, beta_dir(beta))


if __name__ == "__main__":
    run_stage("train_beta", main)
