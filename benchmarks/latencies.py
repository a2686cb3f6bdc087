"""How long one waits after a change: ``python -m benchmarks.latencies``, in copies of a finished run.

Nothing, a template, latent_dim=8 and one outside the sweep, in this order, each by DVC's own commands, one stage after
the other, and by what ``make report`` calls, stages side by side. A copy holds the tracked files, data, checkpoints and
results. It shares the files of DVC's cache with this repository, but not DVC's run cache, from which a change tried
before would come back at once; nor does any experiment appear here. For ``dvc exp run`` outside the sweep the seconds
of training are noted, too. The speed of matrix multiplications before and after shows how fast the machine was. Half
an hour, after a finished run.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from benchmarks.machine import BenchmarkError, describe_machine, make_parser, run, wait_until_idle
from benchmarks.peak import measure_large_products
from benchmarks.settings import LATENCIES_PATH, plan_of_run
from benchmarks.stages import run_and_measure
from foundation.paths import PARAMS_PATH
from foundation.reproducibility.artifacts import write_json

REPEATS = 3
TEMPLATE = Path("report/templates/base.html.j2")
LATENT_DIMS = {"latent_dim=8": 8, "outside the sweep": 12}
TRAINING = "training outside the sweep"
DVC = [sys.executable, "-m", "dvc"]
MAKE = [[sys.executable, "-m", "stages.check"], [sys.executable, "-m", "execution", "--jobs", "auto"]]  # make report


def time_command(folder: Path, *command: str) -> float:
    """Return the seconds of a command in a folder.

    Raises:
        BenchmarkError: with what the command said, if it fails.
    """
    start = time.perf_counter()
    done = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)
    if done.returncode:
        raise BenchmarkError(f"{' '.join(command)}: {done.stderr.strip()[-500:]}")
    return time.perf_counter() - start


def copy_run(folder: Path) -> None:
    """Make a clone of what git tracks, as it is now, with the outputs of the run in place.

    Raises:
        BenchmarkError: as for ``time_command``, for instance where an output was never made.
    """
    time_command(Path(), "git", "clone", "-q", ".", str(folder))
    changed = ["git", "diff", "--name-only", "--diff-filter=d", "HEAD"]  # another processor leaves another dvc.lock
    for name in subprocess.run(changed, check=True, capture_output=True, text=True).stdout.splitlines():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(name, folder / name)
    time_command(folder, "git", "config", "user.name", "benchmark")
    time_command(folder, "git", "config", "user.email", "benchmark@example.org")
    cache = folder / ".dvc" / "cache"
    cache.mkdir()
    (cache / "files").symlink_to(Path(".dvc/cache/files").absolute())
    time_command(folder, *DVC, "checkout")
    time_command(folder, "git", "commit", "-q", "--allow-empty", "-a", "-m", "as measured")


def run_stale(way: str, folder: Path) -> float:
    """Return the seconds of running what is stale."""
    return sum(time_command(folder, *command) for command in ([[*DVC, "repro"]] if way == "dvc" else MAKE))


def change_template(way: str, folder: Path, text: str) -> float:
    """Return the seconds of a run with a comment behind a template."""
    template = folder / TEMPLATE
    template.write_text(f"{template.read_text(encoding='utf-8')}\n<!-- {text} -->\n", encoding="utf-8")
    return run_stale(way, folder)


def change_latent_dim(way: str, folder: Path, latent_dim: int) -> tuple[float, float | None]:
    """Return the seconds of a run with another latent dimension, and those of its training where stages run in turn.

    By DVC that is an experiment, else params.yaml is edited.

    Raises:
        BenchmarkError: if it fails.
    """
    if way == "dvc":
        command = [*DVC, "exp", "run", "-S", f"latent_dim={latent_dim}"]
        seconds, code, rows = run_and_measure(command, folder=folder)
        if code:
            raise BenchmarkError(f"{' '.join(command)}: exit code {code}")
        return seconds, sum(row["seconds"] for row in rows if row["stage"] == "train")
    path = folder / PARAMS_PATH
    text = path.read_text(encoding="utf-8")
    path.write_text(re.sub(r"^latent_dim: .*$", f"latent_dim: {latent_dim}", text, flags=re.MULTILINE), "utf-8")
    return run_stale(way, folder), None


def measure(folder: Path) -> dict[str, dict[str, float | None]]:
    """Return the seconds of each change by each way, in turns and in copies of their own; medians of the short ones."""
    copies = {way: folder / way for way in ("dvc", "make")}
    for way, copy in copies.items():
        copy_run(copy)
        run_stale(way, copy)  # settles DVC's own state
    nothing = [{way: run_stale(way, copy) for way, copy in copies.items()} for _ in range(REPEATS)]
    texts = [{way: change_template(way, copy, str(n)) for way, copy in copies.items()} for n in range(REPEATS)]
    for way, copy in copies.items():
        time_command(copy, "git", "checkout", "-q", "--", ".")
        run_stale(way, copy)
    changes = {
        what: {way: change_latent_dim(way, copy, latent_dim) for way, copy in copies.items()}
        for what, latent_dim in LATENT_DIMS.items()
    }
    return {
        way: {
            "no-op": median(row[way] for row in nothing),
            "template change": median(row[way] for row in texts),
            **{what: row[way][0] for what, row in changes.items()},
            TRAINING: changes["outside the sweep"][way][1],
        }
        for way in copies
    }


def main() -> None:
    """Measure and write the numbers."""
    is_busy = make_parser("benchmarks.latencies", __doc__).parse_args().busy
    if not is_busy:
        wait_until_idle(print)
    os.environ["DVC_NO_ANALYTICS"] = "1"
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])  # python of stages
    name = tempfile.mkdtemp()
    pace = [measure_large_products()]
    try:
        seconds = measure(Path(name))
    finally:
        shutil.rmtree(name, ignore_errors=True)
    pace.append(measure_large_products())
    content = {
        "plan": plan_of_run(),
        "machine": describe_machine(),
        "is_busy": is_busy,
        "product_gflops": pace,
        "seconds": seconds,
    }
    write_json(LATENCIES_PATH, content)
    for way, of_way in seconds.items():
        print("\n".join(f"{what}, by {way}: {value:.1f} s" for what, value in of_way.items() if value is not None))


if __name__ == "__main__":
    run("latencies", main)
