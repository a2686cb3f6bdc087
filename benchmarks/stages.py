"""Time and memory of every stage of a real run, then the time of one side by side: ``python -m benchmarks.stages``.

Everything runs again, first by ``dvc repro``, one stage after the other. For it a folder with a stand-in called
``python`` comes first on the path; it runs the real interpreter and notes what the operating system says of it (wall
time, peak resident memory, children included: POSIX only). Afterwards as ``make report`` runs it. The speed of matrix
multiplications before and after shows how fast the machine was. About two and a half times as long as a run (README).
"""

import json
import os
import re
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.machine import describe_machine, make_parser, run, wait_until_idle
from benchmarks.peak import measure_large_products
from benchmarks.settings import BEFORE_TRAINING, STAGES_PATH, plan_of_run
from foundation.reproducibility.artifacts import write_json

BYTES_PER_UNIT = 1 if sys.platform == "darwin" else 1024  # of ru_maxrss
STAND_IN = """#!{python}
import json, os, sys, time
start = time.perf_counter()
child = os.spawnv(os.P_NOWAIT, {python!r}, [{python!r}, *sys.argv[1:]])
while True:
    try:
        _, status, usage = os.wait4(child, 0)
        break
    except KeyboardInterrupt:
        pass
row = {{"arguments": sys.argv[1:], "seconds": time.perf_counter() - start, "maxrss": usage.ru_maxrss}}
with open({log!r}, "a") as file:
    file.write(json.dumps(row) + "\\n")
sys.exit(os.waitstatus_to_exitcode(status))
"""


def parse_log(log: str) -> list[dict[str, Any]]:
    """Return one row per stage from the stand-in's JSON lines: stage, command, seconds, peak memory in GiB.

    >>> parse_log('{"arguments": ["-m", "stages.train", "--model", "ae"], "seconds": 2.0, "maxrss": 0}')[0]["command"]
    'train --model ae'
    """
    rows = []
    for line in log.splitlines():
        noted = json.loads(line)
        flag, *rest = noted["arguments"] or [""]
        if flag == "-m" and rest and rest[0].startswith("stages."):
            stage = rest[0].removeprefix("stages.")
            peak_gib = noted["maxrss"] * BYTES_PER_UNIT / 2**30
            command = " ".join([stage, *rest[1:]])
            rows.append({"stage": stage, "command": command, "seconds": noted["seconds"], "peak_gib": peak_gib})
    return rows


def run_and_measure(
    command: list[str], python: str = sys.executable, folder: Path = Path(), n_threads: int | None = None
) -> tuple[float, int, list[dict[str, Any]]]:
    """Return seconds, exit code and the stages' rows of a command in a folder."""
    with tempfile.TemporaryDirectory() as name:
        log, stand_in = Path(name) / "log", Path(name) / "python"
        stand_in.write_text(STAND_IN.format(python=python, log=str(log)), encoding="utf-8")
        stand_in.chmod(stand_in.stat().st_mode | stat.S_IXUSR)
        path = os.pathsep.join([name, str(Path(python).parent), os.environ["PATH"]])
        threads = {} if n_threads is None else {"OMP_NUM_THREADS": str(n_threads)}
        start = time.perf_counter()
        code = subprocess.run(command, cwd=folder, env={**os.environ, **threads, "PATH": path}, check=False).returncode
        seconds = time.perf_counter() - start
        return seconds, code, parse_log(log.read_text(encoding="utf-8") if log.is_file() else "")


def parse_seconds(said: str) -> dict[str, float]:
    """Return the seconds of each stage from what ``python -m execution`` says.

    >>> parse_seconds("Stage 'fetch' done in 6.0 s")
    {'fetch': 6.0}
    """
    return {name: float(seconds) for name, seconds in re.findall(r"^Stage '(.+)' done in (\S+) s$", said, re.MULTILINE)}


def run_side_by_side() -> dict[str, Any]:
    """Return the seconds of a run side by side, in all, from prepared data and of each stage.

    Raises:
        SystemExit: if it fails.
    """
    start = time.perf_counter()
    command = [sys.executable, "-m", "execution", "--jobs", "auto", "--force"]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    seconds = time.perf_counter() - start
    if done.returncode:
        raise SystemExit(done.returncode)
    stages = parse_seconds(done.stdout)
    before = sum(stages[name] for name in BEFORE_TRAINING)
    return {"seconds": seconds, "from_prepared_data": seconds - before, "stages": stages}


def main() -> int:
    """Run the study twice and write the table; return the exit code."""
    is_busy = make_parser("benchmarks.stages", __doc__).parse_args().busy
    if not is_busy:
        wait_until_idle(print)
    pace = [measure_large_products()]
    seconds, code, rows = run_and_measure([sys.executable, "-m", "dvc", "repro", "--force"])
    if code == 0:
        side_by_side = run_side_by_side()
        pace.append(measure_large_products())
        about = {"plan": plan_of_run(), "machine": describe_machine(), "is_busy": is_busy, "product_gflops": pace}
        write_json(STAGES_PATH, {**about, "seconds": seconds, "stages": rows, "side_by_side": side_by_side})
        print(f"{len(rows)} stages in {seconds:.0f} s, side by side in {side_by_side['seconds']:.0f} s")
    return code


if __name__ == "__main__":
    run("stages", main)
