"""Measure what codes decode to that no image was encoded to.

Two halves: samples of every generator against real images (``sampling``), which the sweep measured at every latent
dimension and ``baselines`` for real images, and the geometry of the headline's code spaces (``geometry``):
completeness, continuity, maps.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from foundation.parameters import Params, latent_dims
from foundation.paths import results_dir
from foundation.progress import Progress
from foundation.reproducibility.artifacts import read_csv, write_csv, write_json
from foundation.reproducibility.workers import side_by_side
from foundation.stage import run_stage
from stages.protocol import geometry, sampling
from stages.protocol.context import Context, load_context
from stages.protocol.dimensions import copy_pictures, picture_names, table_at
from stages.protocol.pictures import Picture, write_pictures
from stages.protocol.tables import Table
from stages.protocol.trained import list_compared, load_codecs

SLUG = "generation"
PLANE_DIM = 2
N_PATHS_SHOWN = 4


def measure_geometry(context: Context, progress: Progress) -> tuple[dict[str, Table], dict[str, Picture]]:
    """Return the tables and pictures of completeness and continuity."""
    pairs, codecs = geometry.pairs_of(context), list_compared(context.codecs)

    def completeness(name: str) -> dict[str, Table]:
        return {"completeness": geometry.completeness(context, name)}

    def continuity(name: str) -> dict[str, Table]:
        return dict(zip(("paths", "positions"), geometry.continuity(context, name, pairs), strict=True))

    def threshold() -> dict[str, Table]:
        return {"threshold": geometry.threshold_check(context, pairs)}

    pieces: dict[str, Callable[[], dict[str, Table]]] = {
        **{f"completeness of {name}": partial(completeness, name) for name in codecs},
        **{f"continuity of {name}": partial(continuity, name) for name in [geometry.PIXELS, *codecs]},
        "threshold": threshold,
    }
    tables: dict[str, Table] = defaultdict(list)
    for measured in side_by_side(progress, list(pieces), lambda piece: pieces[piece](), str):
        for name, table in measured.items():
            tables[name] += table
    return tables, geometry.draw_paths(context, pairs, N_PATHS_SHOWN)


def main(params: Params, progress: Progress) -> None:
    """State samples, measure geometry, then the two-dimensional code planes where the sweep has them."""
    results, real = results_dir(SLUG), read_csv(results_dir("baselines") / "samples.csv")
    context = load_context(params, load_codecs(params.models, params.seeds, params.latent_dim))
    scores = sampling.gather(real + table_at(SLUG, "samples", params.latent_dim))
    tables, pictures = measure_geometry(context, progress)
    pictures[f"samples_{sampling.FLOOR}"] = sampling.floor_sheet(context)
    confidence_rows: Table = []
    code_rows: Table = []
    if PLANE_DIM in latent_dims(params):
        confidence_rows, code_rows, plane_pictures = geometry.code_planes(
            replace(context, codecs=load_codecs(params.models, params.seeds, PLANE_DIM))
        )
        pictures |= plane_pictures
    tables["by_latent_dim"] = [
        {"latent_dim": latent_dim, **row}
        for latent_dim in latent_dims(params)
        for row in sampling.tabulate(sampling.gather(table_at(SLUG, "samples", latent_dim)))
    ]
    for name, table in {"samples": sampling.tabulate(scores), **tables}.items():
        write_csv(results / f"{name}.csv", table)
    write_csv(results / "figures" / "plane.csv", confidence_rows)
    write_csv(results / "figures" / "plane_codes.csv", code_rows)
    sheets = copy_pictures(SLUG, picture_names(SLUG, params.latent_dim), results / "figures")
    write_pictures(results / "figures", pictures, sheets)
    write_json(results / "metrics.json", {**describe(context), "claims": sampling.claims(scores)})


def describe(context: Context) -> dict[str, Any]:
    """Return what the numbers rest on: sample counts, threshold, regions."""
    n_samples = context.plan.n_samples
    return {
        "latent_dim": next(iter(context.codecs["pca"].values())).n_components_,
        "n_samples": n_samples,
        "n_test": len(context.test.labels),
        "n_references": context.n_references,
        "n_fitted_codes": min(sampling.N_FITTED_CODES, context.n_references // 2),
        "n_neighbour_points": min(sampling.N_NEIGHBOUR_POINTS, n_samples, len(context.test.labels)),
        "n_memorisation_queries": min(sampling.N_MEMORISATION_QUERIES, n_samples),
        "precision_neighbours": context.plan.precision_neighbours,
        "n_mixture_components": context.plan.n_mixture_components,
        "recognition_threshold": context.plan.recognition_threshold,
        "n_completeness_codes": context.plan.n_completeness_codes,
        "n_paths": context.plan.n_paths,
        "path_steps": context.plan.path_steps,
    }


if __name__ == "__main__":
    run_stage(SLUG, main, n_threads=1)
