"""How cost grows: ``python -m benchmarks.growth``, the table growth.csv and the figure growth.svg.

The study's own stages, in a scratch folder with a ``params.yaml`` of their own: ``train`` for AE and VAE at each latent
dimension, for two epochs, then ``sweep``, which is all that is stated at a latent dimension. Varied from four seeds,
one latent dimension, 55,000 training images and two cores: seeds, latent dimensions, images (550,000 are copies that
are shifted by up to two pixels); and with five latent dimensions the cores. Commands run at once, one a core, as in
``make report``. How long as many commands take to start is noted beside it. Memory is the peak of the largest process,
as the operating system has it (Linux and macOS).
Classifiers that judge images, features and PCA are those of a finished run (``make report``), in every size the same.

Half an hour on two idle cores. Rows are written after each size; a second start goes on with what is
missing.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import yaml

from benchmarks.chart import draw_growth
from benchmarks.machine import BenchmarkError, run
from benchmarks.rows import Row, grow_table, select
from benchmarks.settings import GROWTH_CHART_PATH, GROWTH_PATH, MODELS, STUDY_SEEDS, plan_of_training
from benchmarks.stages import run_and_measure
from foundation.paths import CHECKPOINTS_DIR, DATA_DIR, PARAMS_PATH, PCA_PATH
from foundation.reproducibility.artifacts import read_arrays, write_arrays, write_bytes

EPOCHS = 2
LATENT_DIMS = (16, 2, 4, 8, 32, 3, 6, 12, 24, 48)  # the first n
SHIFTS = ((0, 0), (0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (-1, -1), (1, -1), (-1, 1), (2, 0))
CODE = ("autoencoders", "foundation", "stages")


class Size(NamedTuple):
    """How large a study is."""

    n_seeds: int = STUDY_SEEDS
    n_latent_dims: int = 1
    n_images: int = 55_000
    n_cores: int = 2


SWEPT = {
    "n_seeds": [Size(n_seeds=n) for n in (1, 4, 16)],
    "n_latent_dims": [Size(n_latent_dims=n) for n in (5, 10)],
    "n_images": [Size(n_images=n) for n in (5_500, 55_000, 550_000)],
    "n_cores": [Size(n_latent_dims=5, n_cores=n) for n in (1, 2)],
}


def next_job(rows: list[Row]) -> Size | None:
    """Return the size that is missing next."""
    sizes = dict.fromkeys(size for sizes in SWEPT.values() for size in sizes)
    return next((size for size in sizes if not select(rows, **size._asdict())), None)


def repeat_shifted(images: np.ndarray, n: int) -> np.ndarray:
    """Return the first n of images (m, h, w) and their copies shifted by SHIFTS, pixels that leave come in opposite."""
    n_copies = -(-n // len(images))
    return np.concatenate([np.roll(images, shift, axis=(1, 2)) for shift in SHIFTS[:n_copies]])[:n]


def fill_folder(folder: Path, size: Size) -> None:
    """Lay out a study of a size: code and data are linked, the training images written anew, params.yaml changed."""
    links = [*map(Path, CODE), *(path for path in DATA_DIR.iterdir() if path.stem != "train")]
    links += [CHECKPOINTS_DIR / "judges", CHECKPOINTS_DIR / "features", PCA_PATH]
    for path in links:
        if not path.exists():
            raise BenchmarkError(f"{path}: expected what a finished run leaves, found nothing; make report")
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).symlink_to(path.absolute())
    train = read_arrays(DATA_DIR / "train.safetensors")
    n_copies = -(-size.n_images // len(train["labels"]))
    labels = np.tile(train["labels"], n_copies)[: size.n_images]
    images = repeat_shifted(train["images"], size.n_images)
    write_arrays(folder / DATA_DIR / "train.safetensors", {"images": images, "labels": labels})
    params = yaml.safe_load(PARAMS_PATH.read_text(encoding="utf-8"))
    changed = {"epochs": EPOCHS, "seeds": list(range(size.n_seeds)), "models": list(MODELS)}
    (folder / PARAMS_PATH).write_text(yaml.safe_dump({**params, **changed}), encoding="utf-8")


def run_stage(folder: Path, arguments: Sequence[str]) -> float:
    """Run a stage on one thread and return its peak memory in GiB.

    Raises:
        BenchmarkError: if it fails.
    """
    _, code, rows = run_and_measure(["python", "-m", *arguments], folder=folder, n_threads=1)
    if code:
        raise BenchmarkError(f"{' '.join(arguments)}: expected exit code 0, got {code}")
    return float(rows[0]["peak_gib"])


def time_start(module: str) -> float:
    """Return the seconds until a stage has imported what it needs, on one thread."""
    start = time.perf_counter()
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    subprocess.run([sys.executable, "-m", module, "--help"], env=environment, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start


def measure(size: Size) -> list[Row]:
    """Return one row for the training and one for the evaluation of a study of a size."""
    dims = [str(dim) for dim in LATENT_DIMS[: size.n_latent_dims]]
    parts = {
        "training": [["stages.train", "--model", model, "--latent-dim", dim] for dim in dims for model in MODELS],
        "evaluation": [["stages.sweep", "--latent-dim", dim] for dim in dims],
    }
    rows = []
    with tempfile.TemporaryDirectory() as name:
        fill_folder(Path(name), size)
        for part, commands in parts.items():
            starting = time_start(commands[0][0]) * len(commands) / size.n_cores
            start = time.perf_counter()
            with ThreadPoolExecutor(size.n_cores) as pool:
                gib = max(pool.map(partial(run_stage, Path(name)), commands))
            rows.append(
                {**size._asdict(), "part": part, "seconds": time.perf_counter() - start, "start": starting, "gib": gib}
            )
    return rows


def list_points(rows: Sequence[Row], swept: str, part: str) -> list[Row]:
    """Return the rows of a part along what is varied, those that are measured."""
    return [row for size in SWEPT[swept] for row in select(rows, part=part, **size._asdict())]


def main() -> None:
    """Measure what is missing, draw the figure, print the rows."""
    prepare: Callable[[], Callable[[Size], list[Row]]] = lambda: measure  # noqa: E731 -- loads nothing itself
    rows = grow_table("benchmarks.growth", __doc__, GROWTH_PATH, next_job, prepare, plan_of_training())
    points = {swept: {part: list_points(rows, swept, part) for part in ("training", "evaluation")} for swept in SWEPT}
    write_bytes(GROWTH_CHART_PATH, draw_growth(points))
    for row in rows:
        print(", ".join(f"{name} {value}" for name, value in row.items() if name != "machine"))


if __name__ == "__main__":
    run("growth", main)
