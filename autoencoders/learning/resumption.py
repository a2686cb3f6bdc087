"""State of a training run after an epoch, as named tensors, so that an interrupted run continues with the same bytes.

Which states are kept, where and how often is a keeper's decision; nothing here knows a file or a clock.
"""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeAlias

import torch
from torch import Tensor

State: TypeAlias = dict[str, Tensor]  # all that a run needs to continue, by name
ADAM_STATE = ("step", "exp_avg", "exp_avg_sq")  # what Adam remembers of each parameter


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


def _parameters(optimiser: torch.optim.Adam) -> list[Tensor]:
    return [parameter for group in optimiser.param_groups for parameter in group["params"]]


def adam_state(optimiser: torch.optim.Adam) -> State:
    """Return what Adam remembers between steps, by name; the tensors are its own."""
    states = [optimiser.state[parameter] for parameter in _parameters(optimiser)]
    return {f"adam/{name}/{i}": state[name] for i, state in enumerate(states) for name in ADAM_STATE}


def restore_adam(optimiser: torch.optim.Adam, state: State) -> None:
    """Give a new optimiser the state of ``adam_state``, in the memory layout of each parameter.

    ``load_state_dict`` keeps the layout of what it loads, and the fused step would mix up the entries.
    """
    for i, parameter in enumerate(_parameters(optimiser)):
        for name in ADAM_STATE:
            kept = state[f"adam/{name}/{i}"]  # a file may hold a number as a row of one
            own = torch.zeros((), device=parameter.device) if name == "step" else torch.zeros_like(parameter.detach())
            optimiser.state[parameter][name] = own.copy_(kept.reshape(own.shape))
