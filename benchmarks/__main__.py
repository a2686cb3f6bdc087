"""Measure training and its peers', in turns, and print the table; see the package's docstring."""

import argparse
import sys
import tempfile
import time
from collections import defaultdict
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import torch

from autoencoders.learning.checkpoints import Split, load_split
from benchmarks.chart import draw_rates
from benchmarks.limits import measure_step_shares
from benchmarks.loops import time_our_epoch, time_textbook_epoch
from benchmarks.machine import describe_machine, make_parser, run, wait_until_idle
from benchmarks.peak import LARGE, measure_large_products, measure_own_products
from benchmarks.peer import Peer, prepare_interpreter
from benchmarks.products import count_flop_per_image, list_layers
from benchmarks.quality import choose_plan, train_and_measure
from benchmarks.settings import (
    CHART_PATH,
    CONTESTS,
    DEVICE_PATH,
    LATENCIES_PATH,
    PEER_CONTESTS,
    PEER_EPOCHS,
    PEER_MODELS,
    PRECISION_PATH,
    PRECISIONS,
    SEARCH_PATH,
    SEEDS,
    STAGES_PATH,
    STUDY_SEEDS,
    TRAINING_PATH,
    name_with_precision,
)
from benchmarks.side_by_side import SideBySide
from benchmarks.table import render_results, summarise
from execution.stage_command import count_cores
from foundation.paths import DATA_DIR
from foundation.reproducibility.allocation import keep_freed_memory
from foundation.reproducibility.artifacts import read_csv, read_json, write_bytes, write_json

QUALITY_SEEDS = ((0,), (0, 1, 2, 3))
SQUARES = f"square {LARGE}"
Times = dict[tuple[str, str, int], list[float]]
Peaks = dict[tuple[str, int], list[float]]
started = time.monotonic()


def say(message: str) -> None:
    """Print a line of progress with the seconds so far."""
    print(f"[{time.monotonic() - started:4.0f} s] {message}", file=sys.stderr, flush=True)


def measure_peaks(peaks: Peaks) -> None:
    """Add one measurement of the matrix products, on one thread and on all."""
    for threads, precision in product(sorted({1, count_cores()}), PRECISIONS):
        torch.set_num_threads(threads)
        peaks[name_with_precision(SQUARES, precision), threads].append(measure_large_products(precision))
        for contest in CONTESTS[1::2]:
            name = name_with_precision(f"of {contest.name}, {STUDY_SEEDS} seeds", precision)
            gflops = measure_own_products(
                list_layers(contest.build_network()), contest.batch_size, STUDY_SEEDS, precision
            )
            peaks[name, threads].append(gflops)


def measure_rates(times: Times, pixels: torch.Tensor, side_by_side: SideBySide) -> None:
    """Add one measurement of every network under every trainer, in images per second."""
    torch.set_num_threads(count_cores())
    for contest in CONTESTS:
        times["textbook loop", contest.name, 1].append(len(pixels) / time_textbook_epoch(contest, pixels))
        n_networks = side_by_side.n_processes * STUDY_SEEDS
        for precision in PRECISIONS:
            for n_seeds in SEEDS:
                seconds = time_our_epoch(contest, pixels, n_seeds, precision)
                times[name_with_precision("ours", precision), contest.name, n_seeds].append(
                    n_seeds * len(pixels) / seconds
                )
            rate = side_by_side.measure_rate(contest, STUDY_SEEDS, precision)
            times[name_with_precision("ours, side by side", precision), contest.name, n_networks].append(rate)


def list_rates(times: Times, peaks: Peaks) -> list[dict[str, Any]]:
    """Return one row per trainer, network and number of seeds, ratios against the precision's peak in the same run."""
    rows = []
    for contest in CONTESTS:
        flop = count_flop_per_image(list_layers(contest.build_network()))
        for (who, name, n_seeds), rates in times.items():
            if name == contest.name:
                middle = summarise(rates)["median"]
                precision = PRECISIONS[-1] if who.endswith(PRECISIONS[-1]) else PRECISIONS[0]
                peak = summarise(peaks[name_with_precision(SQUARES, precision), count_cores()])["median"]
                rows.append(
                    {
                        "who": who, "network": name, "seeds": n_seeds, "threads": count_cores(),
                        "images_per_second": middle, "best_images_per_second": max(rates),
                        "gflops": middle * flop / 1e9, "share_of_peak": middle * flop / 1e9 / peak,
                    }
                )  # fmt: skip
    return rows


