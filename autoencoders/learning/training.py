"""Training of many seeds at once: seeds are a batch dimension, the module is written for one model.

One module with stacked parameters runs all seeds: its layers are batched matrix products. (``torch.func.vmap``
over a module of one seed gives the same numbers; its bookkeeping costs 2.5 of 17 ms a step on two cores.) Each
seed has its own streams for initialisation, order and noise, and no operation mixes seeds, so a seed's weights are the
same bytes whichever other seeds are trained beside it. That holds for any latent dimension where images, hidden layers
and batches have multiples of 16 entries, so that every seed's block starts on a cache line. (On a processor; a GPU may
choose other products for another number of seeds.) Knows no file and no clock; progress goes to a callback, the state
of a run after each epoch to a keeper, and a run continues from a kept state with the same bytes.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import NamedTuple

import torch
from torch import Tensor

from autoencoders.learning.adam import BETA_2, Adam
from autoencoders.learning.device_steps import Step, is_graphed, step_of
from autoencoders.learning.mixed_precision import alone
from autoencoders.learning.networks import AutoencoderNetwork, initialise
from autoencoders.learning.records import EpochRecord, refuse_divergence
from autoencoders.learning.resumption import FORGETFUL, Keeper, State, restore_streams, streams_state
from autoencoders.learning.schedules import learning_rate_factor
from autoencoders.learning.stacked_network import StackedNetwork
from autoencoders.reproducibility.randomness import torch_stream
from autoencoders.vocabulary import Initialisation, ProductPrecision, Schedule

CPU = torch.device("cpu")
MEAN_BATCH = 1000  # images summed in single precision
VALIDATION_BATCH = 2000  # images at a time on another device than the CPU: bounds memory


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
    drawn = torch.rand(images.shape, generator=generator, device=images.device).lt_(images)
    return Presentation(drawn, drawn)


@dataclass(frozen=True)
class TrainingPlan:
    """How long and how fast to train; the same for every seed of a cell.

    ``initialisation`` "informed" has networks start from what the training images are on average.
    ``precision`` is that of the factors of an update's products; validation, weights and sums are always float32's.
    """

    epochs: int
    batch_size: int
    learning_rate: float
    schedule: Schedule
    beta: float = 1.0
    initialisation: Initialisation = "he"
    adam_beta_2: float = BETA_2
    precision: ProductPrecision = "float32"


class _Streams(NamedTuple):
    """The random streams of one seed's training."""

    order: torch.Generator
    noise: torch.Generator
    presentation: torch.Generator

    @classmethod
    def of(cls, seed: int, name: str, device: torch.device) -> "_Streams":
        return cls(*(torch_stream(seed, f"{name}/{part}", device) for part in ("order", "noise", "presentation")))


def initial_network(build: Callable[[], AutoencoderNetwork], seed: int, name: str) -> AutoencoderNetwork:
    """Return a freshly initialised network; ``name`` and ``seed`` select the stream of its weights."""
    network = build()
    initialise(network, torch_stream(seed, f"{name}/initialisation"))
    return network


def mean_image(pixels: Tensor) -> Tensor:
    """Return the mean (n_pixels,) of images (n, n_pixels); sums of parts, rounded once, keep the last bit firm."""
    parts = [part.sum(0) for part in pixels.split(MEAN_BATCH)]
    return (torch.stack(parts).sum(0, dtype=torch.float64) / len(pixels)).float()


