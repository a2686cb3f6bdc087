"""Keeps the state of a long training in a scratch folder, so that a stage that was interrupted continues.

One file a cell, outside all outputs; it goes when the cell is saved. A state counts only if all that determines the
cell is as it was: parameters, seeds, data, presentation, code, PyTorch. Otherwise training starts from the beginning.
"""

import hashlib
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from foundation.paths import DATA_DIR, UNFINISHED_DIR
from foundation.progress import Progress, Timer
from foundation.reproducibility.artifacts import ArtifactError, read_arrays, write_arrays

SECONDS_BETWEEN_STATES = 10.0  # of work that a kill may cost
PACKAGES = ("autoencoders", "foundation", "replications", "stages")
State = dict[str, torch.Tensor]  # all that a training needs to continue, by name
FINGERPRINT, CHECKSUM = "fingerprint", "checksum"


def fingerprint(determined_by: object) -> bytes:
    """Return a hash of all that determines a training: what is given, the data, the code loaded, PyTorch's version.

    Args:
        determined_by: Its ``repr`` must say all that matters and be the same in the next process.

    Raises:
        ArtifactError: if the data cannot be read.
    """
    digest = hashlib.sha256(repr((determined_by, torch.__version__)).encode())
    loaded = (module.__file__ for name, module in list(sys.modules.items()) if name.split(".")[0] in PACKAGES)
    script = getattr(sys.modules["__main__"], "__file__", None)  # its module is called __main__
    code = {Path(file) for file in (*loaded, script) if file and file.endswith(".py")}
    for path in (*sorted(code), *sorted(DATA_DIR.glob("*.safetensors"))):
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.digest()


def described(function: Callable[..., object]) -> str:
    """Return a description of a function or a callable dataclass that is the same in every process.

    Raises:
        ValueError: if it is a lambda or a closure, whose variables nobody sees.
    """
    name = getattr(function, "__qualname__", None)
    if name is None:
        return repr(function)
    if "<" in name:
        raise ValueError(f"a presentation must be a function of a module or a dataclass, got {name}")
    return f"{function.__module__}.{name}"


class FileKeeper:
    """Keeper of the state of one cell's training, in a file."""

    def __init__(self, progress: Progress, cell: Path, determined_by: Iterable[object]) -> None:
        self.progress = progress
        self.path = UNFINISHED_DIR / cell.with_name(f"{cell.name}.safetensors")
        self.determined_by = tuple(determined_by)
        self.timer = Timer(SECONDS_BETWEEN_STATES)

    def kept(self) -> State | None:
        """Return the state kept last; None, and one line why, if it is damaged or of another training."""
        if not self.path.exists():
            return None
        try:
            arrays = _checked(self.path, fingerprint(self.determined_by))
        except ArtifactError as error:
            self.progress.say(f"{error}; training starts from the beginning")
            return None
        self.progress.say("continues where it was interrupted")
        return {name: torch.from_numpy(array.copy()) for name, array in arrays.items()}

    def keep(self, state: Callable[[], State]) -> None:
        """Write the state if the last one is old; without room for it training goes on without."""
        if not self.timer.is_due():
            return
        arrays = {name: tensor.numpy() for name, tensor in state().items()}
        arrays[FINGERPRINT] = np.frombuffer(fingerprint(self.determined_by), np.uint8)
        arrays[CHECKSUM] = np.frombuffer(_checksum(arrays), np.uint8)
        try:
            write_arrays(self.path, arrays)
        except ArtifactError as error:
            self.progress.say(f"goes on, but could not continue if interrupted: {error}")
        self.timer.restart()

    def forget(self) -> None:
        """Remove the state; its training is finished and saved."""
        self.path.unlink(missing_ok=True)


@contextmanager
def resumable(
    progress: Progress, cell: Path, n_epochs: int, determined_by: Iterable[object], about: str
) -> Iterator[tuple[FileKeeper, Callable[[int], None]]]:
    """Yield what lets the training of a cell continue after an interruption, with the same bytes, and be watched.

    A keeper of its state, and a function to be called with the number of finished epochs. The cell must be saved within
    the block: on leaving it without an error the state goes.

    Args:
        progress: Says how far the training is.
        cell: Where the cell will lie.
        n_epochs: How long the training is.
        determined_by: As for ``fingerprint``.
        about: What the line of progress says.
    """
    keeper = FileKeeper(progress, cell, determined_by)
    with progress.steps(n_epochs) as advance:
        advance(0, about)
        yield keeper, lambda epoch: advance(epoch, about)
    keeper.forget()


def _checked(path: Path, expected: bytes) -> dict[str, NDArray[Any]]:
    """Return the arrays of a state with the expected fingerprint.

    Raises:
        ArtifactError: if it is damaged or has another fingerprint.
    """
    arrays = read_arrays(path)
    checksum = arrays.pop(CHECKSUM, None)
    if checksum is None or checksum.tobytes() != _checksum(arrays):
        raise ArtifactError(f"{path}: expected the state of a training, got a damaged file")
    if arrays.pop(FINGERPRINT).tobytes() != expected:
        raise ArtifactError(f"{path}: expected the state of this training, got that of other parameters, data or code")
    return arrays


def _checksum(arrays: dict[str, NDArray[Any]]) -> bytes:
    """Return a hash of names and contents: a power cut can leave a file of the right length and the wrong content."""
    digest = hashlib.sha256()
    for name in sorted(arrays):
        digest.update(name.encode())
        digest.update(np.ascontiguousarray(arrays[name]).data)
    return digest.digest()
