"""Benchmarks: what they count, what they refuse, what they print."""

import os
import platform
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from torch.utils.flop_counter import FlopCounterMode

from autoencoders.learning.estimators import fit_seeds
from autoencoders.learning.stacked_network import StackedNetwork
from benchmarks import __main__ as bench
from benchmarks import convergence, device, growth, latencies, machine, peer, rows, search, search_loop, throughput
from benchmarks.chart import draw_growth
from benchmarks.convergence import OURS, PYTHAE, TEXTBOOK, find_target, summarise
from benchmarks.machine import BUSY, BenchmarkError, describe_machine, wait_until_idle
from benchmarks.peak import count_flop_per_image
from benchmarks.precision import compare_precisions
from benchmarks.search import (
    START,
    choose_default,
    default_setting,
    find_saving,
    find_winner,
    list_settings,
    with_epochs,
)
from benchmarks.settings import (
    CONVERGENCE_PATH,
    DEVICE_PATH,
    GROWTH_CHART_PATH,
    GROWTH_PATH,
    LATENCIES_PATH,
    MODELS,
    SEARCH_PATH,
    STAGES_PATH,
    STUDY_SEEDS,
    Images,
    build_estimator,
    load_images,
)
from benchmarks.stages import parse_seconds, run_and_measure
from benchmarks.table import (
    MISSING,
    Aim,
    Results,
    align_columns,
    list_aims,
    list_convergence_aims,
    list_growth_aims,
    list_pipeline_aims,
    render,
)
from benchmarks.trainers import Order, TextbookModel, as_library_network, measure_loss, train_textbook
from foundation.reproducibility.artifacts import read_csv, read_json, write_arrays
from robustness.conditions import TRAININGS
from robustness.table import read_table

ROOT = Path(__file__).resolve().parents[1]
ORIGIN = "EPYC, 2 cores, PyTorch 2.15.0"
PLAN = "plan-of-tests"
LOSS = {"mean": 100.0, "low": 99.0, "high": 101.0}
DEVICE = {
    "machine": {"cores": 16, "gpu": "H100"}, "is_busy": False, "epochs": 20,
    "grid": [{"model": model, "latent_dim": 2, "seconds": 6.0} for model in MODELS],
    "agreement": {"cpu": LOSS, "device": LOSS, "is_agreed": True},
}  # fmt: skip
THROUGHPUT = {
    "machine": {"processor": "EPYC", "cores": 2, "torch": "2.15.0"}, "is_busy": False,
    "rates": [{"model": model, "precision": "float32", "share_of_peak": 0.4} for model in MODELS],
}  # fmt: skip
STAGES = {
    "machine": {"processor": "EPYC", "cores": 2, "torch": "2.15.0"}, "product_gflops": [150.4, 99.6], "seconds": 58.0,
    "stages": [
        {"stage": "fetch", "command": "fetch", "seconds": 50.0, "peak_gib": 0.1},
        {"stage": "train", "command": "train --model ae", "seconds": 7.0, "peak_gib": 2.5},
    ],
    "side_by_side": {"seconds": 54.0, "from_prepared_data": 4.0},
}  # fmt: skip
LATENCIES = {
    "machine": {"processor": "EPYC", "cores": 2, "torch": "2.15.0"}, "product_gflops": [150.4, 99.6],
    "seconds": {
        "dvc": {"no-op": 1.8, "template change": 4.0, "latent_dim=8": 50.0, "outside the sweep": 180.0,
                latencies.TRAINING: 95.0},
        "make": {"no-op": 1.5, "template change": 7.5, "latent_dim=8": 30.0, "outside the sweep": 120.0,
                 latencies.TRAINING: None},
    },
}  # fmt: skip


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with tiny images and the parameters, as the place of the run; the process's settings come back."""
    images = np.random.default_rng(0).integers(0, 256, (60, 28, 28), dtype=np.uint8)
    for name in ("train", "validation", "test"):
        split = {"images": images, "labels": np.zeros(60, np.uint8)}
        write_arrays(tmp_path / f"data/prepared/{name}.safetensors", split)
    (tmp_path / "params.yaml").write_bytes((ROOT / "params.yaml").read_bytes())
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(rows, "keep_freed_memory", lambda: None)
    monkeypatch.setattr(sys, "argv", ["benchmark", "--busy"])
    n_threads = torch.get_num_threads()
    yield tmp_path
    torch.set_num_threads(n_threads)


def measured_convergence(test_loss: dict[str, float]) -> list[rows.Row]:
    """Rows of reference and turns; the target is 103, seconds are 20 of this study's training and 100 of others'."""
    empty = {"turn": 0, "learning_rate": 0.002, "is_reached": False, "machine": ORIGIN}
    contestants = [("reference", OURS, 4, 100.0), *(("measurement", w, n, None) for w, n in convergence.CONTESTANTS)]
    contestants += [("search", who, 1, None) for who in (OURS, TEXTBOOK)]
    return [
        {"part": part, "who": who, "model": model, "n_seeds": n, "seed": 0, "epochs": 16, **empty, "validation": 102.0,
         "seconds": 20.0 if who == OURS else 100.0, "test": test or test_loss.get(who, 101.0)}
        for model in MODELS for part, who, n, test in contestants
    ]  # fmt: skip


