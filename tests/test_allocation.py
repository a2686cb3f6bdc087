"""Freed memory: fresh pages are asked of the system once, not at every step."""

import platform
import subprocess
import sys

import pytest

STEPS = """
import resource
import sys
from foundation.reproducibility.allocation import keep_freed_memory

if sys.argv[1] == "keep":
    keep_freed_memory()
sizes = [3 << 20, 40 << 20]  # below and above what glibc comes to keep by itself
for step in range(20):
    if step == 2:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for size in sizes:
        bytearray(size)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def fresh_pages(mode: str) -> int:
    done = subprocess.run([sys.executable, "-c", STEPS, mode], check=True, capture_output=True, text=True)
    return int(done.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc is asked")
def test_steps_take_no_fresh_pages() -> None:
    assert fresh_pages("leave") > 1000
    assert fresh_pages("keep") < 100
