"""Measure what needs no model: image file formats, pixels as codes, PCA with any number of components, real images.

Real images are measured as samples are (``sampling``): training images as the floor, the test images themselves.
"""

from collections.abc import Callable

from sklearn.decomposition import PCA

from autoencoders.learning.checkpoints import load_pca
from foundation.parameters import Params
from foundation.paths import PCA_PATH, results_dir
from foundation.progress import Progress
from foundation.reproducibility.artifacts import write_csv
from foundation.reproducibility.workers import side_by_side
from foundation.stage import run_stage
from stages.protocol import byte_rates, dimension_reduction, sampling
from stages.protocol.context import Context, load_context
from stages.protocol.tables import Table, Values


def tabulate_curve(curve: Values, pca: PCA) -> Table:
    """Return PCA's error and explained variance by number of components."""
    explained = [0.0, *pca.explained_variance_ratio_.cumsum()]
    return [
        {"n_components": k, "se": se, "explained_variance": share}
        for k, (se, share) in enumerate(zip(curve, explained, strict=True))
    ]


def measure_real(context: Context) -> Table:
    """Return under each seed every measure of the floor, and of the test images those that need no others of them."""
    references = sampling.References(context)
    rows: Table = []
    for seed in context.seeds:
        floor = sampling.score_images(context, context.floor_images(seed), references, seed)
        test = sampling.score_images(context, context.reference_images(seed), references, seed, are_test_images=True)
        rows += sampling.list_values(sampling.FLOOR, seed, floor) + sampling.list_values(sampling.TEST, seed, test)
    return rows


def main(params: Params, progress: Progress) -> None:
    """Measure on the images that the evaluations use, one table beside another."""
    context = load_context(params, {})
    test = context.test
    coded = byte_rates.choose_images(context.splits, params.compression.n_rate_images)
    samples = dimension_reduction.choose_samples(context.splits["train"], test, params.pca_comparison)
    pca = load_pca(PCA_PATH, dimension_reduction.count_components(params.fit_pca, len(context.train)))
    tables: dict[str, Callable[[], Table]] = {
        "formats": lambda: byte_rates.measure_formats(coded),
        "samples": lambda: measure_real(context),
        "pixels": lambda: dimension_reduction.tabulate_pixels(samples, test.pixels.shape[1]),
        "lossless": lambda: byte_rates.measure_lossless(coded, test.pixels),
        "pca_curve": lambda: tabulate_curve(dimension_reduction.error_curve(pca, test.pixels), pca),
    }
    measured = side_by_side(progress, list(tables), lambda name: tables[name](), str)
    for name, table in zip(tables, measured, strict=True):
        write_csv(results_dir("baselines") / f"{name}.csv", table)


if __name__ == "__main__":
    run_stage("baselines", main, n_threads=1)
