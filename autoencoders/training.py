"""Training of many seeds at once: seeds are a batch dimension, the module is written for one model.

One module with stacked parameters runs all seeds: its layers are batched matrix products. (``torch.func.vmap``
over a module of one seed gives the same numbers; its bookkeeping costs 2.5 of 17 ms a step on two cores.) Each
seed has its own streams for initialisation, order and noise, and no operation mixes seeds, so a seed's weights are the
same bytes whichever other seeds are trained beside it. That holds for any latent dimension where images, hidden layers
and batches have multiples of 16 entries, so that every seed's block starts on a cache line. Knows no file and no clock;
progress goes to a callback, the state of a run after each epoch to a keeper, and a run continues from a kept state
with the same bytes.
"""

import copy
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate, cycle
from typing import NamedTuple

import torch
from torch import Tensor

from autoencoders.networks import AutoencoderNetwork, LossTerms, Output, initialise
from autoencoders.randomness import torch_stream
from autoencoders.resumption import FORGETFUL, Keeper, State, moments, restore_moments, restore_streams, streams_state
from autoencoders.schedules import learning_rate_factor
from autoencoders.vocabulary import Schedule

ALIGNMENT = 16  # float32 numbers: one cache line


class Presentation(NamedTuple):
    """What a network sees of images and what it must reproduce, both (..., n_pixels)."""

    inputs: Tensor
    targets: Tensor


Present = Callable[[Tensor, torch.Generator], Presentation]


def present_unchanged(images: Tensor, generator: torch.Generator) -> Presentation:  # noqa: ARG001 -- a Present
    """Return the images as input and as target."""
    return Presentation(images, images)


def present_binarised(images: Tensor, generator: torch.Generator) -> Presentation:
    """Return images whose pixels are drawn anew as 0 or 1, 1 with the grey value as probability, as input and target.

    Source: Salakhutdinov & Murray 2008, On the Quantitative Analysis of Deep Belief Networks, section 6.2.
    """
    drawn = (torch.rand(images.shape, generator=generator) < images).to(images.dtype)
    return Presentation(drawn, drawn)


@dataclass(frozen=True)
class TrainingPlan:
    """How long and how fast to train; the same for every seed of a cell."""

    epochs: int
    batch_size: int
    learning_rate: float
    schedule: Schedule
    beta: float = 1.0


class EpochRecord(NamedTuple):
    """One seed's means over one epoch, in nats per image (validation: once, after the epoch)."""

    seed: int
    epoch: int
    learning_rate: float
    train_reconstruction: float
    train_kl: float
    validation_reconstruction: float
    validation_kl: float
    is_best_so_far: bool


class StackedNetwork:
    """All seeds of one network side by side: parameters gain a leading axis of length n_seeds.

    The parameters are views into one buffer (n_seeds, n_padded), their gradients into another, so that
    the optimiser makes one pass. Each parameter starts at a multiple of ALIGNMENT numbers: vectorised
    kernels treat a remainder differently in the last bit, and alignment keeps that remainder at the
    same place however many seeds there are.
    """

    def __init__(self, networks: Sequence[AutoencoderNetwork]) -> None:
        self.network = copy.deepcopy(networks[0])
        shapes = {name: parameter.shape for name, parameter in self.network.named_parameters()}
        padded = [ALIGNMENT * math.ceil(shape.numel() / ALIGNMENT) for shape in shapes.values()]
        self.buffer = torch.zeros(len(networks), sum(padded))
        self.buffer.grad = torch.zeros_like(self.buffer)
        self.parameters: dict[str, Tensor] = {}
        self.gradients: dict[str, Tensor] = {}
        starts = accumulate(padded, initial=0)
        for (name, shape), start in zip(shapes.items(), starts, strict=False):
            here = slice(start, start + shape.numel())
            view = self.buffer[:, here].view(len(networks), *shape)
            view.copy_(torch.stack([network.get_parameter(name).detach() for network in networks]))
            self.parameters[name] = view.requires_grad_()
            self.gradients[name] = self.buffer.grad[:, here].view(len(networks), *shape)
            module, _, leaf = name.rpartition(".")
            layer = self.network.get_submodule(module)
            delattr(layer, leaf)
            setattr(layer, leaf, view)

    def __call__(self, pixels: Tensor, noise: Tensor | None) -> Output:
        """Return the outputs for pixels (n_seeds, n, n_pixels) and noise (n_seeds, n, latent_dim) or None."""
        output: Output = self.network(pixels, noise)
        return output

    def backward(self, loss: Tensor) -> None:
        """Write the gradient of a scalar loss into the buffer's gradient."""
        gradients = torch.autograd.grad(loss, list(self.parameters.values()))
        for target, gradient in zip(self.gradients.values(), gradients, strict=True):
            target.copy_(gradient)

    def noise(self, n_images: int, generators: Sequence[torch.Generator]) -> Tensor | None:
        """Return N(0, I) draws (n_seeds, n_images, latent_dim), one generator a seed; None for a plain AE."""
        if not self.network.is_variational:
            return None
        shape = (n_images, self.network.latent_dim)
        return torch.stack([torch.randn(shape, generator=generator) for generator in generators])


