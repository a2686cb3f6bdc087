"""How long one waits for DVC after a change: ``python -m benchmarks.latencies``, in a copy of a finished run.

The copy holds the tracked files, data, checkpoints and results. It shares the files of DVC's cache with this
repository, but not DVC's memory of earlier runs, from which a change tried before would come back at once; nor does
any experiment appear here. Nothing, a template, latent_dim=8 and one outside the sweep, in this order. The machine's
matrix products, before and after, tell its pace.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from autoencoders.reproducibility.artifacts import write_json
from benchmarks.machine import BusyError, description, wait_until_idle
from benchmarks.peak import large_products
from benchmarks.settings import LATENCIES_PATH

REPEATS = 3
TEMPLATE = Path("report/templates/base.html.j2")
OUTSIDE = 12


def run(folder: Path, *command: str) -> float:
    """Return the seconds of a command in a folder.

    Raises:
        SystemExit: with what the command said, if it fails.
    """
    start = time.perf_counter()
    done = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"latencies: error: {' '.join(command)}: {done.stderr.strip()[-500:]}")
    return time.perf_counter() - start


def copy_of_run(folder: Path) -> None:
    """Make a clone of the last commit with the outputs of the run in place.

    Raises:
        SystemExit: as for ``run``, for instance where an output was never made.
    """
    run(Path(), "git", "clone", "-q", ".", str(folder))
    run(folder, "git", "config", "user.name", "benchmark")
    run(folder, "git", "config", "user.email", "benchmark@example.org")
    cache = folder / ".dvc" / "cache"
    cache.mkdir()
    (cache / "files").symlink_to(Path(".dvc/cache/files").absolute())
    run(folder, "dvc", "checkout", "dvc.yaml")


def measured(folder: Path) -> dict[str, float]:
    """Return the median seconds of each change."""
    run(folder, "dvc", "repro")  # settles DVC's own state
    run(folder, "python", "-m", "stages.report")  # leaves figures as any run does
    seconds = {"no-op": median(run(folder, "dvc", "repro") for _ in range(REPEATS))}
    template = folder / TEMPLATE
    changes = []
    for number in range(REPEATS):
        template.write_text(f"{template.read_text(encoding='utf-8')}\n<!-- {number} -->\n", encoding="utf-8")
        changes.append(run(folder, "dvc", "repro"))
    run(folder, "git", "checkout", "-q", "--", ".")
    run(folder, "dvc", "repro")
    seconds["template change"] = median(changes)
    seconds["latent_dim=8"] = run(folder, "dvc", "exp", "run", "-S", "latent_dim=8")
    seconds["outside the sweep"] = run(folder, "dvc", "exp", "run", "-S", f"latent_dim={OUTSIDE}")
    return seconds


def main() -> None:
    """Measure and write the numbers."""
    is_busy = "--busy" in sys.argv[1:]
    if not is_busy:
        wait_until_idle(print)
    os.environ["DVC_NO_ANALYTICS"] = "1"
    name = tempfile.mkdtemp()
    pace = [large_products()]
    try:
        copy_of_run(Path(name) / "copy")
        seconds = measured(Path(name) / "copy")
    finally:
        shutil.rmtree(name, ignore_errors=True)
    pace.append(large_products())
    content = {"machine": description(), "is_busy": is_busy, "product_gflops": pace, "seconds": seconds}
    write_json(LATENCIES_PATH, content)
    print("\n".join(f"{what}: {value:.1f} s" for what, value in seconds.items()))


if __name__ == "__main__":
    try:
        main()
    except BusyError as error:
        raise SystemExit(f"latencies: error: {error}") from error
