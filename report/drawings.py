"""Keeper of finished figures: one that is asked for again, with the same content, is read and not drawn again.

They lie in a scratch folder outside all outputs, so that a changed template or another headline does not wait for
figures that stay as they are. Without a folder every figure is drawn. What is read is checked against its checksum, and
a figure counts only if content, language, catalogue, code and matplotlib are as they were: the page has the same bytes.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, fields, is_dataclass
from functools import cache, wraps
from pathlib import Path
from typing import ParamSpec

import matplotlib as mpl
import numpy as np

from autoencoders.reproducibility.artifacts import ArtifactError, write_bytes
from report.language import SOURCE_LANGUAGE, active, catalogue_path

P = ParamSpec("P")
CODE = ("drawings.py", "figures.py", "labels.py", "language.py", "line_labels.py", "themes.py")
N_KEPT = 1000  # figures; the oldest go first


@dataclass
class Keeper:
    """Where figures lie, and what is to happen once it turns out that one has to be drawn."""

    folder: Path
    when_missing: Callable[[], None] | None

    def kept(self, path: Path) -> str | None:
        """Return a kept figure; None where it has to be drawn."""
        svg = read(path)
        if svg is None and self.when_missing is not None:
            when_missing, self.when_missing = self.when_missing, None
            when_missing()
        return svg


_keeper: ContextVar[Keeper | None] = ContextVar("keeper", default=None)


@contextmanager
def kept_in(folder: Path, when_missing: Callable[[], None] | None = None) -> Iterator[None]:
    """Keep figures in a folder, and take them from it, within the block; ``when_missing`` is called at most once."""
    token = _keeper.set(Keeper(folder, when_missing))
    try:
        yield
        forget_oldest(folder)
    finally:
        _keeper.reset(token)


def forget_oldest(folder: Path) -> None:
    """Remove all but the newest figures of a folder."""
    with suppress(OSError):  # beside another run, which may remove the same
        for path in sorted(folder.glob("*.svg"), key=lambda path: path.stat().st_mtime, reverse=True)[N_KEPT:]:
            path.unlink(missing_ok=True)


@cache
def fingerprint(language: str) -> bytes:
    """Return a hash of all but its content that a figure depends on."""
    files = [Path(__file__).with_name(name) for name in CODE]
    if language != SOURCE_LANGUAGE:
        files.append(catalogue_path(language))
    parts = [language.encode(), mpl.__version__.encode(), *(path.read_bytes() for path in files)]
    return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).digest()


def kept(draw: Callable[P, str]) -> Callable[P, str]:
    """Return a function that draws a figure, taken from the folder where it lies there."""

    @wraps(draw)
    def kept_or_drawn(*args: P.args, **kwargs: P.kwargs) -> str:
        keeper = _keeper.get()
        if keeper is None:
            return draw(*args, **kwargs)
        content = described((draw.__name__, args, kwargs)).encode()
        path = keeper.folder / f"{hashlib.sha256(fingerprint(active()) + content).hexdigest()}.svg"
        svg = keeper.kept(path)
        if svg is None:
            svg = draw(*args, **kwargs)
            with suppress(ArtifactError):  # no room: it is drawn again the next time
                write_bytes(path, f"{checksum(svg)}\n{svg}".encode())
        return svg

    return kept_or_drawn


def described(value: object) -> str:
    """Return a text that differs wherever the content of a figure does.

    >>> described((np.array([1, 2]), {"height": 2.5}))
    '(int64(2,)01000000000000000200000000000000, {height: 2.5})'
    """
    match value:
        case np.ndarray():
            return f"{value.dtype}{value.shape}{np.ascontiguousarray(value).tobytes().hex()}"
        case Mapping():
            return f"{{{', '.join(f'{key}: {described(entry)}' for key, entry in sorted(value.items()))}}}"
        case str():
            return repr(value)
        case Sequence():
            return f"({', '.join(map(described, value))})"
        case _ if is_dataclass(value):
            return f"{type(value).__name__}{described([getattr(value, field.name) for field in fields(value)])}"
    return repr(value)


def checksum(svg: str) -> str:
    """Return the checksum that a kept figure begins with."""
    return hashlib.sha256(svg.encode()).hexdigest()


def read(path: Path) -> str | None:
    """Return a kept figure and mark it as used; None where there is none or it is damaged."""
    try:
        stated, _, svg = path.read_bytes().decode().partition("\n")
        path.touch()
    except (OSError, UnicodeDecodeError):
        return None
    return svg if stated == checksum(svg) else None
