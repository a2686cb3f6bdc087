"""Threads of a stage, and pieces of an evaluation on several of them: order, bytes, mistakes."""

import io
import os
import threading
from collections.abc import Callable

import numpy as np
import pytest
import torch
from rich.console import Console
from threadpoolctl import threadpool_info

from foundation.progress import Progress
from foundation.reproducibility import workers
from foundation.reproducibility.workers import Once, measure_all, n_cores, side_by_side, thread_limits

PIECES = list(range(12))
HERE = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


@pytest.fixture(autouse=True)
def one_thread_after() -> None:
    torch.set_num_threads(1)


@pytest.mark.parametrize("n_workers", [1, 2, 5])
def test_results_come_in_the_order_of_the_pieces(n_workers: int) -> None:
    gate = threading.Event()

    def measure(piece: int) -> int:
        if piece == 0 and n_workers > 1:
            assert gate.wait(10)  # the first piece is the last to end
        if piece == n_workers - 1:
            gate.set()
        return piece * piece

    assert list(measure_all(PIECES, measure, n_workers)) == [piece * piece for piece in PIECES]


def test_workers_are_threads_of_their_own() -> None:
    meeting = threading.Barrier(2, timeout=10)
    seen = list(measure_all([0, 1], lambda _: (meeting.wait(), threading.current_thread())[1], 2))
    assert len({*seen, threading.current_thread()}) == 3


def sums(seed: int) -> bytes:
    rows = torch.rand(3000, 500, generator=torch.Generator().manual_seed(seed))
    return torch.cat([rows.sum(0), (rows @ rows[:40].T).exp().sum(1), rows.sum()[None]]).numpy().tobytes()


def test_the_number_of_workers_changes_no_bit() -> None:
    with thread_limits(1):
        found = [list(measure_all(PIECES, sums, n_workers)) for n_workers in (1, 2, 4)]
    assert found[0] == found[1] == found[2]


@pytest.mark.parametrize("n_workers", [2, 4])
def test_every_worker_computes_on_one_thread(n_workers: int) -> None:
    with thread_limits(1):
        assert set(measure_all(PIECES, lambda _: torch.get_num_threads(), n_workers)) == {1}


def test_after_a_mistake_nothing_new_begins() -> None:
    begun: list[int] = []

    def measure(piece: int) -> int:
        begun.append(piece)
        if piece == 1:
            raise ValueError("a mistake")
        return piece

    with pytest.raises(ValueError, match="a mistake"):
        list(measure_all(list(range(10_000)), measure, 2))
    assert len(begun) < 10_000


@pytest.mark.parametrize(("asked", "expected"), [("3", 3), ("0", HERE), ("many", HERE), ("", HERE)])
def test_a_process_uses_the_cores_it_may(asked: str, expected: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", asked)
    assert n_cores() == expected


def test_a_stage_computes_matrix_products_of_numpy_on_one_thread() -> None:
    with thread_limits():
        assert {entry["num_threads"] for entry in threadpool_info() if entry["user_api"] == "blas"} == {1}


def test_a_stage_gives_pytorch_the_threads_it_asks_for() -> None:
    with thread_limits(2):
        assert torch.get_num_threads() == 2
    with thread_limits():
        assert torch.get_num_threads() == 2


@pytest.fixture
def said() -> io.StringIO:
    return io.StringIO()


@pytest.mark.parametrize("n_workers", [1, 3])
def test_each_piece_is_reported(n_workers: int, said: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "MAX_WORKERS", n_workers)
    progress = Progress("stage", Console(file=said))
    label: Callable[[int], str] = "piece {}".format
    assert list(side_by_side(progress, [3, 4], lambda piece: -piece, label)) == [-3, -4]
    assert said.getvalue().splitlines()[0] == "stage: piece 3 (0/2)"
    assert said.getvalue().splitlines()[-1].startswith("stage: piece 4 (2/2), took ")


def test_nothing_to_measure_is_nothing(said: io.StringIO) -> None:
    assert list(side_by_side(Progress("stage", Console(file=said)), [], np.sum, str)) == []


def test_an_entry_is_computed_once_and_keeps_nobody_from_another() -> None:
    once, computed, gate = Once(), [], threading.Event()

    def slow() -> str:
        computed.append("slow")
        assert gate.wait(10)  # until the other entry is there
        return "slow"

    def ask(piece: int) -> str:
        if piece < 2:
            return str(once.get("first", slow))
        found = str(once.get("second", lambda: "quick"))
        gate.set()
        return found

    assert list(measure_all(range(3), ask, 3)) == ["slow", "slow", "quick"]
    assert computed == ["slow"]


def test_an_entry_whose_computation_failed_is_computed_when_asked_for_again() -> None:
    once = Once()
    with pytest.raises(ZeroDivisionError):
        once.get("entry", lambda: 1 / 0)
    assert once.get("entry", lambda: 5) == 5
