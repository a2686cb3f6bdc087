"""What a person sees of a running stage: in a terminal a progress bar, in a log plain lines.

With ``starters`` the only place of the pipeline that knows a clock.
"""

import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

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
