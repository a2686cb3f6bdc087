"""Stages side by side: order, record, failure and refusal; on a tiny DVC pipeline, here and on a Dask cluster."""

import inspect
import os
import pkgutil
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
import yaml

from execution.dvc_record import Record, lock_here
from execution.stage_command import build_environment, count_cores
from tests.processes import as_module

ROOT = Path(__file__).resolve().parents[1]
pytestmark = pytest.mark.usefixtures("no_process_left")
SCRIPT = """
import os, sys, time
from pathlib import Path
out, seconds, *reads = sys.argv[1:]
flag = os.environ.get("FLAGS")
if flag:
    with open(Path(flag) / Path(out).name, "a") as file:
        file.write(f"{os.getpid()}\\n")
time.sleep(float(seconds))
assert "bad" not in Path("params.yaml").read_text() or not out.endswith("b"), "told to fail"
Path(out).parent.mkdir(parents=True, exist_ok=True)
Path(out).write_text(out + "".join(Path(read).read_text() for read in reads))
"""


def stage(name: str, seconds: float, *reads: str, **more: object) -> dict[str, object]:
    outs = [f"out/{read}" for read in reads]
    command = " ".join(["python code/work.py", f"out/{name}", str(seconds), *outs])
    return {"cmd": command, "deps": ["code/work.py", "params.yaml", *outs], "outs": [f"out/{name}"], **more}


