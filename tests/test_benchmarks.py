"""Benchmarks: what they count, what they refuse, what they print."""

import os
import platform
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from torch.utils.flop_counter import FlopCounterMode

from benchmarks import device, latencies, machine, study_search
from benchmarks.chart import draw_rates
from benchmarks.device import Images
from benchmarks.limits import DISPATCH, split_time
from benchmarks.loops import TextbookModel
from benchmarks.machine import BenchmarkError, describe_machine, wait_until_idle
from benchmarks.precision import compare_precisions
from benchmarks.products import Layer, count_flop_per_image, list_layers
from benchmarks.quality import choose_plan
from benchmarks.settings import CONTESTS, DEVICE_PATH, PEER_MODELS, STUDY_SEARCH_PATH
from benchmarks.side_by_side import SideBySide
from benchmarks.stages import parse_seconds, run_and_measure
from benchmarks.table import Target, align_columns, list_pipeline_targets, render_results
from foundation.parameters import load_params
from foundation.reproducibility.artifacts import read_csv, read_json, write_arrays, write_csv

RATE = {
    "who": "ours", "network": "default vae", "seeds": 4, "threads": 2, "images_per_second": 20000.0,
    "best_images_per_second": 21000.0, "gflops": 60.0, "share_of_peak": 0.4,
}  # fmt: skip
QUALITY = {
    "model": "ae", "seeds": 4, "plan": "2/128/0.004/one_cycle", "seconds_per_model": 5.0, "worst": 6.0,
    "is_reached": True, "peer_seconds": 150.0, "peer_quality": 6.5, "speedup": 30.0,
}  # fmt: skip
TRAINING = {
    "machine": {"cores": 2}, "is_busy": False, "peaks": [["square 2048", 2, 150.0]], "rates": [RATE],
    "limits": {"default vae": split_time({"aten::bmm": 5.0}, 10.0)}, "quality": [QUALITY],
}  # fmt: skip
ROOT = Path(__file__).resolve().parents[1]
LOSS = {"mean": 100.0, "low": 99.0, "high": 101.0}
DEVICE = {
    "machine": {"cores": 16, "gpu": "H100"}, "is_busy": False, "n_images": 55000, "first_use_seconds": 4.0,
    "n_seeds": 4, "cell": "vae-16",
    "grid": [{"model": model, "latent_dim": 2, "seconds": 6.0} for model in ("ae", "vae")],
    "seeds": {"seeds": [1, 10], "few": {"min": 1.0, "median": 1.1}, "many": {"min": 3.0, "median": 3.3}, "ratio": 3.0},
    "agreement": {
        "seconds": {"cpu": 40.0, "device": 1.2}, "cpu": LOSS, "device": LOSS, "is_agreed": True,
        "difference": {"mean": 0.0, "low": -1.0, "high": 1.0},
    },
}  # fmt: skip


def test_the_products_of_pythaes_vae_are_those_counted_by_hand() -> None:
    first, to_code, from_code, last = 784 * 512, 512 * 32, 16 * 512, 512 * 784
    by_hand = 4 * first + 6 * (to_code + from_code + last)
    assert count_flop_per_image(list_layers(CONTESTS[1].build_network())) == by_hand


def test_the_gradient_of_an_image_is_not_counted() -> None:
    assert count_flop_per_image([Layer(3, 5, needs_input_gradient=False)]) == 4 * 15


def test_the_count_agrees_with_pytorch_s_own_counter() -> None:
    network = CONTESTS[3].build_network()
    with FlopCounterMode(display=False) as counter:
        pixels, noise = torch.rand(8, 784), torch.randn(8, 16)
        network.loss_terms(network(pixels, noise), pixels).total(1.0).sum().backward()
    assert counter.get_total_flops() == 8 * count_flop_per_image(list_layers(network))


@pytest.mark.parametrize("contest", CONTESTS, ids=lambda contest: contest.name)
def test_the_textbook_network_has_as_many_weights_as_ours(contest) -> None:
    ours, textbook = contest.build_network(), TextbookModel(contest)
    assert sum(p.numel() for p in ours.parameters()) == sum(p.numel() for p in textbook.parameters())


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


@pytest.mark.parametrize(
    ("value", "is_at_most", "verdict"),
    [(2.0, True, "met"), (3.0, True, "short by 50 %"), (1.0, False, "short by 50 %"), (None, True, "not measured")],
)
def test_a_target_is_met_or_short_by_its_distance(value, is_at_most, verdict) -> None:
    assert Target("x", value, 2.0, "s", is_at_most=is_at_most).verdict == verdict


