"""Which processes started this stage: DVC or the executor, and a shell or a command between where there is one.

Found out when the package is imported, before the seconds that the libraries of a stage take: whoever ends in these
seconds would not be found afterwards. Without DVC nobody takes a stage's outputs (``console.end_with``).
"""

import os

import psutil

FORKED_FOR = "STAGE_FORKED_FOR"  # names, in the environment of a fork, the process of the command whose work it does


def starters() -> list[psutil.Process]:
    """Return the parent of this process, and the parent's where the parent is a shell.

    Those of a fork are the command's process and the starters of that.
    """
    command = os.environ.pop(FORKED_FOR, None)
    try:
        own = psutil.Process() if command is None else psutil.Process(int(command))
        parents = own.parents()[:2]
    except psutil.NoSuchProcess:
        os._exit(1)  # the command has ended meanwhile
    words = parents[0].cmdline() if parents else []
    is_shell = " ".join(words[-1:]).startswith("python -m ")
    found = parents if is_shell else parents[:1]
    return found if command is None else [own, *found]


STARTERS = starters() if "DVC_STAGE" in os.environ else []