class _Streams(NamedTuple):
    """The random streams of one seed's training."""

    order: torch.Generator
    noise: torch.Generator
    presentation: torch.Generator

    @classmethod
    def of(cls, seed: int, name: str) -> "_Streams":
        return cls(*(torch_stream(seed, f"{name}/{part}") for part in ("order", "noise", "presentation")))


def initial_network(build: Callable[[], AutoencoderNetwork], seed: int, name: str) -> AutoencoderNetwork:
    """Return a freshly initialised network; ``name`` and ``seed`` select the stream of its weights."""
    network = build()
    initialise(network, torch_stream(seed, f"{name}/initialisation"))
    return network


def train(  # noqa: PLR0913 -- data, plan, seeds, and four optional hooks
    build: Callable[[], AutoencoderNetwork],
    pixels: Tensor,
    *,
    plan: TrainingPlan,
    seeds: Sequence[int],
    validation: Tensor | None = None,
    present: Present = present_unchanged,
    on_epoch: Callable[[int], None] = lambda epoch: None,
    keeper: Keeper = FORGETFUL,
) -> tuple[list[AutoencoderNetwork], list[EpochRecord]]:
    """Return one trained network per seed and the records of all epochs.

    Weights are those of the epoch with the lowest validation loss (reconstruction + beta * KL, one noise
    sample an image); without validation images those of the last epoch.

    Args:
        build: Makes an untrained network; its weights are drawn anew for each seed.
        pixels: Training images, (n, n_pixels) float32 in [0, 1].
        plan: Length, batch size, learning rate and beta.
        seeds: One network each; distinct.
        validation: Images, (m, n_pixels), for choosing the epoch.
        present: Makes input and target of a batch, with a generator of its own for each seed.
        on_epoch: Called with the number of finished epochs.
        keeper: Gets the state after each epoch and gives the one to continue from; the result is the same bytes.
    """
    # With one seed and one code dimension the matrix products take another path, last bits included: two rows always.
    stacked_seeds = [*seeds, *seeds] if len(seeds) == 1 and build().latent_dim == 1 else seeds
    run = _Run(build, pixels, plan=plan, seeds=stacked_seeds, validation=validation, present=present)
    state = keeper.kept()
    if state is not None:
        run.restore(state)
        on_epoch(run.n_finished)
    for epoch in range(run.n_finished + 1, plan.epochs + 1):
        run.records += run.epoch(epoch)
        on_epoch(epoch)
        keeper.keep(run.state)
    return run.selected_networks()[: len(seeds)], run.records_of_first(len(seeds))


