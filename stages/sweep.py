"""Measure everything that is stated at every latent dimension, at one of them.

Quality and rates of the reconstructions, codes against PCA's, samples, activity of the VAE's code: one folder of
tables and pictures per evaluation, which the evaluations put together over the latent dimensions.
"""

import argparse
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from autoencoders.evaluation.metrics import total_variance
from autoencoders.learning.checkpoints import Split, load_judge, load_pca, load_split
from autoencoders.parameters import Params
from autoencoders.reproducibility.artifacts import load_dataset_info, write_csv, write_json
from stages.console import Progress, run_stage
from stages.folders import prune
from stages.paths import DATA_DIR, JUDGE_PATH, PCA_PATH, SWEEP_DIR, results_dir
from stages.pictures import Picture, write_pictures
from stages.protocol import activity, codes, quality, rates, sampling
from stages.protocol.codecs import Codecs, load_dimension
from stages.protocol.setting import Setting, Splits, Table
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


class Scored(NamedTuple):
    """What every codec makes of the test images, from which two evaluations start."""

    scores: quality.Scores
    read_rightly: dict[str, quality.Values]


def measure_compression(params: Params, codecs: Codecs, splits: Splits, scored: Scored, latent_dim: int) -> Measured:
    """Return errors, pictures, rates and claims of the reconstructions."""
    plan, test, info = params.compression, splits["test"], load_dataset_info(DATA_DIR)
    scores, read_rightly = scored
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


def measure_pca_comparison(params: Params, codecs: Codecs, splits: Splits, scored: Scored, latent_dim: int) -> Measured:
    """Return errors against PCA's and kernel PCA's, and what codes tell of their image."""
    plan, test = params.pca_comparison, splits["test"]
    samples = codes.choose_samples(splits["train"], test, plan)
    scores = {name: measures["se"] for name, measures in scored.scores.items()}
    curve = codes.error_curve(load_pca(PCA_PATH, params.n_components), test.pixels)
    tables = {
        "explained": codes.tabulate_explained(scores, total_variance(test.pixels), latent_dim),
        "differences": codes.tabulate_differences(scores, latent_dim),
        "components": codes.tabulate_components(scores, curve, latent_dim),
        "codes": codes.tabulate_codes(codecs, samples, latent_dim),
        "kernel_pca": codes.measure_kernel_pca(splits, scores, plan.n_kernel_images, latent_dim),
        "map": codes.map_codes(codecs, samples.queries, plan.n_map_points) if latent_dim == MAP_DIM else [],
    }
    pictures = codes.draw_directions(codecs, test.pixels, image_shape(test))
    return Measured({"claims": codes.claim(scores), **codes.sizes(samples, plan)}, tables, pictures)


def measure_generation(
    setting: Setting, reference: sampling.Reference, image_shape: tuple[int, int], generator: str, seed: int
) -> Measured:
    """Return every measure of the samples of a generator under a seed; of the first seed a sheet, too."""
    scores, images = sampling.score_generator(setting, reference, generator, seed)
    pictures = {}
    if seed == setting.seeds[0]:
        pictures[f"samples_{generator}"] = sampling.sheet(images, image_shape, setting.plan.n_pictures)
    return Measured({}, {"samples": sampling.list_values(generator, seed, scores)}, pictures)


def measure_vae_activity(codecs: Codecs, splits: Splits, latent_dim: int) -> Measured:
    """Return the activity of the VAE's code; empty tables without a VAE."""
    tables: tuple[Table, Table] = ([], [])
    if "vae" in codecs:
        tables = activity.measure_activity(codecs["vae"], splits["test"].pixels, latent_dim)
    return Measured({}, dict(zip(("activity", "activity_totals"), tables, strict=True)), {})


def pieces_of(params: Params, codecs: Codecs, splits: Splits, scored: Scored, latent_dim: int) -> list[Piece]:
    """Return everything to measure besides, the long pieces first; generation one generator and seed at a time."""
    test = splits["test"]
    setting = Setting(params.generation, params.seeds, codecs, load_judge(JUDGE_PATH), splits["train"].pixels, test)
    samples = partial(measure_generation, setting, sampling.reference_of(setting), image_shape(test))
    return [
        Piece("pca_comparison", partial(measure_pca_comparison, params, codecs, splits, scored, latent_dim)),
        Piece("compression", partial(measure_compression, params, codecs, splits, scored, latent_dim)),
        *(
            Piece("generation", partial(samples, generator, seed))
            for generator in sampling.present(setting)
            for seed in setting.seeds
        ),
        Piece("vae_activity", partial(measure_vae_activity, codecs, splits, latent_dim)),
    ]


def image_shape(split: Split) -> tuple[int, int]:
    """Return height and width of the images of a split."""
    return split.images.shape[-2], split.images.shape[-1]


def measure_dimension(params: Params, progress: Progress, cells: Path, latent_dim: int, target: Path) -> None:
    """Measure the cells in a folder and write one folder per evaluation.

    Raises:
        ArtifactError: if a cell is missing, damaged, or was trained under other seeds.
    """
    prune(cells, [cells / model for model in params.models])
    codecs = load_dimension(cells, latent_dim, params.models, params.seeds)
    splits = {name: load_split(DATA_DIR, name) for name in ("train", "validation", "test")}

    def run(measure: Callable[[quality.Piece], Any], of_codecs: Sequence[quality.Piece]) -> Iterator[Any]:
        label = f"latent dimension {latent_dim}, reconstructions of"
        return side_by_side(progress, of_codecs, measure, lambda piece: f"{label} {piece[0]}")

    scored = Scored(*quality.score(codecs, splits["test"], image_shape(splits["test"]), load_judge(JUDGE_PATH), run))
    pieces = pieces_of(params, codecs, splits, scored, latent_dim)
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
