"""One epoch of our training on every core at the same time, as ``make report`` trains: a process and a thread each."""

import multiprocessing
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import torch

from benchmarks.loops import time_our_epoch
from benchmarks.settings import Contest
from execution.stage_command import count_cores
from foundation.reproducibility.allocation import keep_freed_memory
from foundation.vocabulary import ProductPrecision

_pixels = torch.zeros(0)  # of a worker, read once


def _begin_worker(path: Path) -> None:
    global _pixels  # noqa: PLW0603 -- a process's own state, set when it starts
    torch.set_num_threads(1)
    keep_freed_memory()  # as in training's stages
    _pixels = torch.from_numpy(np.load(path))


def _train_epoch(contest: Contest, n_seeds: int, precision: ProductPrecision) -> int:
    time_our_epoch(contest, _pixels, n_seeds, precision)
    return len(_pixels)


class SideBySide:
    """Processes that train the same network at the same time.

    Args:
        path: A .npy file of images (n, n_pixels) float32, one epoch's.
    """

    def __init__(self, path: Path) -> None:
        spawn = multiprocessing.get_context("spawn")  # a fork would inherit OpenMP's threads
        self.n_processes = count_cores()
        self.pool = ProcessPoolExecutor(self.n_processes, mp_context=spawn, initializer=_begin_worker, initargs=(path,))

    def measure_rate(self, contest: Contest, n_seeds: int, precision: ProductPrecision) -> float:
        """Return images trained on per second, all processes together, each with n_seeds networks at once."""
        start = time.perf_counter()
        epochs = [self.pool.submit(_train_epoch, contest, n_seeds, precision) for _ in range(self.n_processes)]
        n_images = sum(epoch.result() for epoch in epochs)
        return n_seeds * n_images / (time.perf_counter() - start)

    def close(self) -> None:
        """End the processes."""
        self.pool.shutdown(cancel_futures=True)
