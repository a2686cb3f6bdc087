"""Train a VAE whose likelihood is a probability of its pixels, so that its bound says what an image costs in nats.

bernoulli: pixels drawn anew as 0 or 1 at every step, 1 with the grey value as probability.
discretized_logistic: the 256 grey values as they are.
"""

import argparse

from autoencoders.learning.training_loop import Present, present_binarised, present_unchanged
from foundation.parameters import Params
from foundation.paths import likelihood_dir
from foundation.progress import Progress
from foundation.stage import run_stage
from stages.train import estimator_of, train_cell

PRESENTATIONS: dict[str, Present] = {"bernoulli": present_binarised, "discretized_logistic": present_unchanged}


def main(params: Params, progress: Progress) -> None:
    """Train the VAE with the likelihood named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--likelihood", choices=list(PRESENTATIONS), required=True)
    likelihood = parser.parse_args().likelihood
    plan = params.train_likelihood
    estimator = estimator_of(params, "vae", plan.latent_dim, plan.epochs)
    estimator.set_params(likelihood=likelihood, beta=1.0)
    train_cell(params, progress, "vae", estimator, likelihood_dir(likelihood), PRESENTATIONS[likelihood])


if __name__ == "__main__":
    run_stage("train_likelihood", main)
