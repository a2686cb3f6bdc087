"""DVC's side of a run: its graph, which stages are stale, and the record of what ran.

A stage passes through the steps of DVC's own ``Stage.run``, cut in two where the command runs: ``begin`` (compare,
remove outputs, restore from the run cache) and ``finish`` (hash, cache, run cache, lock). No process is
started here.
"""

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from dvc.repo import Repo, lock_repo
from dvc.repo.index import Index
from dvc.repo.reproduce import get_active_graph, plan_repro
from dvc.rwlock import rwlock
from dvc.stage.cache import RunCacheNotFoundError
from dvc.stage.serialize import to_lockfile
from dvc.utils.serialize import LOADERS, dumps_yaml, load_yaml, modify_yaml

HEAD = "schema: '2.0'\nstages:\n"  # of dvc.lock


class Cell(NamedTuple):
    """A stage to run: its name, its commands, its folder, and the paths below that folder that it reads and writes."""

    name: str
    commands: list[str]
    folder: Path
    reads: list[str]
    writes: list[str]
    is_local: bool


def lock_entries(text: str) -> dict[str, str]:
    r"""Return the text of each stage's entry in a dvc.lock, as DVC writes it.

    >>> lock_entries("schema: '2.0'\nstages:\n  a:\n    cmd: b\n  'c@0.1':\n    cmd: d\n")
    {'a': '  a:\n    cmd: b\n', 'c@0.1': "  'c@0.1':\n    cmd: d\n"}
    """
    _, _, entries = text.partition("stages:\n")
    parts = re.split(r"(?m)^(?=  \S)", entries)[1:]
    return {next(iter(yaml.safe_load(part.partition("\n")[0]))): part for part in parts}


def parse_params_once() -> None:
    """Have DVC, in this process, parse a file of parameters again where its bytes have changed, not for every stage."""
    parsed: dict[bytes, Any] = {}

    def load(path: str, fs: Any = None, **options: Any) -> Any:
        content = Path(path).read_bytes()
        if content not in parsed:
            parsed[content] = load_yaml(path, fs=fs, **options)
        return deepcopy(parsed[content])

    LOADERS[".yaml"] = load


class Planner:
    """The stages of one dvc.yaml in DVC's serial order, and their record.

    Args:
        repo: the locked repository.
        is_forced: whether stages run even if nothing changed.

    Raises:
        LockError: if ``dvc repro`` runs a command here.
    """

    def __init__(self, repo: Any, is_forced: bool = False) -> None:
        self.repo = repo
        self.is_forced = is_forced
        self.path = Path("dvc.yaml").absolute()
        self.known: dict[str, None] | None = None  # entries of dvc.lock before this run's first, in their order
        self.entries: dict[str, str] = {}  # of dvc.lock, as text
        index = Index.from_file(repo, str(self.path))  # of this file alone, and once
        self.graph = get_active_graph(index.graph)
        self.stages = {stage.addressing: stage for stage in plan_repro(self.graph, index.stages)}
        self._refuse_company()

    def _refuse_company(self) -> None:
        """See that no ``dvc repro`` runs a command: it gives the repository's lock back then and holds paths alone.

        Nobody can take them later, for which the repository's lock is needed; held, they would be compared with those
        of each stage, which takes DVC longer than all else where nothing changed.
        """
        outputs = [out.fs_path for stage in self.stages.values() for out in stage.outs]
        is_hardlinked = self.repo.config["core"].get("hardlink_lock", False)
        with rwlock(self.repo.tmp_dir, self.repo.fs, " ".join(sys.argv), [], outputs, is_hardlinked):
            pass

    def upstreams(self) -> dict[str, set[str]]:
        """Return for each stage, in serial order, the stages whose outputs it reads."""
        return {
            name: {upstream.addressing for upstream in self.graph.successors(stage)}
            for name, stage in self.stages.items()
        }

    def begin(self, name: str) -> Cell | None:
        """Prepare a stage whose upstreams are done; return its cell, or None where it has nothing to run."""
        stage = self.stages[name]
        if not self.is_forced and not self._changed(stage):
            return None
        stage.remove_outs(ignore_remove=False, force=False)
        if not self.is_forced:
            try:
                self.repo.stage_cache.restore(stage)
            except RunCacheNotFoundError:
                pass
            else:
                self.finish(name)
                return None
        stage.save_deps()
        return self._cell(stage)

    def _changed(self, stage: Any) -> bool:
        upstream = list(self.graph.successors(stage))  # as Stage.changed, which locks the same paths twice
        return stage.changed_stage() or stage.changed_deps(upstream=upstream) or stage.changed_outs()

    def finish(self, name: str) -> None:
        """Record a stage that ran: hashes, cache, run cache and its entry in dvc.lock.

        Raises:
            DvcException: if an output is missing.
        """
        stage = self.stages[name]
        is_run_cached = all(out.use_cache or out.is_metric or out.is_plot for out in stage.outs)
        stage.save(run_cache=is_run_cached)
        stage.commit()
        self._lock(stage)

    def _lock(self, stage: Any) -> None:
        """Write a stage into dvc.lock; entries that are new stand in the serial order, whatever ended first.

        DVC reads and writes the whole file, one to two seconds, for each stage. Here an entry is text, and only the
        stage's own is written anew by DVC.
        """
        path = self.path.with_suffix(".lock")
        if self.known is None:
            self.entries = self._entries(path)
            self.known = dict.fromkeys(self.entries)
        self.entries |= lock_entries(dumps_yaml({"stages": to_lockfile(stage)}))
        order = {**self.known, **dict.fromkeys(other.name for other in self.stages.values())}
        draft = path.with_suffix(".lock.part")
        draft.write_text(HEAD + "".join(self.entries[name] for name in order if name in self.entries), encoding="utf-8")
        draft.replace(path)

    def _entries(self, path: Path) -> dict[str, str]:
        if not path.exists():
            return {}
        text = path.read_text(encoding="utf-8")
        entries = lock_entries(text)
        if HEAD + "".join(entries.values()) == text:
            return entries
        with modify_yaml(path, fs=self.repo.fs):  # not in DVC's form, which this brings it into
            pass
        return lock_entries(path.read_text(encoding="utf-8"))

    def _cell(self, stage: Any) -> Cell:
        folder = Path(stage.wdir)
        commands = stage.cmd if isinstance(stage.cmd, list) else stage.cmd.splitlines()
        return Cell(
            name=stage.addressing,
            commands=[str(command) for command in commands],
            folder=folder,
            reads=[os.path.relpath(dep.fs_path, folder) for dep in stage.deps],
            writes=[os.path.relpath(out.fs_path, folder) for out in stage.outs],
            is_local=(stage.meta or {}).get("runs") == "here",
        )


@contextmanager
def locked_repo() -> Iterator[Repo]:
    """Yield the repository of the current folder; no DVC command begins here meanwhile.

    Raises:
        LockError: if one is at work.
    """
    parse_params_once()
    with Repo() as repo, lock_repo(repo), repo.scm_context(quiet=True):
        yield repo
