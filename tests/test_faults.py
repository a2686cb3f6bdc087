"""Faults thrown at single stages: the next run completes in the same bytes. ``python -m tests.faults`` has them all."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import psutil
import pytest

from tests.faults.study import EPOCHS, LITTLE_MEMORY, SECONDS_FOR_ORPHANS, inside, tree
from tests.test_pipeline import Clone

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("no_process_left")]
TRAIN = ("python", "-m", "stages.train", "--model", "vae", "--latent-dim", "4")
CELL = "checkpoints/sweep/4/vae"
STATE = "tmp/unfinished/checkpoints/sweep/4/vae.safetensors"


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clone]:
    built = Clone(tmp_path_factory.mktemp("clone"))
    built.set_params(EPOCHS)
    built.environment["OMP_NUM_THREADS"] = "1"
    keeper = built.folder / "foundation" / "reproducibility" / "unfinished.py"
    keeper.write_text(keeper.read_text().replace("SECONDS_BETWEEN_STATES = 10.0", "SECONDS_BETWEEN_STATES = 0.0"))
    built.run("python", "-m", "stages.fetch")
    built.run("python", "-m", "stages.prepare")
    return built


@pytest.fixture(scope="module")
def undisturbed(clone: Clone) -> dict[str, str]:
    clone.run(*TRAIN)
    return tree(clone.folder)


def started(clone: Clone, command: tuple[str, ...] = TRAIN) -> subprocess.Popen[str]:
    """Return a run of the stage that has kept its first state."""
    for path in (clone.folder / CELL).glob("*"):
        path.unlink()
    run = subprocess.Popen(
        command, cwd=clone.folder, env=clone.environment, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    while run.poll() is None and not (clone.folder / STATE).exists():
        time.sleep(0.005)
    return run


@pytest.mark.parametrize(("number", "code"), [(signal.SIGKILL, -9), (signal.SIGINT, 130)])
def test_a_killed_training_continues_and_ends_in_the_same_bytes(
    clone: Clone, undisturbed: dict[str, str], number: int, code: int
) -> None:
    run = started(clone)
    os.kill(run.pid, number)
    said = run.communicate()[1]
    assert run.returncode == code
    assert "Traceback" not in said
    assert not list((clone.folder / CELL).glob("*"))
    assert "continues where it was interrupted" in clone.run(*TRAIN)
    assert tree(clone.folder) == undisturbed
    assert not (clone.folder / STATE).exists()


def test_a_stage_ends_with_the_dvc_that_started_it(clone: Clone) -> None:
    """The starter stands for DVC, with a shell between that stays, as fish does."""
    work = "import time; from foundation.stage import run_guarded; run_guarded('train', lambda: time.sleep(60))"
    (clone.folder / "sleeper.py").write_text(work)
    shell = ["sh", "-c", "python -m sleeper; exit $?"]
    starter = subprocess.Popen(
        [sys.executable, "-c", f"import subprocess; subprocess.run({shell!r})"],
        cwd=clone.folder,
        env={**clone.environment, "DVC_STAGE": "train"},
        start_new_session=True,
    )
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not any(process.num_threads() > 1 for process in python_inside(clone)):
        time.sleep(0.05)
    assert python_inside(clone)
    starter.kill()
    starter.wait()
    deadline = time.monotonic() + SECONDS_FOR_ORPHANS
    while inside(clone.folder) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert inside(clone.folder) == []


def test_a_stage_whose_dvc_ended_during_its_imports_does_no_work(clone: Clone) -> None:
    work = "import time, stages; time.sleep(2); from foundation.stage import run_guarded; run_guarded('train', print)"
    (clone.folder / "late.py").write_text(work)
    run = "import subprocess, time; subprocess.Popen(['python', '-m', 'late']); time.sleep(1)"
    done = subprocess.run(
        [sys.executable, "-c", run],
        cwd=clone.folder, env={**clone.environment, "DVC_STAGE": "train"}, check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert "train: ended, because dvc was" in done.stderr
    assert done.stdout == ""


def python_inside(clone: Clone) -> list[psutil.Process]:
    return [process for process in inside(clone.folder) if process.cmdline()[1:] == ["-m", "sleeper"]]


@pytest.mark.skipif(sys.platform != "linux", reason="limits of memory and files as Linux has them")
@pytest.mark.parametrize(
    ("command", "said"),
    [
        ((sys.executable, "-c", LITTLE_MEMORY), "train: error: memory: expected room for this stage, got: "),
        (("prlimit", "--fsize=65536", *TRAIN), f"train: error: {CELL}/seed_0.safetensors: cannot be written: File too"),
    ],
)
def test_a_want_of_room_is_one_line_and_the_next_run_completes(
    clone: Clone, undisturbed: dict[str, str], command: tuple[str, ...], said: str
) -> None:
    for path in (clone.folder / CELL).glob("*"):
        path.unlink()
    output = clone.run(*command, code=1)
    assert "Traceback" not in output
    assert [line[: len(said)] for line in output.splitlines() if ": error: " in line] == [said]
    clone.run(*TRAIN)
    assert tree(clone.folder) == undisturbed
