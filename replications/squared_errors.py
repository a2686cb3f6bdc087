"""Squared error of test images: the deep autoencoder, logistic PCA and PCA, all with codes of 30 numbers.

Source: Hinton & Salakhutdinov 2006, Reducing the Dimensionality of Data with Neural Networks, Fig. 2B.
"""

import numpy as np
from sklearn.decomposition import PCA

from autoencoders.evaluation.metrics import METRICS
from autoencoders.learning.checkpoints import Cell, load_split
from autoencoders.reproducibility.artifacts import write_csv
from autoencoders.statistics import interval
from replications.cells import Rows, load, training_pixels
from replications.console import run_stage
from replications.parameters import Params
from replications.paths import RESULTS_DIR
from stages.console import Progress
from stages.paths import DATA_DIR

CELLS = ("hinton", "logistic_pca")
ORDER = (("logistic_pca", "hinton"), ("pca", "logistic_pca"))  # (worse, better)
NOT_NEGATIVE = (0.0, np.inf)


def errors_of(cell: Cell, images: Rows) -> Rows:
    """Return the squared error of every seed and image, (n_seeds, n_images)."""
    se = METRICS["se"].function
    return np.stack([se(images, codec.inverse_transform(codec.transform(images)), (1, -1)) for codec in cell.values()])


def errors_of_pca(train: Rows, images: Rows, n_components: int) -> Rows:
    """Return the squared error of every image under PCA fitted to the training images, (1, n_images)."""
    pca = PCA(n_components, svd_solver="covariance_eigh").fit(train.astype(np.float64))
    rebuilt = pca.inverse_transform(pca.transform(images.astype(np.float64)))
    errors: Rows = np.square(rebuilt - images).sum(axis=1)[None]
    return errors


def tabulate(errors: dict[str, Rows], order: tuple[tuple[str, str], ...] = ORDER) -> list[dict[str, object]]:
    """Return one row a model and one for each difference of the published order, paired by image."""
    table: list[dict[str, object]] = [
        {"what": name, **interval(rows, NOT_NEGATIVE).as_dict(), "n_seeds": len(rows)} for name, rows in errors.items()
    ]
    for worse, better in order:
        difference = errors[worse].mean(axis=0, keepdims=True) - errors[better]
        table.append({"what": f"{worse}-{better}", **interval(difference).as_dict(), "n_seeds": len(difference)})
    return table


def main(params: Params, progress: Progress) -> None:
    """Measure the trained cells and PCA."""
    test = load_split(DATA_DIR, "test").pixels
    errors = {
        name: errors_of(load(name, params.plan(name), test.shape[1]), test) for name in progress.track(CELLS, str)
    }
    errors["pca"] = errors_of_pca(training_pixels(), test, params.cells["hinton"].latent_dim)
    write_csv(RESULTS_DIR / "squared_errors.csv", tabulate(errors))


if __name__ == "__main__":
    run_stage("squared_errors", main, n_threads=2)
