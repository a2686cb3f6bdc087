"""Training at latent dimensions that the sweep lacks: every model once, on as many cores as there are."""

import threading
from pathlib import Path

import pytest

from autoencoders.learning import mixed_precision
from autoencoders.parameters import Params
from stages import outside, side_by_side, train
from stages.console import Progress
from stages.folders import read_list, write_list
from stages.paths import HEADLINE_DIR, asked_dir, cell_dir
from tests.explorer_fixture import small_params


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[tuple[Path, int]]:
    found: list[tuple[Path, int]] = []

    def note(params: Params, progress: Progress, model: str, estimator: object, folder: Path) -> None:
        found.append((folder, threading.get_ident()))

    monkeypatch.setattr(train, "train_cell", note)
    monkeypatch.chdir(tmp_path)
    return found


@pytest.mark.parametrize(("n_workers", "is_in_turn"), [(1, False), (2, False), (2, True)])
def test_every_model_is_trained_once_at_every_missing_dimension(
    n_workers: int, is_in_turn: bool, trained: list[tuple[Path, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    params = small_params()
    monkeypatch.setattr(mixed_precision, "concerns_process", lambda precision: is_in_turn)
    monkeypatch.setattr(side_by_side, "N_WORKERS", n_workers)
    write_list(asked_dir(HEADLINE_DIR), [3, 5])
    outside.train_missing(params, Progress("train_headline"), HEADLINE_DIR)
    expected = {cell_dir(HEADLINE_DIR, model, latent_dim) for model in params.models for latent_dim in (3, 5)}
    assert {folder for folder, _ in trained} == expected
    assert len(trained) == len(expected)
    assert ({thread for _, thread in trained} == {threading.get_ident()}) == (n_workers == 1 or is_in_turn)
    assert read_list(HEADLINE_DIR) == [3, 5]


def test_nothing_missing_is_nothing_trained(trained: list[tuple[Path, int]]) -> None:
    write_list(asked_dir(HEADLINE_DIR), [])
    outside.train_missing(small_params(), Progress("train_headline"), HEADLINE_DIR)
    assert trained == []
    assert read_list(HEADLINE_DIR) == []
