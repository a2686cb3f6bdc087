"""Measure what needs no model: image file formats, pixels as codes, PCA with any number of components, real images.

Real images are measured as samples are (``sampling``): training images as the floor, the test images themselves.
"""

from collections.abc import Callable

from sklearn.decomposition import PCA

from autoencoders.learning.checkpoints import load_judge, load_pca, load_split
from autoencoders.parameters import Params
from autoencoders.reproducibility.artifacts import write_csv
from stages.console import Progress, run_stage
from stages.paths import DATA_DIR, JUDGE_PATH, PCA_PATH, results_dir
from stages.protocol import codes, rates, sampling
from stages.protocol.setting import Setting, Table
from stages.side_by_side import side_by_side


def tabulate_curve(curve: codes.Values, pca: PCA) -> codes.Table:
    """Return PCA's error and explained variance by number of components."""
    explained = [0.0, *pca.explained_variance_ratio_.cumsum()]
    return [
        {"n_components": k, "se": se, "explained_variance": share}
        for k, (se, share) in enumerate(zip(curve, explained, strict=True))
    ]


def measure_real(setting: Setting) -> Table:
    """Return every measure of the floor under each seed, and of the test images those that need no other set."""
    reference = sampling.reference_of(setting)
    rows = [
        row
        for seed in setting.seeds
        for row in sampling.list_values(
            sampling.FLOOR, seed, sampling.score_images(setting, sampling.draw_floor(setting, seed), reference)
        )
    ]
    of_test = sampling.score_images(setting, setting.test.pixels, reference, are_test_images=True)
    return rows + sampling.list_values(sampling.TEST, None, of_test)


def main(params: Params, progress: Progress) -> None:
    """Measure on the images that the evaluations use, one table beside another."""
    splits = {name: load_split(DATA_DIR, name) for name in ("train", "validation", "test")}
    test = splits["test"]
    coded = rates.choose_images(splits, params.compression.n_rate_images)
    samples = codes.choose_samples(splits["train"], test, params.pca_comparison)
    pca = load_pca(PCA_PATH, params.n_components)
    setting = Setting(params.generation, params.seeds, {}, load_judge(JUDGE_PATH), splits["train"].pixels, test)
    tables: dict[str, Callable[[], codes.Table]] = {
        "formats": lambda: rates.measure_formats(coded),
        "samples": lambda: measure_real(setting),
        "pixels": lambda: codes.tabulate_pixels(samples, test.pixels.shape[1]),
        "lossless": lambda: rates.measure_lossless(coded, test.pixels),
        "pca_curve": lambda: tabulate_curve(codes.error_curve(pca, test.pixels), pca),
    }
    measured = side_by_side(progress, list(tables), lambda name: tables[name](), str)
    for name, table in zip(tables, measured, strict=True):
        write_csv(results_dir("baselines") / f"{name}.csv", table)


if __name__ == "__main__":
    run_stage("baselines", main, n_threads=1)
