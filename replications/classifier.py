"""A linear classifier on codes: those of an autoencoder trained to fill in masked pixels against a plain one's.

Source: Vincent et al. 2010, Stacked Denoising Autoencoders, section 6 (there pre-training of a deep network).
"""

import numpy as np
from numpy.typing import NDArray

from autoencoders.evaluation.representation import probe_hits
from autoencoders.learning.checkpoints import load_split
from autoencoders.reproducibility.artifacts import write_csv
from autoencoders.statistics import compare, interval
from replications.cells import load
from replications.console import run_stage
from replications.parameters import Params
from replications.paths import RESULTS_DIR
from stages.console import Progress
from stages.paths import DATA_DIR

PLAIN, DENOISING = "vincent_plain", "vincent_denoising"
PERCENT = (0.0, 100.0)


def tabulate(misses: dict[str, NDArray[np.float64]]) -> list[dict[str, object]]:
    """Return each cell's error and what the denoising one saves, both in percent, from misses (n_seeds, n_images)."""
    percent = {name: 100 * values for name, values in misses.items()}
    rows: list[dict[str, object]] = [
        {"what": name, **interval(values, PERCENT).as_dict(), "n_seeds": len(values)}
        for name, values in percent.items()
    ]
    saved = compare(percent[PLAIN] - percent[DENOISING])
    return [*rows, {"what": f"{PLAIN}-{DENOISING}", **{key: saved[key] for key in ("mean", "low", "high", "n_seeds")}}]


def main(params: Params, progress: Progress) -> None:
    """Fit the classifier to training codes of each seed and read the test images."""
    train, test = load_split(DATA_DIR, "train"), load_split(DATA_DIR, "test")
    n = params.extent.n_probe_images
    labels, wanted = train.labels.numpy()[:n], test.labels.numpy()
    misses: dict[str, NDArray[np.float64]] = {}
    for name in progress.track((PLAIN, DENOISING), str):
        cell = load(name, params.plan(name), test.pixels.shape[1])
        hits = [
            probe_hits(codec.transform(train.pixels[:n]), labels, codec.transform(test.pixels), wanted)
            for codec in cell.values()
        ]
        misses[name] = (~np.stack(hits)).astype(np.float64)
    write_csv(RESULTS_DIR / "classifier.csv", tabulate(misses))


if __name__ == "__main__":
    run_stage("classifier", main, n_threads=2)
