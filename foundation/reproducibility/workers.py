"""Threads: how many a stage computes on, and independent pieces of an evaluation side by side.

NumPy and PyTorch let go of Python's lock while they compute. Each piece computes on one thread and sees nothing of the
others, so results have the same bytes for any number of workers.
"""

import os
import sys
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Lock
from typing import Any, TypeVar

from threadpoolctl import threadpool_limits

from foundation.progress import Progress

Piece = TypeVar("Piece")
Result = TypeVar("Result")
MAX_WORKERS = 4  # bounds memory; more cores are for other stages


class Once:
    """What is computed once each and kept, whichever threads ask: whoever asks meanwhile waits for that entry alone."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._locks: dict[Hashable, Lock] = defaultdict(Lock)
        self._found: dict[Hashable, Any] = {}

    def get(self, key: Hashable, compute: Callable[[], Any]) -> Any:
        """Return the entry of a key, computed by the first who asks for it."""
        with self._lock:
            lock = self._locks[key]
        with lock:
            if key not in self._found:
                self._found[key] = compute()
            return self._found[key]


def n_cores() -> int:
    """Return how many cores this process may use: as many as OMP_NUM_THREADS says, else as many as there are."""
    asked = os.environ.get("OMP_NUM_THREADS", "")
    if asked.isdecimal() and int(asked) > 0:
        return int(asked)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def thread_limits(n_threads: int | None = None) -> Iterator[None]:
    """Set the number of threads of the libraries that are loaded by now.

    NumPy's and SciPy's matrix products run on one thread: their threads and PyTorch's get in each other's way.
    PyTorch's own number is left to the machine, as results do not depend on it; a stage whose last digits do gives
    ``n_threads``.
    """
    if n_threads is not None and "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(n_threads)
    with threadpool_limits(1, user_api="blas"):
        yield


def measure_all(
    pieces: Sequence[Piece], measure: Callable[[Piece], Result], n_workers: int | None = None
) -> Iterator[Result]:
    """Yield measure(piece) for each piece, in their order, computed by at most so many threads, one a core by default.

    After a mistake or Ctrl-C nothing new begins.
    """
    n_workers = n_workers or max(1, min(MAX_WORKERS, n_cores(), len(pieces)))
    pool = ThreadPoolExecutor(n_workers, initializer=_compute_on_one_thread)
    try:
        yield from pool.map(measure, pieces)
    except BaseException as error:
        pool.shutdown(wait=not isinstance(error, KeyboardInterrupt), cancel_futures=True)
        raise
    pool.shutdown()


def _compute_on_one_thread() -> None:
    """Keep OpenMP, whose setting is each thread's own, from as many threads again for every worker."""
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)
    threadpool_limits(1, user_api="openmp")


def side_by_side(
    progress: Progress, pieces: Sequence[Piece], measure: Callable[[Piece], Result], label: Callable[[Piece], str]
) -> Iterator[Result]:
    """Yield measure(piece) for each piece, in their order, and report each as it is done."""
    with progress.steps(len(pieces)) as advance:
        for piece in pieces[:1]:
            advance(0, label(piece))
        for done, (piece, result) in enumerate(zip(pieces, measure_all(pieces, measure), strict=True), start=1):
            yield result
            advance(done, label(piece))
