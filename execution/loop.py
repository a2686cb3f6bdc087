"""The one loop: starts stages, waits for the first to end, has it recorded, starts what became ready."""

import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import contextmanager
from pathlib import PurePosixPath

from execution.dvc_record import Job, Record
from execution.machine import Machine, say
from execution.stage_command import SECONDS_BETWEEN_LOOKS, Outcome


class StageError(RuntimeError):
    """A stage failed."""


def order_by_chain(upstreams: Mapping[str, set[str]]) -> list[str]:
    """Return the stages, those first that the most stages follow one after the other.

    >>> order_by_chain({"a": set(), "short": {"a"}, "long": {"a"}, "end": {"long"}})
    ['a', 'long', 'short', 'end']
    """
    n_following = dict.fromkeys(upstreams, 0)
    for name in reversed(list(upstreams)):  # in serial order a stage stands behind its upstreams
        for upstream in upstreams[name]:
            n_following[upstream] = max(n_following[upstream], n_following[name] + 1)
    return sorted(upstreams, key=lambda name: -n_following[name])


class Loop:
    """Runs each stale stage once its upstreams are done.

    Args:
        record: what is stale, and the record of what ran.
        place: where stages run.
        signals: not empty once somebody has asked to end.
    """

    def __init__(self, record: Record, place: Machine, signals: Sequence[int]) -> None:
        self.record, self.place, self.signals = record, place, signals
        self.waiting = order_by_chain(record.upstreams)
        self.running: dict[Future[Outcome], tuple[Job, float]] = {}
        self.done: set[str] = set()
        self.n_run = 0
        self.problem = ""

    def run(self) -> tuple[int, int]:
        """Return how many stages ran and how many did not need to.

        Once a stage has failed no other starts; those that run end and are recorded.

        Raises:
            StageError: if a stage fails.
            KeyboardInterrupt: if somebody asked to end; what had ended is recorded.
        """
        self._start_ready()
        while self.running:
            ended = self._wait()
            self._start_ready()  # what was ready computes while DVC records
            for job in ended:
                with self._note_problem(job.name):
                    self.record.finish(job.name)
                    self.done.add(job.name)
                    self.n_run += 1
            self._start_ready()
        if self.signals:
            raise KeyboardInterrupt
        if self.problem:
            raise StageError(self.problem)
        return self.n_run, len(self.done) - self.n_run

    def _start_ready(self) -> None:
        n_slots = self.place.n_slots()
        while len(self.running) < n_slots and not self.problem and not self.signals:
            name = next((name for name in self.waiting if self.record.upstreams[name] <= self.done), None)
            if name is None:
                return
            self.waiting.remove(name)
            with self._note_problem(name):
                job = self.record.begin(name)
                if job is None:
                    self.done.add(name)
                else:
                    say(f"Running stage '{name}':\n> {job.command}")
                    self.running[self.place.submit(job)] = job, time.monotonic()

    def _wait(self) -> list[Job]:
        """Return the jobs that ended well, waiting for the first a moment."""
        if self.signals:
            self.place.stop()
            for future in self.running:
                future.cancel()
        futures, _ = wait(self.running, SECONDS_BETWEEN_LOOKS, FIRST_COMPLETED)
        ended = []
        for future in futures:
            job, start = self.running.pop(future)
            with self._note_problem(job.name):
                take_outcome(job, future.result())
                say(f"Stage '{job.name}' done in {time.monotonic() - start:.1f} s")
                ended.append(job)
        return ended

    @contextmanager
    def _note_problem(self, name: str) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # noqa: BLE001 -- of DVC, of a full disk, of a lost worker: the others are recorded
            self.problem = self.problem or f"stage '{name}' failed: {str(error) or type(error).__name__}"


def take_outcome(job: Job, outcome: Outcome) -> None:
    """Show what a worker sent back and write its files.

    Raises:
        StageError: if the command failed, or a file is none of the stage's outputs.
    """
    problem, lines, outputs = outcome
    for line in lines:
        say(f"[{job.name}] {line}")
    if problem:
        raise StageError(problem)
    for path, content in outputs.items():
        pure = PurePosixPath(path)
        if ".." in pure.parts or not any(pure.is_relative_to(written) for written in job.writes):
            raise StageError(f"the worker sent {path}, which is none of its outputs")
        target = job.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
