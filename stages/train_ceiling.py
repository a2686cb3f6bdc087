"""Train one AE with wider layers for more epochs, whose best codes show what the headline length can reach.

Under the first seed only, everything else as the AE of the study.
"""

from foundation.parameters import Params
from foundation.paths import CEILING_DIR
from foundation.progress import Progress
from foundation.stage import run_stage
from stages.train import estimator_of, train_cell


def main(params: Params, progress: Progress) -> None:
    """Train the AE of ``train_ceiling`` under the first seed."""
    plan = params.train_ceiling
    estimator = estimator_of(params, "ae", params.latent_dim, plan.epochs).set_params(hidden_dims=plan.hidden_dims)
    train_cell(params, progress, "ae", estimator, CEILING_DIR, seeds=params.seeds[:1])


if __name__ == "__main__":
    run_stage("train_ceiling", main)
