"""Train one published configuration on all 60,000 training images, all its seeds at once; the last epoch counts.

Everything was chosen before, by the validation images (``tuning.csv``); here they are trained on like the rest.
"""

import argparse

from autoencoders.models import fit_seeds
from replications.cells import drawn_once, estimator_of, present_of, save, training_pixels
from replications.console import run_stage
from replications.parameters import Params
from stages.console import Progress


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
    with progress.steps(plan.epochs) as advance:
        advance(0, label)
        cell = fit_seeds(
            estimator_of(plan),
            pixels,
            plan.seeds,
            present=present_of(plan.cell),
            on_epoch=lambda epoch: advance(epoch, label),
        )
    save(name, plan, cell)


if __name__ == "__main__":
    run_stage("train", main)
