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
from autoencoders.learning.checkpoints import load_pca
from foundation.parameters import Params
from foundation.paths import DATA_DIR, PCA_PATH, swept_dir
from foundation.progress import Progress
from foundation.reproducibility.artifacts import load_dataset_info, write_csv, write_json
from foundation.reproducibility.workers import side_by_side
from foundation.stage import run_stage
from stages.protocol import activity, byte_rates, dimension_reduction, reconstructions, sampling
from stages.protocol.context import Context, load_context
from stages.protocol.pictures import Picture, write_pictures
from stages.protocol.tables import Table
from stages.protocol.trained import load_codecs

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


class Dimension(NamedTuple):
    """A latent dimension with all that its measurements start from."""

    params: Params
    latent_dim: int
    context: Context
    scores: reconstructions.Scores
    readings: reconstructions.Readings


def measure_compression(at: Dimension) -> Measured:
    """Return errors, pictures, rates and claims of the reconstructions."""
    plan, codecs, test = at.params.compression, at.context.codecs, at.context.test
    coded = byte_rates.choose_images(at.context.splits, plan.n_rate_images)
    coders = byte_rates.coders(codecs, coded)
    tables = {
        "quality": reconstructions.tabulate(at.scores, at.latent_dim),
        "classes": reconstructions.tabulate_classes(at.scores, test, load_dataset_info(DATA_DIR).class_names),
        "rates": byte_rates.measure_rates(coders, coded, plan.widths, at.latent_dim),
    }
    pictures = {
        f"reconstructions_{at.latent_dim}": reconstructions.draw_reconstructions(codecs, test, plan.n_pictures),
        **reconstructions.draw_worst(codecs, at.scores, test, plan.n_pictures),
    }
    metrics = {
        **reconstructions.summarise(codecs, at.scores, at.readings, test),
        "stream": byte_rates.round_trip(coders, coded, plan, test.pixels),
    }
    return Measured(metrics, tables, pictures)


def measure_pca_comparison(at: Dimension) -> Measured:
    """Return errors against PCA's and kernel PCA's, and what codes tell of their image."""
    plan, codecs, splits = at.params.pca_comparison, at.context.codecs, at.context.splits
    test, latent_dim = splits["test"], at.latent_dim
    samples = dimension_reduction.choose_samples(splits["train"], test, plan)
    codes = dimension_reduction.score_codes(codecs, samples)
    errors = {name: measures["se"] for name, measures in at.scores.items()}
    curve = dimension_reduction.error_curve(
        load_pca(PCA_PATH, dimension_reduction.count_components(at.params.fit_pca, len(at.context.train))),
        test.pixels,
    )
    n_points = plan.n_map_points if latent_dim == MAP_DIM else 0
    tables = {
        "explained": dimension_reduction.tabulate_explained(errors, total_variance(test.pixels), latent_dim),
        "differences": dimension_reduction.tabulate_differences(errors, latent_dim),
        "components": dimension_reduction.tabulate_components(errors, curve, latent_dim),
        "codes": dimension_reduction.tabulate_codes(codes, latent_dim),
        "kernel_pca": dimension_reduction.measure_kernel_pca(splits, errors, plan.n_kernel_images, latent_dim),
        "map": dimension_reduction.map_codes(codecs, samples.queries, n_points) if n_points else [],
    }
    pictures = dimension_reduction.draw_directions(codecs, test.pixels, test.image_shape)
    metrics = {"claims": dimension_reduction.claims(at.scores, codes), **dimension_reduction.sizes(samples, plan)}
    return Measured(metrics, tables, pictures)


def measure_generator(at: Dimension, references: sampling.References, generator: str, seed: int) -> Measured:
    """Return every measure of the samples of a generator under a seed; of the first seed a sheet, too."""
    context = at.context
    scores, images = sampling.score_generator(context, references, generator, seed)
    pictures = {}
    if seed == context.seeds[0]:
        pictures[f"samples_{generator}"] = sampling.sheet(images, context.image_shape, context.plan.n_pictures)
    return Measured({}, {"samples": sampling.list_values(generator, seed, scores)}, pictures)


def measure_vae_activity(at: Dimension) -> Measured:
    """Return the activity of the VAE's code; empty tables without a VAE."""
    tables: tuple[Table, Table] = ([], [])
    if "vae" in at.context.codecs:
        tables = activity.measure_activity(at.context.codecs["vae"], at.context.test.pixels, at.latent_dim)
    return Measured({}, dict(zip(("activity", "activity_totals"), tables, strict=True)), {})


def list_pieces(at: Dimension) -> list[Piece]:
    """Return everything to measure, the long pieces first; generation one generator and seed at a time."""
    references = sampling.References(at.context)
    return [
        Piece("pca_comparison", partial(measure_pca_comparison, at)),
        Piece("compression", partial(measure_compression, at)),
        *(
            Piece("generation", partial(measure_generator, at, references, generator, seed))
            for generator in sampling.list_generators(at.context)
            for seed in at.context.seeds
        ),
        Piece("vae_activity", partial(measure_vae_activity, at)),
    ]


def measure_dimension(params: Params, progress: Progress, latent_dim: int) -> dict[str, Measured]:
    """Return what each evaluation states at a latent dimension.

    Raises:
        ArtifactError: if a cell is missing, damaged, or was trained under other seeds.
    """
    context, label = (
        load_context(params, load_codecs(params.models, params.seeds, latent_dim)),
        f"latent dimension {latent_dim}",
    )

    def run(measure: Callable[[Any], Any], of_codecs: Sequence[Any]) -> Iterator[Any]:
        return side_by_side(progress, of_codecs, measure, lambda piece: f"{label}, reconstructions of {piece.name}")

    mean_image = load_pca(PCA_PATH, latent_dim).mean_
    scored = reconstructions.score(context.codecs, context.test, mean_image, context.readers, run)
    pieces = list_pieces(Dimension(params, latent_dim, context, *scored))
    measured = side_by_side(progress, pieces, lambda piece: piece.measure(), lambda piece: f"{label}, {piece.slug}")
    found: dict[str, Measured] = {}
    for (slug, _), part in zip(pieces, measured, strict=True):
        found[slug] = found[slug].joined(part) if slug in found else part
    return found


def main(params: Params, progress: Progress) -> None:
    """Measure the latent dimension named on the command line and write one folder per evaluation."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--latent-dim", type=int, required=True)
    latent_dim = parser.parse_args().latent_dim
    for slug, measured in measure_dimension(params, progress, latent_dim).items():
        measured.save(swept_dir(latent_dim) / slug)


if __name__ == "__main__":
    run_stage("sweep", main, n_threads=1)
