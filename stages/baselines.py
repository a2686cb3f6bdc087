"""Measure what needs no model: image file formats, raw pixels as codes, PCA with any number of components."""

from sklearn.decomposition import PCA

from autoencoders.artifacts import write_csv
from autoencoders.learning.checkpoints import load_pca, load_split
from autoencoders.parameters import Params
from stages import codes, rates
from stages.console import Progress, run_stage
from stages.paths import DATA_DIR, PCA_PATH, results_dir


def tabulate_curve(curve: codes.Values, pca: PCA) -> codes.Table:
    """Return PCA's error and explained variance by number of components."""
    explained = [0.0, *pca.explained_variance_ratio_.cumsum()]
    return [
        {"n_components": k, "se": se, "explained_variance": share}
        for k, (se, share) in enumerate(zip(curve, explained, strict=True))
    ]


def main(params: Params, progress: Progress) -> None:
    """Measure on the images that the evaluations use."""
    splits = {name: load_split(DATA_DIR, name) for name in ("train", "validation", "test")}
    test = splits["test"]
    progress.say("image file formats")
    coded = rates.choose_images(splits, params.compression.n_rate_images)
    tables = {"formats": rates.measure_formats(coded), "lossless": rates.measure_lossless(coded, test.pixels)}
    progress.say("pixels and PCA")
    samples = codes.choose_samples(splits["train"], test, params.pca_comparison)
    pca = load_pca(PCA_PATH, params.n_components)
    tables["pixels"] = codes.tabulate_pixels(samples, test.pixels.shape[1])
    tables["pca_curve"] = tabulate_curve(codes.error_curve(pca, test.pixels), pca)
    for name, table in tables.items():
        write_csv(results_dir("baselines") / f"{name}.csv", table)


if __name__ == "__main__":
    run_stage("baselines", main, n_threads=2)