def searched(confirmed: float) -> list[rows.Row]:
    """Rows of a whole search where NAdam is the best; confirmed is its loss on other seeds, START's 100."""
    found: list[rows.Row] = []
    while (job := search.next_job(found)) is not None:
        is_best = job.setting.optimiser == "nadam" and job.setting.learning_rate == START.learning_rate
        loss = {"search": 99.0 if is_best else 100.0, "confirmation": confirmed if is_best else 100.0}.get(
            job.part, 90.0
        )
        measured = {"pace": 1.0, "seconds": 10.0 * job.setting.epochs - 1, "loss": loss, "squared_error": 6.0}
        found += [{**job.key, "seed": seed, **measured, "machine": ORIGIN} for seed in job.seeds]
    return found


def grown() -> list[rows.Row]:
    """Rows of all sizes."""
    found = []
    while (size := growth.next_job(found)) is not None:
        for part in ("training", "evaluation"):
            cost = size.n_seeds * size.n_latent_dims * size.n_images / size.n_cores
            found.append(
                {**size._asdict(), "part": part, "seconds": cost / 1000, "start": 0.0, "gib": 1.5, "machine": ORIGIN}
            )
    return found


def find_line(text: str, start: str) -> str:
    return next(line for line in text.splitlines() if line.strip().startswith(start))


def test_the_products_of_the_study_s_vae_are_those_counted_by_hand() -> None:
    first, encoder, decoder = 784 * 256, 256 * 128 + 128 * 32, 16 * 128 + 128 * 256 + 256 * 784
    by_hand = 4 * first + 6 * (encoder + decoder)
    assert count_flop_per_image(build_estimator("vae").build_network(784)) == by_hand


def test_the_count_agrees_with_pytorch_s_own_counter() -> None:
    network = build_estimator("vae").build_network(784)
    with FlopCounterMode(display=False) as counter:
        pixels, noise = torch.rand(8, 784), torch.randn(8, 16)
        network.loss_terms(network(pixels, noise), pixels).total(1.0).sum().backward()
    assert counter.get_total_flops() == 8 * count_flop_per_image(network)


@pytest.mark.parametrize("model", MODELS)
def test_the_textbook_network_is_the_library_s_with_other_names(model: str) -> None:
    textbook, pixels = TextbookModel(model, 784), torch.rand(20, 784)
    network = as_library_network(model, textbook.state_dict(), 784)
    if model == "ae":
        assert measure_loss(network, pixels) == pytest.approx(textbook.loss(pixels).item(), rel=1e-5)
    sizes = [sum(p.numel() for p in one.parameters()) for one in (textbook, network)]
    assert sizes[0] == sizes[1]


def test_the_textbook_loop_passes_through_all_lengths() -> None:
    pixels = np.random.default_rng(0).random((40, 784), dtype=np.float32)
    reached = list(train_textbook(Order("vae", (3,), 0.001, (1, 3)), pixels))
    assert [one.epochs for one in reached] == [1, 3]
    assert 0 < reached[0].seconds < reached[1].seconds
    losses = [measure_loss(one.networks[0], torch.from_numpy(pixels)) for one in reached]
    assert losses[1] < losses[0]


def stand_in_for_pythae(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: str) -> None:
    script = tmp_path / "worker.py"
    script.write_text(
        "import json, sys, numpy as np\nfrom pathlib import Path\nfolder = Path(sys.argv[1])\n"
        "order = json.loads((folder / 'order.json').read_text())\n"
        "for n in order['lengths'][:2]:\n"
        "    np.savez(folder / f'weights_{n}.npz', **{'encoder.0.weight': np.full((1, 2), n)})\n"
        "    print(n / 2, flush=True)\n" + end
    )
    monkeypatch.setattr(peer, "prepare_interpreter", lambda: Path(sys.executable))
    monkeypatch.setattr(peer, "WORKER", script)


def test_what_pythae_s_process_says_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in_for_pythae(tmp_path, monkeypatch, "")
    reached = list(peer.train_peer({"lengths": [2, 4]}, np.zeros((3, 4), np.float32)))
    assert [(seconds, weights["encoder.0.weight"].tolist()) for seconds, weights in reached] == [
        (1.0, [[2, 2]]),
        (2.0, [[4, 4]]),
    ]


@pytest.mark.parametrize(("code", "error"), [(peer.DIVERGED, FloatingPointError), (1, BenchmarkError)])
def test_a_training_of_pythae_s_that_fails_says_why(code, error, tmp_path: Path, monkeypatch) -> None:
    stand_in_for_pythae(tmp_path, monkeypatch, f"print('what went wrong', file=sys.stderr)\nsys.exit({code})\n")
    with pytest.raises(error, match=r"Pythae: .*what went wrong"):
        list(peer.train_peer({"lengths": [1, 2, 3]}, np.zeros((3, 4), np.float32)))


def run_convergence(monkeypatch: pytest.MonkeyPatch, capsys) -> tuple[list[rows.Row], str]:
    convergence.main()
    return read_csv(CONVERGENCE_PATH), capsys.readouterr().out


def test_convergence_is_measured_and_a_second_start_repeats_nothing(study, monkeypatch, capsys) -> None:
    for name, value in {"RATES": (0.002, 0.004), "LENGTHS": (1, 2), "LONGEST": 2, "N_TURNS": 1}.items():
        monkeypatch.setattr(convergence, name, value)
    monkeypatch.setattr(convergence, "prepare_interpreter", lambda: None)
    started, trainers = [], dict(convergence.TRAINERS)
    trainers[PYTHAE] = train_textbook

    def trained(who: str):
        def train(order, images):
            started.append((who, order.model, order.learning_rate, tuple(order.seeds)))
            if len(started) == 5:
                raise KeyboardInterrupt
            yield from trainers[who](order, images)

        return train

    monkeypatch.setattr(convergence, "TRAINERS", {who: trained(who) for who in trainers})
    with pytest.raises(KeyboardInterrupt):
        convergence.main()
    before = read_csv(CONVERGENCE_PATH)
    after, printed = run_convergence(monkeypatch, capsys)
    assert after[: len(before)] == before
    assert len(started) == 1 + 2 * 2 * 2 + 4 * 2  # one interrupted; the search; the end
    assert [row["n_seeds"] for row in rows.select(after, part="reference", model="vae")] == 4 * [STUDY_SEEDS]
    assert {row["test"] for row in rows.select(after, part="search")} == {None}
    assert "this study, 4 at once" in printed
    n_started = len(started)
    assert run_convergence(monkeypatch, capsys) == (after, printed)
    assert len(started) == n_started


