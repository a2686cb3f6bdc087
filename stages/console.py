"""What a person sees of a running stage: progress, and one line for a mistake. Ends a stage whose DVC has ended.

In a terminal a progress bar, in a log plain lines. The only place of the pipeline that knows a clock.
"""

import errno
import os
import sys
import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import NoReturn, TypeVar

import psutil
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as Bar
from threadpoolctl import threadpool_limits

from autoencoders.datasets import DataError
from autoencoders.parameters import ParameterError, Params, load_params
from autoencoders.reproducibility.artifacts import ArtifactError
from autoencoders.reproducibility.numerics import reason_against
from stages.paths import PARAMS_PATH
from stages.starters import STARTERS

T = TypeVar("T")
SECONDS_BETWEEN_LINES = 5.0
SECONDS_BETWEEN_WATCHES = 0.5
INTERRUPTED = 130
WANTS = {
    errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO, errno.EMFILE,
    errno.ENFILE,
}  # fmt: skip
COLUMNS = (
    TextColumn("{task.description}"),
    BarColumn(),
    MofNCompleteColumn(),
    TimeElapsedColumn(),
    TextColumn("left"),
    TimeRemainingColumn(),
)


class Progress:
    """Reports how far a stage is and how long still."""

    def __init__(self, stage: str, console: Console | None = None) -> None:
        self.stage = stage
        self.console = console or Console(stderr=True)
        self.lock = threading.Lock()
        self.bar: Bar | None = None
        self.n_bar_users = 0

    def track(self, items: Collection[T], label: Callable[[T], str] | str) -> Iterator[T]:
        """Yield the items and report each as it begins."""
        with self.steps(len(items)) as advance:
            for done, item in enumerate(items):
                advance(done, label if isinstance(label, str) else label(item))
                yield item
            advance(len(items), "done")

    @contextmanager
    def steps(self, total: int) -> Iterator[Callable[[int, str], None]]:
        """Yield a function that takes the number of finished steps and what is under way."""
        if self.console.is_terminal:
            with self._bar() as bar:
                task = bar.add_task(self.stage, total=total)
                yield lambda done, label: bar.update(
                    task, completed=done, description=f"{self.stage}: {label}", refresh=True
                )
        else:
            yield self._line_writer(total)

    @contextmanager
    def _bar(self) -> Iterator[Bar]:
        """Yield the bar that all steps under way share: a terminal has room for one at a time, with a line for each."""
        with self.lock:
            self.n_bar_users += 1
            if self.bar is None:
                self.bar = Bar(*COLUMNS, console=self.console)
                self.bar.start()
        try:
            yield self.bar
        finally:
            with self.lock:
                self.n_bar_users -= 1
                if self.n_bar_users == 0:
                    self.bar.stop()
                    self.bar = None

    def _line_writer(self, total: int) -> Callable[[int, str], None]:
        start = last = time.monotonic()

        def write(done: int, label: str) -> None:
            nonlocal last
            now = time.monotonic()
            if done < total and done > 0 and now - last < SECONDS_BETWEEN_LINES:
                return
            last = now
            self.say(f"{label} ({done}/{total}){_time_left(now - start, done, total)}")

        return write

    def say(self, message: str) -> None:
        """Print one line."""
        self.console.print(f"{self.stage}: {message}", markup=False, highlight=False, soft_wrap=True)


def _time_left(elapsed: float, done: int, total: int) -> str:
    if done == total:
        return f", took {_clock(elapsed)}"
    return f", {_clock(elapsed / done * (total - done))} left" if done else ""


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d}"


class Timer:
    """Says whether a span has passed since it was made or restarted."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.restart()

    def restart(self) -> None:
        """Begin the span anew."""
        self.start = time.monotonic()

    def is_due(self) -> bool:
        """Return whether the span has passed."""
        return time.monotonic() - self.start >= self.seconds


def run_stage(stage: str, main: Callable[[Params, Progress], None], *, n_threads: int | None = None) -> None:
    """Run a stage's main on the parameters of the study, as ``run_guarded`` does."""

    def work() -> None:
        params = load_params(PARAMS_PATH)
        if params.numerics == "portable" and (reason := reason_against()):
            raise ParameterError(f"{PARAMS_PATH}: {reason}")
        main(params, Progress(stage))

    run_guarded(stage, work, n_threads=n_threads)


@contextmanager
def threads(n_threads: int | None = None) -> Iterator[None]:
    """Set the number of threads of the libraries that are loaded by now.

    NumPy's and SciPy's matrix products run on one thread: their threads and PyTorch's get in each other's way
    (mixture fits take four times as long). PyTorch's own number is left to the machine, as results do not depend on it;
    a stage whose last digits do gives ``n_threads``.
    """
    if n_threads is not None:
        sys.modules["torch"].set_num_threads(n_threads)  # such a stage has imported it; most others need not
    with threadpool_limits(1, user_api="blas"):
        yield


def run_guarded(stage: str, work: Callable[[], None], *, n_threads: int | None = None) -> None:
    """Do a stage's work; a mistake or a machine without room is one line on standard error and exit code 1."""
    if STARTERS:
        end_with(STARTERS, stage)
    try:
        with threads(n_threads):
            work()
    except KeyboardInterrupt:
        _end(f"{stage}: interrupted; nothing unfinished counts as a result, the next run completes it", INTERRUPTED)
    except Exception as error:
        message = mistake(error)
        if message is None:
            raise
        _end(f"{stage}: error: {message}", 1)


def mistake(error: Exception) -> str | None:
    """Return one line on a mistake of the user or a want of the machine, None for a fault of the program."""
    text = " ".join(str(error).split())
    match error:
        case ParameterError() | DataError() | ArtifactError() | FloatingPointError():
            return str(error)
        case BrokenPipeError():
            return "output: expected a reader until the end, got a closed pipe"
        case MemoryError() | RuntimeError() if isinstance(error, MemoryError) or _is_want_of_memory(text):
            return f"memory: expected room for this stage, got: {text or 'none left'}"
        case OSError(errno=errno.ENOMEM):
            return f"memory: expected room for this stage, got: {error.strerror}"
        case OSError() if error.errno in WANTS:
            return f"{error.filename or 'the system'}: expected access and room, got: {error.strerror}"
    return None


def _is_want_of_memory(text: str) -> bool:
    """Return whether PyTorch's or Python's message says that memory or threads ran out: they have no class of it."""
    return any(
        part in text
        for part in ("allocate memory", "not enough memory", "out of memory", "bad_alloc", "can't start new thread")
    )


def _end(message: str, code: int) -> NoReturn:
    try:
        print(message, file=sys.stderr, flush=True)  # noqa: T201 -- the one line
    except OSError:  # nobody reads; what is left in the buffers goes nowhere, not into a second error
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    if code == INTERRUPTED and any(not one.daemon for one in threading.enumerate() if one != threading.main_thread()):
        os._exit(code)  # Python would wait for the pieces that other threads compute
    sys.exit(code)


def end_with(processes: Sequence[psutil.Process], stage: str) -> None:
    """Watch processes from a thread and end this one when one of them has ended.

    Without DVC nobody takes the stage's outputs, and the next run would write the same files beside it.
    """

    def check() -> None:
        if not all(map(_lives, processes)):
            with suppress(OSError):
                os.write(2, f"{stage}: ended, because dvc was; the next run completes it\n".encode())
            os._exit(1)  # at once, whatever the stage is in: files are written under their names only when complete

    def watch() -> None:
        while True:
            time.sleep(SECONDS_BETWEEN_WATCHES)
            check()

    check()
    threading.Thread(target=watch, name="end with dvc", daemon=True).start()


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
