"""Where the autoencoders are trained: what is asked for, what is there, what is refused before anything is written."""

import copy
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml

from foundation.parameters import parse_params
from foundation.paths import CHECKED_PATH, SWEEP_DIR
from foundation.progress import Progress
from foundation.reproducibility import numerics
from foundation.reproducibility.artifacts import write_arrays
from foundation.reproducibility.devices import training_device, what_cuda_lacks
from foundation.stage import run_stage
from stages import check, train

ROOT = Path(__file__).resolve().parents[1]
DEFAULTS: dict[str, Any] = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
TINY = {"epochs": 1, "training": {**DEFAULTS["training"], "batch_size": 16, "schedule": "cosine"}}


def raw(**changes: Any) -> dict[str, Any]:
    return {**copy.deepcopy(DEFAULTS), **changes}


@pytest.fixture
def without_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.version, "cuda", "13.2")


@pytest.fixture
def with_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A study with a finished cell, whose params.yaml now asks for a GPU."""
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(raw(device="cuda", **TINY)))
    images = np.random.default_rng(0).integers(0, 256, (40, 28, 28), dtype=np.uint8)
    for name in ("train", "validation"):
        write_arrays(
            tmp_path / f"data/prepared/{name}.safetensors", {"images": images, "labels": np.zeros(40, np.uint8)}
        )
    for path in (CHECKED_PATH, SWEEP_DIR / "2" / "ae" / "seed_0.safetensors"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(b"as it was")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["train", "--model", "ae", "--latent-dim", "4"])
    return tmp_path


def test_the_committed_results_are_a_processor_s() -> None:
    assert DEFAULTS["device"] == "cpu"


def test_a_processor_is_taken_without_a_look_for_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: pytest.fail("asked for CUDA"))
    assert training_device("cpu") == torch.device("cpu")


def test_auto_takes_a_gpu_where_there_is_one(with_gpu: None) -> None:
    assert training_device("auto") == torch.device("cuda")
    assert training_device("cuda") == torch.device("cuda")


def test_auto_takes_the_processor_elsewhere(without_gpu: None) -> None:
    assert training_device("auto") == torch.device("cpu")


@pytest.mark.parametrize("stage", ["check", "train"])
def test_cuda_without_a_gpu_is_one_line_and_nothing_is_written(
    stage: str, folder: Path, without_gpu: None, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    with pytest.raises(SystemExit) as caught:
        run_stage(stage, {"check": check.main, "train": train.main}[stage])
    assert caught.value.code == 1
    assert capsys.readouterr().err == (
        f"{stage}: error: params.yaml: device: cuda needs a GPU that PyTorch can use, "
        f"found none: PyTorch {torch.__version__} sees no CUDA device; use cpu or auto\n"
    )
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_a_driver_s_warning_becomes_part_of_the_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def is_available() -> bool:
        warnings.warn("CUDA initialization: The NVIDIA driver\nis too old", stacklevel=1)
        return False

    monkeypatch.setattr(torch.cuda, "is_available", is_available)
    monkeypatch.setattr(torch.version, "cuda", "13.2")
    assert what_cuda_lacks().endswith("(CUDA initialization: The NVIDIA driver is too old)")


def test_a_build_without_cuda_is_named(monkeypatch: pytest.MonkeyPatch, without_gpu: None) -> None:
    monkeypatch.setattr(torch.version, "cuda", None)
    assert what_cuda_lacks() == f"none: PyTorch {torch.__version__} is built without CUDA"


@pytest.fixture
def asked(folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the stage asks of fit_seeds, which does not train here."""
    calls: list[dict[str, Any]] = []
    monkeypatch.setattr(train, "fit_seeds", lambda *args, **kwargs: calls.append(kwargs))
    monkeypatch.setattr(train, "save_cell", lambda *args: None)
    return calls


def test_the_stage_trains_on_the_device_and_says_so(
    asked: list[dict[str, Any]], with_gpu: None, capsys: pytest.CaptureFixture[str]
) -> None:
    run_stage("train", train.main)
    assert asked[0]["device"] == torch.device("cuda")
    assert "train: 4/ae, 4 seeds on a GPU, epoch (0/1)" in capsys.readouterr().err


def test_a_state_of_another_device_is_not_continued(asked: list[dict[str, Any]], with_gpu: None) -> None:
    for device in ("cpu", "cuda"):
        train.main(parse_params(raw(device=device)), Progress("train"))
    assert asked[0]["keeper"].determined_by != asked[1]["keeper"].determined_by


def test_the_stage_trains_in_the_precision_asked_for_and_continues_no_other(
    asked: list[dict[str, Any]], without_gpu: None
) -> None:
    for precision in ("float32", "bfloat16"):
        train.main(parse_params(raw(precision=precision)), Progress("train"))
    assert [call["precision"] for call in asked] == ["float32", "bfloat16"]
    assert asked[0]["keeper"].determined_by != asked[1]["keeper"].determined_by


@pytest.mark.parametrize(("device", "pins"), [("auto", numerics.GPU_PINS), ("cuda", numerics.GPU_PINS), ("cpu", {})])
def test_products_are_pinned_where_a_gpu_may_train(device: str, pins: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(raw(device=device)))
    environment: dict[str, str] = {}
    numerics.pin(tmp_path / "params.yaml", environment)
    assert environment == pins