def test_a_search_ends_where_the_target_is_reached_and_no_other_rate_goes_further(study, monkeypatch) -> None:
    job = convergence.Job("search", TEXTBOOK, Order("ae", (0,), 0.002, (1, 2, 3)), target=1e9)
    found = convergence.measure(job, load_images())
    assert [(row["epochs"], row["is_reached"]) for row in found] == [(1, True)]
    reference = [row for row in measured_convergence({}) if row["part"] == "reference"]
    reached = {**found[0], "who": OURS, "learning_rate": convergence.RATES[0], "epochs": 12}
    after = convergence.next_job([*({**row, "validation": 90.0} for row in reference), reached])
    assert (after.order.learning_rate, list(after.order.lengths)) == (convergence.RATES[1], [12, 10, 8])
    assert after.target == pytest.approx(1.025 * 90.0)


def test_a_search_that_comes_from_above_ends_where_the_target_is_missed(study, monkeypatch) -> None:
    def train(order, images):
        for epochs in order.lengths:
            yield convergence.Trained(epochs, 1.0, [epochs])

    monkeypatch.setitem(convergence.TRAINERS, OURS, train)
    monkeypatch.setattr(convergence, "measure_loss", lambda epochs, images: 120.0 - epochs)
    job = convergence.Job("search", OURS, Order("ae", (0,), 0.004, (12, 10, 8, 6)), target=110.0)
    found = convergence.measure(job, load_images())
    assert [(row["epochs"], row["is_reached"]) for row in found] == [(12, True), (10, True), (8, False)]


def test_who_diverges_at_every_rate_is_named() -> None:
    with pytest.raises(BenchmarkError, match="textbook loop, vae: diverged at every learning rate"):
        convergence.choose([], "vae", PYTHAE)


def test_a_training_that_diverges_is_noted_and_not_chosen(study, monkeypatch) -> None:
    def diverge(order, images):
        raise FloatingPointError
        yield

    monkeypatch.setitem(convergence.TRAINERS, TEXTBOOK, diverge)
    job = convergence.Job("search", TEXTBOOK, Order("vae", (0,), 0.004, (8, 10)), target=100.0)
    found = convergence.measure(job, load_images())
    assert [(row["validation"], row["is_reached"]) for row in found] == [(None, False)]
    other = {**found[0], "learning_rate": 0.001, "validation": 120.0}
    assert [convergence.choose([*found, other], "vae", who) for who in (TEXTBOOK, PYTHAE)] == [other, other]


def test_seconds_are_those_of_a_model_and_the_worst_loss_counts() -> None:
    found = measured_convergence({})
    worse = {**found[1], "turn": 1, "test": 104.0, "seconds": 40.0}
    ours = summarise([*found, worse], "ae", OURS, 4)
    assert find_target(found, "ae", "test") == 103.0
    assert (ours.seconds, ours.loss, ours.is_reached) == (7.5, 104.0, False)
    assert summarise(found, "ae", PYTHAE, 1).is_reached


def test_what_was_measured_with_another_setting_than_the_chosen_one_is_stale() -> None:
    found = measured_convergence({})
    better = {**rows.select(found, part="search", model="ae", who=OURS)[0], "epochs": 8, "is_reached": True}
    assert summarise([*found, better], "ae", OURS, 4) is None
    assert summarise([*found, better], "ae", PYTHAE, 1).is_reached


@pytest.mark.parametrize("model", MODELS)
def test_the_search_s_loop_trains_as_the_library_does(model: str) -> None:
    pixels = np.random.default_rng(0).random((300, 784), dtype=np.float32)
    estimator = build_estimator(model, epochs=2)
    cell = fit_seeds(estimator, pixels, (0, 5))
    setting = default_setting()._replace(epochs=2)
    networks = search_loop.train(setting, lambda: estimator.build_network(784), torch.from_numpy(pixels), seeds=(0, 5))
    images = torch.from_numpy(pixels)
    for network, fitted in zip(networks, cell.values(), strict=True):
        assert measure_loss(network, images) == pytest.approx(measure_loss(fitted.network_, images), rel=1e-6)


def train_briefly(epochs: int = 2, **changes: object) -> torch.nn.Module:
    pixels = torch.rand(40, 784, generator=torch.Generator().manual_seed(0))
    setting = default_setting()._replace(epochs=epochs, schedule="constant", **changes)
    return search_loop.train(setting, lambda: build_estimator("ae").build_network(784), pixels, seeds=(0, 1))[1]


def test_every_setting_of_the_search_is_another_training() -> None:
    settings = list_settings()
    assert len(set(settings)) == len(settings)
    assert {one.optimiser for one in settings} == {"adam", "adamw", "nadam", "muon"}
    weights = [train_briefly(optimiser=name).get_parameter("encoder.0.weight") for name in ("adam", "nadam", "muon")]
    assert all(torch.isfinite(one).all() for one in weights)
    assert not any(torch.equal(weights[0], other) for other in weights[1:])


