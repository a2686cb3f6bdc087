"""How the networks of the study are trained best: ``python -m benchmarks.search``, the table search.csv.

AE and VAE at 16 dimensions, validation images only. START is the simplest setting known to be good; the others change
one factor of it, or a few. The question is which of them reaches START's losses in four fifths of its time:

1. pace: one epoch of each kind of setting in turns with one of START's, three times, as the study trains: four seeds
   at once on one core;
2. search: two seeds of START, and of every other setting for as many epochs as fit into four fifths of START's time;
3. confirmation: the best of them and START on six other seeds, in turns;
4. stability: what becomes the default, for 1 and 200 epochs and at 2 and 4 dimensions.

A setting wins whose losses in the third step are, for both models, at most TOLERANCE above START's with the upper end
of the 95 % interval over seeds, in at most four fifths of the seconds measured there. It becomes the default unless
verdicts of the study move with it. Otherwise START stays, which is the simplest.

About 70 minutes on two idle cores (estimated). Rows are written after each training; a second start goes on with what
is missing.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from itertools import product
from math import isfinite
from statistics import mean, median
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from autoencoders.arrays import Rows
from autoencoders.learning.networks import AutoencoderNetwork
from autoencoders.statistics import interval
from benchmarks.machine import run
from benchmarks.rows import Row, grow_table, select
from benchmarks.search_loop import Setting, train
from benchmarks.settings import (
    LATENT_DIM,
    MODELS,
    SEARCH_PATH,
    STUDY_PRECISION,
    STUDY_SEEDS,
    build_estimator,
    fingerprint,
    load_images,
)
from benchmarks.trainers import measure_loss

START = Setting(
    epochs=20, learning_rate=0.004, schedule="linear", batch_size=128, initialisation="informed", adam_beta_2=0.99
)
MOVES_VERDICTS = START._replace(epochs=19, learning_rate=0.012, batch_size=256)  # four of 18: docs/benchmarks.md
SAVED = 0.2  # of START's time
TOLERANCE = 0.002  # of START's loss
SEEDS, CONFIRMING_SEEDS, PACING_SEEDS = (0, 1), (2, 3, 4, 5, 6, 7), tuple(range(STUDY_SEEDS))
N_PACES = 3
SHORTEST, LONGEST = 1, 200
SMALL_DIMS = (2, 4)  # where a rate that suits others made the VAE diverge once


class Job(NamedTuple):
    """One training, or for the pace several."""

    part: str  # pace, search, confirmation or stability
    model: str
    setting: Setting
    seeds: tuple[int, ...] = SEEDS
    latent_dim: int = LATENT_DIM

    @property
    def key(self) -> Row:
        """What the rows of the job have in common."""
        return {"part": self.part, "model": self.model, "latent_dim": self.latent_dim, **self.setting._asdict()}


def with_epochs(setting: Setting, epochs: int) -> Setting:
    """Return a setting for another length of training, of which the same share is averaged."""
    averaged = max(1, setting.averaged_epochs * epochs // setting.epochs) if setting.averaged_epochs else 0
    return setting._replace(epochs=epochs, averaged_epochs=averaged)


def default_setting() -> Setting:
    """Return how ``params.yaml`` has networks trained."""
    plan = build_estimator("ae").get_params()
    return Setting(**{name: plan[name] for name in Setting._fields if name in plan})


def plan_of_search() -> str:
    """Return what the losses of the search depend on beside the settings: the networks, as a checksum."""
    plans = {model: build_estimator(model).get_params() for model in MODELS}
    return fingerprint({m: {n: v for n, v in one.items() if n not in Setting._fields} for m, one in plans.items()})


def list_settings() -> list[Setting]:
    """Return one factor at a time from START, and a few combinations, all as long as START."""
    rate, batch, epochs = START.learning_rate, START.batch_size, START.epochs
    factors: list[dict[str, Any]] = [
        *({"learning_rate": factor * rate} for factor in (0.5, 1, 2)),
        *({"schedule": name} for name in ("cosine", "one_cycle", "constant")),
        *({"optimiser": name} for name in ("adamw", "nadam")),
        *({"optimiser": "muon", "learning_rate": factor * rate} for factor in (2.5, 5, 10)),  # its updates are smaller
        *({"batch_size": batch // 2, "learning_rate": factor * rate} for factor in (0.5, 1)),
        *({"batch_size": batch * 2, "learning_rate": factor * rate} for factor in (1, 2, 3)),
        {"batch_size": batch * 4, "learning_rate": 3 * rate},
        *({"averaged_epochs": n} for n in (epochs // 10, epochs // 4)),
        *({"largest_norm": norm} for norm in (3.0, 10.0)),
        {"adam_beta_2": 0.999},
        *({"schedule": "constant", "averaged_epochs": epochs // 4, "learning_rate": f * rate} for f in (0.5, 1)),
        {"optimiser": "nadam", "learning_rate": 2 * rate},
        {"optimiser": "nadam", "batch_size": batch * 2, "learning_rate": 2 * rate},
        {"largest_norm": 3.0, "learning_rate": 2 * rate},
    ]  # fmt: skip
    return [START._replace(**one) for one in factors]


def kind_of(setting: Setting) -> Setting:
    """Return START for one epoch with what makes an epoch of the setting cost more or less."""
    return with_epochs(START, 1)._replace(
        optimiser=setting.optimiser,
        batch_size=setting.batch_size,
        averaged_epochs=int(setting.averaged_epochs > 0),
        largest_norm=float(setting.largest_norm > 0),
    )


def shorten(rows: Sequence[Row], setting: Setting) -> Setting:
    """Return a setting for as many epochs as fit into four fifths of START's time by the paces that are measured."""
    kind = kind_of(setting)
    paces = [row["pace"] for row in rows if row["part"] == "pace" and _is_of(row, kind)]
    pace = 1.0 if kind == kind_of(START) else mean(paces)
    return with_epochs(setting, max(1, int((1 - SAVED) * START.epochs / pace)))


