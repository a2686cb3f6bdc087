"""What machine a benchmark ran on, and whether it was idle. No host name, no path."""

import os
import platform
import time
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from execution.stage_command import count_cores
from foundation.reproducibility.numerics import has_bfloat16_units

MAX_LOAD = 0.5  # processes that want a core, mean over a minute
SECONDS_TO_WAIT = 120


class BusyError(Exception):
    """Something else uses the machine."""


def _find_value(path: str, key: str) -> str:
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith(key)), "")


def describe_machine() -> dict[str, object]:
    """Return processor, with what decides the precision of training, cores, memory, system and versions."""
    name = _find_value("/proc/cpuinfo", "model name") or platform.processor()
    memory = _find_value("/proc/meminfo", "MemTotal").split()
    return {
        "processor": f"{name}, bfloat16" if has_bfloat16_units() else name,
        "cores": count_cores(),
        "memory_gib": round(int(memory[0]) / 2**20, 1) if memory else None,
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        **{name: _find_version(name) for name in ("torch", "numpy", "dvc")},
    }


def _find_version(package: str) -> str | None:
    """Return a package's version, None where it is not installed: training needs no DVC."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def wait_until_idle(say: Callable[[str], None], load: Callable[[], float] = lambda: os.getloadavg()[0]) -> None:
    """Return once the machine is idle.

    Raises:
        BusyError: if it is not within SECONDS_TO_WAIT.
    """
    deadline = time.monotonic() + SECONDS_TO_WAIT
    while (now := load()) > MAX_LOAD:
        if time.monotonic() >= deadline:
            raise BusyError(f"load average: expected at most {MAX_LOAD}, got {now:.2f}; stop what runs, or pass --busy")
        say(f"load average {now:.2f}, waiting for {MAX_LOAD}")
        time.sleep(10)
