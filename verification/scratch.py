"""Re-executes a pipeline in a clone of HEAD that has no cache, no remote and none of the outputs."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from stages.paths import RAW_DIR
from verification.checkouts import LOCK_NAME, Tree, VerificationError, command, outs_of, parsed_lock

FETCH = "fetch"


@contextmanager
def clone_of(root: Path, keep: bool) -> Iterator[Path]:
    """Yield a clone of HEAD without outputs, removed at the end unless it is to be kept.

    Raises:
        VerificationError: if root is no git repository with a commit.
    """
    parent = Path(tempfile.mkdtemp(prefix="verification-"))
    folder = parent / "clone"
    try:
        command(["git", "clone", "--quiet", str(root), str(folder)], root)
        # a cache named in the user's own configuration of DVC would hand out results instead of making them
        local = f"[cache]\n    dir = {parent / 'cache'}\n"
        (folder / ".dvc" / "config.local").write_text(local, encoding="utf-8")
        yield folder
    finally:
        if not keep:
            shutil.rmtree(parent, ignore_errors=True)


def remove_outputs(folder: Path) -> None:
    """Remove what the pipelines of a clone have made: the lock files and every output that git holds."""
    for lock in folder.rglob(LOCK_NAME):
        for out in outs_of(parsed_lock(lock.read_bytes(), str(lock))):
            path = folder / out
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        lock.unlink()


def hand_over_raw_data(root: Path, folder: Path, stages: dict[str, Any]) -> bool:
    """Copy the checkout's raw data where they are what dvc.lock names, so that nothing is downloaded twice.

    Returns:
        Whether they were; else the stage fetch gets them.
    """
    raw = RAW_DIR.as_posix()
    if FETCH not in stages or Tree(root).hash(raw) != outs_of({FETCH: stages[FETCH]}).get(raw):
        return False
    shutil.copytree(root / raw, folder / raw)
    lock = {"schema": "2.0", "stages": {FETCH: stages[FETCH]}}
    (folder / LOCK_NAME).write_text(yaml.safe_dump(lock, sort_keys=False), encoding="utf-8")
    return True


def re_execute(root: Path, folder: Path, pipeline: str, n_jobs: int = 1) -> None:
    """Run every stage of a pipeline in the clone, up to ``n_jobs`` at once; DVC's lines go to standard error.

    Raises:
        VerificationError: if a stage fails.
    """
    stages = parsed_lock((folder / LOCK_NAME).read_bytes(), LOCK_NAME) if (folder / LOCK_NAME).is_file() else {}
    remove_outputs(folder)
    hand_over_raw_data(root, folder, stages)
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    environment = {**os.environ, "PATH": path, "DVC_NO_ANALYTICS": "1"}
    command = ["dvc", "repro", pipeline] if n_jobs == 1 else ["python", "-m", "execution", "--jobs", str(n_jobs)]
    done = subprocess.run(command, cwd=folder, env=environment, stdout=sys.stderr, check=False)
    if done.returncode:
        raise VerificationError(
            f"{' '.join(command)} failed in the clone (exit code {done.returncode}); its lines say why"
        )
