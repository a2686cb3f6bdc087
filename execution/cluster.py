"""Cells on a Dask cluster: the files they need travel with them, their outputs come back; no folder is shared.

A file travels by its content: it is a task of its own, named by its hash, so it is sent to a worker once, passed on
between workers, and made anew by the scheduler if the worker that held it dies. Dask's protocol between client,
scheduler and workers pickles:
whoever reaches the scheduler's port can run code on its machines. Keep it inside a trusted network or
give Dask its TLS certificates. What comes back is bytes under paths the stage declared, no file is unpickled.
"""

import hashlib
import importlib.util
import logging
import os
import queue
import re
import time
import uuid
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from types import ModuleType
from typing import Any

from execution import worker
from execution.planner import Cell
from execution.processes import Processes
from execution.schedule import Ended

CONNECT_SECONDS = 10
PATIENCE_SECONDS = 60.0  # how long a cluster may have no worker before the run gives up
LOCK = Path("requirements.lock")


class ClusterError(RuntimeError):
    """The cluster cannot be used; the message is one line."""


def packages() -> list[str]:
    """Return the names of the locked packages that are installed here, and of the cluster's own."""
    text = LOCK.read_text(encoding="utf-8") if LOCK.is_file() else ""
    names = [*re.findall(r"(?m)^([A-Za-z0-9._-]+)==", text), "distributed"]
    installed = worker.versions(names)
    return [name for name in names if installed[name] != "missing"]


def code_files(folder: Path) -> list[str]:
    """Return the project's own Python files below a folder: those of its top-level packages."""
    return [
        path.relative_to(folder).as_posix()
        for package in sorted(folder.glob("*/__init__.py"))
        for path in sorted(package.parent.rglob("*.py"))
    ]


def files_of(cell: Cell) -> list[str]:
    """Return the files a cell reads: those of its dependencies, and the project's code, relative to its folder."""
    found = dict.fromkeys(code_files(cell.folder))
    for read in cell.reads:
        path = cell.folder / read
        files = [path] if path.is_file() else sorted(below for below in path.rglob("*") if below.is_file())
        found |= dict.fromkeys(os.path.relpath(file, cell.folder) for file in files if "__pycache__" not in file.parts)
    return list(found)


def travelling(module: ModuleType) -> Any:
    """Return a copy of a module that no import finds: its functions travel by value, to where the code is not."""
    spec = importlib.util.spec_from_file_location("travelling", module.__file__)
    if spec is None or spec.loader is None:
        raise ClusterError(f"no source of {module.__name__}")
    copy = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(copy)
    return copy


