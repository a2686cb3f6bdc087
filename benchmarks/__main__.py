"""Measure training beside its peers, in turns, and print the table; see the package's docstring."""

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
from autoencoders.reproducibility.artifacts import ArtifactError, read_csv, read_json, write_bytes, write_json
from benchmarks.chart import rates_svg
from benchmarks.limits import step_shares
from benchmarks.loops import our_epoch, textbook_epoch
from benchmarks.machine import BusyError, description, n_cores, wait_until_idle
from benchmarks.peak import LARGE, large_products, own_products
from benchmarks.peer import Peer, PeerError, interpreter
from benchmarks.products import flop_per_image, layers_of
from benchmarks.quality import chosen_plan, qualities
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
    named,
)
from benchmarks.side_by_side import SideBySide
from benchmarks.table import rendered, summarised
from stages.allocation import keep_freed_memory
from stages.paths import DATA_DIR

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
    for threads, precision in product(sorted({1, n_cores()}), PRECISIONS):
        torch.set_num_threads(threads)
        peaks[named(SQUARES, precision), threads].append(large_products(precision))
        for contest in CONTESTS[1::2]:
            name = named(f"of {contest.name}, {STUDY_SEEDS} seeds", precision)
            gflops = own_products(layers_of(contest.network()), contest.batch_size, STUDY_SEEDS, precision)
            peaks[name, threads].append(gflops)


def measure_rates(times: Times, pixels: torch.Tensor, side_by_side: SideBySide) -> None:
    """Add one measurement of every network under every trainer, in images per second."""
    torch.set_num_threads(n_cores())
    for contest in CONTESTS:
        times["textbook loop", contest.name, 1].append(len(pixels) / textbook_epoch(contest, pixels))
        n_networks = side_by_side.n_processes * STUDY_SEEDS
        for precision in PRECISIONS:
            for n_seeds in SEEDS:
                seconds = our_epoch(contest, pixels, n_seeds, precision)
                times[named("ours", precision), contest.name, n_seeds].append(n_seeds * len(pixels) / seconds)
            rate = side_by_side.rate(contest, STUDY_SEEDS, precision)
            times[named("ours, side by side", precision), contest.name, n_networks].append(rate)


def rate_table(times: Times, peaks: Peaks) -> list[dict[str, Any]]:
    """Return one row per trainer, network and number of seeds, ratios against the precision's peak in the same run."""
    rows = []
    for contest in CONTESTS:
        flop = flop_per_image(layers_of(contest.network()))
        for (who, name, n_seeds), rates in times.items():
            if name == contest.name:
                middle = summarised(rates)["median"]
                precision = PRECISIONS[-1] if who.endswith(PRECISIONS[-1]) else PRECISIONS[0]
                peak = summarised(peaks[named(SQUARES, precision), n_cores()])["median"]
                rows.append(
                    {
                        "who": who, "network": name, "seeds": n_seeds, "threads": n_cores(),
                        "images_per_second": middle, "best_images_per_second": max(rates),
                        "gflops": middle * flop / 1e9, "share_of_peak": middle * flop / 1e9 / peak,
                    }
                )  # fmt: skip
    return rows


def measure_quality(model: str, split: tuple[Split, Split], peer: tuple[float, float]) -> list[dict[str, Any]]:
    """Return our times until the peer's (seconds, quality), one row per number of seeds trained at once."""
    peer_seconds, target = peer
    plan = chosen_plan(SEARCH_PATH, model, target)
    rows = []
    for seeds in QUALITY_SEEDS:
        seconds, reached = qualities(model, plan, seeds, split[0].pixels, split[1].pixels)
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
            side_by_side.rate(CONTESTS[0], STUDY_SEEDS, "float32")  # starts the processes
            for model in PEER_MODELS:
                peers[model] = Peer(interpreter(), model, settings.peer_epochs, folder, n_cores())
            for epoch in range(settings.peer_epochs):
                for model, peer in peers.items():
                    peer_seconds[model].append(peer.epoch())
                if epoch % every == 0:
                    measure_peaks(peaks)
                    measure_rates(times, pixels, side_by_side)
                say(f"epoch {epoch + 1} of {settings.peer_epochs} of Pythae's, {len(peaks[SQUARES, 1])} rounds")
            reached = {model: (sum(peer_seconds[model]), peer.quality()) for model, peer in peers.items()}
        finally:
            side_by_side.close()
            for peer in peers.values():
                peer.close()
    n_images = len(train.images[: settings.peer_images])
    for model, seconds in peer_seconds.items():
        times["Pythae", PEER_CONTESTS[model].name, 1] = [n_images / one for one in seconds]
    say("time to quality")
    quality = [row for model in PEER_MODELS for row in measure_quality(model, (train, test), reached[model])]
    return {
        "peer": peers[PEER_MODELS[0]].config,
        "settings": vars(settings),
        "peaks": [[*key, summarised(rates)["median"]] for key, rates in peaks.items()],
        "rates": rate_table(times, peaks),
        "limits": {
            named(contest.name, precision): step_shares(contest, pixels, STUDY_SEEDS, precision)
            for precision, contest in product(PRECISIONS, CONTESTS)
        },
        "quality": quality,
    }


def load(path: Path) -> Any:
    """Return a result, None where there is none."""
    return read_json(path) if path.is_file() else None


def parsed() -> argparse.Namespace:
    """Return the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--show", action="store_true", help="print the committed results, measure nothing")
    parser.add_argument("--busy", action="store_true", help="measure on a busy machine; the table says so")
    parser.add_argument("--rounds", type=int, default=4, help="measurements of each of ours")
    parser.add_argument("--images", type=int, default=6400, help="images of an epoch of ours and the loop's")
    parser.add_argument("--peer-epochs", type=int, default=PEER_EPOCHS, help="another number leaves its defaults")
    parser.add_argument("--peer-images", type=int, default=None, help="training images of Pythae; all of them")
    return parser.parse_args()


def main() -> None:
    """Measure unless only shown, write the results, print the table."""
    settings = parsed()
    if not settings.show:
        if not settings.busy:
            wait_until_idle(say)
        read_csv(SEARCH_PATH)  # refused here and not after minutes
        interpreter()
        keep_freed_memory()  # as in training's stages; the textbook loop has it, too
        result = {"machine": description(), "is_busy": settings.busy, **measure(settings)}
        write_json(TRAINING_PATH, result)
        write_bytes(CHART_PATH, rates_svg(result))
        say(f"written to {TRAINING_PATH} and {CHART_PATH}")
    print(rendered(*map(load, (TRAINING_PATH, STAGES_PATH, LATENCIES_PATH, DEVICE_PATH, PRECISION_PATH))))


if __name__ == "__main__":
    try:
        main()
    except (ArtifactError, BusyError, PeerError) as error:
        print(f"benchmarks: error: {error}", file=sys.stderr)
        sys.exit(1)
