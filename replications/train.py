"""Train one published configuration on all 60,000 training images, all its seeds at once; the last epoch counts.

Everything was chosen before, by the validation images (``tuning.csv``); here they are trained on like the rest.
"""

import argparse

from autoencoders.learning.checkpoints import save_cell
from autoencoders.learning.estimators import fit_seeds
from foundation.progress import Progress
from foundation.reproducibility.allocation import keep_freed_memory
from foundation.reproducibility.unfinished import described, resumable
from replications.configurations import build_estimator, choose_presentation, draw_once, load_training_pixels
from replications.parameters import Params
from replications.stage import CHECKPOINTS_DIR, run_stage


def main(params: Params, progress: Progress) -> None:
    """Train the configuration named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--configuration", required=True)
    name = parser.parse_args().configuration
    keep_freed_memory()
    plan = params.plan(name)
    configuration, seeds, folder = plan.configuration, plan.seeds, CHECKPOINTS_DIR / name
    pixels = load_training_pixels()
    if configuration.pixels == "drawn_once":
        pixels = draw_once(pixels, "train")
    estimator, present = build_estimator(plan), choose_presentation(configuration)
    determined_by = [configuration.model, estimator.get_params(), seeds, described(present), configuration.pixels]
    about = f"{name}, seeds {len(seeds)}, epoch"
    with resumable(progress, folder, plan.epochs, determined_by, about) as (keeper, on_epoch):
        cell = fit_seeds(estimator, pixels, seeds, present=present, on_epoch=on_epoch, keeper=keeper)
        save_cell(folder, configuration.model, cell)


if __name__ == "__main__":
    run_stage("train", main)
