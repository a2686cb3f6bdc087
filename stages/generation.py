"""Measure what codes decode to that no image was encoded to.

Two halves: samples of every generator against real images (``sampling``), which the sweep measured at every latent
dimension and ``baselines`` for real images, and the geometry of the headline's code spaces (``geometry``):
completeness, continuity, maps.
"""

from collections import defaultdict
from collections.abc import Callable
from functools import partial
from typing import Any

from autoencoders.learning.checkpoints import load_judge, load_split
from autoencoders.parameters import Params
from autoencoders.reproducibility.artifacts import read_csv, write_csv, write_json
from stages.console import Progress, run_stage
from stages.paths import DATA_DIR, HEADLINE_DIR, JUDGE_PATH, results_dir
from stages.pictures import Picture, write_pictures
from stages.protocol import geometry, sampling
from stages.protocol.cells import prune_cells
from stages.protocol.dimensions import copy_pngs, folders, picture_names, table_at
from stages.protocol.loading import load_codecs
from stages.protocol.setting import Setting, Table
from stages.side_by_side import side_by_side

SLUG = "generation"
PLANE_DIM = 2
N_PATHS_SHOWN = 4


def measure_geometry(setting: Setting, progress: Progress) -> tuple[dict[str, Table], dict[str, Picture]]:
    """Return the tables and pictures of completeness and continuity."""
    pairs, codecs = geometry.pairs_of(setting), geometry.present(setting)

    def completeness(name: str) -> dict[str, Table]:
        return {"completeness": geometry.completeness(setting, name)}

    def continuity(name: str) -> dict[str, Table]:
        return dict(zip(("paths", "positions"), geometry.continuity(setting, name, pairs), strict=True))

    def threshold() -> dict[str, Table]:
        return {"threshold": geometry.threshold_check(setting, pairs)}

    pieces: dict[str, Callable[[], dict[str, Table]]] = {
        **{f"completeness of {name}": partial(completeness, name) for name in codecs},
        **{f"continuity of {name}": partial(continuity, name) for name in [geometry.PIXELS, *codecs]},
        "threshold": threshold,
    }
    tables: dict[str, Table] = defaultdict(list)
    for measured in side_by_side(progress, list(pieces), lambda piece: pieces[piece](), str):
        for name, table in measured.items():
            tables[name] += table
    return tables, geometry.draw_paths(setting, pairs, N_PATHS_SHOWN)


def main(params: Params, progress: Progress) -> None:
    """State samples, measure geometry, then the two-dimensional code planes where the sweep has them."""
    results, real = results_dir(SLUG), read_csv(results_dir("baselines") / "samples.csv")
    prune_cells(params, HEADLINE_DIR)
    judge, train = load_judge(JUDGE_PATH), load_split(DATA_DIR, "train")
    test = load_split(DATA_DIR, "test")

    def setting_at(latent_dim: int) -> Setting:
        return Setting(params.generation, params.seeds, load_codecs(params, latent_dim), judge, train.pixels, test)

    setting = setting_at(params.latent_dim)
    scores = sampling.gather(real + table_at(params, SLUG, "samples", params.latent_dim))
    tables, pictures = measure_geometry(setting, progress)
    pictures[f"samples_{sampling.FLOOR}"] = sampling.floor_sheet(setting)
    confidence_rows: Table = []
    code_rows: Table = []
    if PLANE_DIM in params.latent_dims:
        confidence_rows, code_rows, plane_pictures = geometry.code_planes(setting_at(PLANE_DIM))
        pictures |= plane_pictures
    tables["by_latent_dim"] = [
        {"latent_dim": latent_dim, **row}
        for latent_dim in folders(params)
        for row in sampling.tabulate(sampling.gather(table_at(params, SLUG, "samples", latent_dim)))
    ]
    for name, table in {"samples": sampling.tabulate(scores), **tables}.items():
        write_csv(results / f"{name}.csv", table)
    write_csv(results / "figures" / "plane.csv", confidence_rows)
    write_csv(results / "figures" / "plane_codes.csv", code_rows)
    sheets = dict.fromkeys(picture_names(params, SLUG, params.latent_dim), params.latent_dim)
    write_pictures(results / "figures", pictures, copy_pngs(params, SLUG, sheets, results / "figures"))
    write_json(results / "metrics.json", {**describe(setting), "claims": sampling.claims(scores)})


def describe(setting: Setting) -> dict[str, Any]:
    """Return what the numbers rest on: sample counts, threshold, regions."""
    n_samples = setting.plan.n_samples
    return {
        "latent_dim": next(iter(setting.codecs["pca"].values())).n_components_,
        "n_samples": n_samples,
        "n_test": len(setting.test.labels),
        "n_references": setting.n_references,
        "n_fitted_codes": min(sampling.N_FITTED_CODES, setting.n_references // 2),
        "n_neighbour_points": min(sampling.N_NEIGHBOUR_POINTS, n_samples, len(setting.test.labels)),
        "n_memorisation_queries": min(sampling.N_MEMORISATION_QUERIES, n_samples),
        "precision_neighbours": setting.plan.precision_neighbours,
        "n_mixture_components": setting.plan.n_mixture_components,
        "recognition_threshold": setting.plan.recognition_threshold,
        "n_completeness_codes": setting.plan.n_completeness_codes,
        "n_paths": setting.plan.n_paths,
        "path_steps": setting.plan.path_steps,
    }


if __name__ == "__main__":
    run_stage(SLUG, main, n_threads=1)
