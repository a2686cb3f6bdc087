"""How a run grows: the study's graph at other sizes, its cells' measured seconds scaled, on so many workers.

``python -m execution.growth`` prints the table. A model, not a measurement: training scales with images x
seeds, an evaluation with images x seeds x models, what puts the latent dimensions together with their number, and each
stage adds a process's start (``seconds.json`` holds what was measured).
"""

import argparse
import heapq
import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from execution.schedule import SECONDS, ranks

EVALUATIONS = ("denoising", "generation", "vae_anatomy", "explorer")
COLLECTIONS = ("training", "compression", "pca_comparison", "vae_activity")
GIB = 2**30
N_WORKERS = (1, 2, 8, 64)


class Size(NamedTuple):
    """How large a study is; n_images and n_pixels are those of the training set."""

    name: str
    n_models: int
    n_dims: int
    n_seeds: int
    n_images: int
    n_pixels: int


SIZES = (
    Size("the study", 3, 5, 4, 55_000, 784),
    Size("16 seeds", 3, 5, 16, 55_000, 784),
    Size("10 models x 10 dimensions", 10, 10, 4, 55_000, 784),
    Size("32 x 32 x 3 pixels", 3, 5, 4, 50_000, 3_072),
    Size("ImageNet at 64 x 64", 3, 5, 4, 1_281_167, 12_288),
    Size("ImageNet at 224 x 224", 3, 5, 4, 1_281_167, 150_528),
    Size("thousands of cells", 40, 50, 4, 55_000, 784),
)


def study(n_models: int, n_dims: int) -> dict[str, set[str]]:
    """Return the study's graph with so many cells of the sweep: each stage and those it waits for, in serial order."""
    cells = {f"sweep@{dim}": {f"train@{model}-{dim}" for model in range(n_models)} for dim in range(n_dims)}
    trained = [name for found in cells.values() for name in sorted(found)]
    single = ["train_headline", "train_reference"]
    single += [f"train_denoiser@{i}" for i in range(4)]
    single += [f"{name}@{i}" for name in ("train_beta", "train_likelihood") for i in range(2)]
    graph: dict[str, set[str]] = {"check": set(), "fetch": {"check"}, "prepare": {"fetch"}}
    baselines = {"train_judge", "fit_pca"}
    graph |= {name: {"prepare"} for name in [*trained, *single, *sorted(baselines)]}
    graph |= {name: {*found, *baselines} for name, found in cells.items()}
    graph |= {"sweep_headline": {"train_headline", *baselines}, "baselines": baselines}
    graph |= {name: {*cells, *single, "sweep_headline", "baselines"} for name in (*COLLECTIONS, *EVALUATIONS)}
    graph["denoising"] = graph["vae_anatomy"] = graph["latent_tour"] = {*trained, *single, *baselines}
    return graph | {"summary": {*COLLECTIONS, *EVALUATIONS}, "report": {"summary", "latent_tour"}}


def makespan(upstreams: Mapping[str, set[str]], seconds: Mapping[str, float], n_workers: int) -> float:
    """Return the seconds until the last stage ends, longest remaining path first on so many workers."""
    rank = ranks(upstreams, seconds)
    missing = {name: len(found) for name, found in upstreams.items()}
    downstreams: dict[str, list[str]] = {name: [] for name in upstreams}
    for name, found in upstreams.items():
        for upstream in found:
            downstreams[upstream].append(name)
    ready = [(-rank[name], name) for name, count in missing.items() if count == 0]
    running: list[tuple[float, str]] = []
    now = 0.0
    while ready or running:
        while ready and len(running) < n_workers:
            _, name = heapq.heappop(ready)
            heapq.heappush(running, (now + seconds[name], name))
        now, ended = heapq.heappop(running)
        for name in downstreams[ended]:
            missing[name] -= 1
            if missing[name] == 0:
                heapq.heappush(ready, (-rank[name], name))
    return now


def scaled(size: Size, upstreams: Mapping[str, set[str]], constants: Mapping[str, Any]) -> dict[str, float]:
    """Return the seconds of each stage at a size, from those measured at the measured size."""
    base = Size("measured", *constants["size"])
    work = size.n_images * size.n_pixels / (base.n_images * base.n_pixels)
    seeds = size.n_seeds / base.n_seeds
    models = size.n_models / base.n_models
    dims = size.n_dims / base.n_dims
    start = constants["start_seconds"]
    found = {}
    for name in upstreams:
        stage = name.split("@")[0]
        own = max(0.0, constants["seconds"].get(stage, start) - start)
        factor = work * (seeds if stage.startswith("train") and stage not in COLLECTIONS else 1)
        factor *= seeds * models if stage in (*EVALUATIONS, "sweep") else 1
        found[name] = start + own * (models * dims if stage in COLLECTIONS else factor)
    return found


def walls(size: Size, n_stages: int, constants: Mapping[str, Any]) -> list[str]:
    """Return what stands in the way of a size: memory for the images as float32, DVC's record, one message of Dask."""
    resident = 4 * size.n_images * size.n_pixels
    stored = size.n_images * size.n_pixels
    no_op = constants["no_op_seconds_per_stage"] * n_stages
    found = []
    if resident > constants["memory_gib"] * GIB:
        found.append(f"memory: images take {resident / GIB:.0f} GiB a cell, the machine has {constants['memory_gib']}")
    if stored > constants["message_gib"] * GIB:
        found.append(f"transfer: {stored / GIB:.0f} GiB of images pass through the scheduler's memory")
    if no_op > 60:
        found.append(f"DVC: {no_op:.0f} s to see that nothing changed in {n_stages} stages")
    return found


def table(constants: Mapping[str, Any]) -> str:
    """Return the table of all sizes as text."""
    head = f"{'size':28}{'stages':>7}" + "".join(f"{n:>6} workers" for n in N_WORKERS) + "  first wall"
    lines = [head]
    for size in SIZES:
        graph = study(size.n_models, size.n_dims)
        seconds = scaled(size, graph, constants)
        spans = "".join(f"{makespan(graph, seconds, n) / 60:>10.1f} min" for n in N_WORKERS)
        found = walls(size, len(graph), constants)
        lines.append(f"{size.name:28}{len(graph):>7}{spans}  {found[0] if found else '-'}")
    return "\n".join(lines)


def main() -> None:
    """Print the table."""
    argparse.ArgumentParser(prog="execution.growth", description=__doc__).parse_args()
    print(table(json.loads(SECONDS.read_text(encoding="utf-8"))))  # noqa: T201 -- what it is for


if __name__ == "__main__":
    main()
