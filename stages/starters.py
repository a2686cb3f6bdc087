"""Which processes started this stage: DVC, and the shell between where it stays.

Found out when the package is imported, before the seconds that the libraries of a stage take: whoever ends in these
seconds would not be found afterwards. Without DVC nobody takes a stage's outputs (``console.end_with``).
"""

import os

import psutil


def starters() -> list[psutil.Process]:
    """Return the parent of this process, and the parent's where the parent is a shell."""
    parents = psutil.Process().parents()[:2]
    is_shell = bool(parents) and " ".join(parents[0].cmdline()[-1:]).startswith("python -m ")
    return parents if is_shell else parents[:1]


STARTERS = starters() if "DVC_STAGE" in os.environ else []
