"""A linear classifier on codes: those of an autoencoder trained to fill in masked pixels against a plain one's.

Source: Vincent et al. 2010, Stacked Denoising Autoencoders, section 6 (there pre-training of a deep network).
"""

import numpy as np

from autoencoders.arrays import Values
from autoencoders.evaluation.representation import probe_hits
from autoencoders.learning.checkpoints import load_cell, load_split
from foundation.paths import DATA_DIR
from foundation.progress import Progress
from foundation.reproducibility.artifacts import write_csv
from replications.evaluation import PERCENT, list_intervals
from replications.parameters import Params
from replications.stage import CHECKPOINTS_DIR, RESULTS_DIR, run_stage

CONFIGURATIONS = PLAIN, DENOISING = ("vincent_plain", "vincent_denoising")


def tabulate(misses: dict[str, Values]) -> list[dict[str, object]]:
    """Return each one's error and what the denoising one saves, both in percent, from misses (n_seeds, n_images)."""
    percent = {name: 100 * values for name, values in misses.items()}
    saved = {f"{PLAIN}-{DENOISING}": percent[PLAIN] - percent[DENOISING]}
    return [*list_intervals(percent, PERCENT), *list_intervals(saved)]


def main(params: Params, progress: Progress) -> None:
    """Fit the classifier to training codes of each seed and classify the test images."""
    train, test = load_split(DATA_DIR, "train"), load_split(DATA_DIR, "test")
    n = params.extent.n_probe_images
    labels, wanted = train.labels.numpy()[:n], test.labels.numpy()
    misses: dict[str, Values] = {}
    for name in progress.track(CONFIGURATIONS, str):
        hits = [
            probe_hits(codec.transform(train.pixels[:n]), labels, codec.transform(test.pixels), wanted)
            for codec in load_cell(CHECKPOINTS_DIR / name).values()
        ]
        misses[name] = (~np.stack(hits)).astype(np.float64)
    write_csv(RESULTS_DIR / "classifier.csv", tabulate(misses))


if __name__ == "__main__":
    run_stage("classifier", main, n_threads=2)
