"""In which order stages run, and the loop that keeps every slot busy. Knows neither DVC nor how a cell is run."""

import json
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import NamedTuple, Protocol

from execution.planner import Cell

SECONDS = Path(__file__).with_name("seconds.json")
POLL_SECONDS = 1.0


class StageError(RuntimeError):
    """A stage failed; the message is one line."""


class Ended(NamedTuple):
    """A cell that ended: its name, and what went wrong, empty if nothing did."""

    name: str
    problem: str


class Executor(Protocol):
    """Runs cells."""

    def has_room(self) -> bool:
        """Return whether another cell may start."""

    def start(self, cell: Cell, rank: float) -> None:
        """Start a cell; of cells that wait, the one of the highest rank goes first."""

    def wait(self, seconds: float) -> list[Ended]:
        """Return the cells that ended, waiting for one at most so long."""

    def stop(self) -> None:
        """End whatever still runs."""


class Records(Protocol):
    """What the loop asks of a planner."""

    def upstreams(self) -> Mapping[str, set[str]]:
        """Return for each stage the stages it waits for."""

    def begin(self, name: str) -> Cell | None:
        """Return a stage's cell, or None if it need not run."""

    def finish(self, name: str) -> None:
        """Record a stage that ran."""


def seconds_of(names: Iterable[str], measured: Mapping[str, float] | None = None) -> dict[str, float]:
    """Return the seconds each stage is expected to take: as measured, cells of one stage alike, 1 where unknown."""
    known = json.loads(SECONDS.read_text(encoding="utf-8"))["seconds"] if measured is None else measured
    return {name: known.get(name, known.get(name.split("@")[0], 1.0)) for name in names}


def ranks(upstreams: Mapping[str, set[str]], seconds: Mapping[str, float]) -> dict[str, float]:
    """Return each stage's seconds on the longest path from it to the end of the graph.

    >>> ranks({"a": set(), "b": {"a"}, "c": {"a"}}, {"a": 1, "b": 5, "c": 2})
    {'c': 2, 'b': 5, 'a': 6}
    """
    after: dict[str, float] = dict.fromkeys(upstreams, 0)
    found: dict[str, float] = {}
    for name in reversed(list(upstreams)):  # serial order: downstreams stand behind their upstreams
        found[name] = seconds[name] + after[name]
        for upstream in upstreams[name]:
            after[upstream] = max(after[upstream], found[name])
    return found


def run(records: Records, executor: Executor, say: Callable[[str], None] = print) -> dict[str, int]:
    """Run what is stale and return how many stages ran and how many did not need to.

    What ended well is recorded at once, so a failure or a kill loses only what was running.

    Raises:
        StageError: if a stage fails; others that ran are stopped, what had ended is recorded.
    """
    upstreams = records.upstreams()
    rank = ranks(upstreams, seconds_of(upstreams))
    waiting, running, done, unneeded = list(upstreams), dict[str, float](), set[str](), set[str]()
    try:
        while waiting or running:
            ready = [name for name in waiting if upstreams[name] <= done] if executor.has_room() else []
            if not ready:
                _record(executor.wait(POLL_SECONDS), records, running, done, say)
                continue
            # what follows a stage that ran is stale most likely: it runs while DVC looks at the others
            name = max(ready, key=lambda name: (not upstreams[name] <= unneeded, rank[name]))
            waiting.remove(name)
            cell = records.begin(name)
            if cell is None:
                unneeded.add(name)
                done.add(name)
                continue
            say(f"Running stage '{name}':\n> {' && '.join(cell.commands)}")
            running[name] = time.monotonic()
            executor.start(cell, rank[name])
    finally:
        executor.stop()
    return {"run": len(done - unneeded), "not needed": len(unneeded)}


def _record(
    ended: list[Ended], records: Records, running: dict[str, float], done: set[str], say: Callable[[str], None]
) -> None:
    for name, problem in sorted(ended, key=lambda one: bool(one.problem)):  # the good ones first
        if problem:
            raise StageError(f"stage '{name}' failed: {problem}")
        records.finish(name)
        done.add(name)
        say(f"Stage '{name}' done in {time.monotonic() - running.pop(name):.1f} s")