class Cluster:
    """Runs cells on the workers of a Dask scheduler, those that must run here beside it, one at a time.

    Args:
        address: the scheduler's, like ``tcp://host:8786``.
        say: prints a line.

    Raises:
        ClusterError: if dask is not installed, nothing answers, no worker is there or one has other versions.
    """

    def __init__(self, address: str, say: Callable[[str], None] = print) -> None:
        try:
            import dask  # noqa: PLC0415 -- an optional package
            import distributed  # noqa: PLC0415
        except ImportError as error:
            message = f"SCHEDULER needs the package distributed ({error}): pip install -r requirements-cluster.in"
            raise ClusterError(message) from error
        self.say = say
        self.here = Processes(1, say)
        self.expected = worker.versions(packages())
        self.blobs: dict[str, Any] = {}
        self.tasks: dict[Any, Cell] = {}
        self.ended: queue.Queue[Any] = queue.Queue()
        self.last_seen = time.monotonic()
        self.shipped = travelling(worker)
        dask.config.set({"distributed.admin.large-graph-warning-threshold": "1TB"})  # files are meant to travel
        logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what matters is said in one line
        try:
            self.client = distributed.Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
        except (OSError, ValueError, TypeError) as error:
            raise ClusterError(f"no Dask scheduler answers at {address}") from error
        try:
            self._greet(address)
        except BaseException:
            self.client.close()
            raise

    def _greet(self, address: str) -> None:
        try:
            self.client.wait_for_workers(1, timeout=CONNECT_SECONDS)
        except TimeoutError as error:
            raise ClusterError(f"the scheduler at {address} has no worker; start one: dask worker {address}") from error
        answers = self.client.get_versions()  # Python first: functions travel as its bytecode
        python = answers["client"]["host"]["python"]
        for name, answer in answers["workers"].items():
            if answer["host"]["python"] != python:
                got = answer["host"]["python"]
                raise ClusterError(f"worker {name} has another Python: expected {python}, got {got}")
        for name, problem in self.client.run(self.shipped.departures, self.expected).items():
            if problem:
                raise ClusterError(f"worker {name} has other packages: {problem}")

    def has_room(self) -> bool:
        """Return true: the scheduler lets cells wait."""
        return True

    def start(self, cell: Cell, rank: float) -> None:
        """Hand a cell to the scheduler, or start it here if it must run here."""
        if cell.is_local:
            self.here.start(cell, rank)
            return
        blobs, paths = dict[str, Any](), dict[str, int]()
        for path in files_of(cell):
            contents = (cell.folder / path).read_bytes()
            digest = hashlib.sha256(contents).hexdigest()
            if digest not in self.blobs:
                self.blobs[digest] = self.client.submit(self.shipped.keep, contents, key=f"file-{digest}")
            blobs.setdefault(digest, self.blobs[digest])
            paths[path] = list(blobs).index(digest)
        sent = {
            "name": cell.name,
            "commands": cell.commands,
            "writes": cell.writes,
            "key": f"{cell.name}-{uuid.uuid4()}",
        }
        future = self.client.submit(
            self.shipped.run_cell, sent, paths, self.expected, list(blobs.values()), key=sent["key"], priority=rank
        )
        self.tasks[future] = cell
        future.add_done_callback(self.ended.put)

    def wait(self, seconds: float) -> list[Ended]:
        """Return the cells that ended, their outputs written, waiting for the first at most so long.

        Raises:
            ClusterError: if the scheduler is lost, or no worker was there for a minute.
        """
        found = self.here.wait(0.0)
        try:
            found.append(self._received(self.ended.get(timeout=min(seconds, 0.1) if self.here.running else seconds)))
        except queue.Empty:
            self._check()
        return found

    def _check(self) -> None:
        if self.client.status != "running":
            raise ClusterError("the scheduler was lost; what had ended is recorded")
        now = time.monotonic()
        if self.client.scheduler_info()["workers"] or not self.tasks:
            self.last_seen = now
        if now - self.last_seen > PATIENCE_SECONDS:
            raise ClusterError(f"no worker for {PATIENCE_SECONDS:.0f} s; what had ended is recorded")

    def _received(self, future: Any) -> Ended:
        cell = self.tasks.pop(future)
        try:
            answer = future.result()
        except Exception as error:  # noqa: BLE001 -- whatever a worker's end looks like, it is one line
            self._check()
            return Ended(cell.name, " ".join(str(error).split()) or type(error).__name__)
        for line in answer["log"].splitlines():
            self.say(f"[{cell.name}] {line}")
        for path, contents in answer["files"].items():
            target = cell.folder / path
            if not any(PurePosixPath(path).is_relative_to(written) for written in cell.writes) or ".." in target.parts:
                return Ended(cell.name, f"the worker sent {path}, which is none of its outputs")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(contents)
        return Ended(cell.name, answer["problem"])

    def stop(self) -> None:
        """End what still runs, on the workers too."""
        self.here.stop()
        if self.tasks and self.client.status == "running":
            keys = [future.key for future in self.tasks]
            self.client.cancel(list(self.tasks))
            self.client.run(self.shipped.end_cells, keys, on_error="ignore")
        self.client.close()
