"""Stages side by side: order, record, failure and refusal; on a tiny DVC pipeline, here and on a Dask cluster."""

import os
import re
import shlex
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

from benchmarks import latencies
from execution import growth, planner, processes, schedule, worker
from execution.planner import Cell
from stages import side_by_side

ROOT = Path(__file__).resolve().parents[1]
SCRIPT = """
import os, sys, time
from pathlib import Path
out, seconds, *reads = sys.argv[1:]
flag = os.environ.get("FLAGS")
if flag:
    with open(Path(flag) / Path(out).name, "a") as file:
        file.write(f"{os.getppid()}\\n")
time.sleep(float(seconds))
assert "bad" not in Path("params.yaml").read_text() or not out.endswith("b"), "told to fail"
Path(out).parent.mkdir(parents=True, exist_ok=True)
Path(out).write_text(out + "".join(Path(read).read_text() for read in reads))
"""


def pipeline(seconds: float) -> dict[str, object]:
    def stage(name: str, *reads: str, is_here: bool = False) -> dict[str, object]:
        outs = [f"out/{read}" for read in reads]
        made = {"cmd": " ".join(["python code/work.py", f"out/{name}", str(seconds), *outs])}
        return {**made, "deps": ["code/work.py", "params.yaml", *outs], "outs": [f"out/{name}"]} | (
            {"meta": {"runs": "here"}} if is_here else {}
        )

    stages = {"d": stage("d", "a", "b"), "c": stage("c", "a"), "b": stage("b", "a"), "a": stage("a", is_here=True)}
    return {"stages": stages}


