"""Memory that is freed is kept by the process, for stages that ask for the same sizes again and again.

glibc hands large pieces back to the system at once, and each step of a training then pays for fresh pages: 6 to 10 % of
its time (16-dimensional AE and VAE on one thread, five runs each in turns). Evaluations, whose pieces are few and
large, gain nothing from it on one processor and 3 to 14 % on another, for 0.2 GiB more, which would be too much.
"""

import ctypes
import sys
from contextlib import suppress

M_TRIM_THRESHOLD, M_MMAP_MAX = -1, -4  # of malloc.h
NEVER = 2**31 - 1


def keep_freed_memory() -> None:
    """Have the C library keep what is freed; nothing happens with another one than glibc."""
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            library = ctypes.CDLL(None)
            library.mallopt(M_MMAP_MAX, 0)
            library.mallopt(M_TRIM_THRESHOLD, NEVER)