def test_muon_updates_matrices_and_adam_the_rest() -> None:
    stacked = StackedNetwork([build_estimator("ae").build_network(784)], torch.device("cpu"))
    setting = default_setting()._replace(optimiser="muon")
    matrices = search_loop.Matrices(stacked)
    muon, adam = search_loop.build_optimisers(setting, stacked, matrices)
    assert [tuple(one.shape) for one in muon.param_groups[0]["params"]][:2] == [(784, 256), (256, 128)]
    assert len(muon.param_groups[0]["params"]) == len(adam.param_groups[0]["params"]) == 6
    muon.param_groups[0]["params"][0].fill_(7.0)
    assert (stacked.parameters["encoder.0.weight"] == 7.0).all()


def test_averaged_weights_are_the_mean_of_the_last_updates() -> None:
    first, second, mean = (train_briefly(1), train_briefly(2), train_briefly(2, averaged_epochs=2))
    for name, weights in mean.named_parameters():
        ends = [one.get_parameter(name) for one in (first, second)]
        assert torch.allclose(weights, (ends[0] + ends[1]) / 2, atol=1e-6)


def test_each_seed_s_gradient_is_clipped_on_its_own() -> None:
    stacked = StackedNetwork([build_estimator("ae").build_network(784)] * 2, torch.device("cpu"))
    for one in stacked.rows.values():
        one.grad = torch.zeros_like(one)
    gradient = next(iter(stacked.rows.values())).grad
    gradient[0, 0], gradient[1, 0] = 6.0, 2.0
    search_loop.clip(stacked, 3.0)
    assert gradient[:, 0].tolist() == pytest.approx([3.0, 2.0])


def test_the_search_is_measured_and_a_second_start_repeats_nothing(study, monkeypatch, capsys) -> None:
    monkeypatch.setattr(search, "START", START._replace(epochs=5))
    monkeypatch.setattr(search, "list_settings", lambda: [search.START._replace(optimiser="nadam", averaged_epochs=2)])
    for name, value in {"N_PACES": 1, "LONGEST": 6, "CONFIRMING_SEEDS": (2, 3), "TOLERANCE": 10.0}.items():
        monkeypatch.setattr(search, name, value)
    trained, train = [], search_loop.train

    def count(setting, *arguments, **others):
        trained.append(setting)
        if len(trained) == 3:
            raise KeyboardInterrupt
        return train(setting, *arguments, **others)

    monkeypatch.setattr(search, "train", count)
    with pytest.raises(KeyboardInterrupt):
        search.main()
    assert len(read_csv(SEARCH_PATH)) == 1  # the pace of one model, in turns with START's
    search.main()
    found = read_csv(SEARCH_PATH)
    assert {row["part"] for row in found} == {"pace", "search", "confirmation", "stability"}
    assert {row["seed"] for row in rows.select(found, part="confirmation")} == {2, 3}
    assert {row["latent_dim"] for row in rows.select(found, part="stability")} == {2, 4, 16}
    assert all(0 < row["squared_error"] < 784 and row["loss"] > 0 for row in found if row["part"] != "pace")
    n_trained = len(trained)
    search.main()
    assert len(trained) == n_trained
    assert read_csv(SEARCH_PATH) == found


def test_what_is_slower_is_trained_for_fewer_epochs() -> None:
    paced = [{**row, "pace": 2.0 if row["optimiser"] == "muon" else 1.0} for row in searched(99.5)]
    muon = START._replace(optimiser="muon", learning_rate=0.01)
    assert search.shorten(paced, muon).epochs == 8
    assert search.shorten(paced, START._replace(averaged_epochs=5)) == START._replace(epochs=16, averaged_epochs=4)


def test_rows_read_from_a_file_are_found_again(tmp_path: Path) -> None:
    found = searched(99.5)
    rows.write_csv(tmp_path / "search.csv", [{**row, "plan": PLAN} for row in found])
    assert search.next_job(rows.read_rows(tmp_path / "search.csv", PLAN)) is None
    assert rows.read_rows(tmp_path / "search.csv", search.fingerprint({})) == []


def test_a_setting_wins_that_keeps_start_s_losses_in_four_fifths_of_its_time() -> None:
    found = searched(confirmed=99.5)
    winner = find_winner(found)
    assert winner == START._replace(optimiser="nadam", epochs=16)
    assert find_saving(found, winner) == pytest.approx(1 - 159 / 199)
    assert search.is_stable(found, winner)
    assert find_winner(searched(confirmed=100.5)) is None
    assert search.next_job(searched(confirmed=100.5)) is None


def test_a_setting_that_takes_longer_than_its_pace_said_does_not_win() -> None:
    slow = [{**row, "seconds": 165.0} if row["part"] == "confirmation" and row["optimiser"] == "nadam" else row
            for row in searched(99.5)]  # fmt: skip
    assert find_winner(slow) is None


def test_a_winner_with_which_verdicts_move_is_not_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    winner = START._replace(optimiser="nadam", epochs=16)
    assert choose_default(searched(99.5)) == winner
    monkeypatch.setattr(search, "MOVES_VERDICTS", winner)
    found = searched(99.5)
    assert find_winner(found) == winner
    assert choose_default(found) == START
    line = find_line(render(Results(search=found)), "share of training that another setting saves")
    assert line.endswith("not adopted, verdicts move; default stable")
    assert float(line.split(">=")[0].split()[-1]) == pytest.approx(search.find_saving(found, winner), abs=1e-3)


