"""DVC's side of a run: its graph, which stages are stale, and the record of what ran.

A stage passes through the steps of DVC's own ``Stage.run``, cut in two where the command runs: ``begin`` (compare,
remove outputs, restore from the run cache) and ``finish`` (hash, cache, run cache, lock). The only module that uses
DVC's internals; ``tests/test_execution.py`` names each of them.
"""

import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from dvc.exceptions import DvcException
from dvc.lock import LockError
from dvc.repo import Repo, lock_repo
from dvc.repo.index import Index
from dvc.repo.reproduce import get_active_graph, plan_repro
from dvc.rwlock import rwlock
from dvc.scm import SCMError
from dvc.stage.cache import RunCacheNotFoundError
from dvc.stage.serialize import to_lockfile
from dvc.utils.serialize import modify_yaml

RecordError: type[Exception] = DvcException
BusyError: type[Exception] = LockError  # another DVC command is at work; also a RecordError


class Job(NamedTuple):
    """A stage to run: its name, its command, its folder, and the paths below that folder that it reads and writes."""

    name: str
    command: str
    folder: Path
    reads: list[str]
    writes: list[str]
    is_local: bool


@contextmanager
def lock_here() -> Iterator[Repo]:
    """Yield the repository of the current folder; no DVC command begins here meanwhile.

    Raises:
        BusyError: if one is at work.
        RecordError: if it is none; of a copy without git, says how to make it one.
    """
    try:
        found = Repo()
    except SCMError as error:
        raise RecordError(f"{error}; to make it one: git init && git add -A && git commit -m Start") from error
    with found as repo, lock_repo(repo), repo.scm_context(quiet=True):
        yield repo


class Record:
    """The stages of dvc.yaml in DVC's serial order, for each the upstreams whose outputs it reads, and their record.

    Args:
        repo: the locked repository.
        is_forced: whether stages run even if nothing changed.
        targets: stages to bring up to date with all before them; none: the whole pipeline.

    Raises:
        BusyError: if ``dvc repro`` runs a command here.
        RecordError: if a target is no stage.
    """

    def __init__(self, repo: Any, is_forced: bool = False, targets: Sequence[str] = ()) -> None:
        self.repo = repo
        self.is_forced = is_forced
        self.lock_path = Path("dvc.lock").absolute()
        self.lock_order: list[str] = []
        index = Index.from_file(repo, str(Path("dvc.yaml").absolute()))
        graph = get_active_graph(index.graph)
        every = {stage.addressing: stage for stage in index.stages}
        if unknown := [target for target in targets if target not in every]:
            raise RecordError(f"{unknown[0]!r} is no stage of dvc.yaml")
        wanted = [every[target] for target in targets or every]
        self.stages = {stage.addressing: stage for stage in plan_repro(graph, wanted)}
        self.upstreams = {
            name: {upstream.addressing for upstream in graph.successors(stage)} for name, stage in self.stages.items()
        }
        self._refuse_running_repro()

    def _refuse_running_repro(self) -> None:
        """Take and give back every output: while its command runs, ``dvc repro`` holds these, not the repository."""
        outputs = [out.fs_path for stage in self.stages.values() for out in stage.outs]
        is_hardlinked = self.repo.config["core"].get("hardlink_lock", False)
        with rwlock(self.repo.tmp_dir, self.repo.fs, " ".join(sys.argv), [], outputs, is_hardlinked):
            pass

    def begin(self, name: str) -> Job | None:
        """Prepare a stage whose upstreams are done; return its job, or None where it has nothing to run."""
        stage = self.stages[name]
        if not self.is_forced and not stage.changed():
            return None
        stage.remove_outs(ignore_remove=False, force=False)
        if not self.is_forced:
            with suppress(RunCacheNotFoundError):
                self.repo.stage_cache.restore(stage)
                self.finish(name)
                return None
        stage.save_deps()
        folder = Path(stage.wdir)
        commands = stage.cmd if isinstance(stage.cmd, list) else stage.cmd.splitlines()
        return Job(
            name=name,
            command=" && ".join(commands),
            folder=folder,
            reads=[Path(os.path.relpath(dep.fs_path, folder)).as_posix() for dep in stage.deps],
            writes=[Path(os.path.relpath(out.fs_path, folder)).as_posix() for out in stage.outs],
            is_local=(stage.meta or {}).get("runs") == "here",
        )

    def finish(self, name: str) -> None:
        """Record a stage that ran: hashes, cache, run cache and its entry in dvc.lock.

        Raises:
            RecordError: if an output is missing.
        """
        stage = self.stages[name]
        stage.save(run_cache=all(out.use_cache or out.is_metric or out.is_plot for out in stage.outs))
        stage.commit()
        self._write_lock(stage)

    def _write_lock(self, stage: Any) -> None:
        """Have DVC write a stage into dvc.lock; new entries stand in the serial order, whatever ended first."""
        draft = self.lock_path.with_name(f".{self.lock_path.name}.part")  # a kill leaves the old lock or the new one
        draft.unlink(missing_ok=True)
        if self.lock_path.exists():
            shutil.copyfile(self.lock_path, draft)
        with modify_yaml(draft) as content:
            content.setdefault("schema", "2.0")
            entries = dict(content.get("stages", {}))
            self.lock_order = self.lock_order or list(dict.fromkeys([*entries, *self.stages]))
            entries |= to_lockfile(stage)
            content["stages"] = {name: entries[name] for name in self.lock_order if name in entries}
        draft.replace(self.lock_path)
