"""A process that has imported the libraries, and of which stages are forks: imports take four to seven seconds of each.

The first stages of a run of DVC or of the executor start it (``stages.forks``); it ends with that run. It imports the
modules of the mathematics, and with them the libraries, but not ``stages``, which finds out while it is imported who
started it. A fork gets arguments, folder, environment, standard streams and ``__main__`` as its command would give
them, in a session of its own. Only processes of the same user are heard.
"""

import gc
import json
import multiprocessing
import os
import runpy
import socket
import struct
import sys
import time
from contextlib import suppress
from importlib import import_module
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import psutil

SECONDS_BETWEEN_LOOKS = 1.0  # at the run
SECONDS_TO_SPEAK = 5.0  # for a stage that has connected
IDLE_SECONDS = 120.0  # without a stage: a run that is a long-lived program and has moved on


def preload(run: psutil.Process) -> dict[Path, int]:
    """Import the modules of the mathematics, unless the run ends meanwhile, and return when each file changed last."""
    files = sorted(Path("autoencoders").rglob("*.py"))
    changed = _changes(files)
    for path in files:
        if not _lives(run):
            break
        with suppress(Exception):  # the stage that needs it says what is wrong
            import_module(".".join(path.with_suffix("").parts))
    gc.collect()
    gc.freeze()  # what is here stays: forks need not look through it
    return changed


def _changes(files: list[Path]) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in files if path.is_file()}


def serve(listener: socket.socket, run: psutil.Process, changed: dict[Path, int]) -> None:
    """Fork for each stage that connects, until the run has ended; tell the stage its fork's number and its exit code.

    No fork is made once a file differs from what was imported.
    """
    running: dict[Any, tuple[BaseProcess, socket.socket]] = {}
    last = time.monotonic()
    while running or (_lives(run) and time.monotonic() < last + IDLE_SECONDS):
        for ready in wait([listener, *running], SECONDS_BETWEEN_LOOKS):
            last = time.monotonic()
            if ready is not listener:
                process, stage = running.pop(ready)
                process.join()
                _tell(stage, process.exitcode or 0)
                stage.close()
            elif started := _accept(listener, changed, [stage for _, stage in running.values()]):
                running[started[0].sentinel] = started


def _lives(run: psutil.Process) -> bool:
    with suppress(psutil.NoSuchProcess):
        return run.is_running() and run.status() != psutil.STATUS_ZOMBIE
    return False


def _accept(
    listener: socket.socket, changed: dict[Path, int], others: list[socket.socket]
) -> tuple[BaseProcess, socket.socket] | None:
    stage, _ = listener.accept()
    stage.settimeout(SECONDS_TO_SPEAK)
    streams: list[int] = []
    try:
        if user_of(stage) != os.getuid() or _changes(list(changed)) != changed:
            raise ConnectionRefusedError
        length, streams, _, _ = socket.recv_fds(stage, struct.calcsize("I"), 3)
        with stage.makefile("rb") as reader:
            request = json.loads(reader.read(*struct.unpack("I", length)))
        process = multiprocessing.get_context("fork").Process(
            target=become, args=(request, streams, [listener, stage, *others])
        )
        process.start()
        _tell(stage, process.pid or 0)
    except (OSError, ValueError, struct.error):
        stage.close()
        return None
    finally:
        for stream in streams:
            os.close(stream)
    return process, stage


def user_of(connection: socket.socket) -> int:
    """Return the user of the other end."""
    said = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    return int(struct.unpack("3i", said)[1])


def _tell(stage: socket.socket, number: int) -> None:
    with suppress(OSError):  # the stage has ended, and its fork sees that
        stage.sendall(struct.pack("i", number))


def become(request: dict[str, Any], streams: list[int], inherited: list[socket.socket]) -> None:
    """Run a module in this process, a fork, as its command would be."""
    for connection in inherited:
        connection.close()
    os.setsid()
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    os.environ.clear()
    os.environ.update(request["environment"])
    os.chdir(request["folder"])
    sys.path[0] = request["folder"]
    sys.argv = [request["module"], *request["arguments"]]
    runpy.run_module(request["module"], run_name="__main__", alter_sys=True)


def main(address: str, pid: int, start: float) -> None:
    """Serve the stages of a run, unless another process does.

    Args:
        address: Of the socket, in the namespace of names that vanish with their process.
        pid: Of the run: DVC or the executor.
        start: When that process began.
    """
    listener = socket.socket(socket.AF_UNIX)
    try:
        listener.bind(f"\0{address}")
        run = psutil.Process(pid)
    except (OSError, psutil.NoSuchProcess):
        return
    if run.create_time() == start:
        changed = preload(run)
        listener.listen()  # from now on stages find it
        serve(listener, run, changed)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))
