"""Which processes started this stage, and the end of a stage whose DVC has ended.

A stage is started by DVC or by ``execution``, with a shell between where there is one. They are looked up when the
package ``stages`` is imported, before the seconds that libraries take: whoever ends in these seconds would not be found
afterwards. Without DVC nobody takes a stage's outputs, and the next run would write the same files beside it.
"""

import os
import threading
import time
from collections.abc import Sequence
from contextlib import suppress

import psutil

SECONDS_BETWEEN_LOOKS = 0.5


def starters() -> list[psutil.Process]:
    """Return the parent of this process, and the parent's parent where the parent is a shell that runs one command."""
    parents = psutil.Process().parents()[:2]
    words = parents[0].cmdline() if parents else []
    is_shell = " ".join(words[-1:]).startswith("python -m ")
    return parents if is_shell else parents[:1]


STARTERS = starters() if "DVC_STAGE" in os.environ else []


def end_with(processes: Sequence[psutil.Process], stage: str) -> None:
    """Watch processes from a thread and end this one when one of them has ended.

    Without DVC nobody takes the stage's outputs, and the next run would write the same files beside it.
    """

    def check() -> None:
        if not all(map(_lives, processes)):
            with suppress(OSError):
                os.write(2, f"{stage}: ended, because dvc was; the next run completes it\n".encode())
            os._exit(1)  # at once, whatever the stage is in: files are written under their names only when complete

    def watch() -> None:
        while True:
            time.sleep(SECONDS_BETWEEN_LOOKS)
            check()

    check()
    threading.Thread(target=watch, name="end with dvc", daemon=True).start()


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
