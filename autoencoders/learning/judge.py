"""The judge: a small convolutional classifier that reads images independently of the models compared.

Its features (last hidden layer) stand in for the Inception features of the literature, its
probabilities say whether an image is recognised. One network, one seed: it measures, it is not
compared. Knows no file.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from autoencoders.learning.records import refuse_divergence
from autoencoders.learning.resumption import (
    FORGETFUL,
    Keeper,
    State,
    adam_state,
    restore_adam,
    restore_streams,
    streams_state,
)
from autoencoders.learning.schedules import learning_rate_factor, set_learning_rate
from foundation.reproducibility.randomness import torch_stream

BATCH_SIZE = 250  # images at a time when judging: their maps take memory that is at hand; changes no result
N_FEATURES = 128


class MaxPool(nn.Module):
    """Maximum over squares of two by two, (n, c, h, w) to (n, c, h // 2, w // 2).

    Without gradients by maxima of rows and columns, a fifth of the time of PyTorch's pooling and the same numbers.
    """

    def forward(self, maps: Tensor) -> Tensor:
        """Return the pooled maps."""
        if torch.is_grad_enabled():
            return functional.max_pool2d(maps, 2)
        height, width = (2 * (side // 2) for side in maps.shape[-2:])
        rows = torch.maximum(maps[..., 0:height:2, :], maps[..., 1:height:2, :])
        return torch.maximum(rows[..., 0:width:2], rows[..., 1:width:2])


class JudgeNetwork(nn.Module):
    """Two convolutions with pooling, one hidden layer, one output per class.

    Source: LeCun et al. 1998, Gradient-Based Learning Applied to Document Recognition (LeNet-5), with
    more channels, rectifiers, maximum pooling, batch normalisation and dropout in place of its tanh and averages.
    """

    def __init__(self, image_shape: tuple[int, int], n_classes: int) -> None:
        super().__init__()
        self.register_buffer("image_shape", torch.tensor(image_shape))
        height, width = (((side - 4) // 2 - 4) // 2 for side in image_shape)
        self.convolutions = nn.Sequential(
            nn.Conv2d(1, 12, 5), MaxPool(), nn.BatchNorm2d(12), nn.ReLU(),
            nn.Conv2d(12, 32, 5), MaxPool(), nn.BatchNorm2d(32), nn.ReLU(),
        ).to(memory_format=torch.channels_last)  # fmt: skip
        self.hidden = nn.Linear(32 * height * width, N_FEATURES)
        self.dropout = nn.Dropout(0.3)
        self.output = nn.Linear(N_FEATURES, n_classes)

    def features(self, images: Tensor) -> Tensor:
        """Return the last hidden layer (n, N_FEATURES) of images (n, 1, height, width).

        Channels lie innermost in memory: convolutions and pooling then take less than half the time.
        """
        maps = self.convolutions(images.contiguous(memory_format=torch.channels_last))
        return functional.relu(self.hidden(maps.flatten(1)))

    def forward(self, images: Tensor) -> Tensor:
        """Return class logits (n, n_classes) of images (n, 1, height, width)."""
        return self.output(self.dropout(self.features(images)))


class Judge:
    """A trained judge: class probabilities and features of images."""

    def __init__(self, network: JudgeNetwork) -> None:
        self.network = network.eval().requires_grad_(requires_grad=False)

    @property
    def image_shape(self) -> tuple[int, int]:
        """Height and width of the images the judge was trained on."""
        height, width = self.network.get_buffer("image_shape").tolist()
        return height, width

    def predict_proba(self, images: Tensor | NDArray[np.floating]) -> NDArray[np.float64]:
        """Return class probabilities (n, n_classes) of images (n, 1, h, w), (n, h, w) or (n, n_pixels)."""
        return self._batched(lambda batch: self.network(batch).softmax(-1), images)

    def predict(self, images: Tensor | NDArray[np.floating]) -> NDArray[np.int64]:
        """Return the most probable class (n,) of images (n, 1, h, w), (n, h, w) or (n, n_pixels)."""
        return self.predict_proba(images).argmax(axis=1)

    def features(self, images: Tensor | NDArray[np.floating]) -> NDArray[np.float64]:
        """Return the features (n, N_FEATURES) of images (n, 1, h, w), (n, h, w) or (n, n_pixels)."""
        return self._batched(self.network.features, images)

    @torch.no_grad()
    def _batched(
        self, function: Callable[[Tensor], Tensor], images: Tensor | NDArray[np.floating]
    ) -> NDArray[np.float64]:
        stack = torch.as_tensor(images, dtype=torch.float32).reshape(-1, 1, *self.image_shape)
        return torch.cat([function(batch) for batch in stack.split(BATCH_SIZE)]).double().numpy()


@dataclass(frozen=True)
class JudgePlan:
    """How the judge is trained."""

    epochs: int
    batch_size: int
    learning_rate: float
    max_shift: int
    seed: int


def shift_images(images: Tensor, max_shift: int, generator: torch.Generator) -> Tensor:
    """Return images (n, 1, h, w), each moved by a random whole number of pixels up to max_shift, zeros moved in."""
    if max_shift == 0:
        return images
    n_images, _, height, width = images.shape
    padded = functional.pad(images, (max_shift,) * 4)
    down, right = torch.randint(0, 2 * max_shift + 1, (2, n_images, 1, 1), generator=generator)
    rows = down + torch.arange(height)[:, None]
    columns = right + torch.arange(width)
    return padded[torch.arange(n_images)[:, None, None], 0, rows, columns].unsqueeze(1)


def initialise_judge(network: JudgeNetwork, generator: torch.Generator) -> None:
    """Draw the weights of convolutions and linear layers anew: He-normal with fan-in, zero biases."""
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu", generator=generator)
            nn.init.zeros_(layer.bias)  # type: ignore[arg-type]  # all of them have a bias


def train_judge(
    images: Tensor,
    labels: Tensor,
    *,
    n_classes: int,
    plan: JudgePlan,
    on_epoch: Callable[[int], None],
    keeper: Keeper = FORGETFUL,
) -> Judge:
    """Return a judge trained on images (n, 1, h, w) and labels (n,), with a one-cycle schedule.

    Raises:
        FloatingPointError: if a loss is no finite number; what was kept before stays.

    Source: Smith & Topin 2019, Super-Convergence (schedule).
    """
    height, width = images.shape[-2:]
    stream = torch_stream(plan.seed, "judge/order")
    n_steps = plan.epochs * math.ceil(len(images) / plan.batch_size)
    with torch.random.fork_rng(devices=[]):
        network = JudgeNetwork((height, width), n_classes)
        initialise_judge(network, torch_stream(plan.seed, "judge/initialisation"))
        optimiser = torch.optim.Adam(network.parameters(), fused=True)
        torch.manual_seed(stream.initial_seed())  # dropout draws from the global generator
        kept = keeper.kept()
        step = 0 if kept is None else _restore(kept, network, optimiser, stream)
        for epoch in range(1 + step * plan.epochs // n_steps, plan.epochs + 1):
            losses = []
            for indices in torch.randperm(len(images), generator=stream).split(plan.batch_size):
                set_learning_rate(optimiser, plan.learning_rate * learning_rate_factor("one_cycle", step / n_steps))
                step += 1
                batch = shift_images(images[indices], plan.max_shift, stream)
                loss = functional.cross_entropy(network(batch), labels[indices])
                network.zero_grad()
                loss.backward()
                optimiser.step()
                losses.append(loss.item())
            refuse_divergence(epoch, {plan.seed: losses})
            on_epoch(epoch)
            keeper.keep(partial(_state, network, optimiser, stream, step))
    return Judge(network)


def _state(network: JudgeNetwork, optimiser: torch.optim.Adam, stream: torch.Generator, step: int) -> State:
    """Return all that changes while the judge is trained, by name."""
    return {
        "step": torch.tensor(step),
        "streams": streams_state([stream, torch.default_generator]),
        **adam_state(optimiser),
        **{f"network/{name}": tensor for name, tensor in network.state_dict().items()},
    }


def _restore(state: State, network: JudgeNetwork, optimiser: torch.optim.Adam, stream: torch.Generator) -> int:
    """Continue from a state of ``_state`` and return its step."""
    network.load_state_dict({name: state[f"network/{name}"] for name in network.state_dict()})
    restore_adam(optimiser, state)
    restore_streams([stream, torch.default_generator], state["streams"])
    return int(state["step"])
