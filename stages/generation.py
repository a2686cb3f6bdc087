"""Measure what codes decode to that no image was encoded to.

Two halves: samples of every generator against real images (``sampling``), and the geometry of the code
spaces (``geometry``): completeness, continuity, maps. Samples at the other latent dimensions are the sweep's.
"""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from autoencoders.artifacts import write_csv, write_json
from autoencoders.learning.checkpoints import load_judge, load_split
from autoencoders.parameters import Params
from stages import geometry, sampling
from stages.cells import prune_cells
from stages.console import Progress, run_stage
from stages.dimensions import table_over
from stages.loading import load_codecs
from stages.paths import DATA_DIR, HEADLINE_DIR, JUDGE_PATH, results_dir
from stages.pictures import Picture, write_pictures
from stages.setting import Rows, Setting, Table
from stages.side_by_side import side_by_side

PLANE_DIM = 2
N_PATHS_SHOWN = 4


def measure_samples(setting: Setting, progress: Progress) -> tuple[sampling.Scores, dict[str, Picture]]:
    """Return the scores of all generators, the floor and the test images, and a sheet of each."""
    shape = (setting.test.images.shape[-2], setting.test.images.shape[-1])
    scores: sampling.Scores = defaultdict(lambda: defaultdict(list))
    shown: dict[str, Rows] = {}
    reference, sources = sampling.reference_of(setting), sampling.sources(setting)
    measured = side_by_side(
        progress,
        sources,
        lambda piece: sampling.score_source(setting, reference, *piece),
        lambda piece: f"samples of {piece[0]}",
    )
    for (source, _), (measures, images) in zip(sources, measured, strict=True):
        for measure, value in measures.items():
            scores[source][measure].append(value)
        shown.setdefault(source, images)
    for measure, value in sampling.score_images(setting, setting.test.pixels, reference, are_test_images=True).items():
        scores[sampling.TEST][measure].append(value)
    side = setting.plan.n_pictures
    return scores, {f"samples_{name}": sampling.sheet(images, shape, side) for name, images in shown.items()}


def measure_geometry(setting: Setting, progress: Progress) -> tuple[dict[str, Table], dict[str, Picture]]:
    """Return the tables and pictures of completeness and continuity."""
    pairs = geometry.pairs_of(setting)
    halves: dict[str, Callable[[], dict[str, Table]]] = {
        "continuity": lambda: dict(zip(("paths", "positions"), geometry.continuity(setting, pairs), strict=True)),
        "completeness": lambda: {
            "completeness": geometry.completeness(setting),
            "threshold": geometry.threshold_check(setting, pairs),
        },
    }
    measured = side_by_side(progress, list(halves), lambda name: halves[name](), str)
    tables = {name: table for half in measured for name, table in half.items()}
    return tables, geometry.draw_paths(setting, pairs, N_PATHS_SHOWN)


def main(params: Params, progress: Progress) -> None:
    """Measure samples, then geometry, then the two-dimensional code planes where the sweep has them."""
    prune_cells(params, HEADLINE_DIR)
    judge, train = load_judge(JUDGE_PATH), load_split(DATA_DIR, "train")
    test = load_split(DATA_DIR, "test")

    def setting_at(latent_dim: int) -> Setting:
        return Setting(params.generation, params.seeds, load_codecs(params, latent_dim), judge, train.pixels, test)

    setting = setting_at(params.latent_dim)
    scores, pictures = measure_samples(setting, progress)
    tables, path_pictures = measure_geometry(setting, progress)
    pictures |= path_pictures
    confidence_rows: Table = []
    code_rows: Table = []
    if PLANE_DIM in params.latent_dims:
        confidence_rows, code_rows, plane_pictures = geometry.code_planes(setting_at(PLANE_DIM))
        pictures |= plane_pictures
    tables["by_latent_dim"] = table_over(params, "generation", "by_latent_dim")
    results = results_dir("generation")
    for name, table in {"samples": sampling.tabulate(scores), **tables}.items():
        write_csv(results / f"{name}.csv", table)
    write_csv(results / "figures" / "plane.csv", confidence_rows)
    write_csv(results / "figures" / "plane_codes.csv", code_rows)
    write_pictures(results / "figures", pictures)
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
    run_stage("generation", main, n_threads=1)
