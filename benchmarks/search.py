"""How the networks of the study are trained best: ``python -m benchmarks.search``, the table search.csv.

Two seeds of AE and VAE at 16 dimensions, validation images only, one factor at a time from ``params.yaml`` and a few
combinations, all for as many epochs. Then the three best of these for a fifth fewer epochs, and the default for other
lengths of training. The winner is a setting that with these fewer epochs reaches the default's losses, of both models,
in less time; it is then trained for 1 and 200 epochs, too, to see that it is stable. Where there is none, the default
stays, which is the simplest.

About two hours on two idle cores (estimated), a quarter of it Muon's. Rows are written after each training; a second
start goes on with what is missing.
"""

import time
from collections.abc import Callable, Sequence
from itertools import product
from math import isfinite
from statistics import mean
from typing import Any, NamedTuple

import torch
from torch import Tensor

from autoencoders.arrays import Rows
from autoencoders.learning.networks import AutoencoderNetwork
from benchmarks.machine import run
from benchmarks.rows import Row, grow_table, select
from benchmarks.search_loop import Setting, train
from benchmarks.settings import MODELS, SEARCH_PATH, STUDY_PRECISION, build_estimator, load_images
from benchmarks.trainers import measure_loss

SEEDS = (0, 1)
SAVED = 0.2  # of the default's epochs
N_CANDIDATES = 3
LENGTHS = (1, 10, 200)


class Job(NamedTuple):
    """One training."""

    model: str
    setting: Setting


def default_setting() -> Setting:
    """Return how ``params.yaml`` has networks trained."""
    plan = build_estimator("ae").get_params()
    return Setting(**{name: plan[name] for name in Setting._fields if name in plan})


