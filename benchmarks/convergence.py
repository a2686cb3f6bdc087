"""Seconds to converged quality: ``python -m benchmarks.convergence``, the table convergence.csv.

Converged is an AE whose reconstruction, and a VAE whose bound, on test images is within 3 % of what 200 epochs of this
study's training reach, on average over four seeds (the first rows of the table). This study, Pythae and a textbook loop
train the same layers on the same loss. The learning rate of each comes from the same seven, its number of epochs is
the smallest of the same grid that reaches, on validation images, what 200 epochs reach within 2.5 %: half a percent is
kept for other seeds and images. Pythae takes the choice of the textbook loop, which runs the same algorithm: Adam at a
constant rate from PyTorch's first weights. The last epoch of both counts. Then all train in turns and
are measured on test images, with all seconds of the training. All multiply in float32, this study's too, which by
default may use bfloat16 (``benchmarks.precision``).

160 minutes of training on two idle cores. Rows are written after each learning rate; a second start goes on with what
is missing.
"""

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing
from itertools import product
from math import isfinite
from statistics import mean, median
from typing import NamedTuple

import torch

from autoencoders.arrays import Rows
from benchmarks.machine import BenchmarkError, run
from benchmarks.peer import prepare_interpreter
from benchmarks.rows import Row, grow_table, select
from benchmarks.settings import (
    CONVERGENCE_PATH,
    MODELS,
    STUDY_SEEDS,
    Images,
    build_estimator,
    load_images,
    plan_of_training,
)
from benchmarks.trainers import Order, Trained, measure_loss, train_ours, train_pythae, train_textbook

LONGEST = 200
WITHIN, CHOSEN_WITHIN = 1.03, 1.025
RATES = (0.004, 0.008, 0.016, 0.002, 0.001, 0.0005, 0.00025)  # the likely ones first: the others then end early
LENGTHS = (8, 10, 12, 14, 16, 20, 25, 30, 40, 50, 60, 80, 100, 150, LONGEST)
OURS, TEXTBOOK, PYTHAE = "this study", "textbook loop", "Pythae"
CONTESTANTS = ((OURS, STUDY_SEEDS), (OURS, 1), (PYTHAE, 1), (TEXTBOOK, 1))
N_TURNS = 2
Trainer = Callable[[Order, Rows], Generator[Trained]]
TRAINERS: dict[str, Trainer] = {OURS: train_ours, TEXTBOOK: train_textbook, PYTHAE: train_pythae}
SEARCHED = {OURS: OURS, TEXTBOOK: TEXTBOOK, PYTHAE: TEXTBOOK}  # whose search decides


class Job(NamedTuple):
    """One training. The part of the table is reference, search or measurement."""

    part: str
    who: str
    order: Order
    turn: int = 0
    target: float = 0.0  # a training of the search ends where its validation loss is this or less

    @property
    def descends(self) -> bool:
        """Return whether the longest training comes first."""
        return self.order.lengths[0] > self.order.lengths[-1]

    def row(self, seed: int, epochs: int, seconds: float, losses: Mapping[str, float]) -> Row:
        """Return a row of the table; the losses that there are, by split, are None where they are no number."""
        found = {name: loss if isfinite(loss) else None for name, loss in losses.items()}
        validation = found.get("validation")
        return {
            "part": self.part, "who": self.who, "model": self.order.model, "n_seeds": len(self.order.seeds),
            "turn": self.turn, "learning_rate": self.order.learning_rate, "seed": seed, "epochs": epochs,
            "seconds": seconds, "validation": validation, "test": found.get("test"),
            "is_reached": self.part == "search" and validation is not None and validation <= self.target,
        }  # fmt: skip


def find_target(rows: Sequence[Row], model: str, split: str, within: float = WITHIN) -> float | None:
    """Return the loss that counts as converged on a split, None before the reference is measured."""
    losses = [row[split] for row in select(rows, part="reference", model=model)]
    return within * mean(losses) if losses else None


def find_reached(rows: Sequence[Row], model: str, who: str) -> list[Row]:
    """Return the rows of a search that reach their target, the fewest epochs first, of those the lowest loss."""
    found = [row for row in select(rows, part="search", model=model, who=who) if row["is_reached"]]
    return sorted(found, key=lambda row: (row["epochs"], row["validation"]))


def choose(rows: Sequence[Row], model: str, who: str) -> Row:
    """Return the row of a search whose setting counts; where none reaches the target the one that comes nearest.

    Raises:
        BenchmarkError: if the training diverged at every learning rate.
    """
    found = select(rows, part="search", model=model, who=SEARCHED[who])
    finite = [row for row in found if row["validation"] is not None]
    if not finite:
        raise BenchmarkError(f"{SEARCHED[who]}, {model}: diverged at every learning rate of {RATES}")
    return next(iter(find_reached(rows, model, SEARCHED[who])), None) or min(finite, key=lambda row: row["validation"])


