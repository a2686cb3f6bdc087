"""Independent pieces of an evaluation, as many at once as there are cores: threads, each piece computing on one.

NumPy and PyTorch let go of Python's lock while they compute. Results come in the order of the pieces and, as no piece
sees how many others run, have the same bytes for any number of workers.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import torch
from threadpoolctl import threadpool_limits

from stages.console import Progress

Piece = TypeVar("Piece")
Result = TypeVar("Result")
MAX_WORKERS = 4  # bounds memory; more cores are for other stages
N_WORKERS = min(MAX_WORKERS, torch.get_num_threads())  # before the stage leaves PyTorch one: cores or OMP_NUM_THREADS


def measure_all(pieces: Sequence[Piece], measure: Callable[[Piece], Result], n_workers: int) -> Iterator[Result]:
    """Yield measure(piece) for each piece, in their order, computed by so many threads; by this one if one."""
    if n_workers == 1:
        yield from map(measure, pieces)
        return
    pool = ThreadPoolExecutor(n_workers, initializer=_compute_on_one_thread)
    is_awaited = True
    try:
        yield from pool.map(measure, pieces)
    except KeyboardInterrupt:
        is_awaited = False  # what is under way ends with the process
        raise
    finally:
        pool.shutdown(wait=is_awaited, cancel_futures=True)  # after a mistake or Ctrl-C nothing new begins


def n_workers_for(pieces: Sequence[Piece]) -> int:
    """Return how many workers suit the pieces, at least one."""
    return min(N_WORKERS, max(1, len(pieces)))


def _compute_on_one_thread() -> None:
    """Keep OpenMP, whose setting is each thread's own, from as many threads again for every worker."""
    torch.set_num_threads(1)
    threadpool_limits(1, user_api="openmp")


def side_by_side(
    progress: Progress, pieces: Sequence[Piece], measure: Callable[[Piece], Result], label: Callable[[Piece], str]
) -> Iterator[Result]:
    """Yield measure(piece) for each piece, in their order, and report each as it is done."""
    with progress.steps(len(pieces)) as advance:
        for piece in pieces[:1]:
            advance(0, label(piece))
        results = measure_all(pieces, measure, n_workers_for(pieces))
        for done, (piece, result) in enumerate(zip(pieces, results, strict=True), start=1):
            yield result
            advance(done, label(piece))
