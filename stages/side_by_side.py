"""Independent pieces of an evaluation, as many at once as there are cores: threads, each piece computing on one.

NumPy and PyTorch let go of Python's lock while they compute. Results come in the order of the pieces and, as no piece
sees how many others run, have the same bytes for any number of workers. Where stages run beside each other, a stage's
share of the cores grows and shrinks as others end and begin (``execution.processes``).
"""

import os
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import torch
from threadpoolctl import threadpool_limits

from stages.console import Progress

Piece = TypeVar("Piece")
Result = TypeVar("Result")
SHARE = "STAGE_SHARE"  # in the environment: a file that an executor keeps, with the two numbers of ``shares``
MAX_WORKERS = 4  # bounds memory; more cores are for other stages
SECONDS_BETWEEN_LOOKS = 0.1  # at the share, for a worker that is too many


def shares() -> tuple[int, int]:
    """Return how many cores this stage may use now, where others run beside it, and how many if it were alone."""
    if SHARE not in os.environ:
        return MAX_WORKERS, torch.get_num_threads()
    try:
        now, alone = map(int, Path(os.environ[SHARE]).read_text(encoding="ascii").split())
    except (OSError, ValueError):  # whoever told it has ended
        return 1, 1
    return now, alone


N_WORKERS = min(MAX_WORKERS, shares()[1])  # before the stage leaves PyTorch one: cores or OMP_NUM_THREADS


def measure_all(pieces: Sequence[Piece], measure: Callable[[Piece], Result], n_workers: int) -> Iterator[Result]:
    """Yield measure(piece) for each piece, in their order, computed by at most so many threads; by this one if one."""
    if n_workers == 1:
        yield from map(measure, pieces)
        return
    results: deque[Future[Result]] = deque(Future() for _ in pieces)
    waiting = deque(zip(pieces, results, strict=True))
    pool = ThreadPoolExecutor(n_workers, initializer=_compute_on_one_thread)
    for rank in range(n_workers):
        pool.submit(_work, rank, waiting, measure)
    is_awaited = True
    try:
        while results:
            yield results.popleft().result()
    except KeyboardInterrupt:
        is_awaited = False  # what is under way ends with the process
        raise
    finally:
        waiting.clear()  # after a mistake or Ctrl-C nothing new begins
        pool.shutdown(wait=is_awaited)


def measure_in_turn(pieces: Sequence[Piece], measure: Callable[[Piece], Result]) -> Iterator[Result]:
    """Yield measure(piece) for pieces that must not run side by side, each on the stage's share of the cores."""
    for piece in pieces:
        if SHARE in os.environ:
            torch.set_num_threads(shares()[0])
        yield measure(piece)


def _work(rank: int, waiting: deque[tuple[Piece, Future[Result]]], measure: Callable[[Piece], Result]) -> None:
    """Measure pieces until none waits; a worker beyond the stage's share of the cores lets the others go on."""
    while waiting:
        if rank > 0 and rank >= shares()[0]:
            time.sleep(SECONDS_BETWEEN_LOOKS)
            continue
        try:
            piece, result = waiting.popleft()
        except IndexError:  # another worker was faster
            return
        try:
            result.set_result(measure(piece))
        except BaseException as error:  # noqa: BLE001 -- raised where the result is asked for
            result.set_exception(error)


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
