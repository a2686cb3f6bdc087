"""What runs where the cell runs: start a command so that it ends with its parent, compare versions, carry files.

Needs the standard library alone: the functions travel to a worker by value, the project's code need not be there.
"""

import importlib.metadata
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

SIGNAL_SECONDS = 5.0
LOG_BYTES = 20_000


def versions(names: Sequence[str]) -> dict[str, str]:
    """Return the versions of Python and the named packages, "missing" for those that are not installed."""
    found = {"python": platform.python_version()}
    for name in names:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = "missing"
    return found


def departures(expected: Mapping[str, str]) -> str:
    """Return how this machine departs from the expected versions, empty if it does not."""
    own = versions([name for name in expected if name != "python"])
    return "; ".join(
        f"{name}: expected {want}, got {own[name]}" for name, want in expected.items() if own[name] != want
    )


def environment(name: str, n_threads: int) -> dict[str, str]:
    """Return a stage's environment: this Python first on the path, so many threads, which wait without spinning."""
    kept = {key: value for key, value in os.environ.items() if key not in {"MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"}}
    path = os.pathsep.join([str(Path(sys.executable).parent), kept.get("PATH", os.defpath)])
    return {**kept, "PATH": path, "OMP_NUM_THREADS": str(n_threads), "OMP_WAIT_POLICY": "passive", "DVC_STAGE": name}


def started(commands: Sequence[str], folder: Path, variables: dict[str, str]) -> subprocess.Popen[str]:
    """Start a stage's commands, one after the other, in a session of their own; output comes through one pipe.

    Where ``setpriv`` exists (Linux) the kernel ends them with the process that started them, even if that is killed.
    """
    leash = ["setpriv", "--pdeathsig", "KILL"] if shutil.which("setpriv") else []
    shell = os.environ.get("SHELL") or "/bin/sh"
    plain = {"bash": ["--noprofile", "--norc"], "zsh": ["--no-rcs"]}.get(Path(shell).name, [])  # as DVC calls it
    return subprocess.Popen(
        [*leash, shell, *plain, "-c", "\n".join(["set -e", *commands] if len(commands) > 1 else commands)],
        cwd=folder, env=variables, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, errors="replace", start_new_session=True,
    )  # fmt: skip


def stop(process: subprocess.Popen[str]) -> None:
    """End a started command and its children; ask first, then kill."""
    for number in (signal.SIGINT, signal.SIGKILL):
        if process.poll() is None:
            try:
                os.killpg(process.pid, number)
                process.wait(SIGNAL_SECONDS)
            except (ProcessLookupError, subprocess.TimeoutExpired):
                continue


def keep(contents: bytes) -> bytes:
    """Return what was given: the task that holds a file."""
    return contents


def end_cells(keys: Sequence[str], dask_worker: Any) -> None:
    """End the named cells that run on a worker."""
    for key in keys:
        if key in dask_worker.__dict__.get("cells", {}):
            stop(dask_worker.cells[key])


def run_cell(
    cell: Mapping[str, Any], paths: Mapping[str, int], expected: Mapping[str, str], blobs: Sequence[bytes]
) -> dict[str, Any]:
    """Run a cell in a scratch folder and return its problem (or ""), its last output, and its files.

    Args:
        cell: name, commands, writes (paths of outputs), key of the task.
        paths: relative path of each file the cell reads, and which of the blobs it is.
        expected: versions that this machine must have.
        blobs: contents of files.
    """
    problem = departures(expected)
    if problem:
        return {"problem": f"the worker on {platform.node()} has other packages: {problem}", "log": "", "files": {}}
    from distributed import get_worker  # noqa: PLC0415 -- an optional package, and always here on a worker

    dask_worker = get_worker()
    n_threads = max(1, len(os.sched_getaffinity(0)) // dask_worker.state.nthreads)
    cells: dict[str, subprocess.Popen[str]] = dask_worker.__dict__.setdefault("cells", {})
    with tempfile.TemporaryDirectory(prefix="cell-", dir=dask_worker.local_directory) as scratch:
        folder = Path(scratch)
        for path, number in paths.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(blobs[number])
        process = started(cell["commands"], folder, environment(cell["name"], n_threads))
        cells[cell["key"]] = process
        try:
            log, _ = process.communicate()
        finally:
            stop(process)
            del cells[cell["key"]]
        problem = f"exit code {process.returncode}" if process.returncode else ""
        written = [folder / path for path in cell["writes"]]
        files = [file for path in written for file in ([path] if path.is_file() else sorted(path.rglob("*")))]
        found = {file.relative_to(folder).as_posix(): file.read_bytes() for file in files if file.is_file()}
        return {"problem": problem, "log": log[-LOG_BYTES:], "files": {} if problem else found}
