"""Runs conditions as DVC experiments, in a clone of HEAD that shares the project's cache.

The clone stays in ``tmp/robustness``: a training that was interrupted goes on there, and a stage that ended is restored
from DVC's cache. Stages run side by side (``python -m execution``); then ``dvc exp run``, which finds nothing left to
run, saves the experiment. It is fetched into the project under the current commit, where it counts as finished.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from dvc.exceptions import DvcException
from dvc.lock import Lock, LockError
from dvc.utils.hydra import apply_overrides

from foundation.paths import PARAMS_PATH, results_dir
from robustness.conditions import Condition
from verification.checkouts import VerificationError, locate, run_command

CLONE_DIR = Path("tmp/robustness/clone")
SUMMARY_PATH = results_dir("summary") / "metrics.json"


class RobustnessError(ValueError):
    """The conditions cannot be run, or one failed; the message is one line."""


@dataclass(frozen=True)
class Workplace:
    """The project and its clone.

    Attributes:
        root: Of the project.
        where: Options of ``python -m execution``.
    """

    root: Path
    where: Sequence[str] = ("--jobs", "auto")

    @cached_property
    def clone(self) -> Path:
        """The project's folder in the clone: the clone itself, unless the project is a part of a larger repository."""
        return self.whole_clone / locate(self.root)[1]

    @property
    def whole_clone(self) -> Path:
        """Folder of the clone."""
        return self.root.absolute() / CLONE_DIR

    def git(self, *arguments: str, in_clone: bool = False) -> str:
        """Return what git prints.

        Raises:
            RobustnessError: if it fails.
        """
        return _answer(["git", *arguments], self.clone if in_clone else self.root).strip()

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Let no other run of conditions begin here meanwhile.

        Raises:
            RobustnessError: if one is at work.
        """
        path = self.root / CLONE_DIR.parent / "lock"
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with Lock(str(path)):
                yield
        except LockError as error:
            raise RobustnessError("conditions are being run in this folder already") from error

    def refuse_changes(self) -> None:
        """Refuse uncommitted changes: a clone does not have them.

        Raises:
            RobustnessError: if there are any.
        """
        changed = self.git("status", "--porcelain", "--untracked-files=no", "--", ".", ":!robustness/results")
        if changed:
            said = ", ".join(line.strip() for line in changed.splitlines())
            raise RobustnessError(f"conditions are run of what is committed; commit or restore first: {said}")

    def prepare_clone(self) -> None:
        """Bring the clone to HEAD, with the project's cache."""
        self.whole_clone.mkdir(parents=True, exist_ok=True)
        _answer(["git", "init", "--quiet"], self.whole_clone)
        repository, _ = locate(self.root)
        _answer(["git", "fetch", "--quiet", "--update-shallow", str(repository), "HEAD"], self.whole_clone)
        _answer(["git", "checkout", "--quiet", "--force", "--detach", "FETCH_HEAD"], self.whole_clone)
        cache = _answer([sys.executable, "-m", "dvc", "cache", "dir"], self.root).strip()
        (self.clone / ".dvc" / "config.local").write_text(f"[cache]\n    dir = {cache}\n", encoding="utf-8")

    def read_summary(self, revision: str) -> dict[str, Any]:
        """Return the ledger of claims of a revision of the project."""
        summary: dict[str, Any] = json.loads(self.git("show", f"{revision}:./{SUMMARY_PATH.as_posix()}"))
        return summary

    def find_finished(self, conditions: Sequence[Condition]) -> dict[str, str]:
        """Return the revision of each condition that is an experiment of HEAD, by name."""
        found = self.git("for-each-ref", "--format=%(refname) %(objectname)", self._experiments)
        revisions = dict(line.removeprefix(self._experiments).split() for line in found.splitlines())
        return {one.name: revisions[one.experiment] for one in conditions if one.experiment in revisions}

    @property
    def _experiments(self) -> str:
        """Where git keeps the experiments of HEAD."""
        head = self.git("rev-parse", "HEAD")
        return f"refs/exps/{head[:2]}/{head[2:]}/"

    def run(self, condition: Condition) -> None:
        """Run a condition in the clone and fetch its experiment.

        Raises:
            RobustnessError: if a stage fails, or DVC refuses an override.
        """
        self.git("reset", "--quiet", "--hard", in_clone=True)
        # outputs of the condition before go, those of the default come back where the cache has them
        self._run_module(["dvc", "checkout", "--quiet", "--force", "--allow-missing"])
        try:
            apply_overrides(self.clone / PARAMS_PATH, list(condition.overrides))
        except DvcException as error:
            raise RobustnessError(f"{condition.name}: {error}") from error
        self._run_module(["execution", *self.where, "summary"])
        self._run_module(["dvc", *condition.command])
        ref = f"{self._experiments}{condition.experiment}"
        self.git("fetch", "--quiet", str(self.whole_clone), f"+{ref}:{ref}")

    def _run_module(self, arguments: Sequence[str]) -> None:
        """Run a module of Python in the clone; an interruption lets it record what has ended."""
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])  # of the stages' python
        environment = {**os.environ, "PATH": path, "DVC_NO_ANALYTICS": "1"}
        command = [sys.executable, "-m", *arguments]
        with subprocess.Popen(command, cwd=self.clone, env=environment, start_new_session=True) as process:
            try:
                code = process.wait()
            except KeyboardInterrupt:
                process.terminate()
                process.wait()
                raise
        if code:
            raise RobustnessError(f"{' '.join(arguments)} failed in {CLONE_DIR} (exit code {code}); its lines say why")


def _answer(command: Sequence[str], folder: Path) -> str:
    try:
        return run_command(command, folder).decode()
    except VerificationError as error:
        raise RobustnessError(str(error)) from error


def collect(place: Workplace, conditions: Sequence[Condition]) -> Mapping[str, Mapping[str, Any]]:
    """Return the summaries of all finished conditions by name."""
    return {name: place.read_summary(revision) for name, revision in place.find_finished(conditions).items()}
