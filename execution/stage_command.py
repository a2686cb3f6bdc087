"""Runs a stage's command where the stage runs: on this machine, or on a worker.

Needs the locked packages alone: its functions travel to workers, which have none of our files.
"""

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

SECONDS_BETWEEN_LOOKS = 0.5
SECONDS_TO_END = 5.0
N_LINES = 1000  # the last lines that a command prints on a worker come back

Outcome = tuple[str, list[str], dict[str, bytes]]  # what went wrong ("": nothing), lines to show, outputs to write


def count_cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def build_environment(stage: str, n_jobs: int) -> dict[str, str]:
    """Return a stage's environment: this Python first on the path, its share of the cores, threads that wait asleep."""
    kept = {name: text for name, text in os.environ.items() if name not in {"MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"}}
    path = os.pathsep.join([str(Path(sys.executable).parent), kept.get("PATH", os.defpath)])
    n_threads = str(max(1, count_cores() // n_jobs))
    return {**kept, "PATH": path, "DVC_STAGE": stage, "OMP_NUM_THREADS": n_threads, "OMP_WAIT_POLICY": "passive"}


def run_command(
    command: str, folder: Path, environment: dict[str, str], say: Callable[[str], object], is_wanted: Callable[[], bool]
) -> str:
    """Run a command to its end, or until it is not wanted, and return what went wrong, "" if nothing did."""
    shell = os.environ.get("SHELL") if os.name == "posix" else None  # the one DVC takes
    with subprocess.Popen(  # noqa: S602 -- dvc.yaml's commands are for a shell
        command, shell=True, executable=shell, cwd=folder, env=environment, start_new_session=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", errors="replace",
    ) as process:  # fmt: skip
        threading.Thread(target=_end_unwanted, args=(process, is_wanted), daemon=True).start()
        try:
            for line in process.stdout or ():
                say(line.rstrip())
            code = process.wait()
        finally:
            end(process)
    return f"exit code {code}" if code else ""


def _end_unwanted(process: subprocess.Popen[str], is_wanted: Callable[[], bool]) -> None:
    while process.poll() is None:
        if not is_wanted():
            end(process)
        time.sleep(SECONDS_BETWEEN_LOOKS)


def end(process: subprocess.Popen[str]) -> None:
    """End a command and its children: interrupt them, kill them after some seconds."""
    if not hasattr(os, "killpg"):
        process.kill()  # the stage ends by itself when its shell is gone
        return
    deadline = time.monotonic() + SECONDS_TO_END
    with suppress(ProcessLookupError, PermissionError):  # none is left, or (macOS) only what has ended
        os.killpg(process.pid, signal.SIGINT)
        while time.monotonic() < deadline:
            process.poll()
            os.killpg(process.pid, 0)
            time.sleep(0.05)
        os.killpg(process.pid, signal.SIGKILL)


def find_differences(expected: Mapping[str, str], found: Mapping[str, str | None]) -> str:
    """Return which packages have another version than expected, "" if none has."""
    differing = [name for name in expected if found.get(name) != expected[name]]
    return "; ".join(f"{name}: expected {expected[name]}, got {found.get(name) or 'none'}" for name in differing)


def run_on_worker(
    job: tuple[str, str, Sequence[str]],
    paths: Mapping[str, str],
    contents: Mapping[str, bytes],
    expected: Mapping[str, str],
) -> Outcome:
    """Run a stage on a Dask worker, in a scratch folder.

    Args:
        job: the stage's name, its command, the paths of its outputs.
        paths: for each file that it reads the key of its content.
        contents: contents by key.
        expected: the version that each package must have here.
    """
    from distributed import get_worker  # noqa: PLC0415 -- an optional package, which every worker has
    from distributed.versions import get_versions  # noqa: PLC0415

    worker, (stage, command, writes) = get_worker(), job
    differences = find_differences(expected, get_versions(set(expected) - {"python"})["packages"])
    if differences:  # of a worker that came after the run began
        return f"worker {worker.address} has other packages: {differences}", [], {}
    task = worker.state.tasks[worker.get_current_task()]  # no longer "executing" once its client cancels it or is gone
    lines: deque[str] = deque(maxlen=N_LINES)
    with tempfile.TemporaryDirectory(prefix="stage-", dir=worker.local_directory) as scratch:
        folder = Path(scratch)
        for path, key in paths.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(contents[key])
        environment = build_environment(stage, worker.state.nthreads)
        problem = run_command(command, folder, environment, lines.append, lambda: task.state == "executing")
        files = [file for path in writes for file in [folder / path, *(folder / path).rglob("*")] if file.is_file()]
        outputs = {file.relative_to(folder).as_posix(): file.read_bytes() for file in files}
    return problem, list(lines), {} if problem else outputs
