"""Finds the files of a checkout and hashes them as DVC does; reads what git's HEAD and DVC's cache hold."""

import hashlib
import json
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

LOCK_NAME = "dvc.lock"
CACHE_DIR = Path(".dvc/cache/files/md5")
DIR_SUFFIX = ".dir"  # of the hash of a folder: that of the list of its files


class VerificationError(ValueError):
    """There is nothing to verify, or it cannot be; the message is one line."""


def md5(content: bytes) -> str:
    """Return the hash by which DVC names a content."""
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def folder_hash(files: Mapping[str, str]) -> str:
    """Return DVC's hash of a folder from its files' hashes by relative path.

    >>> folder_hash({"b": "2", "a": "1"}) == folder_hash({"a": "1", "b": "2"})
    True
    """
    listed = [{"md5": files[name], "relpath": name} for name in sorted(files)]
    return md5(json.dumps(listed, sort_keys=True).encode()) + DIR_SUFFIX


def command(arguments: Iterable[str], folder: Path) -> bytes:
    """Return what a command prints.

    Raises:
        VerificationError: if it fails, with its last line.
    """
    done = subprocess.run(list(arguments), cwd=folder, capture_output=True, check=False)
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines() or ["no reason given"]
        raise VerificationError(f"{' '.join(arguments)} in {folder}: {said[-1]}")
    return done.stdout


def parsed_lock(content: bytes, origin: str) -> dict[str, Any]:
    """Return the stages of a dvc.lock.

    Raises:
        VerificationError: if it is no dvc.lock.
    """
    try:
        tree = yaml.load(content, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 -- both safe
        stages: dict[str, Any] = tree["stages"]
        outs_of(stages)
    except (yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        raise VerificationError(f"{origin}: expected DVC's lock file, got: {' '.join(str(error).split())}") from error
    return stages


def outs_of(stages: Mapping[str, Any]) -> dict[str, str]:
    """Return the hash of each output by its path, in the order of the stages."""
    return {out["path"]: out["md5"] for stage in stages.values() for out in stage.get("outs", [])}


@dataclass(frozen=True)
class Tree:
    """A folder with outputs in it; what is read is hashed once, so a Tree shows its folder as it was then."""

    folder: Path
    _hashes: dict[str, dict[str, str]] = field(default_factory=dict)

    def files(self, out: str) -> dict[str, str] | None:
        """Return the hash of each file of an output by path below it ("" for an output that is a file), or None."""
        if out not in self._hashes:
            path = self.folder / out
            below = sorted(each for each in path.rglob("*") if each.is_file()) if path.is_dir() else [path]
            present = [each for each in below if each.is_file()]
            names = ["" if each == path else each.relative_to(path).as_posix() for each in present]
            self._hashes[out] = {n: md5(each.read_bytes()) for n, each in zip(names, present, strict=True)}
        return self._hashes[out] or None

    def hash(self, out: str) -> str | None:
        """Return DVC's hash of an output, None where it is absent."""
        files = self.files(out)
        return (files.get("") or folder_hash(files)) if files else None

    def content(self, out: str, name: str) -> bytes | None:
        """Return one file of an output, None where it is absent."""
        path = self.folder / out / name if name else self.folder / out
        return path.read_bytes() if path.is_file() else None


@dataclass(frozen=True)
class Committed:
    """What dvc.lock promises, and where a content of that hash can be found: git, DVC's cache, trees that have it."""

    root: Path
    outs: Mapping[str, str]
    witnesses: tuple[Tree, ...] = ()

    @cached_property
    def tracked(self) -> dict[str, bytes]:
        """The outputs that git's HEAD holds, by path."""
        listed = command(["git", "ls-tree", "-r", "-z", "--name-only", "HEAD"], self.root).decode().split("\0")
        return {name: command(["git", "show", f"HEAD:{name}"], self.root) for name in listed if name in self.outs}

    def files(self, out: str) -> dict[str, str] | None:
        """Return the promised hash of each file of an output; None if its list is found nowhere."""
        promised = self.outs[out]
        if not promised.endswith(DIR_SUFFIX):
            return {"": promised}
        listed = self._cached(promised)
        if listed is not None:
            return {entry["relpath"]: entry["md5"] for entry in json.loads(listed)}
        return next((tree.files(out) for tree in self.witnesses if tree.hash(out) == promised), None)

    def content(self, out: str, name: str, promised: str) -> bytes | None:
        """Return the promised content of a file; None if it is found nowhere."""
        cached = self._cached(promised)
        if cached is not None:
            return cached
        candidates = [self.tracked.get(out) if not name else None]
        candidates += [tree.content(out, name) for tree in self.witnesses]
        return next((each for each in candidates if each is not None and md5(each) == promised), None)

    def _cached(self, promised: str) -> bytes | None:
        path = self.root / CACHE_DIR / promised[:2] / promised[2:]
        content = path.read_bytes() if path.is_file() else None
        return content if content is not None and md5(content) == promised.removesuffix(DIR_SUFFIX) else None