class Project:
    """A tiny DVC project of four stages: b and c read a, d reads a and b."""

    def __init__(self, folder: Path, seconds: float = 0.0) -> None:
        self.folder = folder
        python = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        self.environment = {**os.environ, "PATH": path, "PYTHONPATH": python, "DVC_NO_ANALYTICS": "1"}
        (folder / "code").mkdir(parents=True)
        (folder / "code" / "work.py").write_text(SCRIPT)
        (folder / "params.yaml").write_text("a: good\n")
        (folder / ".gitignore").write_text("/out/\n")
        (folder / "dvc.yaml").write_text(yaml.safe_dump(pipeline(seconds), sort_keys=False))
        self.run("git", "init", "-q")
        self.run("dvc", "init", "-q")

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, cwd=self.folder, env=self.environment, check=False, capture_output=True, text=True, timeout=120
        )

    def execute(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.run(sys.executable, "-m", "execution", *arguments)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "execution", *arguments], cwd=self.folder, env=self.environment,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def lock(self) -> str:
        return (self.folder / "dvc.lock").read_text()

    def cached(self) -> set[str]:
        cache = self.folder / ".dvc" / "cache"
        return {path.relative_to(cache).as_posix() for path in cache.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def serial(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = Project(tmp_path_factory.mktemp("serial"))
    assert project.run("dvc", "repro").returncode == 0
    return project


def until(condition: object, seconds: float = 60) -> None:
    assert callable(condition)
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def error_lines(said: str) -> list[str]:
    assert "Traceback" not in said
    return [line for line in said.splitlines() if line.startswith("execution: error:")]


def test_the_longest_remaining_path_goes_first() -> None:
    upstreams: dict[str, set[str]] = {"a": set(), "short": {"a"}, "long": {"a"}, "end": {"long"}}
    ranks = schedule.ranks(upstreams, {"a": 1, "short": 3, "long": 2, "end": 2})
    assert sorted(ranks, key=lambda name: -ranks[name]) == ["a", "long", "short", "end"]


class Noted:
    """Records and executor in one: which stages began, in which order; only those that are stale run."""

    def __init__(self, upstreams: dict[str, set[str]], stale: set[str]) -> None:
        self.graph = upstreams
        self.stale = stale
        self.begun: list[str] = []
        self.running: list[str] = []

    def upstreams(self) -> dict[str, set[str]]:
        return self.graph

    def begin(self, name: str) -> Cell | None:
        self.begun.append(name)
        return Cell(name, [], Path(), [], [], is_local=True) if name in self.stale else None

    def finish(self, name: str) -> None:
        del name

    def has_room(self) -> bool:
        return not self.running

    def start(self, cell: Cell, rank: float) -> None:
        del rank
        self.running.append(cell.name)

    def wait(self, seconds: float) -> list[schedule.Ended]:
        del seconds
        ended, self.running = self.running, []
        return [schedule.Ended(name, "") for name in ended]

    def stop(self) -> None:
        pass


def test_what_follows_a_stage_that_ran_begins_before_what_is_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = {"check": 5.0, "short": 1.0, "other": 1.0, "long": 2.0, "end": 1.0}
    monkeypatch.setattr(schedule, "seconds_of", lambda _: seconds)
    graph: dict[str, set[str]] = {
        "check": set(),
        "short": {"check"},
        "other": set(),
        "long": {"other"},
        "end": {"long"},
    }
    noted = Noted(graph, {"check", "short"})
    assert schedule.run(noted, noted, lambda _: None) == {"run": 2, "not needed": 3}
    assert noted.begun.index("short") < noted.begun.index("long") < noted.begun.index("end")


def test_side_by_side_leaves_the_lock_and_the_caches_of_the_serial_run(serial: Project, tmp_path: Path) -> None:
    project = Project(tmp_path / "p")
    done = project.execute("--jobs", "2")
    assert done.returncode == 0, done.stderr
    assert project.lock() == serial.lock()
    assert project.cached() == serial.cached()
    assert "didn't change" in project.run("dvc", "repro").stdout
    assert "0 stages ran, 4 did not need to" in project.execute("--jobs", "2").stdout
    (project.folder / "dvc.lock").unlink()
    shutil.rmtree(project.folder / "out")
    assert "0 stages ran, 4 did not need to" in project.execute("--jobs", "2").stdout  # restored from the run cache
    assert project.lock() == serial.lock()


def test_a_failed_stage_is_one_line_and_what_ended_is_recorded(tmp_path: Path) -> None:
    project = Project(tmp_path / "p")
    (project.folder / "params.yaml").write_text("a: bad\n")
    done = project.execute("--jobs", "1")
    assert done.returncode == 1
    assert error_lines(done.stderr) == ["execution: error: stage 'b' failed: exit code 1"]
    assert "a" in yaml.safe_load(project.lock())["stages"]
    assert "b" not in yaml.safe_load(project.lock())["stages"]


def test_a_second_run_is_refused_and_an_interrupted_one_says_so(tmp_path: Path) -> None:
    project = Project(tmp_path / "p", seconds=30)
    project.environment["FLAGS"] = str(tmp_path)
    running = project.start("--jobs", "1")
    until((tmp_path / "a").exists)
    refused = project.execute("--jobs", "1")
    assert refused.returncode == 1
    assert "another DVC command is at work" in error_lines(refused.stderr)[0]
    assert "Unable to acquire lock" in project.run("dvc", "repro").stderr
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=30)
    assert running.returncode == 130
    assert len(error_lines(said)) == 1


def test_a_run_beside_a_command_of_dvc_repro_is_refused(tmp_path: Path) -> None:
    project = Project(tmp_path / "p", seconds=30)
    project.environment["FLAGS"] = str(tmp_path)
    with subprocess.Popen(
        ["dvc", "repro"], cwd=project.folder, env=project.environment, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, start_new_session=True,
    ) as serial:  # fmt: skip
        until((tmp_path / "a").exists)  # DVC has given the repository's lock back, and holds out/a
        refused = project.execute("--jobs", "1")
        os.killpg(serial.pid, signal.SIGKILL)
    assert refused.returncode == 1
    assert "another DVC command is at work" in error_lines(refused.stderr)[0]
    assert refused.stdout == ""


def check_of(project: Project, code: int) -> list[str]:
    """Return the option that has a run checked by a script that says so and ends with a code."""
    script = f"import sys, time; time.sleep(1); sys.stderr.write('checked\\n'); sys.exit({code})\n"
    (project.folder / "check.py").write_text(script)
    return ["--check", f"{sys.executable} check.py"]


def test_a_check_that_fails_is_the_only_word(tmp_path: Path) -> None:
    project = Project(tmp_path / "p")
    done = project.execute("--jobs", "2", *check_of(project, 3))
    assert (done.returncode, done.stdout, done.stderr) == (3, "", "checked\n")
    definition = yaml.safe_load((project.folder / "dvc.yaml").read_text())
    definition["stages"]["a"] |= {"matrix": {"dim": "${a}"}}
    (project.folder / "dvc.yaml").write_text(yaml.safe_dump(definition))
    (project.folder / "params.yaml").write_text("a: 7\n")  # DVC iterates over it and ends with a traceback
    done = project.execute("--jobs", "2", *check_of(project, 3))
    assert (done.returncode, done.stdout, done.stderr) == (3, "", "checked\n")
    assert not (project.folder / "out").exists()


def test_changed_parameters_are_kept_by_what_ran_and_taken_back_by_what_was_refused(tmp_path: Path) -> None:
    project = Project(tmp_path / "p")
    params = project.folder / "params.yaml"
    text = "a:   good # as it was\nb: [1]\n"
    params.write_text(text)
    for changes, reason in (("a", "got 'a'"), ("b=[2] c=3", "got 'c=3'"), ("a=x b", "got 'b'")):
        done = project.execute("--jobs", "1", "--set", changes)
        assert done.returncode == 1
        assert error_lines(done.stderr) == [
            f"execution: error: --set: must be name=value with a name of params.yaml, {reason}"
        ]
        assert params.read_text() == text
    done = project.execute("--jobs", "1", "--set", "a='x")
    assert done.returncode == 2
    assert """--set: must be name=value with all quotations closed, got "a='x\"""" in done.stderr
    assert params.read_text() == text
    assert project.execute("--jobs", "1", "--set", "a=x", *check_of(project, 3)).returncode == 3
    assert params.read_text() == text
    done = project.execute("--jobs", "1", "--set", "a=x 'b=[2, 3]'")
    assert done.returncode == 0, done.stderr
    assert yaml.safe_load(params.read_text()) == {"a": "x", "b": [2, 3]}
    assert "4 stages ran" in done.stdout


def test_an_experiment_saved_by_the_name_of_one_stage_holds_them_all(tmp_path: Path) -> None:
    project = Project(tmp_path / "p")
    assert project.execute("--jobs", "2").returncode == 0
    for command in ("config user.name n", "config user.email n@example.org", "add -A", "commit -qm run"):
        assert project.run("git", *command.split()).returncode == 0
    assert project.execute("--jobs", "2", "--set", "a=x").returncode == 0
    saved = project.run("dvc", "exp", "save", "a", "--name", "small")
    assert saved.returncode == 0, saved.stderr
    [name] = project.run("git", "for-each-ref", "--format=%(refname)", "refs/exps/*/*/small").stdout.split()
    for path in ("dvc.lock", "params.yaml"):
        assert project.run("git", "show", f"{name}:{path}").stdout == (project.folder / path).read_text()
    assert "modified" not in project.run("dvc", "status").stdout


def test_make_hands_an_experiment_s_changes_and_name_on() -> None:
    command = ["make", "-n", "--no-print-directory", "experiment"]
    given = ["SET=latent_dim=12 seeds=[0,1]", "NAME=small", "JOBS=3"]
    said = subprocess.run([*command, *given], cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    assert said[-2:] == [
        "python -m execution --jobs 3 --check 'python -m stages.check' --set \"latent_dim=12 seeds=[0,1]\"",
        'dvc exp save check --name "small"',
    ]
    command[-1] = "report"
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    assert shlex.join(latencies.MAKE) in said


def test_a_check_that_succeeds_lets_the_stages_run(serial: Project, tmp_path: Path) -> None:
    project = Project(tmp_path / "p")
    done = project.execute("--jobs", "2", *check_of(project, 0))
    assert done.returncode == 0, done.stderr
    assert project.lock() == serial.lock()


def test_a_lock_in_another_form_is_brought_into_that_of_dvc(serial: Project, tmp_path: Path) -> None:
    project = Project(tmp_path / "p")
    assert project.execute("--jobs", "1").returncode == 0
    entries = yaml.safe_load(project.lock())["stages"]
    last, _ = entries.popitem()
    lock = project.folder / "dvc.lock"
    lock.write_text(yaml.safe_dump({"schema": "2.0", "stages": entries}, indent=4, sort_keys=False))
    assert f"'{last}' is cached" in project.execute("--jobs", "1").stdout
    assert project.lock() == serial.lock()


def test_parameters_are_parsed_again_where_their_bytes_have_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaders: dict[str, Callable[[str], dict[str, object]]] = {}
    monkeypatch.setattr(planner, "LOADERS", loaders)
    planner.parse_params_once()
    path = tmp_path / "params.yaml"
    path.write_text("a: [1]\n")
    found = loaders[".yaml"](str(path))
    assert found == {"a": [1]}
    found["a"] = 3
    assert loaders[".yaml"](str(path)) == {"a": [1]}
    path.write_text("a: [2]\n")
    assert loaders[".yaml"](str(path)) == {"a": [2]}


def test_as_many_as_suit_the_machine_leave_the_same_lock(serial: Project, tmp_path: Path) -> None:
    project = Project(tmp_path / "p")
    done = project.execute("--jobs", "auto")
    assert done.returncode == 0, done.stderr
    assert project.lock() == serial.lock()


def test_an_argument_that_is_no_count_is_refused(serial: Project) -> None:
    done = serial.execute("--jobs", "0")
    assert done.returncode == 2
    assert "must be auto or a whole number of at least 1, got '0'" in done.stderr


def test_cells_are_told_their_share_of_the_cores(tmp_path: Path) -> None:
    assert processes.SHARE == side_by_side.SHARE

    def cell(name: str, command: str) -> Cell:
        return Cell(name, [command], tmp_path, [], [], is_local=True)

    lines: list[str] = []
    running = processes.Processes(2, lines.append)
    cores = processes.n_cores()
    try:
        running.start(cell("long", "sleep 60"), 0.0)
        running.start(cell("short", f'cat "${processes.SHARE}"'), 0.0)
        until(lambda: running.wait(1.0))
        assert lines == [f"[short] {max(1, cores // 2):5d} {cores:5d}"]
    finally:
        running.stop()
    running = processes.Processes(2, lines.append)
    running.start(cell("alone", f'cat "${processes.SHARE}"'), 0.0)
    until(lambda: running.wait(1.0))
    assert lines[1:] == [f"[alone] {cores:5d} {cores:5d}"]


def test_a_package_of_another_version_is_named() -> None:
    own = worker.versions(["numpy"])
    assert worker.departures(own) == ""
    assert worker.departures({**own, "numpy": "0.1"}) == f"numpy: expected 0.1, got {own['numpy']}"
    assert worker.departures({"no-such-package": "1"}) == "no-such-package: expected 1, got missing"


def test_more_workers_never_lengthen_a_simulated_run_and_the_path_bounds_it() -> None:
    upstreams = growth.study(n_models=3, n_dims=5)
    seconds = dict.fromkeys(upstreams, 2.0)
    spans = [growth.makespan(upstreams, seconds, n) for n in (1, 2, 4, 1000)]
    assert spans[0] == pytest.approx(2.0 * len(upstreams))
    assert spans == sorted(spans, reverse=True)
    assert spans[-1] == pytest.approx(max(schedule.ranks(upstreams, seconds).values()))


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
    project = Project(tmp_path / "p")
    flags = tmp_path / "flags"
    flags.mkdir()
    script = (project.folder / "code" / "work.py").read_text()
    workers = {
        process.pid: process
        for process in [cluster.worker("one", FLAGS=str(flags)), cluster.worker("two", FLAGS=str(flags))]
    }
    slow = yaml.safe_load((project.folder / "dvc.yaml").read_text())
    for name in ("b", "c"):
        slow["stages"][name]["cmd"] = slow["stages"][name]["cmd"].replace(" 0.0", " 4.0")
    (project.folder / "dvc.yaml").write_text(yaml.safe_dump(slow, sort_keys=False))
    running = project.start("--scheduler", cluster.address)
    until(lambda: (flags / "b").is_file() and (flags / "b").read_text().endswith("\n"))
    parent = psutil.Process(int((flags / "b").read_text().split()[0]))  # the worker, or its shell
    [pid] = {process.pid for process in [parent, *parent.parents()]} & workers.keys()
    workers[pid].send_signal(signal.SIGKILL)
    said, problems = running.communicate(timeout=90)
    assert running.returncode == 0, said + problems
    assert len((flags / "b").read_text().split()) == 2
    assert script  # the stages' own code travelled: the workers' folders hold none
    assert re.sub(r" 4\.0", " 0.0", project.lock()) == serial.lock()


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
    assert not (project.folder / "dvc.lock").exists()
