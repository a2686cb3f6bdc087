"""Training under any optimiser, over the library's networks and streams; under the default as the library trains."""

import math
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import product
from typing import Literal, NamedTuple

import torch
from torch import Tensor
from torch.optim import Optimizer

from autoencoders.learning.layers import initialise
from autoencoders.learning.networks import AutoencoderNetwork
from autoencoders.learning.schedules import learning_rate_factor, set_learning_rate
from autoencoders.learning.stacked_network import StackedNetwork
from autoencoders.learning.training_loop import CPU, mean_image
from foundation.reproducibility.randomness import torch_stream
from foundation.vocabulary import Initialisation, ProductPrecision, Schedule

OptimiserName = Literal["adam", "adamw", "nadam", "muon"]
ADAPTIVE: dict[str, Callable[..., Optimizer]] = {
    "adam": partial(torch.optim.Adam, fused=True),
    "adamw": partial(torch.optim.AdamW, fused=True),
    "nadam": torch.optim.NAdam,
}


class Setting(NamedTuple):
    """How long and in which way a network is trained; what is not said of an optimiser is as PyTorch has it.

    ``averaged_epochs``: the weights of all updates of so many last epochs are averaged, 0 takes the last ones.
    ``largest_norm``: of each seed's gradient, 0 for any.
    """

    epochs: int
    learning_rate: float
    schedule: Schedule
    batch_size: int
    initialisation: Initialisation
    adam_beta_2: float
    optimiser: OptimiserName = "adam"
    averaged_epochs: int = 0
    largest_norm: float = 0.0


class Matrices:
    """The matrices of each seed as an optimiser of matrices sees them, views into the rows of all seeds."""

    def __init__(self, stacked: StackedNetwork) -> None:
        self.rows = stacked.rows
        self.shapes = {name: one.shape[1:] for name, one in stacked.parameters.items() if one.dim() == 3}
        pairs = product(self.shapes, range(len(next(iter(self.rows.values())))))
        self.views = {(name, seed): self._view(self.rows[name], name, seed) for name, seed in pairs}

    def _view(self, rows: Tensor, name: str, seed: int) -> Tensor:
        shape = self.shapes[name]
        return rows.detach()[seed, : shape.numel()].view(shape)

    def take_gradients(self) -> None:
        """Give every matrix its part of the gradient."""
        for (name, seed), view in self.views.items():
            gradient = self.rows[name].grad
            view.grad = None if gradient is None else self._view(gradient, name, seed)


def build_optimisers(setting: Setting, stacked: StackedNetwork, matrices: Matrices | None) -> list[Optimizer]:
    """Return what makes the updates; Muon those of matrices only, without decay and at Adam's scale, Adam the rest."""
    betas = (0.9, setting.adam_beta_2)
    if matrices is None:
        return [ADAPTIVE[setting.optimiser](list(stacked.rows.values()), lr=0.0, betas=betas)]
    others = [rows for name, rows in stacked.rows.items() if name not in matrices.shapes]
    muon = torch.optim.Muon(list(matrices.views.values()), lr=0.0, weight_decay=0.0, adjust_lr_fn="match_rms_adamw")
    return [muon, ADAPTIVE["adam"](others, lr=0.0, betas=betas)]


def clip(stacked: StackedNetwork, largest_norm: float) -> None:
    """Shrink each seed's gradient to the largest norm where it is longer."""
    gradients = [rows.grad for rows in stacked.rows.values() if rows.grad is not None]
    norms = torch.stack([one.square().sum(1) for one in gradients]).sum(0).sqrt()
    for one in gradients:
        one.mul_((largest_norm / norms).clamp(max=1).unsqueeze(1))


def start(
    setting: Setting, build: Callable[[], AutoencoderNetwork], pixels: Tensor, seeds: Sequence[int]
) -> list[AutoencoderNetwork]:
    """Return the untrained network of each seed."""
    networks = [build() for _ in seeds]
    for seed, network in zip(seeds, networks, strict=True):
        initialise(network, torch_stream(seed, "train/initialisation"))
        if setting.initialisation == "informed":
            network.start_from(mean_image(pixels))
    return networks


def draw_batches(setting: Setting, pixels: Tensor, seeds: Sequence[int]) -> Iterator[Tensor]:
    """Yield the images (n_seeds, batch_size, n_pixels) of all updates; an epoch's last one is filled from its start."""
    streams = [torch_stream(seed, "train/order") for seed in seeds]
    for _ in range(setting.epochs):
        orders = [torch.randperm(len(pixels), generator=one) for one in streams]
        filled = torch.stack([torch.cat([one, one[: -len(pixels) % setting.batch_size]]) for one in orders])
        for indices in filled.split(setting.batch_size, dim=1):
            yield pixels.index_select(0, indices.flatten()).unflatten(0, indices.shape)


def train(
    setting: Setting,
    build: Callable[[], AutoencoderNetwork],
    pixels: Tensor,
    *,
    seeds: Sequence[int],
    precision: ProductPrecision = "float32",
) -> list[AutoencoderNetwork]:
    """Return the network of each seed after its last epoch on images (n, n_pixels)."""
    stacked = StackedNetwork(start(setting, build, pixels, seeds), CPU, precision)
    matrices = Matrices(stacked) if setting.optimiser == "muon" else None
    optimisers = build_optimisers(setting, stacked, matrices)
    noises = [torch_stream(seed, "train/noise") for seed in seeds]
    n_per_epoch = math.ceil(len(pixels) / setting.batch_size)
    n_steps = setting.epochs * n_per_epoch
    first_averaged = n_steps - setting.averaged_epochs * n_per_epoch
    means = {name: rows.detach().clone() for name, rows in stacked.rows.items()}
    for step, images in enumerate(draw_batches(setting, pixels, seeds)):
        terms = stacked.network.loss_terms(stacked(images, stacked.noise(images.shape[1], noises)), images)
        stacked.backward(terms.total(stacked.network.beta).mean(-1).sum())
        if setting.largest_norm:
            clip(stacked, setting.largest_norm)
        if matrices:
            matrices.take_gradients()
        for optimiser in optimisers:
            set_learning_rate(optimiser, setting.learning_rate * learning_rate_factor(setting.schedule, step / n_steps))
            optimiser.step()
        if step >= first_averaged:
            for name, mean in means.items():
                mean.lerp_(stacked.rows[name].detach(), 1 / (step - first_averaged + 1))
    return unstack(stacked, build, means if setting.averaged_epochs else {})


def unstack(
    stacked: StackedNetwork, build: Callable[[], AutoencoderNetwork], means: dict[str, Tensor]
) -> list[AutoencoderNetwork]:
    """Return one network per seed, with averaged weights where there are some."""
    with torch.no_grad():
        for name, mean in means.items():
            stacked.rows[name].copy_(mean)
    networks = []
    for i in range(len(next(iter(stacked.rows.values())))):
        network = build()
        network.load_state_dict({name: one[i].detach() for name, one in stacked.parameters.items()})
        networks.append(network.eval().requires_grad_(requires_grad=False))
    return networks
