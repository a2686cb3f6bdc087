"""A small study in a temporary folder, the faults thrown at its run, and what the next run makes of it."""

import hashlib
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil
import yaml

from tests.test_pipeline import Clone

TARGETS = ("train@vae-4", "fit_pca")
EPOCHS = {"epochs": 12}
OUTPUTS = ("data", "checkpoints", "results")
SECONDS_FOR_ORPHANS = 20.0  # a stage still importing its libraries notices when it has them, before it writes
LIMIT = 600.0


@dataclass
class Trial:
    """What one fault did and what the next run made of it; problems are empty where all is well."""

    fault: str
    moment: float
    problems: list[str]
    n_finished: int = 0
    n_run: int = 0
    n_resumed: int = 0


def small_study(folder: Path) -> Clone:
    """Return a clone with everything up to the prepared data, in which training keeps a state after each epoch."""
    folder.mkdir(parents=True, exist_ok=True)
    clone = Clone(folder)
    clone.environment["OMP_NUM_THREADS"] = "1"
    clone.set_params(EPOCHS)
    keeper = folder / "foundation" / "reproducibility" / "unfinished.py"
    text = keeper.read_text()
    keeper.write_text(re.sub(r"(?m)^SECONDS_BETWEEN_STATES = \S+", "SECONDS_BETWEEN_STATES = 0.0", text))
    clone.run("dvc", "repro", "prepare")
    clone.commit("prepared")
    return clone


def copy_of(clone: Clone, folder: Path) -> Clone:
    """Return another clone like this one."""
    shutil.copytree(clone.folder, folder, symlinks=True)
    copied = object.__new__(Clone)
    copied.folder, copied.environment = folder, clone.environment
    return copied


