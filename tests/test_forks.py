"""Stages as forks of a process that has the libraries: what they see, how they end, when there is none."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from execution.planner import Cell
from execution.processes import Processes
from execution.schedule import Ended
from stages import forks

ROOT = Path(__file__).resolve().parents[1]
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forks are made on Linux only")
PARTS = (
    "stages/forks.py", "stages/starters.py", "stages/paths.py", "stages/__init__.py",
    "autoencoders/reproducibility/numerics.py", "autoencoders/reproducibility/__init__.py",
    "execution/fork_server.py", "execution/__init__.py", "autoencoders/vocabulary.py", "autoencoders/__init__.py",
)  # fmt: skip
PROBE = """
import os, sys
from stages.starters import STARTERS
executor = int(os.environ["EXECUTOR"])
print(__name__, sys.argv[1:], os.getcwd(), sys.path[0], os.environ.get("DVC_STAGE"), sorted(os.environ))
print(executor in [one.pid for one in STARTERS], os.getsid(0) == os.getpgid(0) != os.getpgid(executor))
print("numpy" in sys.modules, file=sys.stderr)
sys.exit(int(sys.argv[-1]))
"""
SLEEPER = """
import os, sys, time
from stages.starters import STARTERS
print(os.getpid(), "numpy" in sys.modules, flush=True)
while all(one.is_running() and one.status() != "zombie" for one in STARTERS):
    time.sleep(0.1)
"""


def until(condition: Callable[[], object], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


class Run:
    """A run of stages of one cell in a folder of its own, side by side with this process as the executor."""

    def __init__(self, folder: Path, probe: str) -> None:
        self.folder = folder
        for part in PARTS:
            (folder / part).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / part, folder / part)
        (folder / ".dvc").mkdir()
        (folder / "autoencoders/heavy.py").write_text("import numpy\n")
        (folder / "stages/probe.py").write_text(probe)
        self.cell = Cell("probe@a-1", ["python -m stages.probe --model a --n 3"], folder, [], [], is_local=True)
        self.lines: list[str] = []
        self.processes = Processes(2, self.lines.append)

    def start(self) -> None:
        self.lines.clear()
        self.processes.start(self.cell, 0.0)

    def ended(self) -> list[Ended]:
        found: list[Ended] = []
        until(lambda: found.extend(self.processes.wait(1.0)) or found)
        return found

    def once(self) -> list[str]:
        self.start()
        assert self.ended() == [Ended("probe@a-1", "exit code 3")]
        return sorted(self.lines)

    def get_ready(self) -> None:
        until(lambda: "[probe@a-1] True" in self.once())

    def sleeper(self) -> int:
        """Start a stage that runs until one of its starters ends, as a fork, and return the fork's number."""
        (self.folder / "stages/probe.py").write_text(SLEEPER)
        self.start()
        until(lambda: self.lines)
        pid, has_numpy = self.lines[0].split()[1:]
        assert has_numpy == "True"
        return int(pid)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("EXECUTOR", str(os.getpid()))
    return Run(tmp_path, PROBE)


@pytest.mark.parametrize("shell", ["/bin/sh", "/bin/bash"])
def test_a_fork_sees_and_leaves_what_its_command_does_and_has_the_libraries(
    run: Run, shell: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHELL", shell)
    by_command = run.once()
    assert "[probe@a-1] False" in by_command
    run.get_ready()
    by_fork = run.once()
    assert [line for line in by_fork if line != "[probe@a-1] True"] == [
        line for line in by_command if line != "[probe@a-1] False"
    ]
    assert "[probe@a-1] True True" in by_fork
    assert any("__main__ ['--model', 'a', '--n', '3']" in line for line in by_fork)


def test_a_fork_is_stopped_with_its_command(run: Run) -> None:
    run.get_ready()
    pid = run.sleeper()
    running = run.processes.running["probe@a-1"]
    run.processes.stop()
    assert running.poll() not in (0, None)
    until(lambda: not psutil.pid_exists(pid), 10)


def test_a_killed_fork_has_failed(run: Run) -> None:
    run.get_ready()
    os.kill(run.sleeper(), signal.SIGKILL)
    assert run.ended()[0].problem in ("exit code -9", "exit code 137")  # 137: a shell between says it so


def test_a_command_whose_server_is_killed_fails_in_one_line_and_its_fork_ends(run: Run) -> None:
    run.get_ready()
    pid = run.sleeper()
    os.kill(psutil.Process(pid).ppid(), signal.SIGKILL)
    assert run.ended() == [Ended("probe@a-1", "exit code 1")]
    assert run.lines[1:] == ["[probe@a-1] probe@a-1: ended, because the process it was forked from was"]
    until(lambda: not psutil.pid_exists(pid), 10)


def test_a_fork_ends_with_its_killed_command(run: Run) -> None:
    run.get_ready()
    pid = run.sleeper()
    time.sleep(0.5)
    assert psutil.pid_exists(pid)
    os.killpg(run.processes.running["probe@a-1"].pid, signal.SIGKILL)
    until(lambda: not psutil.pid_exists(pid), 10)


def test_a_switch_has_every_stage_import_for_itself(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    run.get_ready()
    monkeypatch.setenv(forks.SWITCH, "off")
    assert "[probe@a-1] False" in run.once()


def test_code_that_has_changed_since_is_not_forked(run: Run) -> None:
    run.get_ready()
    (run.folder / "autoencoders/heavy.py").write_text("import numpy  # otherwise\n")
    assert "[probe@a-1] False" in run.once()


def test_the_server_ends_with_the_run(run: Run) -> None:
    program = f"import subprocess as s; s.run(['sh', '-c', {run.cell.commands[0]!r}], check=False)"
    command = [sys.executable, "-c", f"import time; {program}; print('done', flush=True); time.sleep(60)"]
    environment = {**os.environ, "DVC_STAGE": "probe", "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.defpath}"}
    with subprocess.Popen(command, cwd=run.folder, env=environment, stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout is not None
        until(lambda: starter.stdout.readline().strip() == "done")
        until(lambda: servers_in(run.folder))
        starter.kill()
    until(lambda: not servers_in(run.folder), 20)


def servers_in(folder: Path) -> list[int]:
    """Return servers by the folder of their test: those of other tests may still be ending."""
    found = []
    for process in psutil.process_iter(["cmdline", "cwd"]):
        words = process.info["cmdline"] or []
        if "execution.fork_server" in words and process.info["cwd"] == str(folder):
            found.append(process.pid)
    return found


@pytest.mark.parametrize("name", ["DVC_STAGE", ".dvc"])
def test_outside_of_a_run_nothing_is_started(name: str, run: Run) -> None:
    environment = {**os.environ, "DVC_STAGE": "probe", "EXECUTOR": "1"}
    environment.pop(name, None)
    if name == ".dvc":
        (run.folder / name).rmdir()
    command = [sys.executable, "-m", "stages.probe", "0"]
    said = subprocess.run(command, cwd=run.folder, env=environment, capture_output=True, text=True, check=False)
    assert said.stderr == "False\n"
    assert servers_in(run.folder) == []


def test_servers_are_told_apart_by_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forks, "STARTERS", [psutil.Process()])
    one = forks.address_of_run()
    monkeypatch.setenv("DVC_STAGE", "other")
    assert forks.address_of_run() == one
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    assert forks.address_of_run() != one
