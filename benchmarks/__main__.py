"""Measure what is missing and print the aims of speed on one screen: ``make bench``, ``ARGS=--show`` only prints.

Everything anew takes about six hours on two idle cores (added up). ``python -m benchmarks.PART --help`` says how
long each part takes; without ``--help`` it measures that part alone. To measure one anew, remove its file from
benchmarks/results.
"""

import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks import convergence, growth, search
from benchmarks.machine import BenchmarkError, make_parser, run
from benchmarks.rows import read_rows, say
from benchmarks.settings import (
    CONVERGENCE_PATH,
    DEVICE_PATH,
    GROWTH_PATH,
    LATENCIES_PATH,
    SEARCH_PATH,
    STAGES_PATH,
    THROUGHPUT_PATH,
    plan_of_run,
    plan_of_training,
)
from benchmarks.table import Results, render
from foundation.reproducibility.artifacts import read_json

FILES = {
    "throughput": (THROUGHPUT_PATH, plan_of_training),
    "stages": (STAGES_PATH, plan_of_run),
    "latencies": (LATENCIES_PATH, plan_of_run),
}
TABLES = {
    "search": (SEARCH_PATH, search.plan_of_search, search.next_job),
    "convergence": (CONVERGENCE_PATH, plan_of_training, convergence.next_job),
    "growth": (GROWTH_PATH, plan_of_training, growth.next_job),
}
PARTS = (  # what the search finds changes all others; the last two need a finished run
    "search", "throughput", "convergence", "stages", "growth", "latencies",
)  # fmt: skip


def list_missing() -> list[str]:
    """Return the parts that are not measured with today's parameters, or not to the end."""
    tables = [name for name, (path, plan, next_job) in TABLES.items() if next_job(read_rows(path, plan())) is not None]
    files = [name for name, (path, plan) in FILES.items() if load_result(path, plan()) is None]
    return [name for name in PARTS if name in (*tables, *files)]


def load_result(path: Path, plan: str) -> Any:
    """Return a result, None where there is none of this plan."""
    found = read_json(path) if path.is_file() else None
    return found if found and found["plan"] == plan else None


def load_results() -> Results:
    """Return everything that is measured with today's parameters."""
    results: dict[str, Any] = {name: read_rows(path, plan()) for name, (path, plan, _) in TABLES.items()}
    results |= {name: load_result(path, plan()) for name, (path, plan) in FILES.items()}
    return Results(**results, device=read_json(DEVICE_PATH) if DEVICE_PATH.is_file() else None)


def measure_missing_parts(options: list[str]) -> list[str]:
    """Measure what is missing, part by part, and return the parts that failed.

    Raises:
        BenchmarkError: if there are no prepared images.
    """
    missing, failed = list_missing(), []
    if missing and subprocess.run([sys.executable, "-m", "dvc", "repro", "prepare"], check=False).returncode:
        raise BenchmarkError("dvc repro prepare failed")
    for name in missing:
        say(f"{name}:")
        if subprocess.run([sys.executable, "-m", f"benchmarks.{name}", *options], check=False).returncode:
            failed.append(name)
        elif name == "search" and not is_adopted():
            say("params.yaml: the search found another setting; the rest is measured with the one that stands there")
    return failed


def is_adopted() -> bool:
    """Return whether ``params.yaml`` has the setting that a whole search leads to."""
    rows = read_rows(SEARCH_PATH, search.plan_of_search())
    return search.next_job(rows) is not None or search.default_setting() == search.choose_default(rows)


def main() -> int:
    """Measure unless only shown, and print the table; the exit code says whether a part failed."""
    parser = make_parser("benchmarks", __doc__)
    parser.add_argument("--show", action="store_true", help="print what is measured, measure nothing")
    settings = parser.parse_args()
    failed = [] if settings.show else measure_missing_parts(["--busy"] if settings.busy else [])
    print(render(load_results()))
    if failed:
        say(f"failed: {', '.join(failed)}")
    return len(failed)


if __name__ == "__main__":
    run("benchmarks", main)
