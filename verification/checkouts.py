"""Finds the outputs of a checkout and hashes them as DVC does; reads what git's HEAD and DVC's cache hold."""

import hashlib
import io
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dvc_data.hashfile.build import build
from dvc_data.hashfile.db import HashFileDB
from dvc_data.hashfile.obj import HashFile
from dvc_data.hashfile.tree import Tree as HashedFolder
from dvc_objects.fs.local import localfs
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

LOCK_NAME = "dvc.lock"
OF_A_HOOK = ("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE")  # git sets them there, relative to another folder
DIR_SUFFIX = ".dir"  # of the hash of a folder: that of the list of its files
NO_CACHE = HashFileDB(localfs, "")  # what is hashed is not stored


class VerificationError(ValueError):
    """There is nothing to verify, or it cannot be; the message is one line."""


def run_command(arguments: Iterable[str], folder: Path) -> bytes:
    """Return what a command prints.

    Raises:
        VerificationError: if it fails, with its last line.
    """
    environment = {name: value for name, value in os.environ.items() if name not in OF_A_HOOK}
    done = subprocess.run(list(arguments), cwd=folder, env=environment, capture_output=True, check=False)
    if done.returncode:
        *_, said = done.stderr.decode(errors="replace").splitlines() or ["no reason given"]
        raise VerificationError(f"{' '.join(arguments)} in {folder}: {said}")
    return done.stdout


def locate(folder: Path) -> tuple[Path, str]:
    """Return the root of the git repository that a folder is in, and the folder's path below it, "" for the root."""
    up, below, *_ = run_command(["git", "rev-parse", "--show-cdup", "--show-prefix"], folder).decode().split("\n")
    return (folder / up).resolve(), below


def find_cache(project: Path) -> Path:
    """Return the folder of DVC's cache in which files lie by their hash.

    Raises:
        VerificationError: if the project is none of DVC's.
    """
    return Path(run_command([sys.executable, "-m", "dvc", "cache", "dir"], project).decode().strip()) / "files" / "md5"


def read_lock(folder: Path, origin: str = "") -> dict[str, Any]:
    """Return the stages of a folder's dvc.lock; none where there is no such file.

    Raises:
        VerificationError: if it is no dvc.lock; names the origin, or the file.
    """
    path = folder / LOCK_NAME
    if not path.is_file():
        return {}
    try:
        stages: dict[str, Any] = YAML(typ="safe").load(path)["stages"]
        outs_of(stages)
    except (YAMLError, KeyError, TypeError, AttributeError) as error:
        said = " ".join(str(error).split())
        raise VerificationError(f"{origin or path}: expected DVC's lock file, got: {said}") from error
    return stages


def outs_of(stages: Mapping[str, Any]) -> dict[str, str]:
    """Return the hash of each output by its path, in the order of the stages."""
    return {out["path"]: out["md5"] for stage in stages.values() for out in stage.get("outs", [])}


def read_outs(folder: Path, origin: str = "") -> dict[str, str]:
    """Return the hash of each output that a folder's dvc.lock names.

    Raises:
        VerificationError: if there is none.
    """
    if outs := outs_of(read_lock(folder, origin)):
        return outs
    raise VerificationError(f"{origin or folder / LOCK_NAME}: expected outputs, got none")


@dataclass(frozen=True)
class Tree:
    """A folder with outputs in it; what is read is hashed once, so a Tree shows its folder as it was then."""

    folder: Path
    _hashed: dict[str, HashFile] = field(default_factory=dict)

    def _find(self, out: str) -> HashFile | None:
        path = self.folder / out
        if out not in self._hashed and path.exists():
            self._hashed[out] = build(NO_CACHE, str(path), localfs, "md5", dry_run=True)[2]
        return self._hashed.get(out)

    def files(self, out: str) -> dict[str, str]:
        """Return the hash of each file of an output by path below it, "" for an output that is a file."""
        match self._find(out):
            case None:
                return {}
            case HashedFolder() as found:
                return {"/".join(key): info.value for key, _, info in found}
            case found:
                return {"": found.oid}

    def hash(self, out: str) -> str | None:
        """Return DVC's hash of an output, None where it is absent."""
        return found.oid if (found := self._find(out)) else None

    def content(self, out: str, name: str) -> bytes:
        """Return one file of an output."""
        return (self.folder / out / name if name else self.folder / out).read_bytes()


def extract_head(project: Path, folder: Path) -> Tree:
    """Return a folder with what git's HEAD holds of a project.

    Raises:
        VerificationError: if the project is in no git repository with a commit.
    """
    archive = run_command(["git", "archive", "--format=zip", "-0", "HEAD"], project)
    with zipfile.ZipFile(io.BytesIO(archive)) as content:
        content.extractall(folder)
    return Tree(folder)


@dataclass(frozen=True)
class Committed:
    """What dvc.lock promises, and where a content of that hash may be found: trees, DVC's cache; tracked is git's."""

    outs: Mapping[str, str]
    trees: tuple[Tree, ...]
    tracked: frozenset[str] = frozenset()
    cache: Path = Path()

    def files(self, out: str) -> dict[str, str] | None:
        """Return the promised hash of each file of an output; None if its list is found nowhere."""
        promised = self.outs[out]
        if not promised.endswith(DIR_SUFFIX):
            return {"": promised}
        if (listed := self._cached(promised)) is not None:
            return {entry["relpath"]: entry["md5"] for entry in json.loads(listed)}
        return next((tree.files(out) for tree in self.trees if tree.hash(out) == promised), None)

    def content(self, out: str, name: str, promised: str) -> bytes | None:
        """Return the promised content of a file; None if it is found nowhere."""
        found = (tree.content(out, name) for tree in self.trees if tree.files(out).get(name) == promised)
        return next(found, None) or self._cached(promised)

    def _cached(self, promised: str) -> bytes | None:
        """Return a content of DVC's cache, None where there is none or it is damaged."""
        path = self.cache / promised[:2] / promised[2:]
        content = path.read_bytes() if path.is_file() else b""
        is_whole = hashlib.md5(content, usedforsecurity=False).hexdigest() == promised.removesuffix(DIR_SUFFIX)
        return content if is_whole else None
