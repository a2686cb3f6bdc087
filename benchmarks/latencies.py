"""How long one waits after a change: ``python -m benchmarks.latencies``, in copies of a finished run.

Nothing, a template, latent_dim=8 and one outside the sweep, in this order, each by DVC's own commands, one stage after
the other, and by what make calls, stages side by side. A copy holds the tracked files, data, checkpoints and results.
It shares the files of DVC's cache with this repository, but not DVC's memory of earlier runs, from which a change tried
before would come back at once; nor does any experiment appear here. The machine's matrix products, before and after,
tell its pace.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import NamedTuple

from autoencoders.reproducibility.artifacts import write_json
from benchmarks.machine import BusyError, description, wait_until_idle
from benchmarks.peak import large_products
from benchmarks.settings import LATENCIES_PATH

REPEATS = 3
TEMPLATE = Path("report/templates/base.html.j2")
OUTSIDE = 12
MAKE = ["python", "-m", "execution", "--jobs", "auto", "--check", "python -m stages.check"]  # what make report calls


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


class Way(NamedTuple):
    """How changes are run: a folder, the command that runs what is stale, those that run a changed parameter."""

    folder: Path
    repro: list[str]
    experiment: Callable[[str], list[list[str]]]


def ways(folder: Path) -> dict[str, Way]:
    """Return both ways, each with a copy of its own below a folder."""
    found = {
        "dvc": Way(folder / "dvc", ["dvc", "repro"], lambda change: [["dvc", "exp", "run", "-S", change]]),
        "make": Way(folder / "make", MAKE, lambda change: [[*MAKE, "--set", change], ["dvc", "exp", "save", "check"]]),
    }
    for way in found.values():
        copy_of_run(way.folder)
        run(way.folder, *way.repro)  # settles DVC's own state
        run(way.folder, "python", "-m", "stages.report")  # leaves figures as any run does
    return found


def changed_template(way: Way, text: str) -> float:
    """Return the seconds of a run with a comment behind a template."""
    template = way.folder / TEMPLATE
    template.write_text(f"{template.read_text(encoding='utf-8')}\n<!-- {text} -->\n", encoding="utf-8")
    return run(way.folder, *way.repro)


def measured(folder: Path) -> dict[str, dict[str, float]]:
    """Return the seconds of each change by each way, measured in turns; medians of the short ones."""
    found = ways(folder)
    nothing = [{name: run(way.folder, *way.repro) for name, way in found.items()} for _ in range(REPEATS)]
    texts = [{name: changed_template(way, str(n)) for name, way in found.items()} for n in range(REPEATS)]
    for way in found.values():
        run(way.folder, "git", "checkout", "-q", "--", ".")
        run(way.folder, *way.repro)
    experiments = [
        {name: sum(run(way.folder, *command) for command in way.experiment(change)) for name, way in found.items()}
        for change in ("latent_dim=8", f"latent_dim={OUTSIDE}")
    ]
    return {
        name: {
            "no-op": median(row[name] for row in nothing),
            "template change": median(row[name] for row in texts),
            **{what: row[name] for what, row in zip(("latent_dim=8", "outside the sweep"), experiments, strict=True)},
        }
        for name in found
    }


def main() -> None:
    """Measure and write the numbers."""
    is_busy = "--busy" in sys.argv[1:]
    if not is_busy:
        wait_until_idle(print)
    os.environ["DVC_NO_ANALYTICS"] = "1"
    name = tempfile.mkdtemp()
    pace = [large_products()]
    try:
        seconds = measured(Path(name))
    finally:
        shutil.rmtree(name, ignore_errors=True)
    pace.append(large_products())
    content = {"machine": description(), "is_busy": is_busy, "product_gflops": pace, "seconds": seconds}
    write_json(LATENCIES_PATH, content)
    for way, of_way in seconds.items():
        print("\n".join(f"{what}, by {way}: {value:.1f} s" for what, value in of_way.items()))


if __name__ == "__main__":
    try:
        main()
    except BusyError as error:
        raise SystemExit(f"latencies: error: {error}") from error
