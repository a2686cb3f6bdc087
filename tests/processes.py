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
            with suppress(psutil.NoSuchProcess):
                for process in () if child in before else (*child.children(recursive=True), child):
                    process.kill()
