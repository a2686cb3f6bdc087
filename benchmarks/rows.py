"""Tables that grow while they are measured: a second start goes on where the first one ended."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import torch

from benchmarks.machine import describe_machine, describe_origin, make_parser, wait_until_idle
from benchmarks.peak import measure_large_products
from execution.stage_command import count_cores
from foundation.reproducibility.allocation import keep_freed_memory
from foundation.reproducibility.artifacts import read_csv, write_csv

Job = TypeVar("Job")
Row = dict[str, Any]


def say(message: str) -> None:
    """Print a line of progress."""
    print(message, file=sys.stderr, flush=True)


def read_rows(path: Path, plan: str) -> list[Row]:
    """Return the rows measured so far under a plan; others are stale and go with the next training."""
    return select(read_csv(path), plan=plan) if path.is_file() else []


def select(rows: Sequence[Row], **values: object) -> list[Row]:
    """Return the rows that have these values.

    >>> select([{"model": "ae", "seed": 0}, {"model": "vae", "seed": 0}], model="vae")
    [{'model': 'vae', 'seed': 0}]
    """
    return [row for row in rows if all(row[name] == value for name, value in values.items())]


def measure_missing(
    path: Path,
    next_job: Callable[[list[Row]], Job | None],
    measure: Callable[[Job], list[Row]],
    plan: str,
    origin: str,
) -> list[Row]:
    """Measure job after job until none is missing, and return all rows; they are written after every job.

    Args:
        path: The table.
        next_job: Returns what is missing next, given the rows so far.
        measure: Returns the rows of a job.
        plan: What the rows depend on, as a column of its own.
        origin: The machine, likewise. How fast matrix multiplications were before each job is a third one.
    """
    while (job := next_job(rows := read_rows(path, plan))) is not None:
        say(str(job))
        about = {"product_gflops": measure_large_products(), "plan": plan, "machine": origin}
        write_csv(path, [*rows, *({**row, **about} for row in measure(job))])
    return rows


def grow_table(
    module: str,
    description: str | None,
    path: Path,
    next_job: Callable[[list[Row]], Job | None],
    prepare: Callable[[], Callable[[Job], list[Row]]],
    plan: str,
) -> list[Row]:
    """Read the command line, measure what is missing on an idle machine, and return all rows.

    ``prepare`` loads what measuring needs and returns what measures; it is called only where something is missing.
    """
    is_busy = make_parser(module, description).parse_args().busy
    rows = read_rows(path, plan)
    if next_job(rows) is None:
        return rows
    if not is_busy:
        wait_until_idle(say)
    torch.set_num_threads(count_cores())
    keep_freed_memory()  # as in training's stages; whatever else is trained in this process has it, too
    origin = describe_origin({"machine": describe_machine(), "is_busy": is_busy})
    return measure_missing(path, next_job, prepare(), plan, origin)
