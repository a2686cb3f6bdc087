"""Measure what is missing and print the aims of speed on one screen: ``make bench``, ``ARGS=--show`` only prints.

Everything anew takes six to nine hours on two idle cores (estimated). ``python -m benchmarks.PART --help`` says how
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
)
from benchmarks.table import Results, render
from foundation.reproducibility.artifacts import read_json

FILES = {"throughput": THROUGHPUT_PATH, "stages": STAGES_PATH, "latencies": LATENCIES_PATH}
TABLES = {
    "convergence": (CONVERGENCE_PATH, convergence.next_job),
    "search": (SEARCH_PATH, search.next_job),
    "growth": (GROWTH_PATH, growth.next_job),
}
PARTS = ("throughput", "convergence", "search", "stages", "growth", "latencies")  # the last two need a finished run


def list_missing() -> list[str]:
    """Return the parts that are not measured, or not to the end."""
    tables = [name for name, (path, next_job) in TABLES.items() if next_job(read_rows(path)) is not None]
    files = [name for name, path in FILES.items() if not path.is_file()]
    return [name for name in PARTS if name in (*tables, *files)]


def load_result(path: Path) -> Any:
    """Return a result, None where there is none."""
    return read_json(path) if path.is_file() else None


def load_results() -> Results:
    """Return everything that is measured."""
    results: dict[str, Any] = {name: read_rows(path) for name, (path, _) in TABLES.items()}
    results |= {name: load_result(path) for name, path in {**FILES, "device": DEVICE_PATH}.items()}
    return Results(**results)


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
    return failed


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
