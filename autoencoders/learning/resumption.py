"""State of a training run after an epoch, as named tensors, so that an interrupted run continues with the same bytes.

Which states are kept, where and how often is a keeper's decision; nothing here knows a file or a clock.
"""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeAlias

import torch
from torch import Tensor

State: TypeAlias = dict[str, Tensor]  # all that a run needs to continue, by name


class Keeper(Protocol):
    """Keeps the state of a run after an epoch and gives it back to the run that continues."""

    def kept(self) -> State | None:
        """Return the state kept last, None where there is none."""

    def keep(self, state: Callable[[], State]) -> None:
        """Offer the state after an epoch; it is made when called for, which must be now or never."""


class ForgetfulKeeper:
    """Keeps nothing: every run starts from its beginning."""

    def kept(self) -> State | None:
        """Return None."""
        return None

    def keep(self, state: Callable[[], State]) -> None:
        """Call for nothing."""


FORGETFUL = ForgetfulKeeper()


def streams_state(generators: Sequence[torch.Generator]) -> Tensor:
    """Return the states of random streams as rows of bytes."""
    return torch.stack([generator.get_state() for generator in generators])


def restore_streams(generators: Sequence[torch.Generator], states: Tensor) -> None:
    """Set random streams to the states of ``streams_state``."""
    for generator, state in zip(generators, states, strict=True):
        generator.set_state(state.clone())  # a copy of its own: set_state reads whole cache lines
