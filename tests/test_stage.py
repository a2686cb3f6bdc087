"""Progress in a log is plain lines; a user's mistake is one line and exit code 1."""

import errno
import io
import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from rich.console import Console

from foundation import progress
from foundation.datasets import DataError
from foundation.parameters import Params
from foundation.progress import Progress
from foundation.reproducibility.artifacts import ArtifactError
from foundation.stage import mistake, run_stage
from tests.processes import ended_at_the_end

ROOT = Path(__file__).resolve().parents[1]
INTERRUPTED = """
import time
from concurrent.futures import ThreadPoolExecutor
from foundation.stage import run_guarded

def work():
    ThreadPoolExecutor(1).submit(time.sleep, 60)
    raise KeyboardInterrupt

run_guarded("train", work)
"""
IGNORANT = """
import os, signal, sys
from importlib import import_module

def work():
    os.kill(os.getpid(), signal.SIGINT)

try:
    if sys.argv[1] == "foundation.stage":
        import_module(sys.argv[1]).run_guarded("train", work)
    else:
        import_module(sys.argv[1]).main(["--no-run" if "verification" in sys.argv[1] else "--list"])
        work()
except KeyboardInterrupt:
    print("KeyboardInterrupt")
except SystemExit as end:
    print("KeyboardInterrupt" if end.code == 130 else end.code)
"""


def logged(n_steps: int, monkeypatch: pytest.MonkeyPatch, seconds_per_step: float = 60.0) -> list[str]:
    clock = iter(range(10_000))
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(clock) * seconds_per_step)
    stream = io.StringIO()
    for _ in Progress("denoising", Console(file=stream)).track(range(n_steps), lambda item: f"level {item}"):
        pass
    return stream.getvalue().splitlines()


def test_a_log_says_what_how_far_and_how_long_still(monkeypatch: pytest.MonkeyPatch) -> None:
    assert logged(3, monkeypatch) == [
        "denoising: level 0 (0/3)",
        "denoising: level 1 (1/3), 4:00 left",
        "denoising: level 2 (2/3), 1:30 left",
        "denoising: done (3/3), took 4:00",
    ]


def test_quick_steps_do_not_flood_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(logged(1000, monkeypatch, seconds_per_step=0.01)) <= 5


def test_a_terminal_gets_a_bar() -> None:
    stream = io.StringIO()
    for _ in Progress("train", Console(file=stream, force_terminal=True, width=100)).track([1, 2], "epoch"):
        pass
    assert "2/2" in stream.getvalue()


def test_steps_under_way_at_once_share_the_bar() -> None:
    stream = io.StringIO()
    shared = Progress("train", Console(file=stream, force_terminal=True, width=100))
    with shared.steps(2) as one, shared.steps(3) as other:
        one(1, "ae")
        other(3, "vae")
    assert "train: ae" in stream.getvalue()
    assert "train: vae" in stream.getvalue()
    assert shared.bar is None


def test_an_interruption_does_not_wait_for_other_threads() -> None:
    command = [sys.executable, "-c", INTERRUPTED]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=40, check=False)
    assert done.returncode == 130
    assert done.stderr.startswith("train: interrupted; ")


@pytest.mark.skipif(os.name != "posix", reason="signals")
@pytest.mark.parametrize("module", ["foundation.stage", "verification.__main__", "robustness.__main__"])
def test_who_inherits_an_ignored_interruption_can_be_interrupted(module: str, tmp_path: Path) -> None:
    command = [
        "sh",
        "-c",
        'trap "" INT; exec "$@"',
        "sh",
        sys.executable,
        "-c",
        IGNORANT,
        module,
    ]  # as nohup and "&" do
    done = subprocess.run(
        command, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip
    assert "KeyboardInterrupt" in done.stdout, done.stderr


@pytest.mark.skipif(os.name != "posix", reason="a shell stands in for a program that starts others")
def test_what_a_failing_test_has_started_is_ended() -> None:
    started = []

    def fail() -> None:
        with ended_at_the_end():
            command = ["sh", "-c", "sleep 50 & wait $!"]
            started.append(subprocess.Popen(command, start_new_session=True, stdout=subprocess.PIPE))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert started[0].communicate(timeout=20)[0] == b""  # its child has let go of the pipe, too
    assert started[0].returncode != 0


@pytest.mark.skipif(os.name != "posix", reason="a shell stands in for a program that starts others")
def test_what_is_started_while_it_is_ended_is_ended_too(monkeypatch: pytest.MonkeyPatch) -> None:
    look = psutil.Process.children

    def slow_look(process: psutil.Process, recursive: bool = False) -> list[psutil.Process]:
        found = look(process, recursive)
        time.sleep(0.5 * (process.pid != os.getpid()))  # the program goes on meanwhile, if it can
        return found

    with ended_at_the_end():
        command = ["sh", "-c", "sleep 0.2; sleep 50 & wait $!"]
        started = subprocess.Popen(command, start_new_session=True, stdout=subprocess.PIPE)
        monkeypatch.setattr(psutil.Process, "children", slow_look)
    assert started.communicate(timeout=20)[0] == b""


@pytest.mark.parametrize("error", [DataError("a: expected b, got c"), ArtifactError("a: expected b, got c")])
def test_a_mistake_is_one_line_and_exit_code_one(
    error: Exception, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def main(params: Params, progress: Progress) -> None:
        raise error

    monkeypatch.chdir(ROOT)
    with pytest.raises(SystemExit) as caught:
        run_stage("denoising", main)
    assert caught.value.code == 1
    assert capsys.readouterr().err == "denoising: error: a: expected b, got c\n"


def test_invalid_parameters_are_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "params.yaml").write_text("latent_dim: 0\n")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as caught:
        run_stage("check", lambda params, progress: None)
    assert caught.value.code == 1
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_fault_of_the_program_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def main(params: Params, progress: Progress) -> None:
        raise ZeroDivisionError

    monkeypatch.chdir(ROOT)
    with pytest.raises(ZeroDivisionError):
        run_stage("denoising", main)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "x"), "x: expected access and room, got: No space left"),
        (
            PermissionError(errno.EACCES, "Permission denied", "x"),
            "x: expected access and room, got: Permission denied",
        ),
        (
            MemoryError("Unable to allocate 8 GiB"),
            "memory: expected room for this stage, got: Unable to allocate 8 GiB",
        ),
        (RuntimeError("DefaultCPUAllocator: can't\nallocate memory"), "memory: expected room for this stage, got: "),
        (
            RuntimeError("CUDA out of memory. Tried to allocate 2 GiB"),
            "memory: expected room for this stage, got: CUDA",
        ),
        (FloatingPointError("training diverged: expected"), "training diverged: expected"),
        (BrokenPipeError(errno.EPIPE, "Broken pipe"), "output: expected a reader until the end"),
    ],
)
def test_a_want_of_the_machine_or_a_divergence_is_one_line(error: Exception, said: str) -> None:
    message = mistake(error)
    assert message is not None
    assert message.startswith(said)
    assert "\n" not in message


@pytest.mark.parametrize("error", [RuntimeError("shapes differ"), FileNotFoundError(errno.ENOENT, "x"), KeyError("x")])
def test_a_fault_of_the_program_is_no_want_of_the_machine(error: Exception) -> None:
    assert mistake(error) is None
