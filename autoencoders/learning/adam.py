"""Adam as one fused pass over all parameters, without the machinery of ``torch.optim``.

The arithmetic is the one of ``torch.optim.Adam(fused=True)``, last bits included. That class imports PyTorch's compiler
at its first step, which no training here uses: 1.2 s of each process, and then bookkeeping at every step.
"""

from collections.abc import Iterable

import torch
from torch import Tensor

from autoencoders.learning.resumption import State

BETA_1, BETA_2, EPSILON = 0.9, 0.999, 1e-8  # as in the paper


class Adam:
    """Adam for parameters of one device, in whatever memory layout each has; the settings are the paper's by default.

    Source: Kingma & Ba 2015, Adam: A Method for Stochastic Optimization, algorithm 1.

    Args:
        parameters: Changed in place by ``step``, by their ``grad``.
        beta_2: Decay of the mean of squared gradients.
        is_captured: Whether steps are to be captured as a graph, which remembers numbers as they were: the learning
            rate then is a tensor, written in its place.
    """

    def __init__(self, parameters: Iterable[Tensor], *, beta_2: float = BETA_2, is_captured: bool = False) -> None:
        self.parameters = list(parameters)
        self.beta_2 = beta_2
        (device,) = {parameter.device for parameter in self.parameters}
        self.first = [torch.zeros_like(parameter, requires_grad=False) for parameter in self.parameters]
        self.second = [torch.zeros_like(parameter, requires_grad=False) for parameter in self.parameters]
        self.n_steps = torch.zeros((), device=device)
        self.learning_rate: float | Tensor = torch.zeros((), device=device) if is_captured else 0.0

    def set_learning_rate(self, learning_rate: float) -> None:
        """Set the learning rate of the next steps; nothing waits for the device."""
        if isinstance(self.learning_rate, Tensor):
            self.learning_rate.fill_(learning_rate)
        else:
            self.learning_rate = learning_rate

    @torch.no_grad()
    def step(self) -> None:
        """Move every parameter once, against its gradient."""
        self.n_steps += 1
        torch._fused_adam_(
            self.parameters,
            [parameter.grad for parameter in self.parameters],  # type: ignore[misc]  # none is without one
            self.first,
            self.second,
            [],
            [self.n_steps] * len(self.parameters),
            lr=self.learning_rate,  # type: ignore[arg-type]  # a number or a tensor, by overload
            beta1=BETA_1,
            beta2=self.beta_2,
            weight_decay=0.0,
            eps=EPSILON,
            amsgrad=False,
            maximize=False,
        )

    def state(self) -> State:
        """Return what is remembered between steps, by name; the tensors are the optimiser's own."""
        moments = {"first": self.first, "second": self.second}
        named = {f"moments/{i}/{name}": one for name, each in moments.items() for i, one in enumerate(each)}
        return {"moments/n_steps": self.n_steps, **named}

    def restore(self, state: State) -> None:
        """Take back what ``state`` returned, in place: device and memory layout of each parameter stay."""
        for name, tensor in self.state().items():
            tensor.copy_(state[name].reshape(tensor.shape))  # a file may hold a number as a row of one