def train(  # noqa: PLR0913 -- data, plan, seeds, device, and four optional hooks
    build: Callable[[], AutoencoderNetwork],
    pixels: Tensor,
    *,
    plan: TrainingPlan,
    seeds: Sequence[int],
    validation: Tensor | None = None,
    present: Present = present_unchanged,
    on_epoch: Callable[[int], None] = lambda epoch: None,
    keeper: Keeper = FORGETFUL,
    device: torch.device = CPU,
) -> tuple[list[AutoencoderNetwork], list[EpochRecord]]:
    """Return one trained network per seed and the records of all epochs.

    Weights are those of the epoch with the lowest validation loss (reconstruction + beta * KL, one noise
    sample an image); without validation images those of the last epoch.

    Args:
        build: Makes an untrained network; its weights are drawn anew for each seed.
        pixels: Training images, (n, n_pixels) float32 in [0, 1].
        plan: Length, batch size, learning rate, beta and precision.
        seeds: One network each; distinct.
        validation: Images, (m, n_pixels), for choosing the epoch.
        present: Makes input and target of a batch, with a generator of its own for each seed.
        on_epoch: Called with the number of finished epochs.
        keeper: Gets the state after each epoch and gives the one to continue from; the result is the same bytes.
        device: Where images lie and all is computed but the first weights, which are drawn on the CPU. The networks
            returned and the states kept are on the CPU.

    Raises:
        FloatingPointError: if a loss is no finite number; what was kept before stays.
    """
    # With one seed and one code dimension the matrix products take another path, last bits included: two rows always.
    stacked_seeds = [*seeds, *seeds] if len(seeds) == 1 and build().latent_dim == 1 else seeds
    held_out = None if validation is None else validation.to(device)
    run = _Run(build, pixels.to(device), plan=plan, seeds=stacked_seeds, validation=held_out, present=present)
    step = step_of(run.update, run.device)
    state = keeper.kept()
    if state is not None:
        run.restore(state)
        on_epoch(run.n_finished)
    for epoch in range(run.n_finished + 1, plan.epochs + 1):
        with alone(plan.precision):
            records = run.epoch(epoch, step)
        refuse_divergence(records, is_validated=validation is not None)
        run.records += records
        on_epoch(epoch)
        keeper.keep(run.state)
    return run.selected_networks()[: len(seeds)], run.records_of_first(len(seeds))