def _is_of(row: Row, setting: Setting) -> bool:
    return all(row[name] == value for name, value in setting._asdict().items())


def _losses(rows: Sequence[Row], part: str, model: str, setting: Setting) -> list[float] | None:
    """Return the losses by seed, None where one is missing or no number."""
    found = [row["loss"] for row in select(rows, **Job(part, model, setting).key)]
    return found if found and None not in found else None


def find_finalist(rows: Sequence[Row]) -> Setting | None:
    """Return the setting with the smallest mean of both models' losses over START's, None where it is too large."""
    scores: dict[Setting, float] = {}
    for setting in dict.fromkeys(shorten(rows, one) for one in list_settings()):
        pairs = [(_losses(rows, "search", m, setting), _losses(rows, "search", m, START)) for m in MODELS]
        if all(losses and bars for losses, bars in pairs):
            scores[setting] = mean(mean(losses or ()) / mean(bars or ()) for losses, bars in pairs)
    best = min(scores, key=lambda setting: scores[setting], default=None)
    return best if best and scores[best] <= 1 + TOLERANCE else None


def find_excess(rows: Sequence[Row], model: str, setting: Setting) -> float:
    """Return the upper end of the interval of a setting's loss over START's less 1, infinity where one diverged."""
    losses, bars = (_losses(rows, "confirmation", model, one) for one in (setting, START))
    excess = interval(np.divide(losses, bars) - 1).high if losses and bars else None
    return float("inf") if excess is None else excess


def find_saving(rows: Sequence[Row], setting: Setting) -> float:
    """Return the share of START's seconds that a setting saves in the confirmation, both models together."""
    spent, at_start = (
        sum(select(rows, **Job("confirmation", model, one).key)[0]["seconds"] for model in MODELS)
        for one in (setting, START)
    )
    return float(1 - spent / at_start)


def find_winner(rows: Sequence[Row]) -> Setting | None:
    """Return the setting that keeps START's losses in four fifths of its time, None where there is none."""
    finalist = find_finalist(rows)
    if finalist is None or find_saving(rows, finalist) < SAVED:
        return None
    return finalist if all(find_excess(rows, model, finalist) <= TOLERANCE for model in MODELS) else None


def choose_default(rows: Sequence[Row]) -> Setting:
    """Return the winner; START where there is none or verdicts of the study move with it."""
    winner = find_winner(rows)
    return START if winner is None or winner == MOVES_VERDICTS else winner


