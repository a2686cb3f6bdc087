"""A stage hands its work to a fork of a process that has imported the libraries, where a run has one (Linux).

Called while the package is imported, before the seconds that the libraries take. The first stages of a run, of DVC or
of the executor, find no such process and start it beside their own work (``execution.fork_server``). This process then
waits for its fork, hands on what it is asked to stop by, and ends as the fork ends; the fork ends with it
(``starters``). Everything else is as without: the same output, the same bytes.
"""

import hashlib
import json
import os
import signal
import socket
import struct
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from types import FrameType

from autoencoders.reproducibility.numerics import is_portable
from stages.paths import PARAMS_PATH
from stages.starters import FORKED_FOR, STARTERS

SWITCH = "STAGE_FORKS"  # in the environment; "off": every stage imports for itself, for profilers and the like
LAST = "stages.report"  # nothing comes after it
HANDED_ON = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def hand_over() -> None:
    """Have a fork do this stage and end as it does; return where this process has to do it itself."""
    module = sys.orig_argv[2] if sys.orig_argv[1:2] == ["-m"] and len(sys.orig_argv) > 2 else ""
    is_stage_of_run = bool(STARTERS) and module.startswith(f"{__package__}.") and Path(".dvc").is_dir()
    is_unwanted = os.environ.get(SWITCH) == "off"
    if is_unwanted or not is_stage_of_run or sys.platform != "linux" or is_portable(PARAMS_PATH):
        return
    address = address_of_run()
    with socket.socket(socket.AF_UNIX) as server:
        pid = _fork(server, address, module)
        if pid is not None:
            _follow(server, pid)
    if module != LAST:
        _start(address)


def address_of_run() -> str:
    """Return the name of the socket of this run's server: another for another user, folder, Python or environment."""
    run = STARTERS[-1]
    environment = sorted((name, value) for name, value in os.environ.items() if name != "DVC_STAGE")
    parts = [run.pid, run.create_time(), os.getuid(), str(Path.cwd()), sys.executable, environment]
    return f"autoencoders-{hashlib.sha256(json.dumps(parts).encode()).hexdigest()}"


def _start(address: str) -> None:
    run = STARTERS[-1]
    command = [sys.executable, "-m", "execution.fork_server", address, str(run.pid), repr(run.create_time())]
    environment = {name: value for name, value in os.environ.items() if name != "DVC_STAGE"}
    nowhere = subprocess.DEVNULL
    with suppress(OSError):
        subprocess.Popen(
            command, env=environment, stdin=nowhere, stdout=nowhere, stderr=nowhere, start_new_session=True
        )


def _fork(server: socket.socket, address: str, module: str) -> int | None:
    """Return the process number of a fork that does this stage, None if there is none."""
    request = {
        "module": module,
        "arguments": sys.orig_argv[3:],
        "folder": str(Path.cwd()),
        "environment": {**os.environ, FORKED_FOR: str(os.getpid())},
    }
    content = json.dumps(request).encode()
    try:
        server.connect(f"\0{address}")
        if _user(server) != os.getuid():
            return None
        socket.send_fds(server, [struct.pack("I", len(content))], [0, 1, 2])
        server.sendall(content)
        return _told(server)
    except OSError:
        return None


def _user(server: socket.socket) -> int:
    said = server.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    return int(struct.unpack("3i", said)[1])


def _told(server: socket.socket) -> int | None:
    """Return a number the server tells, None if it has ended or refuses."""
    n_bytes = struct.calcsize("i")
    with suppress(ConnectionError):
        said = server.recv(n_bytes, socket.MSG_WAITALL)
        return int(struct.unpack("i", said)[0]) if len(said) == n_bytes else None
    return None


def _follow(server: socket.socket, pid: int) -> None:
    """Wait for the fork and end as it ended; signals that ask for an end go to it."""

    def hand_on(number: int, _: FrameType | None) -> None:
        with suppress(ProcessLookupError):
            os.killpg(pid, number)

    for number in HANDED_ON:
        signal.signal(number, hand_on)
    code = _told(server)
    if code is None:  # somebody has killed the server; the fork ends with this process
        code = 1
        os.write(2, f"{os.environ['DVC_STAGE']}: ended, because the process it was forked from was\n".encode())
    if code < 0:
        with suppress(OSError):  # that of SIGKILL stays as it is
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    os._exit(code)
