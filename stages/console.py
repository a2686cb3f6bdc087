"""What a person sees of a running stage: progress, and one line for a mistake.

In a terminal a progress bar, in a log plain lines. The only place of the pipeline that knows a clock.
"""

import sys
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as Bar
from threadpoolctl import threadpool_limits

from autoencoders.artifacts import ArtifactError
from autoencoders.datasets import DataError
from autoencoders.parameters import ParameterError, Params, load_params
from stages.paths import PARAMS_PATH

T = TypeVar("T")
SECONDS_BETWEEN_LINES = 5.0
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
            with Bar(*COLUMNS, console=self.console) as bar:
                task = bar.add_task(self.stage, total=total)
                yield lambda done, label: bar.update(
                    task, completed=done, description=f"{self.stage}: {label}", refresh=True
                )
        else:
            yield self._line_writer(total)

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


def run_stage(stage: str, main: Callable[[Params, Progress], None]) -> None:
    """Run a stage's main; a user's mistake becomes one line on standard error and exit code 1.

    NumPy's and SciPy's matrix products run on one thread: their threads and PyTorch's get in each other's way
    (mixture fits take four times as long), and results do not depend on the number of cores.
    """
    try:
        with threadpool_limits(1, user_api="blas"):
            main(load_params(PARAMS_PATH), Progress(stage))
    except (ParameterError, DataError, ArtifactError) as error:
        print(f"{stage}: error: {error}", file=sys.stderr)  # noqa: T201 -- the one line
        sys.exit(1)
    except KeyboardInterrupt:
        print(f"{stage}: interrupted; nothing unfinished was kept", file=sys.stderr)  # noqa: T201 -- the one line
        sys.exit(130)
