"""Measure what needs no model: image file formats, raw pixels as codes, PCA with any number of components."""

from collections.abc import Callable

from sklearn.decomposition import PCA

from autoencoders.artifacts import write_csv
from autoencoders.learning.checkpoints import load_pca, load_split
from autoencoders.parameters import Params
from stages import codes, rates
from stages.console import Progress, run_stage
from stages.paths import DATA_DIR, PCA_PATH, results_dir
from stages.side_by_side import side_by_side


def tabulate_curve(curve: codes.Values, pca: PCA) -> codes.Table:
    """Return PCA's error and explained variance by number of components."""
    explained = [0.0, *pca.explained_variance_ratio_.cumsum()]
    return [
        {"n_components": k, "se": se, "explained_variance": share}
        for k, (se, share) in enumerate(zip(curve, explained, strict=True))
    ]


def main(params: Params, progress: Progress) -> None:
    """Measure on the images that the evaluations use, one table beside another."""
    splits = {name: load_split(DATA_DIR, name) for name in ("train", "validation", "test")}
    test = splits["test"]
    coded = rates.choose_images(splits, params.compression.n_rate_images)
    samples = codes.choose_samples(splits["train"], test, params.pca_comparison)
    pca = load_pca(PCA_PATH, params.n_components)
    tables: dict[str, Callable[[], codes.Table]] = {
        "formats": lambda: rates.measure_formats(coded),
        "pixels": lambda: codes.tabulate_pixels(samples, test.pixels.shape[1]),
        "lossless": lambda: rates.measure_lossless(coded, test.pixels),
        "pca_curve": lambda: tabulate_curve(codes.error_curve(pca, test.pixels), pca),
    }
    measured = side_by_side(progress, list(tables), lambda name: tables[name](), str)
    for name, table in zip(tables, measured, strict=True):
        write_csv(results_dir("baselines") / f"{name}.csv", table)


if __name__ == "__main__":
    run_stage("baselines", main, n_threads=1)
