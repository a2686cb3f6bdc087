"""Runs stages on a Dask cluster: the files they need travel with them, their outputs come back; no folder is shared.

A file travels by its content: it is a task of its own, named by its hash, so it is sent once, passed on between
workers, and made anew by the scheduler if the worker that held it dies. Dask's protocol runs pickled code: whoever
reaches the scheduler's port can use its machines. What comes back is bytes; no file is unpickled.
"""

import hashlib
import logging
import os
import re
import time
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from execution import stage_command
from execution.dvc_record import Job
from execution.machine import Machine
from execution.stage_command import Outcome, find_differences

CONNECT_SECONDS = 10
PATIENCE_SECONDS = 60.0  # how long a cluster may have no worker before the run gives up
LOCK = Path("requirements.lock")


class ClusterError(RuntimeError):
    """The cluster cannot be used; the message is one line."""


def list_files(job: Job) -> list[str]:
    """Return the files a job reads: the project's Python packages, and those of its dependencies."""
    files = [file for package in job.folder.glob("*/__init__.py") for file in package.parent.rglob("*.py")]
    for path in (job.folder / read for read in job.reads):
        files += [file for file in [path, *path.rglob("*")] if file.is_file() and "__pycache__" not in file.parts]
    return sorted({Path(os.path.relpath(file, job.folder)).as_posix() for file in files})


class Cluster(Machine):
    """Runs stages on the workers of a Dask scheduler, those that must run here on this machine.

    Args:
        address: the scheduler's, like ``tcp://host:8786``.

    Raises:
        ClusterError: if Dask is not installed, nothing answers, no worker is there or one has other versions.
    """

    def __init__(self, address: str) -> None:
        super().__init__(1)
        try:
            import dask  # noqa: PLC0415 -- optional packages
            from distributed import Client  # noqa: PLC0415
            from distributed.protocol.pickle import cloudpickle  # noqa: PLC0415
        except ImportError as error:
            raise ClusterError(f"a cluster needs requirements-cluster.in: {error}") from error
        dask.config.set({"distributed.admin.large-graph-warning-threshold": "1TB"})  # files are meant to travel
        for logger in ("distributed", "distributed.client"):
            logging.getLogger(logger).setLevel(logging.CRITICAL)  # what matters is said in one line
        cloudpickle.register_pickle_by_value(stage_command)
        # a copy, which no import finds, and which Dask therefore sends by value
        self.run_on_worker = cloudpickle.loads(cloudpickle.dumps(stage_command.run_on_worker))
        self.kept: dict[str, Any] = {}
        self.last_seen = time.monotonic()
        try:
            self.client = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
        except (OSError, ValueError, TypeError) as error:
            raise ClusterError(f"no Dask scheduler answers at {address}") from error
        try:
            self.client.wait_for_workers(1, timeout=CONNECT_SECONDS)
        except TimeoutError as error:
            raise ClusterError(f"the scheduler at {address} has no worker; start one: dask worker {address}") from error
        self.expected = self._check_versions()
        self.executor = self.client.get_executor(pure=False)

    def _check_versions(self) -> dict[str, str]:
        """Return the versions of Python and the locked packages here, which those of each worker must be."""
        text = LOCK.read_text(encoding="utf-8") if LOCK.is_file() else ""
        answers = self.client.get_versions(packages=re.findall(r"(?m)^([A-Za-z0-9._-]+)==", text))
        expected = {name: version for name, version in answers["client"]["packages"].items() if version}
        for name, answer in answers["workers"].items():
            differences = find_differences(expected, answer["packages"])
            if differences:
                raise ClusterError(f"worker {name} has other packages: {differences}")
        return expected

    def n_slots(self) -> int:
        """Return how many threads the workers have, at least one.

        Raises:
            ClusterError: if the scheduler is lost, or no worker was there for a minute.
        """
        if self.client.status != "running":
            raise ClusterError("the scheduler was lost; what had ended is recorded")
        n_threads = sum(self.client.nthreads().values())
        if n_threads:
            self.last_seen = time.monotonic()
        elif time.monotonic() - self.last_seen > PATIENCE_SECONDS:
            raise ClusterError(f"no worker for {PATIENCE_SECONDS:.0f} s; what had ended is recorded")
        return max(1, n_threads)

    def submit(self, job: Job) -> Future[Outcome]:
        """Hand a job to the scheduler, or to this machine if it must run here; return its future."""
        if job.is_local:
            return super().submit(job)
        paths = {path: self._keep((job.folder / path).read_bytes()) for path in list_files(job)}
        contents = {key: self.kept[key] for key in paths.values()}
        sent = job.name, job.command, job.writes
        future: Future[Outcome] = self.executor.submit(self.run_on_worker, sent, paths, contents, self.expected)
        return future

    def _keep(self, content: bytes) -> str:
        key = f"file-{hashlib.sha256(content).hexdigest()}"
        if key not in self.kept:
            self.kept[key] = self.client.submit(bytes, content, key=key)
        return key

    def close(self) -> None:
        """End what still runs; a worker ends what its client has cancelled or left."""
        super().close()
        self.client.close()