def test_a_setting_does_not_win_by_the_luck_of_its_seeds() -> None:
    scattered = [
        {**row, "loss": 99.5 + (row["seed"] % 2)}
        if row["part"] == "confirmation" and row["optimiser"] == "nadam"
        else row
        for row in searched(99.5)
    ]
    assert find_winner(scattered) is None


@pytest.mark.parametrize("model", MODELS)
def test_a_setting_is_stable_only_where_nothing_diverges(model: str) -> None:
    found = searched(confirmed=100.5)
    job = search.list_stability(START)[-1 - MODELS.index(model)]
    broken = [{**row, "loss": None} if row in rows.select(found, **job.key) else row for row in found]
    assert search.is_stable(found, START)
    assert not search.is_stable(broken, START)


SEARCHED = pytest.mark.skipif(not (ROOT / SEARCH_PATH).exists(), reason="the search of settings has not been run")


@SEARCHED
def test_the_study_trains_as_the_search_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    found = read_csv(SEARCH_PATH)
    assert search.next_job(found) is None
    assert default_setting() == choose_default(found)


@pytest.mark.skipif(not (ROOT / CONVERGENCE_PATH).exists(), reason="seconds to converged quality are not measured")
def test_the_documentation_says_how_soon_a_converged_model_stands() -> None:
    found, text = read_csv(ROOT / CONVERGENCE_PATH), (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    section = text.split("\n## Seconds to converged quality\n")[1].split("\n## ")[0]
    shown = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith(("| AE", "| VAE"))]
    expected = []
    for model, (who, n_seeds) in product(MODELS, convergence.CONTESTANTS):
        one, rate = summarise(found, model, who, n_seeds), convergence.choose(found, model, who)["learning_rate"]
        assert f"{one.target:.2f}" in section
        name = f"{who}, {n_seeds} at once" if who == OURS else who
        numbers = [f"{rate:g}", str(one.epochs), f"{one.seconds:.0f}", f"{one.loss:.2f}"]
        expected.append([model.upper(), name, *numbers, "yes" if one.is_reached else "no"])
    assert shown == expected
    aims = [aim for aim in list_convergence_aims(found) if aim.bound is not None]
    assert len(aims) == 4
    ours, loop, pythae = ([summarise(found, model, who, 1) for model in MODELS] for who in (OURS, TEXTBOOK, PYTHAE))
    fewer = [theirs.epochs / one.epochs for one, theirs in zip(ours, loop, strict=True)]
    paces = [theirs.seconds * one.epochs / theirs.epochs / one.seconds for one, theirs in zip(ours, loop, strict=True)]
    alone = [theirs.seconds / one.seconds for one, theirs in zip(ours, pythae, strict=True)]
    said, values = section.replace("\n", " "), (*(aim.value for aim in aims), *fewer, *paces, *alone)
    assert all(f"{value:.1f} times" in said for value in values)


