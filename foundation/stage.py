"""How a stage is run: its parameters, one line for a mistake of the user or a want of the machine, the exit code."""

import errno
import os
import signal
import sys
import threading
from collections.abc import Callable
from typing import NoReturn

from foundation.datasets import DataError
from foundation.parameters import ParameterError, Params, load_params
from foundation.paths import PARAMS_PATH
from foundation.progress import Progress
from foundation.reproducibility.artifacts import ArtifactError
from foundation.reproducibility.numerics import reason_against
from foundation.reproducibility.workers import thread_limits
from foundation.starters import STARTERS, end_with

INTERRUPTED = 130
WANTS = {
    errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO, errno.EMFILE,
    errno.ENFILE,
}  # fmt: skip


def run_stage(stage: str, main: Callable[[Params, Progress], None], *, n_threads: int | None = None) -> None:
    """Run a stage's main on the parameters of the study, as ``run_guarded`` does."""

    def work() -> None:
        params = load_params(PARAMS_PATH)
        if params.numerics == "portable" and (reason := reason_against()):
            raise ParameterError(f"{PARAMS_PATH}: {reason}")
        main(params, Progress(stage))

    run_guarded(stage, work, n_threads=n_threads)


def run_guarded(stage: str, work: Callable[[], None], *, n_threads: int | None = None) -> None:
    """Do a stage's work; a mistake or a machine without room is one line on standard error and exit code 1."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # behind nohup and a shell's "&" it is ignored
    if STARTERS:
        end_with(STARTERS, stage)
    try:
        with thread_limits(n_threads):
            work()
    except KeyboardInterrupt:
        _end(f"{stage}: interrupted; nothing unfinished counts as a result, the next run completes it", INTERRUPTED)
    except Exception as error:
        message = mistake(error)
        if message is None:
            raise
        _end(f"{stage}: error: {message}", 1)


def mistake(error: Exception) -> str | None:
    """Return one line on a mistake of the user or a want of the machine, None for a fault of the program."""
    text = " ".join(str(error).split())
    match error:
        case ParameterError() | DataError() | ArtifactError() | FloatingPointError():
            return str(error)
        case BrokenPipeError():
            return "output: expected a reader until the end, got a closed pipe"
        case MemoryError() | RuntimeError() if isinstance(error, MemoryError) or _is_want_of_memory(text):
            return f"memory: expected room for this stage, got: {text or 'none left'}"
        case OSError(errno=errno.ENOMEM):
            return f"memory: expected room for this stage, got: {error.strerror}"
        case OSError() if error.errno in WANTS:
            return f"{error.filename or 'the system'}: expected access and room, got: {error.strerror}"
    return None


def _is_want_of_memory(text: str) -> bool:
    """Return whether PyTorch's or Python's message says that memory or threads ran out: they have no class of it."""
    return any(
        part in text
        for part in ("allocate memory", "not enough memory", "out of memory", "bad_alloc", "can't start new thread")
    )


def _end(message: str, code: int) -> NoReturn:
    try:
        print(message, file=sys.stderr, flush=True)  # noqa: T201 -- the one line
    except OSError:  # nobody reads; what is left in the buffers goes nowhere, not into a second error
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    if code == INTERRUPTED and any(not one.daemon for one in threading.enumerate() if one != threading.main_thread()):
        os._exit(code)  # Python would wait for the pieces that other threads compute
    sys.exit(code)
