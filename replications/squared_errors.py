"""Squared error of test images: the deep autoencoder, logistic PCA and PCA, all with codes of 30 numbers.

Source: Hinton & Salakhutdinov 2006, Reducing the Dimensionality of Data with Neural Networks, Fig. 2B.
"""

import numpy as np
from sklearn.decomposition import PCA

from autoencoders.arrays import Rows
from autoencoders.evaluation.metrics import METRICS
from autoencoders.learning.checkpoints import Cell, load_cell, load_split
from foundation.paths import DATA_DIR
from foundation.progress import Progress
from foundation.reproducibility.artifacts import write_csv
from replications.configurations import load_training_pixels
from replications.evaluation import NOT_NEGATIVE, list_intervals
from replications.parameters import Params
from replications.stage import CHECKPOINTS_DIR, RESULTS_DIR, run_stage

CONFIGURATIONS = ("hinton", "logistic_pca")
ORDER = (("logistic_pca", "hinton"), ("pca", "logistic_pca"))  # (worse, better)


def measure_errors(cell: Cell, images: Rows) -> Rows:
    """Return the squared error of every seed and image, (n_seeds, n_images)."""
    se = METRICS["se"].function
    return np.stack([se(images, codec.inverse_transform(codec.transform(images)), (1, -1)) for codec in cell.values()])


def measure_errors_of_pca(train: Rows, images: Rows, n_components: int) -> Rows:
    """Return the squared error of every image under PCA fitted to the training images, (1, n_images)."""
    pca = PCA(n_components, svd_solver="covariance_eigh").fit(train.astype(np.float64))
    rebuilt = pca.inverse_transform(pca.transform(images.astype(np.float64)))
    errors: Rows = np.square(rebuilt - images).sum(axis=1)[None]
    return errors


def tabulate(errors: dict[str, Rows]) -> list[dict[str, object]]:
    """Return one row per model and one per difference of the published order, paired by seed and image."""
    differences = {f"{a}-{b}": errors[a] - errors[b] for a, b in ORDER}
    return [*list_intervals(errors, NOT_NEGATIVE), *list_intervals(differences)]


def main(_params: Params, progress: Progress) -> None:
    """Measure the trained configurations and PCA."""
    test = load_split(DATA_DIR, "test").pixels
    cells = {name: load_cell(CHECKPOINTS_DIR / name) for name in CONFIGURATIONS}
    errors = {name: measure_errors(cells[name], test) for name in progress.track(CONFIGURATIONS, str)}
    latent_dim = cells["hinton"][0].latent_dim
    errors["pca"] = measure_errors_of_pca(load_training_pixels(), test, latent_dim)
    write_csv(RESULTS_DIR / "squared_errors.csv", tabulate(errors))


if __name__ == "__main__":
    run_stage("squared_errors", main, n_threads=2)