def test_data_stages_do_not_count_into_the_run_and_memory_is_the_largest() -> None:
    rows = [
        {"stage": "fetch", "command": "fetch", "seconds": 50.0, "peak_gib": 0.1},
        {"stage": "train", "command": "train --model ae", "seconds": 7.0, "peak_gib": 2.5},
    ]
    stages = {"stages": rows, "side_by_side": {"seconds": 54.0, "from_prepared_data": 4.0}}
    targets = {target.name: target for target in list_pipeline_targets(stages, None)}
    assert targets["default run from prepared data, side by side"].value == 4.0
    assert targets["the same, one by one"].value == 7.0
    assert targets["peak memory of a stage"].verdict == "short by 25 %"


def test_the_run_side_by_side_tells_its_stages_seconds() -> None:
    said = "[fetch] fetch: done\nStage 'fetch' done in 6.0 s\nStage 'train@ae-2' done in 33.2 s\n"
    assert parse_seconds(said) == {"fetch": 6.0, "train@ae-2": 33.2}


def test_every_process_side_by_side_trains_all_images(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    np.save(tmp_path / "pixels.npy", np.full((256, 784), 0.5, dtype=np.float32))
    trained = SideBySide(tmp_path / "pixels.npy")
    try:
        trained.measure_rate(CONTESTS[0], 1, "float32")
        start = time.perf_counter()
        rate = trained.measure_rate(CONTESTS[0], 2, "bfloat16")
        seconds = time.perf_counter() - start
    finally:
        trained.close()
    assert rate >= trained.n_processes * 2 * 256 / seconds


def test_columns_are_as_wide_as_their_widest_text() -> None:
    assert align_columns([["a", "bb"], ["ccc", 1.0]]) == "a    bb\nccc  1.00"


def test_the_table_says_what_was_met_what_fell_short_and_what_was_not_measured() -> None:
    text = render_results(TRAINING, None, None)
    line = next(line for line in text.splitlines() if line.startswith("Pythae's quality per ae trained, 4 at once"))
    assert line.split()[-5:] == [">=", "8", "times", "faster", "met"]
    assert "short by 43 %" in text
    assert "not measured" in text
    assert "WARNING" not in text


def test_numbers_of_a_busy_machine_carry_a_warning() -> None:
    assert render_results({**TRAINING, "is_busy": True}, None, None).startswith("WARNING")


def test_a_quality_that_was_not_reached_meets_no_target() -> None:
    short = {**TRAINING, "quality": [{**QUALITY, "is_reached": False}]}
    line = next(line for line in render_results(short, None, None).splitlines() if line.startswith("Pythae's quality"))
    assert "short" in line


def test_the_chart_has_the_same_bytes_twice() -> None:
    assert draw_rates(TRAINING) == draw_rates(TRAINING)


def test_shares_of_a_step_sum_to_one() -> None:
    parts = split_time({"aten::bmm": 4.0, "aten::_fused_adam_": 1.0, "aten::silu": 2.0}, 10.0)
    assert sum(parts.values()) == pytest.approx(1)
    assert parts[DISPATCH] == pytest.approx(0.3)
    assert parts["optimiser"] == pytest.approx(0.1)


def test_the_shortest_plan_that_reaches_the_target_is_chosen(tmp_path) -> None:
    row = {"model": "ae", "batch_size": 128, "learning_rate": 0.004, "schedule": "one_cycle"}
    write_csv(
        tmp_path / "search.csv",
        [{**row, "epochs": 1, "worst": 9.0}, {**row, "epochs": 2, "worst": 6.0}, {**row, "epochs": 3, "worst": 5.0}],
    )
    assert choose_plan(tmp_path / "search.csv", "ae", 6.5).epochs == 2
    assert choose_plan(tmp_path / "search.csv", "ae", 1.0).epochs == 3


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


def test_a_gpu_has_a_part_and_targets_of_its_own() -> None:
    lines = render_results(TRAINING, None, None, DEVICE).splitlines()
    verdicts = {line.split("  ")[0]: line for line in lines if " on a GPU" in line}
    assert verdicts["default grid on a GPU"].endswith("met")
    assert verdicts["10 seeds against 1 on a GPU"].endswith("short by 50 %")
    assert "both agree within the interval over seeds" in lines
    assert "on a GPU" not in render_results(TRAINING, None, None)


def test_both_precisions_stand_side_by_side_with_the_interval_of_their_difference() -> None:
    loss = {"mean": 100.0, "low": 99.0, "high": 101.0}
    row = {"cell": "vae-16", "seconds": {"float32": 60.0, "bfloat16": 40.0}, "float32": loss, "bfloat16": loss}
    row["difference"] = {"mean": 0.02, "low": -0.03, "high": 0.07}
    measured = {"machine": {"cores": 2}, "is_busy": False, "n_images": 55000, "n_seeds": 4, "cells": [row]}
    line = next(line for line in render_results(precision=measured).splitlines() if line.startswith("vae-16"))
    assert line.split()[1:] == ["60.00", "40.00", "1.50", "100.00", "100.00", "0.02", "-0.03", "0.07"]


def test_both_precisions_are_compared_from_the_same_weights() -> None:
    pixels = np.random.default_rng(0).random((64, 784), dtype=np.float32)
    estimator = CONTESTS[2].build_estimator(epochs=1)
    found = compare_precisions(estimator, Images(pixels, pixels[:20], pixels[:30]), (0, 1))
    assert set(found["seconds"]) == {"float32", "bfloat16"}
    assert 0 < abs(found["difference"]["mean"]) < 0.001 * found["float32"]["mean"]


def test_each_measurement_names_its_machine_and_pace() -> None:
    machine = {"processor": "EPYC", "cores": 2, "torch": "2.15.0"}
    latencies = {"machine": machine, "product_gflops": [150.4, 99.6], "seconds": {"make": {"no-op": 1.5}}}
    lines = render_results(TRAINING, None, latencies, DEVICE).splitlines()
    assert "latencies  EPYC, 2 cores, PyTorch 2.15.0, products 150 to 100 GFLOP/s" in lines
    assert "training   unnamed, 2 cores, PyTorch None" in lines
    verdicts = {line.split("  ")[0]: line.split("  ")[-1].strip() for line in lines if line.startswith("no-op")}
    assert verdicts == {"no-op, by dvc": "not measured", "no-op, by make": "met"}
    assert "GPU        H100, 16 cores, PyTorch None" in lines


def test_a_processor_s_times_meet_no_target_of_a_gpu() -> None:
    on_cpu = {**DEVICE, "machine": {"cores": 2, "gpu": None}}
    text = render_results(None, None, None, on_cpu)
    assert "on a GPU" not in text
    assert "training on the processor, no GPU" in text


def test_without_a_gpu_one_line_says_so() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.device"],
        cwd=ROOT, env={**os.environ, "CUDA_VISIBLE_DEVICES": ""}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("device: error: expected a CUDA device, found none: PyTorch ")
    assert len(done.stderr.splitlines()) == 1


def write_splits(folder: Path) -> None:
    images = np.random.default_rng(0).integers(0, 256, (60, 28, 28), dtype=np.uint8)
    for name in ("train", "validation", "test"):
        split = {"images": images, "labels": np.zeros(60, np.uint8)}
        write_arrays(folder / f"data/prepared/{name}.safetensors", split)


def test_the_search_of_settings_measures_loss_and_error_of_each(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_splits(tmp_path)
    (tmp_path / STUDY_SEARCH_PATH.parent).mkdir(parents=True)
    params = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    (tmp_path / "params.yaml").write_text(yaml.safe_dump({**params, "epochs": 2}))
    monkeypatch.chdir(tmp_path)
    study_search.main((study_search.Setting(1, 0.01),), n_images=40)
    rows = read_csv(STUDY_SEARCH_PATH)
    trained = [("ae", 1), ("vae", 1), ("rae", 2), ("linear_ae", 5)]
    assert [(row["model"], row["epochs"]) for row in rows] == trained
    assert all(0 < row["squared_error"] < 784 and row["loss"] > 0 for row in rows)


@pytest.mark.skipif(not (ROOT / STUDY_SEARCH_PATH).exists(), reason="the search of settings has not been run")
@pytest.mark.parametrize("model", PEER_MODELS)
def test_the_study_s_setting_is_within_a_tenth_of_the_longest_training_of_the_search(model: str) -> None:
    rows = [row for row in read_csv(ROOT / STUDY_SEARCH_PATH) if row["model"] == model]
    settings = study_search.chosen_setting(load_params(ROOT / "params.yaml"))._asdict()
    chosen = [row for row in rows if all(row[name] == value for name, value in settings.items())]
    longest = min(row["squared_error"] for row in rows if row["epochs"] == max(one["epochs"] for one in rows))
    assert chosen[0]["squared_error"] <= 1.1 * longest


def test_the_benchmark_of_a_gpu_runs_on_a_processor(tmp_path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    params = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    changed = {"epochs": 1, "latent_dim": 2, "latent_sweep": 5 * [2], "seeds": [0, 1]}
    (tmp_path / "params.yaml").write_text(yaml.safe_dump({**params, **changed}))
    write_splits(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CUBLAS_WORKSPACE_CONFIG", "")
    monkeypatch.setattr(sys, "argv", ["device", "--device", "cpu", "--images", "40", "--rounds", "1", "--busy"])
    device.main()
    result = read_json(DEVICE_PATH)
    assert [row["model"] for row in result["grid"]] == params["models"]
    assert result["n_images"] == 40
    assert result["agreement"]["difference"] == {"mean": 0.0, "low": 0.0, "high": 0.0}
    assert result["agreement"]["is_agreed"]
    assert capsys.readouterr().out.startswith("WARNING")