def list_stability(best: Setting) -> list[Job]:
    """Return the trainings that show whether a setting is stable."""
    lengths = [Job("stability", model, with_epochs(best, n)) for n, model in product((SHORTEST, LONGEST), MODELS)]
    return lengths + [Job("stability", model, best, latent_dim=dim) for dim, model in product(SMALL_DIMS, MODELS)]


def is_stable(rows: Sequence[Row], best: Setting) -> bool:
    """Return whether no such training diverged and the longest ones reach smaller losses than the setting itself."""
    if any(row["loss"] is None for job in list_stability(best) for row in select(rows, **job.key)):
        return False
    longest = with_epochs(best, LONGEST)
    return all(
        mean(_losses(rows, "stability", model, longest) or ()) <= mean(_losses(rows, "search", model, best) or ())
        for model in MODELS
    )


def list_jobs(rows: Sequence[Row]) -> Iterator[Job]:
    """Yield all trainings in their order; those that follow from others once these are measured."""
    kinds = [kind for kind in dict.fromkeys(map(kind_of, list_settings())) if kind != kind_of(START)]
    yield from (Job("pace", model, kind, PACING_SEEDS) for kind, model in product(kinds, MODELS))
    settings = dict.fromkeys([START, *(shorten(rows, setting) for setting in list_settings())])
    yield from (Job("search", model, setting) for setting, model in product(settings, MODELS))
    if finalist := find_finalist(rows):
        yield from (Job("confirmation", m, one, CONFIRMING_SEEDS) for m, one in product(MODELS, (START, finalist)))
    yield from list_stability(choose_default(rows))


def next_job(rows: list[Row]) -> Job | None:
    """Return the training that is missing next."""
    return next((job for job in list_jobs(rows) if not select(rows, **job.key)), None)


def measure(job: Job, train_images: Rows, validation: Rows) -> list[Row]:
    """Return one row per seed: loss in nats and squared error of validation images, seconds of all seeds together."""
    pixels, held_out = torch.from_numpy(train_images), torch.from_numpy(validation)
    if job.part == "pace":
        return [measure_pace(job, pixels)]
    networks, seconds = _train(job, pixels)
    rows = []
    for seed, network in zip(job.seeds, networks, strict=True):
        found = {"loss": measure_loss(network, held_out), "squared_error": measure_squared_error(network, held_out)}
        is_finite = isfinite(sum(found.values()))
        measured = found if is_finite else dict.fromkeys(found)
        rows.append({**job.key, "seed": seed, "pace": None, "seconds": seconds, **measured})
    return rows


def measure_pace(job: Job, pixels: Tensor) -> Row:
    """Return the row of a pace, on one core."""
    n_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        pairs = [(_train(job, pixels)[1], _train(job, pixels, with_epochs(START, 1))[1]) for _ in range(N_PACES)]
    finally:
        torch.set_num_threads(n_threads)
    seconds, pace = median(one for one, _ in pairs), median(one / other for one, other in pairs)
    return {**job.key, "seed": None, "pace": pace, "seconds": seconds, "loss": None, "squared_error": None}


def _train(job: Job, pixels: Tensor, setting: Setting | None = None) -> tuple[list[AutoencoderNetwork], float]:
    """Train the job's seeds under its setting, or another, and return networks and seconds."""
    estimator, start = build_estimator(job.model, job.latent_dim), time.perf_counter()
    networks = train(
        setting or job.setting,
        lambda: estimator.build_network(pixels.shape[1]),
        pixels,
        seeds=job.seeds,
        precision=STUDY_PRECISION,
    )
    return networks, time.perf_counter() - start


@torch.no_grad()
def measure_squared_error(network: AutoencoderNetwork, pixels: Tensor) -> float:
    """Return the squared error of an image, mean over images (n, n_pixels)."""
    return float((network.decode(network.encode(pixels)[0]) - pixels).square().sum(1).double().mean())


def main() -> None:
    """Measure what is missing and print the winner and the default."""

    def prepare() -> Callable[[Job], list[Row]]:
        images = load_images()
        return lambda job: measure(job, images.train, images.validation)

    rows = grow_table("benchmarks.search", __doc__, SEARCH_PATH, next_job, prepare, plan_of_search())
    print(f"START's losses in four fifths of its time: {find_winner(rows) or 'none'}")
    print(f"the default: {choose_default(rows)}")


if __name__ == "__main__":
    run("search", main)