class _Run:
    """State of one call to ``train``, on the device of the images."""

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
        self.validation, self.present, self.device = validation, present, pixels.device
        initial = [initial_network(build, seed, "train") for seed in self.seeds]
        if plan.initialisation == "informed":
            mean = mean_image(pixels.cpu())
            for network in initial:
                network.start_from(mean)
        self.stacked = StackedNetwork(initial, self.device, plan.precision)
        self.streams = [_Streams.of(seed, "train", self.device) for seed in self.seeds]
        self.optimiser = Adam(self.stacked.rows.values(), beta_2=plan.adam_beta_2, is_captured=is_graphed(self.device))
        self.sums = self._no_sums()
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
        """Return all that changes during a run, by name, on the CPU; there the tensors are the run's own."""
        state = {
            "step": torch.tensor(self.step),
            "best_loss": self.best_loss,
            "records": torch.tensor([record[1:] for record in self.records], dtype=torch.float64),
            "streams": streams_state(self._generators),
            **self.optimiser.state(),
            **{f"rows/{name}": rows.detach() for name, rows in self.stacked.rows.items()},
            **{f"best/{name}": tensor for name, tensor in self.best.items()},
        }
        return {name: tensor.cpu() for name, tensor in state.items()}

    @torch.no_grad()
    def restore(self, state: State) -> None:
        """Continue from the state of a run of the same plan, seeds and images."""
        for name, rows in self.stacked.rows.items():
            rows.copy_(state[f"rows/{name}"])
        self.step, self.best_loss = int(state["step"]), state["best_loss"].clone()
        kept = zip(cycle(self.seeds), state["records"].tolist(), strict=False)
        self.records = [EpochRecord._make([seed, int(row[0]), *row[1:-1], bool(row[-1])]) for seed, row in kept]
        restore_streams(self._generators, state["streams"])
        self.optimiser.restore(state)
        for name, tensor in self.best.items():
            tensor.copy_(state[f"best/{name}"])

    def epoch(self, epoch: int, step: Step) -> list[EpochRecord]:
        """Train one epoch with ``update`` or what was made of it, and return one record per seed.

        Between the first step and the means nothing waits for the device, but for the capture of a graph.
        """
        order = torch.stack([self._order(streams.order) for streams in self.streams])
        self.sums.zero_()
        for indices in order.split(self.batch_size, dim=1):
            self.optimiser.set_learning_rate(self._learning_rate())
            self.step += 1
            images = self.pixels.index_select(0, indices.flatten())  # less than half the time of [indices]
            step(*self._batch(images.unflatten(0, indices.shape)))
        train_means = (self.sums / order.shape[1]).cpu()
        validation_means = self._validate().cpu()
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

    def _no_sums(self) -> Tensor:
        """Return zeros for the sums of both parts of the loss, (2, n_seeds)."""
        return torch.zeros(2, len(self.seeds), dtype=torch.float64, device=self.device)

    def _order(self, generator: torch.Generator) -> Tensor:
        """Return a random order of the images in whole batches: the last one is filled from the order's start.

        Whole batches keep the vectorised kernels' remainders, and so the last bits, the same for any number of seeds.
        """
        order = torch.randperm(len(self.pixels), generator=generator, device=self.device)
        return torch.cat([order, order[: -len(order) % self.batch_size]])

    def _learning_rate(self) -> float:
        return self.plan.learning_rate * learning_rate_factor(self.plan.schedule, self.step / self.n_steps)

    def _batch(self, images: Tensor) -> tuple[Tensor, ...]:
        """Return what is drawn for one update with images (n_seeds, n, n_pixels): inputs, targets and noise if any."""
        inputs, targets = self._presented(images, [streams.presentation for streams in self.streams])
        noise = self.stacked.noise(images.shape[1], [streams.noise for streams in self.streams])
        return (inputs, targets) if noise is None else (inputs, targets, noise)

    def update(self, inputs: Tensor, targets: Tensor, noise: Tensor | None = None) -> None:
        """Make one step of the optimiser and add the batch's losses to the sums."""
        terms = self.stacked.network.loss_terms(self.stacked(inputs, noise), targets)
        self.stacked.backward(terms.total(self.plan.beta).mean(-1).sum())
        self.optimiser.step()
        self.sums += torch.stack([part.detach().sum(-1) for part in terms])

    def _presented(self, images: Tensor, generators: Sequence[torch.Generator]) -> Presentation:
        """Return inputs and targets (n_seeds, n, n_pixels) of images of the same shape."""
        if self.present is present_unchanged:
            return Presentation(images, images)
        made = [self.present(batch, generator) for batch, generator in zip(images, generators, strict=True)]
        return Presentation(torch.stack([one.inputs for one in made]), torch.stack([one.targets for one in made]))

    @torch.no_grad()
    def _validate(self) -> Tensor:
        if self.validation is None:
            return torch.full_like(self.sums, math.nan)
        streams = [torch_stream(seed, "train/validation", self.device) for seed in self.seeds]
        sums = self._no_sums()
        for part in self.validation.split(len(self.validation) if self.device == CPU else VALIDATION_BATCH):
            inputs, targets = self._presented(part.expand(len(self.seeds), *part.shape), streams)
            terms = self.stacked.network.loss_terms(
                self.stacked(inputs, self.stacked.noise(len(part), streams)), targets
            )
            sums += torch.stack([losses.double().sum(-1) for losses in terms])
        return sums / len(self.validation)

    @torch.no_grad()
    def _select(self, validation_means: Tensor) -> Tensor:
        """Keep the weights of the seeds whose validation loss is the lowest so far."""
        loss = (validation_means[0] + self.plan.beta * validation_means[1]).float()
        is_best_so_far = ~(loss >= self.best_loss)  # true for nan: without validation the last epoch counts
        self.best_loss = torch.where(is_best_so_far, loss, self.best_loss)
        chosen = is_best_so_far.to(self.device)
        for name, tensor in self.stacked.parameters.items():
            self.best[name][chosen] = tensor.detach()[chosen]
        return is_best_so_far

    def selected_networks(self) -> list[AutoencoderNetwork]:
        """Return one network per seed with its selected weights."""
        networks = []
        for i in range(len(self.seeds)):
            network = self.build()
            network.load_state_dict({name: tensor[i] for name, tensor in self.best.items()})
            networks.append(network.eval().requires_grad_(requires_grad=False))
        return networks
