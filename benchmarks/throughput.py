"""How much of the machine's speed training uses: ``python -m benchmarks.throughput``, two minutes.

Every core trains its own model with four seeds at the same time, as ``make report`` does: a process and a thread each.
The peak, large matrix multiplications on all cores, is measured in turns with it.
"""

import multiprocessing
import tempfile
import time
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from itertools import product
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch

from autoencoders.arrays import Rows
from autoencoders.learning.estimators import BaseAutoencoder
from autoencoders.learning.training_loop import train
from benchmarks.machine import describe_machine, make_parser, run, wait_until_idle
from benchmarks.peak import count_flop_per_image, measure_large_products
from benchmarks.rows import say
from benchmarks.settings import (
    MODELS,
    PRECISIONS,
    STUDY_SEEDS,
    THROUGHPUT_PATH,
    build_estimator,
    load_images,
    plan_of_training,
)
from benchmarks.table import align_columns
from execution.stage_command import count_cores
from foundation.reproducibility.allocation import keep_freed_memory
from foundation.reproducibility.artifacts import write_json
from foundation.vocabulary import ProductPrecision

N_ROUNDS, N_IMAGES = 5, 6400
_pixels = torch.zeros(0)  # of a worker, read once


def _begin_worker(path: Path) -> None:
    global _pixels  # noqa: PLW0603 -- a process's own state, set when it starts
    torch.set_num_threads(1)
    keep_freed_memory()  # as in training's stages
    _pixels = torch.from_numpy(np.load(path))


def train_epoch(estimator: BaseAutoencoder, precision: ProductPrecision) -> int:
    """Train STUDY_SEEDS networks at once for an epoch, in a worker, and return how many images that were."""
    seeds = range(STUDY_SEEDS)
    train(lambda: estimator.build_network(_pixels.shape[1]), _pixels, plan=estimator, seeds=seeds, precision=precision)
    return STUDY_SEEDS * len(_pixels)


def measure_rate(pool: ProcessPoolExecutor, estimator: BaseAutoencoder, precision: ProductPrecision) -> float:
    """Return images trained on per second, all processes and their networks together."""
    start = time.perf_counter()
    epochs = [pool.submit(train_epoch, estimator, precision) for _ in range(count_cores())]
    return sum(epoch.result() for epoch in epochs) / (time.perf_counter() - start)


def measure_rates(pixels: Rows, n_rounds: int) -> list[dict[str, Any]]:
    """Return the medians of rate and peak, and the share of the peak, of each model under each precision."""
    rates, peaks = defaultdict(list), defaultdict(list)
    estimators = {model: build_estimator(model, epochs=1) for model in MODELS}
    spawn = multiprocessing.get_context("spawn")  # a fork would inherit OpenMP's threads
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "pixels.npy"
        np.save(path, pixels)
        with ProcessPoolExecutor(count_cores(), mp_context=spawn, initializer=_begin_worker, initargs=(path,)) as pool:
            measure_rate(pool, estimators["ae"], "float32")  # starts the processes
            for _, precision in product(range(n_rounds), PRECISIONS):
                peaks[precision].append(measure_large_products(precision))
                for model, estimator in estimators.items():
                    rates[model, precision].append(measure_rate(pool, estimator, precision))
    rows = []
    for model, precision in product(MODELS, PRECISIONS):
        rate, peak = median(rates[model, precision]), median(peaks[precision])
        gflops = rate * count_flop_per_image(estimators[model].build_network(pixels.shape[1])) / 1e9
        row = {"model": model, "precision": precision, "images_per_second": rate, "gflops": gflops, "peak": peak}
        rows.append({**row, "share_of_peak": gflops / peak})
    return rows


def main() -> None:
    """Measure, write the results, print them."""
    is_busy = make_parser("benchmarks.throughput", __doc__).parse_args().busy
    if not is_busy:
        wait_until_idle(say)
    torch.set_num_threads(count_cores())
    rates = measure_rates(load_images(N_IMAGES).train, N_ROUNDS)
    about = {"plan": plan_of_training(), "machine": describe_machine(), "is_busy": is_busy}
    write_json(THROUGHPUT_PATH, {**about, "rates": rates})
    print(align_columns([list(rates[0]), *(list(row.values()) for row in rates)]))


if __name__ == "__main__":
    run("throughput", main)
