"""Measure everything that is stated at every latent dimension, at one of them.

Quality and rates of the reconstructions, codes against PCA's, samples, activity of the VAE's code: one folder of
tables and pictures per evaluation, which the evaluations put together over the latent dimensions.
"""

import argparse
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from autoencoders.artifacts import load_dataset_info, write_csv, write_json
from autoencoders.fidelity import Moments, moments
from autoencoders.learning.checkpoints import load_judge, load_pca, load_split
from autoencoders.metrics import total_variance
from autoencoders.parameters import Params
from stages import activity, codes, quality, rates, sampling
from stages.codecs import Codecs, load_dimension
from stages.console import Progress, run_stage
from stages.folders import prune
from stages.paths import DATA_DIR, JUDGE_PATH, PCA_PATH, SWEEP_DIR, results_dir
from stages.pictures import Picture, write_pictures
from stages.setting import Setting, Splits, Table, read
from stages.side_by_side import side_by_side

MAP_DIM = 2


class Measured(NamedTuple):
    """What one evaluation states at one latent dimension."""

    metrics: dict[str, Any]
    tables: dict[str, Table]
    pictures: dict[str, Picture]

    def joined(self, other: "Measured") -> "Measured":
        """Return both, rows of tables of one name below each other."""
        tables = {n: [*self.tables.get(n, []), *other.tables.get(n, [])] for n in self.tables | other.tables}
        return Measured({**self.metrics, **other.metrics}, tables, {**self.pictures, **other.pictures})

    def save(self, folder: Path) -> None:
        """Write metrics, tables and pictures."""
        write_json(folder / "metrics.json", self.metrics)
        for name, table in self.tables.items():
            write_csv(folder / f"{name}.csv", table)
        write_pictures(folder / "figures", self.pictures)


class Piece(NamedTuple):
    """What is measured independently of the rest: for which evaluation, and how."""

    slug: str
    measure: Callable[[], Measured]


def measure_compression(params: Params, codecs: Codecs, splits: Splits, latent_dim: int) -> Measured:
    """Return errors, pictures, rates and claims of the reconstructions."""
    plan, test, judge = params.compression, splits["test"], load_judge(JUDGE_PATH)
    info = load_dataset_info(DATA_DIR)
    height, width = info.image_shape
    scores, read_rightly = quality.score(codecs, test, (height, width), judge)
    coded = rates.choose_images(splits, plan.n_rate_images)
    coders = rates.coders(codecs, coded)
    tables = {
        "quality": quality.tabulate(scores, latent_dim),
        "classes": quality.tabulate_classes(scores, test, info.class_names),
        "rates": rates.measure_rates(coders, coded, plan.widths, latent_dim),
    }
    pictures = {
        f"reconstructions_{latent_dim}": quality.draw_reconstructions(codecs, test, plan.n_pictures),
        **quality.draw_worst(codecs, scores, test, plan.n_pictures),
    }
    metrics = {
        **quality.summarise(codecs, scores, read_rightly, test),
        "stream": rates.round_trip(coders, coded, plan, test.pixels),
    }
    return Measured(metrics, tables, pictures)


def measure_pca_comparison(params: Params, codecs: Codecs, splits: Splits, latent_dim: int) -> Measured:
    """Return errors against PCA's and kernel PCA's, and what codes tell of their image."""
    plan, test = params.pca_comparison, splits["test"]
    samples = codes.choose_samples(splits["train"], test, plan)
    scores = codes.errors(codecs, test)
    curve = codes.error_curve(load_pca(PCA_PATH, params.n_components), test.pixels)
    tables = {
        "explained": codes.tabulate_explained(scores, total_variance(test.pixels), latent_dim),
        "differences": codes.tabulate_differences(scores, latent_dim),
        "components": codes.tabulate_components(scores, curve, latent_dim),
        "codes": codes.tabulate_codes(codecs, samples, latent_dim),
        "kernel_pca": codes.measure_kernel_pca(splits, scores, plan.n_kernel_images, latent_dim),
        "map": codes.map_codes(codecs, samples.queries, plan.n_map_points) if latent_dim == MAP_DIM else [],
    }
    pictures = codes.draw_directions(codecs, test.pixels, (test.images.shape[-2], test.images.shape[-1]))
    return Measured({"claims": codes.claim(scores), **codes.sizes(samples, plan)}, tables, pictures)


def measure_generation(setting: Setting, test_moments: Moments, generator: str, latent_dim: int) -> Measured:
    """Return distance and share recognised of the samples of a generator."""
    scores = sampling.score_quickly(setting, test_moments, [generator])
    return Measured({}, {"by_latent_dim": sampling.tabulate_swept(scores, latent_dim)}, {})


def measure_vae_activity(codecs: Codecs, splits: Splits, latent_dim: int) -> Measured:
    """Return the activity of the VAE's code; empty tables without a VAE."""
    tables: tuple[Table, Table] = ([], [])
    if "vae" in codecs:
        tables = activity.measure_activity(codecs["vae"], splits["test"].pixels, latent_dim)
    return Measured({}, dict(zip(("activity", "activity_totals"), tables, strict=True)), {})


def pieces_of(params: Params, codecs: Codecs, splits: Splits, latent_dim: int) -> list[Piece]:
    """Return everything to measure, the long pieces first; generation one generator at a time."""
    setting = Setting(
        params.generation, params.seeds, codecs, load_judge(JUDGE_PATH), splits["train"].pixels, splits["test"]
    )
    test_moments = moments(read(setting.judge, setting.test.pixels)[0])
    return [
        Piece("compression", partial(measure_compression, params, codecs, splits, latent_dim)),
        Piece("pca_comparison", partial(measure_pca_comparison, params, codecs, splits, latent_dim)),
        *(
            Piece("generation", partial(measure_generation, setting, test_moments, generator, latent_dim))
            for generator in sampling.present(setting)
        ),
        Piece("vae_activity", partial(measure_vae_activity, codecs, splits, latent_dim)),
    ]


def measure_dimension(params: Params, progress: Progress, cells: Path, latent_dim: int, target: Path) -> None:
    """Measure the cells in a folder and write one folder per evaluation.

    Raises:
        ArtifactError: if a cell is missing, damaged, or was trained under other seeds.
    """
    prune(cells, [cells / model for model in params.models])
    codecs = load_dimension(cells, latent_dim, params.models, params.seeds)
    splits = {name: load_split(DATA_DIR, name) for name in ("train", "validation", "test")}
    pieces = pieces_of(params, codecs, splits, latent_dim)
    measured = side_by_side(
        progress,
        pieces,
        lambda piece: piece.measure(),
        lambda piece: f"latent dimension {latent_dim}, {piece.slug}",
    )
    found: dict[str, Measured] = {}
    for (slug, _), part in zip(pieces, measured, strict=True):
        found[slug] = found[slug].joined(part) if slug in found else part
    for slug, whole in found.items():
        whole.save(target / slug)


def main(params: Params, progress: Progress) -> None:
    """Measure the latent dimension named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--latent-dim", type=int, required=True)
    latent_dim = parser.parse_args().latent_dim
    measure_dimension(params, progress, SWEEP_DIR / str(latent_dim), latent_dim, results_dir("sweep") / str(latent_dim))


if __name__ == "__main__":
    run_stage("sweep", main, n_threads=1)