class _Run:
    """State of one call to ``train``."""

    def __init__(
        self,
        build: Callable[[], AutoencoderNetwork],
        pixels: Tensor,
        *,
        plan: TrainingPlan,
        seeds: Sequence[int],
        validation: Tensor | None,
        present: Present,
    ) -> None:
        self.build, self.pixels, self.plan, self.seeds = build, pixels, plan, list(seeds)
        self.validation, self.present = validation, present
        self.stacked = StackedNetwork([initial_network(build, seed, "train") for seed in self.seeds])
        self.streams = [_Streams.of(seed, "train") for seed in self.seeds]
        self.optimiser = torch.optim.Adam([self.stacked.buffer], lr=plan.learning_rate, fused=True)
        self.batch_size = min(plan.batch_size, len(pixels))
        self.n_steps = plan.epochs * math.ceil(len(pixels) / self.batch_size)
        self.step = 0
        self.best_loss = torch.full((len(self.seeds),), math.inf)
        self.best = {name: tensor.detach().clone() for name, tensor in self.stacked.parameters.items()}
        self.records: list[EpochRecord] = []

    @property
    def n_finished(self) -> int:
        """The number of finished epochs."""
        return len(self.records) // len(self.seeds)

    def records_of_first(self, n_seeds: int) -> list[EpochRecord]:
        """Return the records of the first n_seeds seeds of the stack, epoch by epoch."""
        return [record for i, record in enumerate(self.records) if i % len(self.seeds) < n_seeds]

    @property
    def _generators(self) -> list[torch.Generator]:
        return [generator for streams in self.streams for generator in streams]

    def state(self) -> State:
        """Return all that changes during a run, by name; the tensors are the run's own."""
        return {
            "buffer": self.stacked.buffer.detach(),
            "step": torch.tensor(self.step),
            "best_loss": self.best_loss,
            "records": torch.tensor([record[1:] for record in self.records], dtype=torch.float64),
            "streams": streams_state(self._generators),
            **moments(self.optimiser),
            **{f"best/{name}": tensor for name, tensor in self.best.items()},
        }

    @torch.no_grad()
    def restore(self, state: State) -> None:
        """Continue from the state of a run of the same plan, seeds and images."""
        self.stacked.buffer.copy_(state["buffer"])
        self.step, self.best_loss = int(state["step"]), state["best_loss"].clone()
        rows = zip(cycle(self.seeds), state["records"].tolist(), strict=False)
        self.records = [EpochRecord._make([seed, int(row[0]), *row[1:-1], bool(row[-1])]) for seed, row in rows]
        restore_streams(self._generators, state["streams"])
        restore_moments(self.optimiser, state)
        for name, tensor in self.best.items():
            tensor.copy_(state[f"best/{name}"])

    def epoch(self, epoch: int) -> list[EpochRecord]:
        """Train one epoch and return one record per seed."""
        order = torch.stack([self._order(streams.order) for streams in self.streams])
        sums = torch.zeros(2, len(self.seeds), dtype=torch.float64)
        for indices in order.split(self.batch_size, dim=1):
            terms = self._update(self.pixels[indices])
            sums += torch.stack([part.detach().sum(-1) for part in terms])
        train_means = sums / order.shape[1]
        validation_means = self._validate()
        is_best_so_far = self._select(validation_means)
        return [
            EpochRecord(
                seed,
                epoch,
                self._learning_rate(),
                train_means[0, i].item(),
                train_means[1, i].item(),
                validation_means[0, i].item(),
                validation_means[1, i].item(),
                bool(is_best_so_far[i]),
            )
            for i, seed in enumerate(self.seeds)
        ]

    def _order(self, generator: torch.Generator) -> Tensor:
        """Return a random order of the images in whole batches: the last one is filled from the order's start.

        Whole batches keep the vectorised kernels' remainders, and so the last bits, the same for any number of seeds.
        """
        order = torch.randperm(len(self.pixels), generator=generator)
        return torch.cat([order, order[: -len(order) % self.batch_size]])

    def _learning_rate(self) -> float:
        return self.plan.learning_rate * learning_rate_factor(self.plan.schedule, self.step / self.n_steps)

    def _update(self, images: Tensor) -> LossTerms:
        for group in self.optimiser.param_groups:
            group["lr"] = self._learning_rate()
        self.step += 1
        inputs, targets = self._presented(images, [s.presentation for s in self.streams])
        output = self.stacked(inputs, self.stacked.noise(images.shape[1], [s.noise for s in self.streams]))
        terms = self.stacked.network.loss_terms(output, targets)
        self.stacked.backward(terms.total(self.plan.beta).mean(-1).sum())
        self.optimiser.step()
        return terms

    def _presented(self, images: Tensor, generators: Sequence[torch.Generator]) -> Presentation:
        """Return inputs and targets (n_seeds, n, n_pixels) of images of the same shape."""
        if self.present is present_unchanged:
            return Presentation(images, images)
        made = [self.present(batch, generator) for batch, generator in zip(images, generators, strict=True)]
        return Presentation(torch.stack([one.inputs for one in made]), torch.stack([one.targets for one in made]))

    @torch.no_grad()
    def _validate(self) -> Tensor:
        if self.validation is None:
            return torch.full((2, len(self.seeds)), math.nan, dtype=torch.float64)
        streams = [torch_stream(seed, "train/validation") for seed in self.seeds]
        images = self.validation.expand(len(self.seeds), *self.validation.shape)
        inputs, targets = self._presented(images, streams)
        output = self.stacked(inputs, self.stacked.noise(len(self.validation), streams))
        terms = self.stacked.network.loss_terms(output, targets)
        return torch.stack([part.double().mean(-1) for part in terms])

    @torch.no_grad()
    def _select(self, validation_means: Tensor) -> Tensor:
        """Keep the weights of the seeds whose validation loss is the lowest so far."""
        loss = (validation_means[0] + self.plan.beta * validation_means[1]).float()
        is_best_so_far = ~(loss >= self.best_loss)  # true for nan: without validation the last epoch counts
        self.best_loss = torch.where(is_best_so_far, loss, self.best_loss)
        for name, tensor in self.stacked.parameters.items():
            self.best[name][is_best_so_far] = tensor.detach()[is_best_so_far]
        return is_best_so_far

    def selected_networks(self) -> list[AutoencoderNetwork]:
        """Return one network per seed with its selected weights."""
        networks = []
        for i in range(len(self.seeds)):
            network = self.build()
            network.load_state_dict({name: tensor[i] for name, tensor in self.best.items()})
            networks.append(network.eval().requires_grad_(requires_grad=False))
        return networks