@SEARCHED
def test_the_documentation_shows_which_verdicts_move_with_the_winner() -> None:
    changes = {key.split(".")[-1]: value for key, value in TRAININGS["batch_256"].items()}
    expected = {**START._asdict(), **changes}
    assert expected == search.MOVES_VERDICTS._asdict() == find_winner(read_csv(ROOT / SEARCH_PATH))._asdict()
    verdicts = {(one.condition, one.part): one.verdict for one in read_table(ROOT)}
    parts = [part for name, part in verdicts if name == "default"]
    pairs = {part: (verdicts["default", part], verdicts["training_batch_256", part]) for part in parts}
    moved = [[part, *pair] for part, pair in pairs.items() if len(set(pair)) > 1]
    assert moved
    lines = (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8").splitlines()
    rows_of_parts = [line.strip("| ").split(" | ") for line in lines if line.startswith("| C")]
    assert [[cells[0].split(",")[0], *cells[1:3]] for cells in rows_of_parts] == moved


@SEARCHED
def test_the_documentation_shows_the_search() -> None:
    found, text = read_csv(ROOT / SEARCH_PATH), (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    settings = {setting: [str(setting.epochs), f"{setting.learning_rate:g}", str(setting.batch_size)]
                for setting in [START, *(search.shorten(found, one) for one in list_settings())]}  # fmt: skip
    for setting, cells in settings.items():
        measured = [rows.select(found, **search.Job("search", model, setting).key) for model in MODELS]
        cells += [f"{np.mean([row[name] for row in of_model]):.2f}"
                  for of_model in measured for name in ("loss", "squared_error")]  # fmt: skip
    section = text.split("\n## How the networks are trained best\n")[1].split("\n## ")[0]
    lines = [line.replace("*", "").strip("| ").split(" | ") for line in section.splitlines() if line.count("|") == 9]
    shown = [[*line[:3], *line[4:]] for line in lines[2:]]
    assert sorted(shown) == sorted(settings.values())
    assert f"**{START.epochs}**" in section


@SEARCHED
def test_the_documentation_says_how_far_the_study_is_from_the_longest_training_of_the_search() -> None:
    found, text = read_csv(ROOT / SEARCH_PATH), (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    longest = with_epochs(START, search.LONGEST)
    for name in ("loss", "squared_error"):
        for model in MODELS:
            short, long = (np.mean([row[name] for row in rows.select(found, **search.Job(part, model, one).key)])
                           for part, one in (("search", START), ("stability", longest)))  # fmt: skip
            assert f"{short / long - 1:.1%}".replace("%", " %") in text.replace("\n", " ")


@pytest.mark.skipif(not (ROOT / STAGES_PATH).exists(), reason="the whole pipeline has not been timed")
def test_the_documentation_shows_the_run_that_was_timed() -> None:
    timed, text = read_json(ROOT / STAGES_PATH), (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    section = text.split("\n## The whole pipeline\n")[1].split("\n## ")[0].replace("\n", " ")
    at_once, in_turn, memory = (aim.value for aim in list(list_pipeline_aims(timed, None))[:3])
    assert f"takes {at_once:,.0f} seconds" in section
    assert f"takes {in_turn:.2f} times as long" in section
    assert f"needs {memory:.1f} GiB" in section
    left = [
        {row["command"]: row["seconds"] for row in timed["stages"]},
        dict(timed["side_by_side"]["stages"]),
    ]
    lines = [line for line in text.splitlines() if line.startswith(("| `train", "| `sweep`", "| everything else"))]
    for line in lines:
        stages, *cells = line.strip("| ").split(" | ")
        names = re.findall(r"`(\w+)`", stages)
        taken = [[name for name in one if not names or re.split(r"[ @]", name)[0] in names] for one in left]
        seconds = [sum(one.pop(name) for name in some) for one, some in zip(left, taken, strict=True)]
        assert cells == [f"{value:,.0f}" for value in seconds]
    assert left == [{}, {}]


@pytest.mark.skipif(not (ROOT / LATENCIES_PATH).exists(), reason="latencies have not been measured")
def test_the_documentation_says_how_long_one_waits() -> None:
    text = (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    section = text.split("\nWaiting after a change")[1].split("\n## ")[0]
    lines = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("|")][2:]
    aims = [aim for aim in list_pipeline_aims(None, read_json(ROOT / LATENCIES_PATH)) if aim.value is not None]
    shown = sorted((seconds, bound) for *_, seconds, bound in lines)
    assert shown == sorted((f"{aim.value:.{0 if aim.value >= 100 else 1}f}", f"{aim.bound:g}") for aim in aims)


@pytest.mark.skipif(not (ROOT / GROWTH_PATH).exists(), reason="growth has not been measured")
def test_the_documentation_says_how_cost_grows() -> None:
    found, text = read_csv(ROOT / GROWTH_PATH), (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    section = text.split("\n## How run time grows\n")[1].replace("\n", " ")
    assert GROWTH_CHART_PATH.name in section
    for aim in list_growth_aims(found):
        evaluation, gib = re.findall(r"sweep (\S+) times; .*–(\S+) GiB", aim.note)[0]
        assert f"{aim.value:.2g} times" in section
        assert f"{float(evaluation):.2g} times" in section
        assert f"{gib} GiB" in section


def test_training_on_every_core_is_measured_against_the_peak(study, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(throughput, "measure_large_products", lambda precision: 1000.0)
    monkeypatch.setattr(throughput, "count_cores", lambda: 1)
    found = throughput.measure_rates(np.full((64, 784), 0.5, dtype=np.float32), n_rounds=1)
    assert {row["model"] for row in found} == set(MODELS)
    for row in found:
        flop = count_flop_per_image(build_estimator(row["model"]).build_network(784))
        assert row["share_of_peak"] == pytest.approx(row["images_per_second"] * flop / 1e12)


def test_more_images_than_there_are_are_shifted_copies() -> None:
    images = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)
    more = growth.repeat_shifted(images, 5)
    assert np.array_equal(more[:2], images)
    assert np.array_equal(more[2], np.roll(images[0], 1, axis=1))
    assert len(growth.repeat_shifted(images, 1)) == 1
    assert len(growth.repeat_shifted(images, 20)) == 20


def test_growth_runs_the_stages_of_each_size_and_a_second_start_repeats_nothing(study, monkeypatch, capsys) -> None:
    for name in (*growth.CODE, "checkpoints/judges", "checkpoints/features"):
        (study / name).mkdir(parents=True)
    (study / "checkpoints/pca.safetensors").touch()
    small = {"n_seeds": [growth.Size(1, 2, 130, 2)], "n_images": [growth.Size(2, 1, 30, 1)]}
    monkeypatch.setattr(growth, "SWEPT", small)
    ran = []

    def run_stage(folder: Path, arguments: list[str]) -> float:
        params = yaml.safe_load((folder / "params.yaml").read_text(encoding="utf-8"))
        images = growth.read_arrays(folder / "data/prepared/train.safetensors")
        assert len(images["images"]) == len(images["labels"])
        assert (folder / "data/prepared/test.safetensors").is_file()
        ran.append((len(images["labels"]), len(params["seeds"]), params["epochs"], *arguments))
        return float(len(ran))

    monkeypatch.setattr(growth, "run_stage", run_stage)
    monkeypatch.setattr(growth, "time_start", lambda module: 0.5)
    growth.main()
    training = {
        (130, 1, 2, "stages.train", "--model", model, "--latent-dim", dim) for model in MODELS for dim in ("16", "2")
    }
    assert training <= set(ran)
    assert len(ran) == 6 + 3
    assert [row["gib"] for row in read_csv(GROWTH_PATH)] == [4.0, 6.0, 8.0, 9.0]
    assert [row["start"] for row in read_csv(GROWTH_PATH)] == [1.0, 0.5, 1.0, 0.5]
    assert (study / GROWTH_CHART_PATH).read_bytes().startswith(b"<?xml")
    growth.main()
    assert len(ran) == 9


def test_growth_needs_a_finished_run(study) -> None:
    with pytest.raises(BenchmarkError, match="expected what a finished run leaves"):
        growth.measure(growth.Size())


def test_growth_takes_the_memory_of_the_stage_and_not_of_who_measures(tmp_path: Path) -> None:
    (tmp_path / "stages").mkdir()
    (tmp_path / "stages" / "held.py").write_text("block = bytearray(300 * 2**20)\n")
    (tmp_path / "stages" / "broken.py").write_text("raise SystemExit(3)\n")
    assert 0.29 < growth.run_stage(tmp_path, ["stages.held"]) < 0.5
    with pytest.raises(BenchmarkError, match=r"stages\.broken: expected exit code 0, got 3"):
        growth.run_stage(tmp_path, ["stages.broken"])


def test_the_figure_of_growth_has_the_same_bytes_twice() -> None:
    found = grown()
    points = {
        swept: {part: growth.list_points(found, swept, part) for part in ("training", "evaluation")}
        for swept in growth.SWEPT
    }
    assert draw_growth(points) == draw_growth(points)


@pytest.mark.parametrize(
    ("value", "is_at_most", "verdict"),
    [(2.0, True, "met"), (3.0, True, "over by 50 %"), (1.0, False, "short by 50 %"), (None, True, MISSING)],
)
def test_an_aim_is_met_or_short_by_its_distance(value, is_at_most, verdict) -> None:
    assert Aim("x", value, "s", 2.0, is_at_most=is_at_most).verdict == verdict


def test_data_stages_do_not_count_into_the_run_and_memory_is_the_largest() -> None:
    aims = {aim.name: aim for aim in list_pipeline_aims(STAGES, LATENCIES)}
    assert aims["default run, make report"].value == 4.0
    assert aims["the same by dvc repro, over make report"].value == 8.0 / 4.0  # with what DVC itself takes
    assert aims["memory of the largest stage"].verdict == "over by 25 %: both cores evaluate at once"
    assert aims["outside the sweep, beyond its training"].value == 85.0
    assert aims["a template changed, make report"].verdict.startswith("over by 25 %: ")


def test_everything_that_is_missing_is_said_to_be_not_measured_yet() -> None:
    assert {aim.verdict for aim in list_aims(Results())} == {MISSING}
    assert "WARNING" not in render(Results())


def test_the_table_fits_a_screen() -> None:
    complete = Results(
        measured_convergence({PYTHAE: 110.0, OURS: 110.0}),
        searched(99.5),
        grown(),
        THROUGHPUT,
        STAGES,
        LATENCIES,
        DEVICE,
    )
    for results in (Results(), complete):
        lines = render(results).splitlines()
        assert len(lines) <= 45
        assert max(map(len, lines)) <= 120
    assert MISSING not in render(complete)


def test_the_table_says_how_much_sooner_a_converged_model_stands() -> None:
    text = render(Results(convergence=measured_convergence({})))
    assert find_line(text, "AE sooner than Pythae, 4 at once").split()[-1] == "met"
    assert find_line(text, "VAE sooner than textbook loop, 1 at once").split()[-1] == "met"
    assert "5 s each" in find_line(text, "this study, 4 at once, 16 epochs")
    assert text.splitlines()[-1] == f"convergence: {ORIGIN}"


def test_a_target_that_was_not_reached_is_said_so_and_meets_no_aim() -> None:
    text = render(Results(convergence=measured_convergence({OURS: 104.0})))
    assert find_line(text, "AE sooner than Pythae").endswith("this study did not converge")
    assert find_line(text, "this study, 4 at once").endswith("NOT converged: 104.0 > 103.0")
    peer_late = render(Results(convergence=measured_convergence({PYTHAE: 104.0})))
    assert find_line(peer_late, "AE sooner than Pythae").split()[-1] == "met"
    sooner = [{**row, "seconds": min(row["seconds"], 40.0)} for row in measured_convergence({PYTHAE: 104.0})]
    text = render(Results(convergence=sooner))
    assert find_line(text, "AE sooner than Pythae").endswith("short by 20 %: a shorter training just missed")
    assert find_line(text, "Pythae, 16 epochs").endswith("NOT converged: 104.0 > 103.0")


def test_the_table_says_which_setting_won_the_search() -> None:
    name = "share of training that another setting saves"
    won = find_line(render(Results(search=searched(99.5))), name)
    assert won.endswith("another wins; default stable")
    assert find_line(render(Results(search=searched(100.5))), name).endswith("none; default stable")
    assert find_line(render(Results(search=searched(99.5)[:10])), name).endswith(MISSING)


def test_numbers_of_a_busy_machine_carry_a_warning() -> None:
    busy = [{**row, "machine": f"{ORIGIN}, {BUSY}"} for row in measured_convergence({})]
    assert render(Results(convergence=busy)).startswith("WARNING")
    assert render(Results(throughput={**THROUGHPUT, "is_busy": True})).startswith("WARNING")


def test_each_measurement_names_its_machine_and_pace() -> None:
    lines = render(Results(throughput=THROUGHPUT, latencies=LATENCIES, device=DEVICE)).splitlines()
    assert f"throughput: {ORIGIN}" in lines
    assert f"latencies: {ORIGIN}, 150 to 100 GFLOP/s" in lines
    assert "device: H100, 16 cores, PyTorch None" in lines


def test_a_gpu_s_seconds_count_only_at_today_s_length_of_training() -> None:
    name = "default grid on a GPU"
    assert "12 s" in find_line(render(Results(device=DEVICE)), name)
    for other in ({**DEVICE, "epochs": 5}, {**DEVICE, "machine": {"cores": 2, "gpu": None}}):
        assert find_line(render(Results(device=other)), name).endswith(MISSING)


def test_one_command_measures_what_is_missing_and_prints_the_table(study, monkeypatch, capsys) -> None:
    plan = bench.plan_of_training()
    throughput.write_json(bench.THROUGHPUT_PATH, {**THROUGHPUT, "plan": plan})
    rows.write_csv(GROWTH_PATH, [{**row, "plan": plan} for row in grown()])
    throughput.write_json(bench.STAGES_PATH, {**STAGES, "plan": "plan-of-other-parameters"})
    commands = []

    def run(command: list[str], check: bool) -> subprocess.CompletedProcess:
        commands.append(command[2:])
        if "benchmarks.search" in command:
            found = [{**row, "plan": search.plan_of_search()} for row in searched(confirmed=99.5)]
            rows.write_csv(SEARCH_PATH, found)
        return subprocess.CompletedProcess(command, int("benchmarks.convergence" in command))

    monkeypatch.setattr(bench.subprocess, "run", run)
    assert bench.main() == 1
    parts = [f"benchmarks.{name}" for name in ("search", "convergence", "stages", "latencies")]
    assert commands == [["dvc", "repro", "prepare"], *([part, "--busy"] for part in parts)]
    said = capsys.readouterr()
    assert "the search found another setting" in said.err
    assert "failed: convergence" in said.err
    assert "short by 43 %" in said.out
    monkeypatch.setattr(sys, "argv", ["benchmark", "--show"])
    assert bench.main() == 0
    assert len(commands) == 5
    assert capsys.readouterr().out == said.out


def test_a_busy_machine_is_refused_with_the_load_and_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "SECONDS_TO_WAIT", 0)
    with pytest.raises(BenchmarkError, match=r"expected at most 0\.5, got 3\.10"):
        wait_until_idle(lambda message: None, lambda: 3.1)


def test_a_machine_that_calms_down_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    loads, said = iter([1.0, 0.2]), []
    wait_until_idle(said.append, lambda: next(loads))
    assert said == ["load average 1.00, waiting for 0.5"]


def test_the_description_names_no_host() -> None:
    assert platform.node() not in " ".join(map(str, describe_machine().values())).split()


def test_the_run_side_by_side_tells_its_stages_seconds() -> None:
    said = "[fetch] fetch: done\nStage 'fetch' done in 6.0 s\nStage 'train@ae-2' done in 33.2 s\n"
    assert parse_seconds(said) == {"fetch": 6.0, "train@ae-2": 33.2}


def test_columns_are_as_wide_as_their_widest_text() -> None:
    assert align_columns([["a", "bb"], ["ccc", 1.0]]) == "a    bb\nccc  1.00"


def test_a_stage_s_memory_and_exit_code_are_noted(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "stages").mkdir()
    (tmp_path / "stages" / "held.py").write_text("import sys\nblock = bytearray(300 * 2**20)\nsys.exit(3)\n")
    monkeypatch.chdir(tmp_path)
    _, code, rows = run_and_measure(["python", "-m", "stages.held"], sys.executable)
    assert code == 3
    assert [row["stage"] for row in rows] == ["held"]
    assert 0.29 < rows[0]["peak_gib"] < 0.5


def test_latencies_run_what_make_report_runs() -> None:
    command = ["make", "--dry-run", "--no-print-directory", "--assume-old=.venv/.installed", "report"]
    lines = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    assert lines[: len(latencies.MAKE)] == [" ".join(["python", *command[1:]]) for command in latencies.MAKE]


def test_another_latent_dim_changes_one_line_of_the_parameters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = (ROOT / "params.yaml").read_text(encoding="utf-8")
    (tmp_path / "params.yaml").write_text(before, encoding="utf-8")
    monkeypatch.setattr(latencies, "MAKE", [])
    latencies.change_latent_dim("make", tmp_path, 12)
    after = (tmp_path / "params.yaml").read_text(encoding="utf-8")
    changed = [pair for pair in zip(before.splitlines(), after.splitlines(), strict=True) if pair[0] != pair[1]]
    assert changed == [("latent_dim: 16", "latent_dim: 12")]


def test_both_precisions_are_compared_from_the_same_weights() -> None:
    pixels = np.random.default_rng(0).random((64, 784), dtype=np.float32)
    estimator = build_estimator("ae", epochs=1)
    found = compare_precisions(estimator, Images(pixels, pixels[:20], pixels[:30]), (0, 1))
    assert set(found["seconds"]) == {"float32", "bfloat16"}
    assert 0 < abs(found["difference"]["mean"]) < 0.001 * found["float32"]["mean"]


def test_without_a_gpu_one_line_says_so() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.device"],
        cwd=ROOT, env={**os.environ, "CUDA_VISIBLE_DEVICES": ""}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("device: error: expected a CUDA device, found none: PyTorch ")
    assert len(done.stderr.splitlines()) == 1


def test_the_benchmark_of_a_gpu_runs_on_a_processor(study, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    params = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    changed = {"epochs": 1, "latent_dim": 2, "latent_sweep": 5 * [2], "seeds": [0, 1]}
    (study / "params.yaml").write_text(yaml.safe_dump({**params, **changed}))
    monkeypatch.setenv("CUBLAS_WORKSPACE_CONFIG", "")
    monkeypatch.setattr(sys, "argv", ["device", "--device", "cpu", "--images", "40", "--rounds", "1", "--busy"])
    device.main()
    result = read_json(DEVICE_PATH)
    assert [row["model"] for row in result["grid"]] == params["models"]
    assert result["n_images"] == 40
    assert result["agreement"]["difference"] == {"mean": 0.0, "low": 0.0, "high": 0.0}
    assert result["agreement"]["is_agreed"]
    assert result["is_busy"]
    assert capsys.readouterr().out.startswith("default grid on a GPU")
