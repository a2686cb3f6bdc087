"""Cells as processes of this machine, so many at a time, sharing its cores."""

import os
import queue
import subprocess
import tempfile
import threading
from collections.abc import Callable
from contextlib import nullcontext

import psutil

from execution.planner import Cell
from execution.schedule import Ended
from execution.worker import environment, started, stop

STAGE_GIB = 2.0  # memory of the largest stage at the defaults: 1.89 (benchmarks/results/stages.json)
SHARE = "STAGE_SHARE"  # in the environment of a cell: where it finds its share of the cores (stages.side_by_side)
MOST_USEFUL = 8  # stages at once; the study gains nothing from more (README.md, how a run grows)


def fitting_jobs(cores: int, free_gib: float) -> int:
    """Return how many stages at once suit a machine: one a core, as far as they gain and memory goes, at least one.

    >>> fitting_jobs(2, 24.0), fitting_jobs(16, 128.0), fitting_jobs(8, 5.0), fitting_jobs(2, 1.0)
    (2, 8, 2, 1)
    """
    return max(1, min(cores, MOST_USEFUL, int(free_gib / STAGE_GIB)))


def n_jobs_here() -> int:
    """Return how many stages at once suit this machine as it is now."""
    return fitting_jobs(n_cores(), psutil.virtual_memory().available / 2**30)


def n_cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Processes:
    """Runs cells as processes; each line they print is shown under their name.

    A file tells them how many cores each may use now, and how many if it were alone. What a stage computes piece by
    piece follows it (``stages.side_by_side``), what has threads of its own, cores / jobs, does not.

    Args:
        n_jobs: how many at once.
        say: prints a line.
    """

    def __init__(self, n_jobs: int, say: Callable[[str], None] = print) -> None:
        self.n_jobs = n_jobs
        self.n_threads = max(1, n_cores() // n_jobs)
        self.say = say
        self.running: dict[str, subprocess.Popen[str]] = {}
        self.ended: queue.Queue[Ended] = queue.Queue()
        self.shares = tempfile.NamedTemporaryFile(prefix="shares-")  # noqa: SIM115 -- goes with this object

    def has_room(self) -> bool:
        """Return whether a slot is free."""
        return len(self.running) < self.n_jobs

    def start(self, cell: Cell, rank: float) -> None:
        """Start a cell at once; the rank decided before."""
        del rank
        self._share(len(self.running) + 1)
        variables = {**environment(cell.name, self.n_threads), SHARE: self.shares.name}
        process = started(cell.commands, cell.folder, variables)
        self.running[cell.name] = process
        threading.Thread(target=self._follow, args=(cell.name, process), daemon=True).start()

    def _follow(self, name: str, process: subprocess.Popen[str]) -> None:
        with process.stdout or nullcontext(()) as output:
            for line in output:
                self.say(f"[{name}] {line.rstrip()}")
        code = process.wait()
        self.ended.put(Ended(name, f"exit code {code}" if code else ""))

    def wait(self, seconds: float) -> list[Ended]:
        """Return the cells that ended, waiting for the first at most so long."""
        found: list[Ended] = []
        try:
            found.append(self.ended.get(timeout=seconds if self.running else 0.0))
            while True:
                found.append(self.ended.get_nowait())
        except queue.Empty:
            for one in found:
                del self.running[one.name]
            self._share(len(self.running))
            return found

    def _share(self, n_running: int) -> None:
        told = f"{max(1, n_cores() // max(1, n_running)):5d} {n_cores():5d}\n"  # as long every time: no half is read
        os.pwrite(self.shares.fileno(), told.encode("ascii"), 0)

    def stop(self) -> None:
        """End what still runs."""
        for process in self.running.values():
            stop(process)
        self.running.clear()