def tree(folder: Path) -> dict[str, str]:
    """Return the hash of every file of the outputs, drafts left behind included."""
    files = [path for name in OUTPUTS for path in (folder / name).rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def locked(folder: Path) -> set[str]:
    """Return the stages that dvc.lock says are finished; none if it is cut off."""
    try:
        return set((yaml.safe_load((folder / "dvc.lock").read_text()) or {}).get("stages", ()))
    except (OSError, yaml.YAMLError, AttributeError):
        return set()


def start(clone: Clone, wrapper: tuple[str, ...] = (), targets: tuple[str, ...] = TARGETS) -> subprocess.Popen[bytes]:
    """Start the run in a session of its own."""
    with (clone.folder / "tmp.log").open("ab") as log:
        return subprocess.Popen(
            [*wrapper, sys.executable, "-m", "dvc", "repro", *targets],
            cwd=clone.folder,
            env=clone.environment,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def inside(folder: Path) -> list[psutil.Process]:
    """Return the processes that work in a folder."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.cwd() == str(folder) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return found


def stages_of(run: subprocess.Popen[bytes]) -> list[psutil.Process]:
    """Return the processes that DVC started."""
    try:
        return psutil.Process(run.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def kill_stage(run: subprocess.Popen[bytes], clone: Clone) -> None:
    """Kill what DVC runs."""
    for process in stages_of(run):
        process.kill()


def kill_dvc(run: subprocess.Popen[bytes], clone: Clone) -> None:
    """Kill DVC alone."""
    run.kill()


def kill_both(run: subprocess.Popen[bytes], clone: Clone) -> None:
    """Kill DVC and what it runs."""
    os.killpg(run.pid, signal.SIGKILL)


def interrupt(run: subprocess.Popen[bytes], clone: Clone) -> None:
    """Do as Ctrl-C does."""
    os.killpg(run.pid, signal.SIGINT)


def cut_power(run: subprocess.Popen[bytes], clone: Clone) -> None:
    """Kill both and cut the files of the last second in half, drafts and kept states included."""
    kill_both(run, clone)
    run.wait()
    now = time.time()
    for path in [path for name in (*OUTPUTS, "tmp") for path in (clone.folder / name).rglob("*") if path.is_file()]:
        status = path.stat()
        if now - status.st_mtime < 1.0:
            os.truncate(path, status.st_size // 2)


FAULTS: dict[str, Callable[[subprocess.Popen[bytes], Clone], None]] = {
    "kill -9 of the stage": kill_stage,
    "kill -9 of DVC": kill_dvc,
    "kill -9 of both": kill_both,
    "Ctrl-C": interrupt,
    "power cut": cut_power,
}


def in_namespace(command: str) -> tuple[str, ...]:
    """Return a wrapper that runs a command after a mount which nobody else sees and which ends with it."""
    return ("unshare", "--mount", "sh", "-c", f'mkdir -p checkpoints && {command} && exec "$@"', "sh")


WANTS: dict[str, tuple[tuple[str, ...], str]] = {
    "full disk (tmpfs)": (in_namespace("mount -t tmpfs -o size=64k tmpfs checkpoints"), "No space left on device"),
    "read-only outputs": (
        in_namespace("mount --bind checkpoints checkpoints && mount -o remount,bind,ro checkpoints"),
        "Read-only file system",
    ),
}

LITTLE_MEMORY = (
    "import resource, runpy, sys, stages.train, psutil;"
    "size = psutil.Process().memory_info().vms + (12 << 20);"
    "resource.setrlimit(resource.RLIMIT_AS, (size, size));"
    "sys.argv = ['train', '--model', 'vae', '--latent-dim', '4'];"
    "stages.train.run_stage('train', stages.train.main)"
)


@dataclass
class Reference:
    """The undisturbed run: what it leaves and how long it takes."""

    base: Clone
    lock: str
    files: dict[str, str]
    seconds: float


def undisturbed(base: Clone, folder: Path) -> Reference:
    """Run a copy without a fault."""
    clone = copy_of(base, folder)
    began = time.monotonic()
    clone.run("dvc", "repro", *TARGETS)
    return Reference(base, clone.read("dvc.lock"), tree(folder), time.monotonic() - began)


def heal(trial: Trial, reference: Reference, clone: Clone) -> Trial:
    """Run once more and note what is not as in the undisturbed run."""
    deadline = time.monotonic() + SECONDS_FOR_ORPHANS
    while (left := inside(clone.folder)) and time.monotonic() < deadline:
        time.sleep(0.1)
    trial.problems += [f"goes on without DVC: {' '.join(process.cmdline())}" for process in left]
    finished = locked(clone.folder)
    said = clone.run("dvc", "repro", *TARGETS, code=None)
    again = set(re.findall(r"Running stage '([\w@.-]+)", said))
    trial.n_finished, trial.n_run = len(finished & set(TARGETS)), len(again)
    trial.n_resumed = said.count("continues where it was interrupted")
    trial.problems += [f"repeated: {stage}" for stage in sorted(again & finished)]
    if yaml.safe_load(clone.read("dvc.lock")) != yaml.safe_load(reference.lock):  # its order is that of finishing
        trial.problems.append(f"dvc.lock differs; the run said: {said[-600:]}")
    files = tree(clone.folder)
    trial.problems += [
        f"differs: {name}"
        for name in sorted({*files, *reference.files})
        if files.get(name) != reference.files.get(name)
    ]
    return trial


def disturbed(reference: Reference, folder: Path, fault: str, stream: random.Random) -> Trial:
    """Throw a fault at a random moment of a run and heal; a run that ended before its moment is drawn again."""
    while True:
        clone = copy_of(reference.base, folder)
        began, moment = time.monotonic(), stream.uniform(0.0, reference.seconds)
        run = start(clone)
        try:
            run.wait(moment)
        except subprocess.TimeoutExpired:
            FAULTS[fault](run, clone)
            run.wait(LIMIT)
            return heal(Trial(fault, moment, []), reference, clone)
        reference.seconds = min(reference.seconds, time.monotonic() - began)
        shutil.rmtree(folder)


def without_room(reference: Reference, folder: Path, want: str) -> Trial:
    """Run where something is missing, expect one clear line, and heal."""
    clone = copy_of(reference.base, folder)
    wrapper, expected = WANTS[want]
    run = start(clone, wrapper)
    trial = Trial(want, 0.0, [] if run.wait(LIMIT) else ["the run did not fail"])
    said = (folder / "tmp.log").read_text(errors="replace")
    lines = [line for line in said.splitlines() if ": error: " in line]
    if len(lines) != 1 or expected not in lines[0] or "Traceback" in said:
        trial.problems.append(f"expected one line with '{expected}', got: {said[-600:]}")
    return heal(trial, reference, clone)


def without_memory(reference: Reference, folder: Path) -> Trial:
    """Run one stage with twelve megabytes more than it has after its imports, expect one clear line, and heal."""
    clone = copy_of(reference.base, folder)
    run = subprocess.run(
        [sys.executable, "-c", LITTLE_MEMORY],
        cwd=folder, env=clone.environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    lines = [line for line in run.stderr.splitlines() if "train: error: memory: expected room" in line]
    is_clear = run.returncode == 1 and len(lines) == 1 and "Traceback" not in run.stderr
    trial = Trial("memory limit", 0.0, [] if is_clear else [f"{run.returncode}: {run.stderr[-600:]}"])
    return heal(trial, reference, clone)
