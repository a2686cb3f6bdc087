"""Measure what codes decode to that no image was encoded to.

Two halves: samples of every generator against real images (``sampling``), which the sweep measured at every latent
dimension and ``baselines`` for real images, and the code spaces of the headline: whether codes follow N(0, I)
(``geometry``), completeness, continuity, and maps of the plane.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from foundation.parameters import Params, latent_dims
from foundation.paths import results_dir
from foundation.progress import Progress
from foundation.reproducibility.artifacts import read_csv, write_csv, write_json
from foundation.reproducibility.workers import side_by_side
from foundation.stage import run_stage
from foundation.vocabulary import PLANE_DIM
from stages.protocol import completeness, continuity, geometry, sampling
from stages.protocol.context import Context, load_context
from stages.protocol.dimensions import copy_pictures, picture_names, table_at
from stages.protocol.pictures import write_pictures
from stages.protocol.tables import SeedScores, Table, tabulate
from stages.protocol.trained import list_compared, load_codecs

SLUG = "generation"
N_PATHS_SHOWN = 4
DIMENSION_MEASURES = ("frechet", "recognised")  # those whose course over the latent dimension is stated
LAYOUTS: dict[str, tuple[tuple[str, ...], dict[str, tuple[float, float]]]] = {  # columns, bounds of the measures
    "completeness": (completeness.COLUMNS, completeness.BOUNDS),
    "controls": (completeness.CONTROL_COLUMNS, completeness.BOUNDS),
    "paths": (continuity.COLUMNS, continuity.BOUNDS),
    "positions": (continuity.POSITION_COLUMNS, {}),
    "codes": (geometry.CODE_COLUMNS, {}),
    "scales": (geometry.SCALE_COLUMNS, geometry.SCALE_BOUNDS),
}
Measure = Callable[[Context, str], SeedScores]
Pieces = dict[str, Callable[[], dict[str, SeedScores]]]


def list_pieces(context: Context) -> Pieces:
    """Return what is measured of the code spaces by name, the long pieces first; each gives parts of some tables."""
    codecs, references = list_compared(context.codecs), sampling.References(context)

    def of_one(table: str, measure: Measure, name: str) -> dict[str, SeedScores]:
        return {table: measure(context, name)}

    def of_each(table: str, measure: Measure, names: Sequence[str]) -> Pieces:
        return {f"{table} of {name}": partial(of_one, table, measure, name) for name in names}

    return {
        **of_each("scales", partial(geometry.draw_at_scales, references), [name for name in codecs if name != "pca"]),
        **of_each("completeness", completeness.measure, codecs),
        **{f"paths of {n}": partial(continuity.measure, context, n) for n in continuity.list_codecs(context)},
        **of_each("controls", completeness.measure_control, completeness.CHECKED),
        **of_each("codes", geometry.compare_codes, geometry.list_code_sets(context)),
    }


def measure_code_spaces(context: Context, progress: Progress) -> dict[str, SeedScores]:
    """Return the numbers of each table of the code spaces, per seed."""
    pieces = list_pieces(context)
    scores: dict[str, SeedScores] = {table: {} for table in LAYOUTS}
    for measured in side_by_side(progress, list(pieces), lambda piece: pieces[piece](), str):
        for table, part in measured.items():
            scores[table] |= part
    return scores


def claims(
    spaces: dict[str, SeedScores], samples: sampling.Scores, threshold: float, unjudged: Sequence[sampling.Key] = ()
) -> dict[str, dict[str, Any]]:
    """Return the numbers of every part of C5, C6 and C8; the threshold is that of recognition.

    Measures of samples that are unjudged, by family, have no vote.
    """
    return {
        **geometry.claims(spaces["codes"]),
        **completeness.claims(spaces["completeness"], spaces["controls"], threshold),
        **continuity.claims(spaces["paths"]),
        **sampling.claims(samples, unjudged),
    }


def tabulate_dimensions(params: Params) -> Table:
    """Return the course of some measures of samples over the latent dimension."""
    return [
        {"latent_dim": latent_dim, **row}
        for latent_dim in latent_dims(params)
        for row in sampling.tabulate(sampling.gather(table_at(SLUG, "samples", latent_dim)))
        if row["measure"] in DIMENSION_MEASURES
    ]


def main(params: Params, progress: Progress) -> None:
    """State samples, measure the code spaces, then the two-dimensional planes where the sweep has them."""
    results, real = results_dir(SLUG), read_csv(results_dir("baselines") / "samples.csv")
    context = load_context(params, load_codecs(params.models, params.seeds, params.latent_dim))
    samples = sampling.gather(real + table_at(SLUG, "samples", params.latent_dim))
    unjudged = sampling.list_unjudged(context)
    spaces = measure_code_spaces(context, progress)
    pictures = {
        **continuity.draw_paths(context, N_PATHS_SHOWN),
        f"samples_{sampling.FLOOR}": sampling.floor_sheet(context),
    }
    confidence_rows: Table = []
    code_rows: Table = []
    if PLANE_DIM in latent_dims(params):
        confidence_rows, code_rows, plane_pictures = geometry.code_planes(
            replace(context, codecs=load_codecs(params.models, params.seeds, PLANE_DIM))
        )
        pictures |= plane_pictures
    tables = {
        "samples": sampling.tabulate(samples),
        "shares": sampling.shares(samples, unjudged),
        "by_latent_dim": tabulate_dimensions(params),
        **{name: tabulate(columns, spaces[name], bounds) for name, (columns, bounds) in LAYOUTS.items()},
    }
    for name, table in tables.items():
        write_csv(results / f"{name}.csv", table)
    write_csv(results / "figures" / "plane.csv", confidence_rows)
    write_csv(results / "figures" / "plane_codes.csv", code_rows)
    sheets = copy_pictures(SLUG, picture_names(SLUG, params.latent_dim), results / "figures")
    write_pictures(results / "figures", pictures, sheets)
    found = claims(spaces, samples, context.plan.recognition_threshold, unjudged)
    too_few = {"too_few_images_for": [family for family, _ in unjudged]} if unjudged else {}
    write_json(results / "metrics.json", {**describe(context), **too_few, "claims": found})


def describe(context: Context) -> dict[str, Any]:
    """Return what the numbers rest on: sample counts, threshold, regions."""
    n_samples = context.plan.n_samples
    return {
        "latent_dim": next(iter(context.codecs["pca"].values())).n_components_,
        "n_samples": n_samples,
        "n_test": context.n_compared,
        "n_references": context.n_references,
        "n_fitted_codes": min(sampling.N_FITTED_CODES, context.n_references // 2),
        "n_neighbour_points": min(sampling.N_NEIGHBOUR_POINTS, n_samples, len(context.test.labels)),
        "n_memorisation_queries": min(sampling.N_MEMORISATION_QUERIES, n_samples),
        "precision_neighbours": context.plan.precision_neighbours,
        "n_mixture_components": context.plan.n_mixture_components,
        "recognition_threshold": context.plan.recognition_threshold,
        "strict_threshold": completeness.STRICT_THRESHOLD,
        "n_completeness_codes": context.plan.n_completeness_codes,
        "least_share_of_real": completeness.SMALLEST_SHARE_OF_REAL,
        "largest_share_of_others": completeness.LARGEST_SHARE_OF_OTHERS,
        "n_scale_draws": min(geometry.N_SCALE_DRAWS, n_samples),
        "n_paths": context.plan.n_paths,
        "path_steps": context.plan.path_steps,
    }


if __name__ == "__main__":
    run_stage(SLUG, main, n_threads=1)
