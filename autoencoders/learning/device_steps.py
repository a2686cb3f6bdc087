"""One update of a training on its device: as it stands, or on a GPU as a CUDA graph, captured once and replayed.

A network of this size keeps a GPU busy for microseconds an operation, less than Python needs to ask for it. So all
operations of an update are recorded once and then started together. A graph reads and writes the same memory at every
replay: what changes from step to step, the batch and the learning rate, is written into tensors that stay. Random
numbers are drawn outside of it, by ordinary generators.

Matrix multiplications stay in float32: TF32, off in PyTorch unless asked for, would round their factors.
"""

from collections.abc import Callable
from typing import TypeAlias

import torch
from torch import Tensor

Step: TypeAlias = Callable[..., None]  # takes the tensors of a batch, of the same shapes at every call
N_WARM_UP_STEPS = 3  # before the capture, for libraries to load and buffers to be made; as PyTorch's notes have it


def is_graphed(device: torch.device) -> bool:
    """Return whether updates on a device are captured as a graph."""
    return device.type == "cuda"


def step_of(update: Step, device: torch.device) -> Step:
    """Return the update as it stands, or as a graph where updates on the device are graphed."""
    return GraphedStep(update) if is_graphed(device) else update


class GraphedStep:
    """An update that runs as it stands for the first steps and is then captured once and replayed.

    The update must do the same operations on tensors of the same shapes at every call, must not wait for the device,
    and must leave its results in tensors that exist before the first call.

    Source: PyTorch, CUDA semantics, section CUDA Graphs (whole-network capture).
    """

    def __init__(self, update: Step) -> None:
        self.update = update
        self.stream = torch.cuda.Stream()  # a capture needs another stream than the default one, and so its warm-up
        self.inputs: list[Tensor] = []
        self.n_warm_up_steps = 0
        self.graph: torch.cuda.CUDAGraph | None = None

    def __call__(self, *inputs: Tensor) -> None:
        """Do one update with these tensors of a batch.

        Raises:
            ValueError: if a shape is another one than at the first call.
        """
        self._take(inputs)
        if self.n_warm_up_steps < N_WARM_UP_STEPS:
            self._warm_up()
            return
        if self.graph is None:
            self.graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(self.graph, stream=self.stream):
                self.update(*self.inputs)  # captured, not done
        self.graph.replay()

    def _take(self, inputs: tuple[Tensor, ...]) -> None:
        """Copy a batch to where the update reads it."""
        self.inputs = self.inputs or [torch.empty_like(given) for given in inputs]
        expected, got = ([tuple(tensor.shape) for tensor in tensors] for tensors in (self.inputs, inputs))
        if got != expected:
            raise ValueError(f"inputs must have the shapes of the first call, {expected}, got {got}")
        for kept, given in zip(self.inputs, inputs, strict=True):
            kept.copy_(given)

    def _warm_up(self) -> None:
        self.n_warm_up_steps += 1
        self.stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(self.stream):
            self.update(*self.inputs)
        torch.cuda.current_stream().wait_stream(self.stream)
