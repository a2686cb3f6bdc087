"""How a benchmark is run, on what machine it ran, and whether that was idle. No host name, no path."""

import argparse
import os
import platform
import sys
import time
from collections.abc import Callable, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from execution.stage_command import count_cores
from foundation.parameters import ParameterError
from foundation.reproducibility.artifacts import ArtifactError
from foundation.reproducibility.numerics import has_bfloat16_units, read_cpu_info

MAX_LOAD = 0.5  # processes that want a core, mean over a minute
SECONDS_TO_WAIT = 300  # a load of 25 takes as long to fade
BUSY = "busy with other work"


class BenchmarkError(Exception):
    """What a benchmark needs is missing, in use by others, or failed; the message is one line."""


def make_parser(module: str, description: str | None) -> argparse.ArgumentParser:
    """Return the parser of a benchmark's command line, with the option that all of them have."""
    parser = argparse.ArgumentParser(prog=f"python -m {module}", description=description)
    parser.add_argument("--busy", action="store_true", help="measure on a busy machine; the table says so")
    return parser


def run(name: str, main: Callable[[], int | None]) -> None:
    """Run a benchmark and exit; what is wrong becomes one line on standard error and exit code 1."""
    try:
        sys.exit(main())
    except (ArtifactError, BenchmarkError, ParameterError) as error:
        sys.exit(f"{name}: error: {error}")


def describe_machine() -> dict[str, object]:
    """Return processor, with what decides the precision of training, cores, memory, system and versions."""
    name = read_cpu_info("model name") or platform.processor()
    memory = read_cpu_info("MemTotal", Path("/proc/meminfo")).split()
    return {
        "processor": f"{name}, bfloat16" if has_bfloat16_units() else name,
        "cores": count_cores(),
        "memory_gib": round(int(memory[0]) / 2**20, 1) if memory else None,
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        **{name: _find_version(name) for name in ("torch", "numpy", "dvc")},
    }


def describe_origin(measured: Mapping[str, Any]) -> str:
    """Return the machine of a measurement in one line, with the speed of its matrix multiplications where it is noted.

    >>> describe_origin({"machine": {"processor": "EPYC", "cores": 2, "torch": "2.15.0"}, "product_gflops": [111, 87]})
    'EPYC, 2 cores, PyTorch 2.15.0, 111 to 87 GFLOP/s'
    """
    machine, pace = measured["machine"], measured.get("product_gflops", ())
    processor = " with ".join(filter(None, (machine.get("processor"), machine.get("gpu"))))
    speed = f", {' to '.join(f'{rate:.0f}' for rate in pace)} GFLOP/s" if pace else ""
    busy = f", {BUSY}" if measured.get("is_busy") else ""
    return f"{processor or 'unnamed'}, {machine.get('cores')} cores, PyTorch {machine.get('torch')}{speed}{busy}"


def _find_version(package: str) -> str | None:
    """Return a package's version, None where it is not installed: training needs no DVC."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def wait_until_idle(say: Callable[[str], None], load: Callable[[], float] = lambda: os.getloadavg()[0]) -> None:
    """Return once the machine is idle.

    Raises:
        BenchmarkError: if it is not within SECONDS_TO_WAIT.
    """
    deadline = time.monotonic() + SECONDS_TO_WAIT
    while (now := load()) > MAX_LOAD:
        if time.monotonic() >= deadline:
            found = f"got {now:.2f}; stop what runs, or pass --busy"
            raise BenchmarkError(f"load average: expected at most {MAX_LOAD}, {found}")
        say(f"load average {now:.2f}, waiting for {MAX_LOAD}")
        time.sleep(10)
