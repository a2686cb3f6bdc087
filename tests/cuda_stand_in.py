"""Stands in for CUDA's streams and graphs on a processor, and keeps a log of what is asked of them.

As on a GPU, what is captured is not done, and a replay does again the very operations that were captured on the very
memory they had: Python does not run, and numbers that it gave are as they were at the capture.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves


class Tape(TorchDispatchMode):
    """A graph: the operations below autograd, with their tensors."""

    def __init__(self, log: list[str]) -> None:
        super().__init__()
        self.log = log
        self.operations: list[tuple[Any, Any, Any, Any]] = []
        self.before: dict[int, tuple[torch.UntypedStorage, torch.UntypedStorage]] = {}

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if function._schema.is_mutable:
            for tensor in tree_leaves((args, kwargs)):
                if isinstance(tensor, torch.Tensor):
                    storage = tensor.untyped_storage()
                    self.before.setdefault(storage.data_ptr(), (storage, storage.clone()))
        result = function(*args, **(kwargs or {}))
        self.operations.append((function, args, kwargs or {}, result))
        return result

    def undo(self) -> None:
        """Give all memory the content it had before the capture."""
        for storage, content in self.before.values():
            storage.copy_(content)

    @torch.no_grad()
    def replay(self) -> None:
        """Do the operations again."""
        self.log.append("replay")
        for function, args, kwargs, result in self.operations:
            again = function(*args, **kwargs)
            for kept, made in zip(tree_leaves(result), tree_leaves(again), strict=True):
                if isinstance(kept, torch.Tensor) and kept.data_ptr() != made.data_ptr():
                    kept.copy_(made)


class Stream:
    """A stream of a name."""

    def __init__(self, log: list[str], name: str) -> None:
        self.log, self.name = log, name

    def wait_stream(self, other: "Stream") -> None:
        """Note who waits for whom."""
        self.log.append(f"{self.name} waits for {other.name}")


def stand_in(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Put the stand-ins in the place of torch.cuda's and return their log."""
    log: list[str] = []
    current = [Stream(log, "default")]

    @contextmanager
    def on(stream: Stream) -> Iterator[None]:
        current.append(stream)
        yield
        current.pop()

    @contextmanager
    def capturing(tape: Tape, stream: Stream) -> Iterator[None]:
        log.append(f"capture on {stream.name}")
        with tape:
            yield
        tape.undo()

    monkeypatch.setattr(torch.cuda, "Stream", lambda: Stream(log, "side"))
    monkeypatch.setattr(torch.cuda, "current_stream", lambda: current[-1])
    monkeypatch.setattr(torch.cuda, "stream", on)
    monkeypatch.setattr(torch.cuda, "CUDAGraph", lambda: Tape(log))
    monkeypatch.setattr(torch.cuda, "graph", capturing)
    return log
