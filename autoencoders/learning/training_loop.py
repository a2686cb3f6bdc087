"""Training of many seeds at once: seeds are a batch dimension, the module is written for one model.

One module with stacked parameters runs all seeds: its layers are batched matrix multiplications. Each seed has its own
streams for initialisation, order and noise, and no operation mixes seeds, so a seed's weights are the same bytes
whichever other seeds are trained with it. That holds for any latent dimension where images, hidden layers and batches
have multiples of 16 entries, so that every seed's block starts on a cache line. (A GPU may multiply in another way for
another number of seeds, and so may a processor's matrix units, AMX, in bfloat16 on several threads.)

Knows no file and no clock: progress goes to a callback, the state of a run after each epoch to a keeper, and a run
continues from a kept state with the same bytes.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor

from autoencoders.learning.device_steps import Step, is_graphed, step_of
from autoencoders.learning.layers import initialise
from autoencoders.learning.networks import AutoencoderNetwork, LossTerms
from autoencoders.learning.records import EpochRecord, refuse_divergence
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
from autoencoders.learning.stacked_network import StackedNetwork
from foundation.reproducibility.randomness import torch_stream
from foundation.vocabulary import Initialisation, ProductPrecision, Schedule

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


@dataclass(eq=False, kw_only=True)
class TrainingPlan:
    """How long and how fast to train; the same for every seed. An estimator is a plan, too.

    ``initialisation`` "informed" has networks start from what the training images are on average.
    """

    epochs: int = 20
    batch_size: int = 128
    learning_rate: float = 0.004
    schedule: Schedule = "linear"
    initialisation: Initialisation = "informed"
    adam_beta_2: float = 0.99


def mean_image(pixels: Tensor) -> Tensor:
    """Return the mean (n_pixels,) of images (n, n_pixels); sums of parts, rounded once, keep the last bit firm."""
    parts = [part.sum(0) for part in pixels.split(MEAN_BATCH)]
    return (torch.stack(parts).sum(0, dtype=torch.float64) / len(pixels)).float()


def train(  # noqa: PLR0913 -- data, plan, seeds, device, and optional hooks
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
    precision: ProductPrecision = "float32",
) -> tuple[list[AutoencoderNetwork], list[EpochRecord]]:
    """Return one trained network per seed and the records of all epochs.

    Weights are those of the epoch with the lowest validation loss (reconstruction + beta * regularisation, one
    noise sample per image); without validation images those of the last epoch.

    ``build`` makes an untrained network; weights are drawn anew for each seed, on the CPU. ``pixels`` (n, n_pixels)
    and ``validation`` (m, n_pixels) are float32 in [0, 1]. The other arguments are those of ``estimators.fit_seeds``.

    Raises:
        FloatingPointError: if a loss is no finite number; what was kept before stays.
    """
    # One seed with one code dimension would be multiplied in another way, last bits included: two seeds always.
    stacked_seeds = [*seeds, *seeds] if len(seeds) == 1 and build().latent_dim == 1 else seeds
    held_out = None if validation is None else validation.to(device)
    run = _Run(
        build, pixels.to(device), plan=plan, seeds=stacked_seeds, validation=held_out, present=present,
        precision=precision,
    )  # fmt: skip
    step = step_of(run.update, run.device)
    state = keeper.kept()
    if state is not None:
        run.restore(state)
        on_epoch(len(run.records))
    for epoch in range(len(run.records) + 1, plan.epochs + 1):
        records = run.epoch(epoch, step)
        refuse_divergence(epoch, {one.seed: one.losses(is_validated=validation is not None) for one in records})
        run.records.append(records)
        on_epoch(epoch)
        keeper.keep(run.state)
    return run.selected_networks()[: len(seeds)], [one for records in run.records for one in records[: len(seeds)]]


class _Run:
    """State of one call to ``train``, on the device of the images."""

    def __init__(  # noqa: PLR0913 -- what train is given
        self, build: Callable[[], AutoencoderNetwork], pixels: Tensor, *, plan: TrainingPlan, seeds: Sequence[int],
        validation: Tensor | None, present: Present, precision: ProductPrecision = "float32",
    ) -> None:  # fmt: skip
        self.build, self.pixels, self.plan, self.seeds = build, pixels, plan, list(seeds)
        self.validation, self.present, self.device = validation, present, pixels.device
        initial = [build() for _ in self.seeds]
        for seed, network in zip(self.seeds, initial, strict=True):
            initialise(network, torch_stream(seed, "train/initialisation"))
        if plan.initialisation == "informed":
            mean = mean_image(pixels.cpu())
            for network in initial:
                network.start_from(mean)
        self.stacked = StackedNetwork(initial, self.device, precision)
        self.streams = {
            name: [torch_stream(seed, f"train/{name}", self.device) for seed in self.seeds]
            for name in ("order", "noise", "presentation")
        }
        is_captured = is_graphed(self.device)  # a graph reads the learning rate where it stood at the capture
        self.optimiser = torch.optim.Adam(
            self._parameter_groups(),
            lr=torch.zeros((), device=self.device) if is_captured else 0.0,
            betas=(0.9, plan.adam_beta_2),
            fused=True,
            capturable=is_captured,
        )
        self.sums = torch.zeros(2, len(self.seeds), dtype=torch.float64, device=self.device)  # of the LossTerms
        self.batch_size = min(plan.batch_size, len(pixels))
        self.n_steps = plan.epochs * math.ceil(len(pixels) / self.batch_size)
        self.step = 0
        self.best_loss = torch.full((len(self.seeds),), math.inf)
        self.best = {name: tensor.detach().clone() for name, tensor in self.stacked.parameters.items()}
        self.records: list[list[EpochRecord]] = []  # by epoch and seed

    def _parameter_groups(self) -> list[dict[str, Any]]:
        """Return the parameters, those apart whose gradient has a decay added, which is that of half their square."""
        rows, decay = self.stacked.rows, self.stacked.network.decoder_decay
        decayed = [name for name in rows if decay and name.startswith("decoder.") and name.endswith(".weight")]
        groups = [{"params": [rows[name] for name in rows if name not in decayed]}]
        return [*groups, {"params": [rows[name] for name in decayed], "weight_decay": decay}] if decayed else groups

    @property
    def _generators(self) -> list[torch.Generator]:
        return [generator for generators in self.streams.values() for generator in generators]

    def state(self) -> State:
        """Return all that changes during a run, by name, on the CPU; there the tensors are the run's own."""
        state = {
            "step": torch.tensor(self.step),
            "best_loss": self.best_loss,
            "records": torch.tensor([[one[1:] for one in epoch] for epoch in self.records], dtype=torch.float64),
            "streams": streams_state(self._generators),
            **adam_state(self.optimiser),
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
        for rows in state["records"].tolist():
            kept = zip(self.seeds, rows, strict=True)
            self.records.append([EpochRecord._make([s, int(row[0]), *row[1:-1], bool(row[-1])]) for s, row in kept])
        restore_streams(self._generators, state["streams"])
        restore_adam(self.optimiser, state)
        for name, tensor in self.best.items():
            tensor.copy_(state[f"best/{name}"])

    def epoch(self, epoch: int, step: Step) -> list[EpochRecord]:
        """Train one epoch with ``update`` or what was made of it, and return one record per seed.

        Between the first step and the means nothing waits for the device, but for the capture of a graph.
        """
        order = torch.stack([self._order(stream) for stream in self.streams["order"]])
        self.sums.zero_()
        for indices in order.split(self.batch_size, dim=1):
            set_learning_rate(self.optimiser, self._learning_rate())
            self.step += 1
            images = self.pixels.index_select(0, indices.flatten())  # less than half the time of [indices]
            step(*self._batch(images.unflatten(0, indices.shape)))
        train_means = (self.sums / order.shape[1]).cpu()
        validation_means = self._validate().cpu()
        is_best_so_far = self._select(validation_means)
        means = torch.cat([train_means, validation_means]).T.tolist()
        rows = zip(self.seeds, means, is_best_so_far.tolist(), strict=True)
        return [EpochRecord._make([seed, epoch, self._learning_rate(), *row, is_best]) for seed, row, is_best in rows]

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
        inputs, targets = self._presented(images, self.streams["presentation"])
        noise = self.stacked.noise(images.shape[1], self.streams["noise"])
        return (inputs, targets) if noise is None else (inputs, targets, noise)

    def update(self, inputs: Tensor, targets: Tensor, noise: Tensor | None = None) -> None:
        """Make one step of the optimiser and add the batch's losses to the sums."""
        terms = self.stacked.network.loss_terms(self.stacked(inputs, noise), targets)
        self.stacked.backward(terms.total(self.stacked.network.beta).mean(-1).sum())
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
        sums = torch.zeros_like(self.sums)
        for part in self.validation.split(len(self.validation) if self.device == CPU else VALIDATION_BATCH):
            inputs, targets = self._presented(part.expand(len(self.seeds), *part.shape), streams)
            output = self.stacked(inputs, self.stacked.noise(len(part), streams))
            terms = self.stacked.network.loss_terms(output, targets)
            sums += torch.stack([losses.double().sum(-1) for losses in terms])
        return sums / len(self.validation)

    @torch.no_grad()
    def _select(self, validation_means: Tensor) -> Tensor:
        """Keep the weights of the seeds whose validation loss is the lowest so far."""
        loss = LossTerms(*validation_means).total(self.stacked.network.beta).float()
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
