"""How a judge learns: real images with their classes, and negatives made of the same batch as a class of their own."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional

from autoencoders.judging.judge import Judge
from autoencoders.judging.negatives import make_negatives
from autoencoders.judging.networks import JudgeNetwork, build_network
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
from autoencoders.learning.shifts import shift_images
from foundation.reproducibility.randomness import torch_stream
from foundation.vocabulary import JudgeName

NEGATIVES_PER_IMAGE = 0.4
BLURRED_SHARE = 0.25  # of the images: whoever rejects what is blurred judges sharpness


@dataclass(frozen=True)
class JudgePlan:
    """How a judge is trained."""

    architecture: JudgeName
    epochs: int
    batch_size: int
    learning_rate: float
    max_shift: int
    seed: int


def blur_images(images: Tensor, generator: torch.Generator) -> Tensor:
    """Return images (n, 1, h, w), each mixed in a random proportion with itself blurred (deviation 1 pixel)."""
    weights = torch.tensor([1.0, 4.0, 6.0, 4.0, 1.0]) / 16
    blurred = functional.conv2d(images, (weights[:, None] * weights)[None, None], padding=2)
    return torch.lerp(images, blurred, torch.rand(len(images), 1, 1, 1, generator=generator))


def initialise(network: JudgeNetwork, generator: torch.Generator) -> None:
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

    Source: Smith & Topin 2019, Super-Convergence (schedule); Hendrycks et al. 2019, Deep Anomaly Detection with Outlier
    Exposure (images of no class in training).
    """
    height, width = images.shape[-2:]
    name = f"judge/{plan.architecture}"
    streams = {
        use: torch_stream(plan.seed, f"{name}/{use}") for use in ("order", "shifts", "blurs", "negatives", "dropout")
    }
    n_steps = plan.epochs * math.ceil(len(images) / plan.batch_size)
    with torch.random.fork_rng(devices=[]):
        network = build_network(plan.architecture, (height, width), n_classes)
        initialise(network, torch_stream(plan.seed, f"{name}/initialisation"))
        optimiser = torch.optim.Adam(network.parameters(), fused=True)
        torch.manual_seed(streams.pop("dropout").initial_seed())  # dropout draws from the global generator
        generators = [*streams.values(), torch.default_generator]
        kept = keeper.kept()
        step = 0 if kept is None else _restore(kept, network, optimiser, generators)
        for epoch in range(1 + step * plan.epochs // n_steps, plan.epochs + 1):
            losses = []
            order = torch.randperm(len(images), generator=streams["order"])
            order = torch.cat(
                [order, order[: -len(order) % plan.batch_size]]
            )  # no batch of one, which has no deviation
            for indices in order.split(plan.batch_size):
                set_learning_rate(optimiser, plan.learning_rate * learning_rate_factor("one_cycle", step / n_steps))
                step += 1
                inputs, targets = present(images[indices], labels[indices], n_classes, plan.max_shift, streams)
                loss = functional.cross_entropy(network(inputs), targets)
                network.zero_grad()
                loss.backward()
                optimiser.step()
                losses.append(loss.item())
            refuse_divergence(epoch, {plan.seed: losses})
            on_epoch(epoch)
            keeper.keep(partial(_state, network, optimiser, generators, step))
    return Judge(network)


def present(
    images: Tensor, labels: Tensor, n_classes: int, max_shift: int, streams: Mapping[str, torch.Generator]
) -> tuple[Tensor, Tensor]:
    """Return inputs and classes of a batch: its images shifted, some of them blurred, and negatives made of them."""
    n_blurred = round(BLURRED_SHARE * len(images))
    shifted = shift_images(images, max_shift, streams["shifts"])
    shown = torch.cat([blur_images(shifted[:n_blurred], streams["blurs"]), shifted[n_blurred:]])
    negatives = make_negatives(shown, labels, round(NEGATIVES_PER_IMAGE * len(images)), streams["negatives"])
    return torch.cat([shown, negatives]), torch.cat([labels, labels.new_full((len(negatives),), n_classes)])


def _state(
    network: JudgeNetwork, optimiser: torch.optim.Adam, generators: Sequence[torch.Generator], step: int
) -> State:
    """Return all that changes while a judge is trained, by name."""
    return {
        "step": torch.tensor(step),
        "streams": streams_state(generators),
        **adam_state(optimiser),
        **{f"network/{name}": tensor for name, tensor in network.state_dict().items()},
    }


def _restore(
    state: State, network: JudgeNetwork, optimiser: torch.optim.Adam, generators: Sequence[torch.Generator]
) -> int:
    """Continue from a state of ``_state`` and return its step."""
    network.load_state_dict({name: state[f"network/{name}"] for name in network.state_dict()})
    restore_adam(optimiser, state)
    restore_streams(generators, state["streams"])
    return int(state["step"])
