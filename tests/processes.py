"""Processes that tests start."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

import psutil


def as_module(command: Sequence[str]) -> list[str]:
    """Return a command in which ``dvc`` is this Python's: its script knows the folder that it was installed in."""
    return [sys.executable, "-m", *command] if command[0] == "dvc" else list(command)


@contextmanager
def ended_at_the_end() -> Iterator[None]:
    """Kill what this process has started meanwhile, and what that has started."""
    here = psutil.Process()
    before = here.children()
    try:
        yield
    finally:
        for child in here.children():
            if child not in before:
                _end(child)


def _end(process: psutil.Process) -> None:
    """Kill a process and what it has started; it is stopped first, or it could start another one after the look."""
    with suppress(psutil.NoSuchProcess):
        process.suspend()
        for child in process.children():
            _end(child)
        process.kill()