def measure_time_to_quality(model: str, split: tuple[Split, Split], peer: tuple[float, float]) -> list[dict[str, Any]]:
    """Return our times until the peer's (seconds, quality), one row per number of seeds trained at once."""
    peer_seconds, target = peer
    plan = choose_plan(SEARCH_PATH, model, target)
    rows = []
    for seeds in QUALITY_SEEDS:
        seconds, reached = train_and_measure(model, plan, seeds, split[0].pixels, split[1].pixels)
        rows.append(
            {
                "model": model, "seeds": len(seeds), "plan": "/".join(map(str, plan)),
                "seconds_per_model": seconds / len(seeds), "worst": max(reached), "is_reached": max(reached) <= target,
                "peer_seconds": peer_seconds, "peer_quality": target, "speedup": peer_seconds * len(seeds) / seconds,
            }
        )  # fmt: skip
    return rows


def measure(settings: argparse.Namespace) -> dict[str, Any]:
    """Run everything in turns: after every epoch of the peers, now and then a round of all others."""
    train, test = (load_split(DATA_DIR, name) for name in ("train", "test"))
    pixels = torch.from_numpy(train.pixels)[: settings.images]
    times: Times = defaultdict(list)
    peaks: Peaks = defaultdict(list)
    peer_seconds: dict[str, list[float]] = defaultdict(list)
    every = max(1, settings.peer_epochs // settings.rounds)
    peers: dict[str, Peer] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part, split in (("train", train), ("test", test)):
            np.save(folder / f"{part}.npy", split.images.numpy()[: settings.peer_images])
        np.save(folder / "pixels.npy", pixels.numpy())
        side_by_side = SideBySide(folder / "pixels.npy")
        try:
            side_by_side.measure_rate(CONTESTS[0], STUDY_SEEDS, "float32")  # starts the processes
            for model in PEER_MODELS:
                peers[model] = Peer(prepare_interpreter(), model, settings.peer_epochs, folder, count_cores())
            for epoch in range(settings.peer_epochs):
                for model, peer in peers.items():
                    peer_seconds[model].append(peer.train_epoch())
                if epoch % every == 0:
                    measure_peaks(peaks)
                    measure_rates(times, pixels, side_by_side)
                say(f"epoch {epoch + 1} of {settings.peer_epochs} of Pythae's, {len(peaks[SQUARES, 1])} rounds")
            reached = {model: (sum(peer_seconds[model]), peer.measure_quality()) for model, peer in peers.items()}
        finally:
            side_by_side.close()
            for peer in peers.values():
                peer.close()
    n_images = len(train.images[: settings.peer_images])
    for model, seconds in peer_seconds.items():
        times["Pythae", PEER_CONTESTS[model].name, 1] = [n_images / one for one in seconds]
    say("time to quality")
    quality = [row for model in PEER_MODELS for row in measure_time_to_quality(model, (train, test), reached[model])]
    return {
        "peer": peers[PEER_MODELS[0]].config,
        "settings": vars(settings),
        "peaks": [[*key, summarise(rates)["median"]] for key, rates in peaks.items()],
        "rates": list_rates(times, peaks),
        "limits": {
            name_with_precision(contest.name, precision): measure_step_shares(contest, pixels, STUDY_SEEDS, precision)
            for precision, contest in product(PRECISIONS, CONTESTS)
        },
        "quality": quality,
    }


def load_result(path: Path) -> Any:
    """Return a result, None where there is none."""
    return read_json(path) if path.is_file() else None


def parse_arguments() -> argparse.Namespace:
    """Return the command line."""
    parser = make_parser("benchmarks", __doc__)
    parser.add_argument("--show", action="store_true", help="print the committed results, measure nothing")
    parser.add_argument("--rounds", type=int, default=4, help="measurements of each of ours")
    parser.add_argument("--images", type=int, default=6400, help="images of an epoch of ours and the loop's")
    parser.add_argument("--peer-epochs", type=int, default=PEER_EPOCHS, help="another number leaves its defaults")
    parser.add_argument("--peer-images", type=int, default=None, help="training images of Pythae; all of them")
    return parser.parse_args()


def main() -> None:
    """Measure unless only shown, write the results, print the table."""
    settings = parse_arguments()
    if not settings.show:
        if not settings.busy:
            wait_until_idle(say)
        read_csv(SEARCH_PATH)  # refused here and not after minutes
        prepare_interpreter()
        keep_freed_memory()  # as in training's stages; the textbook loop has it, too
        result = {"machine": describe_machine(), "is_busy": settings.busy, **measure(settings)}
        write_json(TRAINING_PATH, result)
        write_bytes(CHART_PATH, draw_rates(result))
        say(f"written to {TRAINING_PATH} and {CHART_PATH}")
    print(render_results(*map(load_result, (TRAINING_PATH, STAGES_PATH, LATENCIES_PATH, DEVICE_PATH, PRECISION_PATH))))


if __name__ == "__main__":
    run("benchmarks", main)