def list_settings(default: Setting) -> list[Setting]:
    """Return the default, one factor at a time from it, and a few combinations."""
    rate, batch, epochs = default.learning_rate, default.batch_size, default.epochs
    factors: list[dict[str, Any]] = [
        *({"learning_rate": factor * rate} for factor in (0.5, 2)),
        *({"schedule": name} for name in ("cosine", "one_cycle", "constant")),
        *({"optimiser": name} for name in ("adamw", "nadam")),
        *({"optimiser": "muon", "learning_rate": factor * rate} for factor in (2.5, 5, 10)),  # its updates are smaller
        *({"batch_size": batch // 2, "learning_rate": factor * rate} for factor in (0.5, 1)),
        *({"batch_size": batch * 2, "learning_rate": factor * rate} for factor in (1, 2)),
        *({"averaged_epochs": n} for n in (max(1, epochs // 10), max(1, epochs // 4))),
        *({"largest_norm": norm} for norm in (3.0, 10.0)),
        {"adam_beta_2": 0.999},
        {"schedule": "constant", "averaged_epochs": max(1, epochs // 4)},
        {"schedule": "constant", "averaged_epochs": max(1, epochs // 4), "learning_rate": 0.5 * rate},
        {"optimiser": "nadam", "learning_rate": 2 * rate},
        {"optimiser": "nadam", "batch_size": batch * 2, "learning_rate": 2 * rate},
        {"largest_norm": 3.0, "learning_rate": 2 * rate},
    ]
    return [default, *(default._replace(**one) for one in factors)]


def _find(rows: Sequence[Row], model: str, setting: Setting) -> Row | None:
    return next(iter(select(rows, model=model, **setting._asdict())), None)


def _losses(rows: Sequence[Row], setting: Setting) -> list[float] | None:
    """Return the losses of both models, None where one is missing or no number."""
    found = [row["loss"] for model in MODELS if (row := _find(rows, model, setting))]
    return None if len(found) < len(MODELS) or None in found else found


def find_candidates(rows: Sequence[Row], default: Setting) -> list[Setting]:
    """Return the best of the settings but the default, by the mean of both models' losses over the default's."""
    bars = _losses(rows, default)
    losses = {setting: _losses(rows, setting) for setting in list_settings(default)[1:]}
    if bars is None:
        return []
    scores = {s: mean(loss / bar for loss, bar in zip(one, bars, strict=True)) for s, one in losses.items() if one}
    return sorted(scores, key=lambda setting: scores[setting])[:N_CANDIDATES]


def with_epochs(setting: Setting, epochs: int) -> Setting:
    """Return a setting for another length of training, of which no more than all is averaged."""
    return setting._replace(epochs=epochs, averaged_epochs=min(setting.averaged_epochs, epochs))


def list_shortened(rows: Sequence[Row], default: Setting) -> list[Setting]:
    """Return the candidates, the best first, for a fifth fewer epochs, and the default."""
    epochs = round((1 - SAVED) * default.epochs)
    return [with_epochs(setting, epochs) for setting in [*find_candidates(rows, default), default]]


def is_as_good(rows: Sequence[Row], setting: Setting, other: Setting) -> bool | None:
    """Return whether both models' losses are no larger than under another setting, None before all are measured."""
    if any(_find(rows, model, one) is None for model, one in product(MODELS, (setting, other))):
        return None
    losses, bars = _losses(rows, setting), _losses(rows, other)
    return bool(losses and bars and all(loss <= bar for loss, bar in zip(losses, bars, strict=True)))


def find_winner(rows: Sequence[Row], default: Setting) -> Setting | None:
    """Return the best setting that reaches the default's losses with a fifth fewer epochs and in less time."""
    seconds = {s: sum(row["seconds"] for row in select(rows, **s._asdict())) for s in list_shortened(rows, default)}
    in_default = sum(row["seconds"] for row in select(rows, **default._asdict()))
    winners = [s for s, spent in seconds.items() if spent < in_default and is_as_good(rows, s, default)]
    return next(iter(winners), None)


def is_stable(rows: Sequence[Row], setting: Setting) -> bool | None:
    """Return whether one epoch diverges nowhere and the longest training is no worse; None before all are measured."""
    longest, shortest = with_epochs(setting, LENGTHS[-1]), with_epochs(setting, LENGTHS[0])
    is_better = is_as_good(rows, longest, setting)
    return is_better and _losses(rows, shortest) is not None


def next_job(rows: list[Row]) -> Job | None:
    """Return the training that is missing next."""

    def list_missing(settings: Sequence[Setting]) -> list[Job]:
        return [Job(m, s) for s, m in product(settings, MODELS) if _find(rows, m, s) is None]

    default = default_setting()
    missing = list_missing(list_settings(default)) or list_missing(list_shortened(rows, default))
    if not missing:
        best = find_winner(rows, default) or default
        lengths = [with_epochs(default, epochs) for epochs in LENGTHS]
        missing = list_missing([*lengths, *(with_epochs(best, n) for n in (LENGTHS[0], LENGTHS[-1]))])
    return missing[0] if missing else None


def measure(job: Job, train_images: Rows, validation: Rows) -> list[Row]:
    """Return the row of a training: loss in nats and squared error per validation image, means over the seeds."""
    pixels, held_out = torch.from_numpy(train_images), torch.from_numpy(validation)
    start = time.perf_counter()
    estimator = build_estimator(job.model)
    networks = train(
        job.setting, lambda: estimator.build_network(pixels.shape[1]), pixels, seeds=SEEDS, precision=STUDY_PRECISION
    )
    seconds = time.perf_counter() - start
    loss = mean(measure_loss(network, held_out) for network in networks)
    error = mean(measure_squared_error(network, held_out) for network in networks)
    found = {"loss": loss, "squared_error": error} if isfinite(loss + error) else {"loss": None, "squared_error": None}
    return [{"model": job.model, **job.setting._asdict(), "seconds": seconds, **found}]


@torch.no_grad()
def measure_squared_error(network: AutoencoderNetwork, pixels: Tensor) -> float:
    """Return the squared error of an image, mean over images (n, n_pixels)."""
    return float((network.decode(network.encode(pixels)[0]) - pixels).square().sum(1).double().mean())


def main() -> None:
    """Measure what is missing and print the winner."""

    def prepare() -> Callable[[Job], list[Row]]:
        images = load_images()
        return lambda job: measure(job, images.train, images.validation)

    rows = grow_table("benchmarks.search", __doc__, SEARCH_PATH, next_job, prepare)
    print(f"a fifth fewer epochs for the default's losses: {find_winner(rows, default_setting())}")


if __name__ == "__main__":
    run("search", main)
