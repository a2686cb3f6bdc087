"""Re-executes a pipeline in a clone of HEAD that has no cache, no remote and none of the outputs."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dvc.utils.serialize import dump_yaml

from foundation.paths import RAW_DIR
from verification.checkouts import LOCK_NAME, Tree, VerificationError, locate, outs_of, read_lock, run_command

FETCH = "fetch"


@contextmanager
def clone_of(root: Path, keep: bool) -> Iterator[Path]:
    """Yield a folder's place in a clone of HEAD, removed at the end unless it is to be kept.

    The folder may be all of a repository, its worktree, a submodule, or a part of something larger.
    """
    parent = Path(tempfile.mkdtemp(prefix="verification-"))
    folder = parent / "clone"
    try:
        repository, below = locate(root)
        run_command(["git", "clone", "--quiet", str(repository), str(folder)], root)
        for dvc_dir in folder.rglob(".dvc"):
            # a cache named in the user's own configuration of DVC would hand out results instead of making them
            local = f"[cache]\n    dir = {parent / 'cache'}\n"
            (dvc_dir / "config.local").write_text(local, encoding="utf-8")
        yield folder / below
    finally:
        if not keep:
            shutil.rmtree(parent, ignore_errors=True)


def remove_outputs(folder: Path) -> None:
    """Remove what the pipelines of a clone have made: the lock files and every output that git holds."""
    for lock in folder.rglob(LOCK_NAME):
        for out in outs_of(read_lock(lock.parent)):
            path = lock.parent / out
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        lock.unlink()


def hand_over_raw_data(root: Path, folder: Path, stages: dict[str, Any]) -> None:
    """Copy the checkout's raw data where they are what dvc.lock names, so that nothing is downloaded twice."""
    raw, fetch = RAW_DIR.as_posix(), {name: stage for name, stage in stages.items() if name == FETCH}
    if fetch and Tree(root).hash(raw) == outs_of(fetch).get(raw):
        shutil.copytree(root / raw, folder / raw)
        dump_yaml(folder / LOCK_NAME, {"schema": "2.0", "stages": fetch})


def stages_before(stages: dict[str, Any], project: dict[str, Any], place: Path) -> list[str]:
    """Return the study's stages whose outputs the stages of a project at a place inside it depend on.

    >>> study = {"prepare": {"outs": [{"path": "data/prepared", "md5": "1"}]}}
    >>> stages_before(study, {"train": {"deps": [{"path": "../data/prepared"}]}}, Path("replications"))
    ['prepare']
    """
    wanted = {os.path.normpath(place / dep["path"]) for stage in project.values() for dep in stage.get("deps", [])}
    return [name for name, stage in stages.items() if wanted & outs_of({name: stage}).keys()]


def re_execute(root: Path, clone: Path, place: Path, n_jobs: int = 1) -> None:
    """Run every stage of the project at a place in the clone, of the study up to ``n_jobs`` at once.

    Raises:
        VerificationError: if a stage fails; DVC's lines go to standard error.
    """
    stages, is_study = read_lock(clone), place == Path()
    before = [] if is_study else stages_before(stages, read_lock(clone / place), place)
    remove_outputs(clone)
    hand_over_raw_data(root, clone, stages)
    if before:
        _run_module(["dvc", "repro", *before], clone)
    _run_module(["execution", "--jobs", str(n_jobs)] if is_study and n_jobs > 1 else ["dvc", "repro"], clone / place)


def _run_module(arguments: Sequence[str], folder: Path) -> None:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])  # of the stages' python
    environment = {**os.environ, "PATH": path, "DVC_NO_ANALYTICS": "1"}
    done = subprocess.run(
        [sys.executable, "-m", *arguments], cwd=folder, env=environment, stdout=sys.stderr, check=False
    )
    if done.returncode:
        said = f"{' '.join(arguments)} failed in the clone (exit code {done.returncode}); its lines say why"
        raise VerificationError(said)
