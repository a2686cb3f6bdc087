"""Train one published configuration on all 60,000 training images, all its seeds at once; the last epoch counts.

Everything was chosen before, by the validation images (``tuning.csv``); here they are trained on like the rest.
"""

import argparse

from autoencoders.learning.estimators import fit_seeds
from replications.cells import drawn_once, estimator_of, present_of, save, training_pixels
from replications.console import run_stage
from replications.parameters import Params
from replications.paths import CELLS_DIR
from stages.console import Progress
from stages.unfinished import FileKeeper, described


def main(params: Params, progress: Progress) -> None:
    """Train the cell named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cell", required=True)
    name = parser.parse_args().cell
    plan = params.plan(name)
    pixels = training_pixels()
    if plan.cell.pixels == "drawn_once":
        pixels = drawn_once(pixels, "train")
    label = f"{name}, seeds {len(plan.seeds)}, epoch"
    estimator, present = estimator_of(plan), present_of(plan.cell)
    determined_by = [plan.cell.model, estimator.get_params(), plan.seeds, described(present), plan.cell.pixels]
    keeper = FileKeeper(progress, CELLS_DIR / name, determined_by)
    with progress.steps(plan.epochs) as advance:
        advance(0, label)
        cell = fit_seeds(
            estimator,
            pixels,
            plan.seeds,
            present=present,
            on_epoch=lambda epoch: advance(epoch, label),
            keeper=keeper,
        )
    save(name, plan, cell)
    keeper.forget()


if __name__ == "__main__":
    run_stage("train", main, n_threads=2)