class Project:
    """A tiny DVC project of four stages: b and c read a, d reads a and b; seconds that a stage takes by its name."""

    def __init__(self, folder: Path, **seconds: float) -> None:
        self.folder = folder
        self.flags = folder.with_name(f"{folder.name}-flags")  # each stage writes its process into a file of its name
        python = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        self.environment = {**os.environ, "PATH": path, "PYTHONPATH": python, "DVC_NO_ANALYTICS": "1"}
        self.environment["FLAGS"] = str(self.flags)
        (folder / "code").mkdir(parents=True)
        self.flags.mkdir()
        (folder / "code" / "work.py").write_text(SCRIPT)
        (folder / "params.yaml").write_text("a: good\n")
        (folder / ".gitignore").write_text("/out/\n")
        reads = {"d": ["a", "b"], "c": ["a"], "b": ["a"]}
        stages = {name: stage(name, seconds.get(name, 0.0), *read) for name, read in reads.items()}
        stages["a"] = stage("a", seconds.get("a", 0.0), meta={"runs": "here"})
        (folder / "dvc.yaml").write_text(yaml.safe_dump({"stages": stages}, sort_keys=False))
        self.run("git", "init", "-q")
        self.run("dvc", "init", "-q")

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            as_module(command), cwd=self.folder, env=self.environment, check=False, capture_output=True, text=True,
            timeout=120,
        )  # fmt: skip

    def execute(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.run(sys.executable, "-m", "execution", *arguments)

    def start(self, *command: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            as_module(command), cwd=self.folder, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True, start_new_session=True,
        )  # fmt: skip

    def pid_of(self, name: str) -> int:
        """Return the process of a stage that runs, waiting for it."""
        flag = self.flags / name
        until(lambda: flag.is_file() and flag.read_text().endswith("\n"))
        return int(flag.read_text().split()[-1])

    def lock(self) -> str:
        return (self.folder / "dvc.lock").read_text()

    def recorded(self) -> set[str]:
        return set(yaml.safe_load(self.lock())["stages"]) if (self.folder / "dvc.lock").exists() else set()

    def cached(self) -> set[str]:
        cache = self.folder / ".dvc" / "cache"
        return {path.relative_to(cache).as_posix() for path in cache.rglob("*") if path.is_file()}


EXECUTION = [sys.executable, "-m", "execution"]


@pytest.fixture(scope="module")
def serial(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = Project(tmp_path_factory.mktemp("serial") / "p", b=1.0)  # c, which stands behind b, ends before it
    assert project.run("dvc", "repro").returncode == 0
    return project


def until(condition: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def error_lines(said: str) -> list[str]:
    assert "Traceback" not in said
    return [line for line in said.splitlines() if line.startswith("execution: error:")]


@pytest.mark.parametrize("jobs", ["1", "2", "auto"])
def test_side_by_side_leaves_the_lock_and_the_caches_of_the_serial_run(
    serial: Project, tmp_path: Path, jobs: str
) -> None:
    project = Project(tmp_path / "p", b=1.0)
    done = project.execute("--jobs", jobs)
    assert done.returncode == 0, done.stderr
    assert project.lock() == serial.lock()
    assert project.cached() == serial.cached()
    assert "didn't change" in project.run("dvc", "repro").stdout
    assert "0 stages ran, 4 did not need to" in project.execute("--jobs", jobs).stdout
    (project.folder / "dvc.lock").unlink()
    shutil.rmtree(project.folder / "out")
    assert "0 stages ran, 4 did not need to" in project.execute("--jobs", jobs).stdout  # restored from the run cache
    assert project.lock() == serial.lock()


def test_a_target_runs_with_the_stages_before_it_alone(tmp_path: Path) -> None:
    project = Project(tmp_path / "p")
    assert "2 stages ran" in project.execute("--jobs", "1", "b").stdout
    assert project.recorded() == {"a", "b"}
    done = project.execute("--jobs", "1", "nothing")
    assert done.returncode == 1
    assert error_lines(done.stderr) == ["execution: error: 'nothing' is no stage of dvc.yaml"]


def test_a_failed_stage_is_one_line_and_what_ran_beside_it_is_recorded(tmp_path: Path) -> None:
    project = Project(tmp_path / "p", c=3.0)
    (project.folder / "params.yaml").write_text("a: bad\n")
    done = project.execute("--jobs", "2")
    assert done.returncode == 1
    assert error_lines(done.stderr) == ["execution: error: stage 'b' failed: exit code 1"]
    assert project.recorded() == {"a", "c"}
    assert "[b] AssertionError: told to fail" in done.stdout


def test_a_stage_without_its_output_is_one_line(tmp_path: Path) -> None:
    project = Project(tmp_path / "p")
    definition = (project.folder / "dvc.yaml").read_text()
    (project.folder / "dvc.yaml").write_text(definition.replace("work.py out/b", "work.py out/other"))
    done = project.execute("--jobs", "2")
    assert done.returncode == 1
    [line] = error_lines(done.stderr)
    assert line.startswith("execution: error: stage 'b' failed: ")
    assert project.recorded() == {"a", "c"}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_second_run_is_refused_and_an_interrupted_one_ends_its_stages(tmp_path: Path, number: int) -> None:
    project = Project(tmp_path / "p", b=60.0)
    running = project.start("sh", "-c", f"trap '' INT; exec {' '.join(EXECUTION)} --jobs 2")  # as behind nohup and "&"
    pid = project.pid_of("b")
    until(lambda: project.recorded() == {"a", "c"})
    refused = project.execute("--jobs", "1")
    assert refused.returncode == 1
    assert "another DVC command is at work" in error_lines(refused.stderr)[0]
    assert "Unable to acquire lock" in project.run("dvc", "repro").stderr
    running.send_signal(number)
    _, said = running.communicate(timeout=30)
    assert running.returncode == 130
    assert len(error_lines(said)) == 1
    assert not psutil.pid_exists(pid)
    assert project.recorded() == {"a", "c"}


def test_a_run_beside_a_command_of_dvc_repro_is_refused(tmp_path: Path) -> None:
    project = Project(tmp_path / "p", a=30.0)
    with project.start("dvc", "repro") as serial:
        project.pid_of("a")  # DVC has given the repository's lock back, and holds out/a
        refused = project.execute("--jobs", "1")
        os.killpg(serial.pid, signal.SIGKILL)
    assert refused.returncode == 1
    assert "another DVC command is at work" in error_lines(refused.stderr)[0]
    assert refused.stdout == ""


def test_a_copy_without_git_is_one_line_that_says_what_to_do(tmp_path: Path) -> None:
    project = Project(tmp_path / "p")
    shutil.rmtree(project.folder / ".git")
    done = project.execute("--jobs", "1")
    assert done.returncode == 1
    [line] = error_lines(done.stderr)
    assert line.endswith("is not a git repository; to make it one: git init && git add -A && git commit -m Start")
    assert "git init && git add -A && git commit" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_a_part_of_something_larger_runs_as_a_repository_of_its_own_does(serial: Project, tmp_path: Path) -> None:
    project = Project(tmp_path / "larger" / "a study", b=1.0)
    shutil.move(project.folder / ".git", tmp_path / "larger" / ".git")
    assert project.execute("--jobs", "2").returncode == 0
    assert project.lock() == serial.lock()


def test_every_command_of_ours_runs_as_a_module() -> None:
    """A console script knows the folder in which it was installed, and is gone in one that was renamed."""
    text = (ROOT / "Makefile").read_text(encoding="utf-8").replace("\\\n", " ")
    recipes = [line.strip().lstrip("@") for line in text.splitlines() if line.startswith("\t")]
    started = {line.removeprefix("OMP_NUM_THREADS=1 ").split()[0] for line in recipes}
    others = {"$(PYTHON)", "$(BIN)/python", "$(BIN)/uv", "$(COMPILE)", "$(AUDIT)", "awk", "echo", "touch", "rm"}
    assert started <= {"python", *others}
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"][0]["hooks"]
    assert all(hook["entry"].startswith(".venv/bin/python -m ") for hook in hooks)


def test_variables_that_hide_our_packages_do_not_reach_a_command_of_make(tmp_path: Path) -> None:
    show = "show:\n\t@echo [$$PYTHONSAFEPATH$$PYTHONHOME]\n"
    (tmp_path / "show.mk").write_text(f"include {ROOT / 'Makefile'}\n{show}")
    command = ["make", "-f", str(tmp_path / "show.mk"), "--no-print-directory", "show"]
    environment = {**os.environ, "PYTHONSAFEPATH": "1", "PYTHONHOME": "/nowhere"}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_an_argument_that_is_no_count_is_refused(serial: Project) -> None:
    done = serial.execute("--jobs", "0")
    assert done.returncode == 2
    assert "must be auto or a whole number of at least 1, got '0'" in done.stderr


def test_stages_side_by_side_share_the_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MKL_NUM_THREADS", "7")
    environment = build_environment("train", 2)
    assert environment["OMP_NUM_THREADS"] == str(max(1, count_cores() // 2))
    assert environment["DVC_STAGE"] == "train"
    assert "MKL_NUM_THREADS" not in environment
    assert build_environment("train", 1000)["OMP_NUM_THREADS"] == "1"


def test_make_report_runs_stages_side_by_side() -> None:
    command = ["make", "-n", "--no-print-directory", "report"]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    if any("--check" in line for line in said):
        pytest.skip("the Makefile is not adapted yet")
    assert "python -m execution --jobs auto" in said


DVC_CALLS = {  # what the record calls, with which arguments
    "dvc.repo:Repo": [],
    "dvc.repo:lock_repo": ["repo"],
    "dvc.repo.scm_context:SCMContext.__call__": ["self", "quiet="],
    "dvc.repo.index:Index.from_file": ["repo", "path"],
    "dvc.repo.reproduce:get_active_graph": ["graph"],
    "dvc.repo.reproduce:plan_repro": ["graph", "stages"],
    "dvc.rwlock:rwlock": ["tmp_dir", "fs", "cmd", "read", "write", "hardlink"],
    "dvc.stage:Stage.changed": ["self"],
    "dvc.stage:Stage.remove_outs": ["self", "ignore_remove=", "force="],
    "dvc.stage:Stage.save_deps": ["self"],
    "dvc.stage:Stage.save": ["self", "run_cache="],
    "dvc.stage:Stage.commit": ["self"],
    "dvc.stage.cache:StageCache.restore": ["self", "stage"],
    "dvc.stage.serialize:to_lockfile": ["stage"],
    "dvc.utils.serialize:modify_yaml": ["path"],
}


@pytest.mark.parametrize("name", DVC_CALLS)
def test_dvc_has_what_the_record_calls(name: str) -> None:
    keywords = {one.rstrip("="): None for one in DVC_CALLS[name] if one.endswith("=")}
    positional = [one for one in DVC_CALLS[name] if not one.endswith("=")]
    inspect.signature(pkgutil.resolve_name(name)).bind(*positional, **keywords)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # inside DVC
def test_dvc_has_the_attributes_that_the_record_reads(serial: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(serial.folder)
    with lock_here() as repo:
        read = Record(repo).stages["a"]
        assert hasattr(read.deps[0], "fs_path")
        for owner, names in (
            (repo, "config fs stage_cache tmp_dir"),
            (read, "addressing cmd deps meta outs wdir"),
            (read.outs[0], "fs_path is_metric is_plot use_cache"),
        ):
            assert [name for name in names.split() if not hasattr(owner, name)] == []


class Cluster:
    """A scheduler and workers on loopback, as processes whose folders hold nothing of the project."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.processes: list[subprocess.Popen[bytes]] = []
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
        port = self.address.rsplit(":", 1)[1]
        self.add("distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", port, "--no-dashboard")

    def add(self, module: str, *arguments: str, **variables: str) -> subprocess.Popen[bytes]:
        runner = f"import runpy, sys; sys.argv[0] = 'dask'; from {module} import main; main()"
        process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", runner, *arguments], cwd=self.folder,
            env={**os.environ, **variables}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self.processes.append(process)
        return process

    def worker(self, name: str, **variables: str) -> subprocess.Popen[bytes]:
        own = ["--no-nanny", "--nthreads", "1", "--no-dashboard", "--local-directory", str(self.folder / name)]
        return self.add("distributed.cli.dask_worker", self.address, "--name", name, *own, **variables)

    def close(self) -> None:
        for process in self.processes:
            process.kill()
            process.wait()


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    pytest.importorskip("distributed")
    (tmp_path / "cluster").mkdir()
    made = Cluster(tmp_path / "cluster")
    yield made
    made.close()


def test_a_worker_killed_in_the_middle_costs_nothing_but_time(
    serial: Project, cluster: Cluster, tmp_path: Path
) -> None:
    project = Project(tmp_path / "p", b=4.0, c=4.0)
    workers = {
        process.pid: process for process in [cluster.worker(name, FLAGS=str(project.flags)) for name in ("one", "two")]
    }
    running = project.start(*EXECUTION, "--scheduler", cluster.address)
    stage = psutil.Process(project.pid_of("b"))
    [pid] = {process.pid for process in stage.parents()} & workers.keys()
    workers[pid].kill()
    stage.kill()  # one of ours ends by itself (foundation.starters)
    said, problems = running.communicate(timeout=90)
    assert running.returncode == 0, said + problems
    assert len((project.flags / "b").read_text().split()) == 2
    assert project.lock().replace("out/b 4.0", "out/b 1.0").replace("out/c 4.0", "out/c 0.0") == serial.lock()


def test_a_worker_ends_the_stage_of_an_interrupted_run(cluster: Cluster, tmp_path: Path) -> None:
    project = Project(tmp_path / "p", b=60.0, c=60.0)
    cluster.worker("one", FLAGS=str(project.flags))
    running = project.start(*EXECUTION, "--scheduler", cluster.address)
    pid = project.pid_of("b")
    running.send_signal(signal.SIGTERM)
    _, said = running.communicate(timeout=30)
    assert running.returncode == 130
    assert len(error_lines(said)) == 1
    assert project.recorded() == {"a"}
    until(lambda: not psutil.pid_exists(pid), 10)


def test_a_scheduler_that_does_not_answer_is_one_line_within_seconds(serial: Project) -> None:
    pytest.importorskip("distributed")
    begun = time.monotonic()
    done = serial.execute("--scheduler", "tcp://127.0.0.1:9")
    assert done.returncode == 1
    assert error_lines(done.stderr) == ["execution: error: no Dask scheduler answers at tcp://127.0.0.1:9"]
    assert time.monotonic() - begun < 30


def test_a_worker_with_another_package_is_refused(cluster: Cluster, tmp_path: Path) -> None:
    for side, version in (("client", "1.0"), ("worker", "2.0")):
        info = tmp_path / side / f"studied-{version}.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: studied\nVersion: {version}\n")
    path = os.environ.get("PYTHONPATH", "")
    cluster.worker("one", PYTHONPATH=os.pathsep.join([str(tmp_path / "worker"), path]))
    project = Project(tmp_path / "p")
    (project.folder / "requirements.lock").write_text("studied==1.0 \\\n")
    project.environment["PYTHONPATH"] += os.pathsep + str(tmp_path / "client")
    done = project.execute("--scheduler", cluster.address)
    assert done.returncode == 1
    [line] = error_lines(done.stderr)
    assert re.search(r"worker tcp://127.0.0.1:\d+ has other packages: studied: expected 1.0, got 2.0$", line)
    assert project.recorded() == set()