def find_measured(rows: Sequence[Row], model: str, who: str, n_seeds: int) -> list[Row]:
    """Return the rows of the turns, of those only that have what the search has chosen."""
    chosen = choose(rows, model, who)
    setting = {name: chosen[name] for name in ("learning_rate", "epochs")}
    return select(rows, part="measurement", model=model, who=who, n_seeds=n_seeds, **setting)


def next_job(rows: list[Row]) -> Job | None:
    """Return the training that is missing next: the reference, then the search, then the turns."""
    for model in MODELS:
        if not select(rows, part="reference", model=model):
            rate = build_estimator(model).learning_rate
            return Job("reference", OURS, Order(model, range(STUDY_SEEDS), rate, (LONGEST,)))
    for model, who, rate in product(MODELS, dict.fromkeys(SEARCHED.values()), RATES):
        if not select(rows, part="search", model=model, who=who, learning_rate=rate):
            reached = find_reached(rows, model, who)  # what needs more epochs than another rate cannot be chosen
            lengths = [n for n in LENGTHS if not reached or n <= reached[0]["epochs"]]
            if who == OURS and reached:  # each length is a training of its own: from the longest down, until one fails
                lengths.reverse()
            target = find_target(rows, model, "validation", CHOSEN_WITHIN)
            return Job("search", who, Order(model, (0,), rate, lengths), target=target or 0.0)
    for turn, model, (who, n_seeds) in product(range(N_TURNS), MODELS, CONTESTANTS):
        chosen = choose(rows, model, who)
        if not select(find_measured(rows, model, who, n_seeds), turn=turn):
            order = Order(model, range(turn, turn + n_seeds), chosen["learning_rate"], (chosen["epochs"],))
            return Job("measurement", who, order, turn)
    return None


def measure(job: Job, images: Images) -> list[Row]:
    """Return one row per length and seed. The search reads no test images; a loss that is no number is None."""
    names = {"reference": ("validation", "test"), "search": ("validation",), "measurement": ("test",)}[job.part]
    held_out = {name: torch.from_numpy(getattr(images, name)) for name in names}
    rows: list[Row] = []
    try:
        with closing(_train(job, images)) as lengths:
            for epochs, seconds, networks in lengths:
                rows += [
                    job.row(seed, epochs, seconds, {name: measure_loss(network, x) for name, x in held_out.items()})
                    for seed, network in zip(job.order.seeds, networks, strict=True)
                ]
                if job.part == "search" and (rows[-1]["is_reached"] != job.descends or rows[-1]["validation"] is None):
                    break
    except FloatingPointError:
        rows += [job.row(seed, job.order.lengths[-1], 0.0, {}) for seed in job.order.seeds]
    return rows


def _train(job: Job, images: Images) -> Generator[Trained]:
    """Train as the job says; the reference takes each seed's best epoch on validation images, as the study does."""
    if job.part == "reference":
        return train_ours(job.order, images.train, images.validation)
    return TRAINERS[job.who](job.order, images.train)


class Contestant(NamedTuple):
    """How soon somebody was there: seconds per model, epochs, the worst loss of all turns and seeds, the target."""

    seconds: float
    epochs: int
    loss: float
    target: float

    @property
    def is_reached(self) -> bool:
        """Return whether every training reached the target."""
        return self.loss <= self.target


def summarise(rows: Sequence[Row], model: str, who: str, n_seeds: int) -> Contestant | None:
    """Return what the turns say of a contestant, None where none is measured."""
    target = find_target(rows, model, "test")
    is_searched = bool(select(rows, part="search", model=model, who=SEARCHED[who]))
    found = find_measured(rows, model, who, n_seeds) if is_searched else []
    if not found or target is None:
        return None
    worst = max(float("inf") if row["test"] is None else row["test"] for row in found)
    return Contestant(median(row["seconds"] for row in found) / n_seeds, found[0]["epochs"], worst, target)


def main() -> None:
    """Measure what is missing and print what every contestant needed."""

    def prepare() -> Callable[[Job], list[Row]]:
        prepare_interpreter()  # refused here and not after an hour
        images = load_images()
        return lambda job: measure(job, images)

    rows = grow_table("benchmarks.convergence", __doc__, CONVERGENCE_PATH, next_job, prepare, plan_of_training())
    for model, (who, n_seeds) in product(MODELS, CONTESTANTS):
        if found := summarise(rows, model, who, n_seeds):
            verdict = (
                f"{'reached' if found.is_reached else 'NOT reached'}: {found.loss:.2f} for {found.target:.2f} nats"
            )
            print(f"{model}, {who}, {n_seeds} at once: {found.seconds:.1f} s a model, {found.epochs} epochs, {verdict}")


if __name__ == "__main__":
    run("convergence", main)
