"""Pieces of an evaluation on several threads: order, bytes, mistakes."""

import io
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from rich.console import Console

from stages import side_by_side
from stages.console import Progress, threads
from stages.side_by_side import measure_all, measure_in_turn

PIECES = list(range(12))


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


def test_two_workers_are_two_threads_and_one_is_this() -> None:
    meeting = threading.Barrier(2, timeout=10)
    seen = list(measure_all([0, 1], lambda _: (meeting.wait(), threading.current_thread())[1], 2))
    assert len({*seen, threading.current_thread()}) == 3
    assert set(measure_all([0, 1], lambda _: threading.current_thread(), 1)) == {threading.current_thread()}


def sums(seed: int) -> bytes:
    rows = torch.rand(3000, 500, generator=torch.Generator().manual_seed(seed))
    return torch.cat([rows.sum(0), (rows @ rows[:40].T).exp().sum(1), rows.sum()[None]]).numpy().tobytes()


def test_the_number_of_workers_changes_no_bit() -> None:
    with threads(1):
        found = [list(measure_all(PIECES, sums, n_workers)) for n_workers in (1, 2, 4)]
    assert found[0] == found[1] == found[2]


@pytest.mark.parametrize("n_workers", [2, 4])
def test_every_worker_computes_on_one_thread(n_workers: int) -> None:
    with threads(1):
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


def test_workers_beyond_the_share_of_the_cores_let_the_others_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = tmp_path / "share"
    told.write_text("    1     2\n")
    monkeypatch.setenv(side_by_side.SHARE, str(told))
    assert side_by_side.shares() == (1, 2)
    meeting = threading.Barrier(2, timeout=10)

    def measure(piece: int) -> str:
        if piece == 3:
            told.write_text("    2     2\n")
        if piece > 3:
            meeting.wait()
        return threading.current_thread().name

    seen = list(measure_all(range(6), measure, 2))
    assert len(set(seen[:4])) == 1
    assert len(set(seen[4:])) == 2
    told.unlink()
    assert side_by_side.shares() == (1, 1)
    assert len(set(measure_all(range(6), lambda _: threading.current_thread().name, 2))) == 1


def test_what_must_not_run_side_by_side_takes_the_share_of_the_cores_as_it_is_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = torch.get_num_threads()
    assert list(measure_in_turn([5], lambda _: torch.get_num_threads())) == [before]
    told = tmp_path / "share"
    monkeypatch.setenv(side_by_side.SHARE, str(told))

    def measure(now: int) -> int:
        told.write_text(f"    {3 - now}     2\n")
        return torch.get_num_threads()

    told.write_text("    1     2\n")
    assert list(measure_in_turn([1, 2], measure)) == [1, 2]
    torch.set_num_threads(before)


@pytest.fixture
def said() -> io.StringIO:
    return io.StringIO()


@pytest.mark.parametrize("n_workers", [1, 3])
def test_each_piece_is_reported(n_workers: int, said: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(side_by_side, "N_WORKERS", n_workers)
    progress = Progress("stage", Console(file=said))
    label: Callable[[int], str] = "piece {}".format
    assert list(side_by_side.side_by_side(progress, [3, 4], lambda piece: -piece, label)) == [-3, -4]
    assert said.getvalue().splitlines()[0] == "stage: piece 3 (0/2)"
    assert said.getvalue().splitlines()[-1].startswith("stage: piece 4 (2/2), took ")


def test_nothing_to_measure_is_nothing(said: io.StringIO) -> None:
    assert list(side_by_side.side_by_side(Progress("stage", Console(file=said)), [], np.sum, str)) == []
