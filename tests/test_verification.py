"""Verification by known answer: the same, nearly the same, inside an interval, different; and the exit codes."""

import hashlib
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from safetensors.numpy import save

from foundation.reproducibility.artifacts import write_json
from verification import scratch
from verification.__main__ import main
from verification.checkouts import Committed, Tree, read_lock
from verification.comparison import Outcome, Rule, Verdict, compare, find_outliers, leaves
from verification.scratch import clone_of, hand_over_raw_data, re_execute, remove_outputs
from verification.table import Row, Side, rows, show, verdict_of

ROOT = Path(__file__).resolve().parents[1]
WEIGHTS = np.arange(6, dtype=np.float32).reshape(2, 3)


def as_json(value: object) -> bytes:
    return json.dumps(value).encode()


def judged(expected: object, got: object, rule: Rule) -> Outcome:
    return compare("metrics.json", as_json(expected), as_json(got), rule)


def interval(mean: float, low: float = 1.0, high: float = 2.0) -> dict[str, float]:
    return {"mean": mean, "low": low, "high": high}


def test_equal_bytes_are_identical_under_every_rule() -> None:
    assert {compare("a.png", b"1", b"1", rule).verdict for rule in Rule} == {Verdict.IDENTICAL}


def test_a_stored_number_may_not_differ_in_its_last_digit() -> None:
    found = judged({"se": {"ae": 6.93491}}, {"se": {"ae": 6.93492}}, Rule.STORED)
    assert found == (Verdict.DIFFERENT, "se.ae: expected 6.93491, got 6.93492 (difference 1e-05)")


@pytest.mark.parametrize(("got", "verdict"), [(6.93492, Verdict.CLOSE), (6.9351, Verdict.DIFFERENT)])
def test_a_number_made_anew_may_differ_within_the_tolerance(got: float, verdict: Verdict) -> None:
    found = judged({"se": 6.93491}, {"se": got}, Rule.REMADE)
    assert found.verdict is verdict
    assert f"got {got}" in found.detail


def test_the_largest_difference_is_named_first() -> None:
    found = judged({"a": 1.0, "b": 1.0, "c": 1.0}, {"a": 1.1, "b": 3.0, "c": 1.0}, Rule.REMADE)
    assert found.detail == "b: expected 1.0, got 3.0 (difference 2), and 1 more"


@pytest.mark.parametrize("got", [{"a": None}, {"a": True}, {"a": "1"}, {}, {"a": 1, "b": 1}, {"a": float("nan")}])
@pytest.mark.parametrize("rule", [Rule.STORED, Rule.REMADE])
def test_another_kind_of_entry_is_different(got: dict[str, Any], rule: Rule) -> None:
    assert judged({"a": 1}, got, rule).verdict is Verdict.DIFFERENT


def test_a_flipped_weight_is_named_by_tensor_and_index() -> None:
    flipped = WEIGHTS.copy()
    flipped[1, 2] = -5
    found = compare("w.safetensors", save({"layer": WEIGHTS}), save({"layer": flipped}), Rule.STORED)
    assert found == (Verdict.DIFFERENT, "layer[1, 2]: expected 5.0, got -5.0 (difference 10)")


@pytest.mark.parametrize("got", [WEIGHTS.reshape(3, 2), WEIGHTS.astype(np.float64), np.full_like(WEIGHTS, np.nan)])
def test_weights_of_another_form_are_different(got: np.ndarray[Any, Any]) -> None:
    found = compare("w.safetensors", save({"layer": WEIGHTS}), save({"layer": got}), Rule.REMADE)
    assert found.verdict is Verdict.DIFFERENT


def test_a_digit_of_a_table_is_named_by_line_and_column() -> None:
    found = compare("a.csv", b"codec,mean\npca,1.5\nae,2.5\n", b"codec,mean\npca,1.5\nae,2.6\n", Rule.STORED)
    assert found == (Verdict.DIFFERENT, "line 3.mean: expected 2.5, got 2.6 (difference 0.1)")


def test_damaged_and_other_files_are_named_by_byte() -> None:
    assert leaves("a.json", b"{") is None
    assert leaves("a.safetensors", b"{") is None
    assert compare("a.json", b"{}", b"{", Rule.REMADE) == (Verdict.DIFFERENT, "other bytes from byte 1 on")
    assert compare("a.svg", b"<a>", b"<b>", Rule.STORED) == (Verdict.DIFFERENT, "other bytes from byte 1 on")


@pytest.mark.parametrize(("mean", "verdict"), [(1.0, "INSIDE"), (1.9, "INSIDE"), (2.1, "DIFFERENT")])
def test_on_another_processor_the_interval_decides(mean: float, verdict: str) -> None:
    assert judged(interval(1.5), interval(mean, 0.9, 2.2), Rule.ELSEWHERE).verdict is Verdict[verdict]


def test_an_interval_without_width_allows_the_last_digit() -> None:
    expected = {f"a.{key}": value for key, value in interval(0.259631, 0.259631, 0.259631).items()}
    assert find_outliers(dict(expected), {**expected, "a.mean": 0.259632}) == ([], 1)
    assert len(find_outliers(dict(expected), {**expected, "a.mean": 0.26})[0]) == 1


@pytest.mark.parametrize(("n_outside", "verdict"), [(1, Verdict.INSIDE), (2, Verdict.DIFFERENT)])
def test_one_mean_in_ten_may_leave_its_interval(n_outside: int, verdict: Verdict) -> None:
    expected = {str(number): interval(1.5) for number in range(10)}
    got = {str(number): interval(9 if number < n_outside else 1.2) for number in range(10)}
    found = judged(expected, got, Rule.ELSEWHERE)
    assert found.verdict is verdict
    assert f"{10 - n_outside} of 10 means within their intervals" in found.detail


def test_on_another_processor_a_verdict_may_not_change_and_what_has_no_interval_is_not_judged() -> None:
    changed = judged({**interval(1.5), "verdict": "supported"}, {**interval(1.6), "verdict": "refuted"}, Rule.ELSEWHERE)
    assert changed == (Verdict.DIFFERENT, "verdict: expected 'supported', got 'refuted'")
    assert judged({"a": 1}, {"a": 2}, Rule.ELSEWHERE).verdict is Verdict.UNJUDGED
    assert judged(interval(1.5), {"mean": 1.5}, Rule.ELSEWHERE).verdict is Verdict.DIFFERENT
    assert compare("a.png", b"1", b"2", Rule.ELSEWHERE).verdict is Verdict.UNJUDGED


def git(folder: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=test", "-c", "user.email=test@example.org"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


def md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def folder_hash(name: str, content: bytes) -> str:
    """Return DVC's hash of a folder with one file."""
    return md5(json.dumps([{"md5": md5(content), "relpath": name}]).encode()) + ".dir"


def lay_project(folder: Path) -> None:
    """Lay a project with a metric for git, and raw data and a folder of weights that git ignores."""
    metric, weights = as_json({"se": 1.25}), save({"w": WEIGHTS})
    contents = {"results/a.json": metric, "data/raw/x": b"raw", "weights/w.safetensors": weights}
    for name, content in contents.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    outs = {
        "fetch": ("data/raw", folder_hash("x", b"raw")),
        "train": ("weights", folder_hash("w.safetensors", weights)),
        "evaluate": ("results/a.json", md5(metric)),
    }
    stages = {name: {"cmd": "x", "outs": [{"path": path, "md5": out}]} for name, (path, out) in outs.items()}
    (folder / "dvc.lock").write_text(yaml.safe_dump({"schema": "2.0", "stages": stages}))
    (folder / "dvc.yaml").write_text(yaml.safe_dump({"stages": {"evaluate": {"cmd": "exit 1", "outs": ["weights"]}}}))
    (folder / ".gitignore").write_text("/data\n/weights\n")
    (folder / ".dvc").mkdir()
    (folder / ".dvc" / "config").write_text("")


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A committed checkout."""
    folder = tmp_path / "checkout"
    lay_project(folder)
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "results")
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def inner(checkout: Path) -> Path:
    """A project inside the checkout, whose stage depends on the checkout's weights."""
    inner = checkout / "inner"
    lay_project(inner)
    lock = yaml.safe_load((inner / "dvc.lock").read_text())
    lock["stages"]["train"]["deps"] = [{"path": "../weights", "md5": "1.dir"}]
    (inner / "dvc.lock").write_text(yaml.safe_dump(lock))
    git(checkout, "add", "-A")
    git(checkout, "commit", "-qm", "a project inside")
    return inner


def test_an_untouched_checkout_is_identical(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--no-run"]) == 0
    assert "checkout: 4 identical" in capsys.readouterr().out


def test_a_flipped_digit_is_named_by_file_and_key(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (checkout / "results/a.json").write_bytes(as_json({"se": 1.26}))
    assert main(["--no-run"]) == 1
    assert "checkout: results/a.json: se: expected 1.25, got 1.26" in capsys.readouterr().out


def test_a_flipped_digit_is_found_although_it_is_committed(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (checkout / "results/a.json").write_bytes(as_json({"se": 1.26}))
    git(checkout, "commit", "-qam", "flipped")
    assert main(["--no-run"]) == 1
    assert "different, HEAD: results/a.json: expected the hash" in capsys.readouterr().out


def test_a_changed_lock_file_is_named_by_key(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lock = checkout / "dvc.lock"
    lock.write_text(lock.read_text().replace("cmd: x", "cmd: y", 1))
    assert main(["--no-run"]) == 1
    assert "checkout: dvc.lock: evaluate.cmd: expected 'x', got 'y'" in capsys.readouterr().out


def test_missing_outputs_are_absent_and_missing_metrics_different(checkout: Path) -> None:
    (checkout / "weights/w.safetensors").unlink()
    assert main(["--no-run"]) == 0
    (checkout / "results/a.json").unlink()
    assert main(["--no-run"]) == 1


def test_a_missing_and_an_added_file_of_a_folder_are_named(checkout: Path, tmp_path: Path) -> None:
    outs = {"weights": Tree(checkout).hash("weights") or ""}
    witness = Tree(checkout)
    assert witness.files("weights")
    (checkout / "weights/w.safetensors").rename(checkout / "weights/v.safetensors")
    [row] = rows(Committed(outs, (witness,)), [Side("checkout", Tree(checkout), Rule.STORED)])
    assert row.outcomes[0] == (Verdict.DIFFERENT, "weights/v.safetensors: expected no file, got one")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--against", "nowhere"], "nowhere/dvc.lock: expected outputs, got none"),
        (["--no-run", "--pipeline", "other/dvc.yaml"], "expected the path of a dvc.yaml, got 'other/dvc.yaml'"),
        (["--no-run", "--pipeline", "train"], "--pipeline: expected the path of a dvc.yaml, got 'train'"),
    ],
)
def test_what_cannot_be_verified_gives_one_line(
    checkout: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert main(arguments) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("verify: error: ")
    assert said in line


def test_a_lock_that_is_none_gives_one_line(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (checkout / "dvc.lock").write_text("stages: 3\n")
    git(checkout, "commit", "-qam", "damaged")
    assert main(["--no-run"]) == 2
    assert capsys.readouterr().err.startswith("verify: error: HEAD:dvc.lock: expected DVC's lock file")


def test_the_clone_starts_without_outputs_and_is_removed(checkout: Path) -> None:
    stages = read_lock(checkout)
    with clone_of(checkout, keep=False) as clone:
        remove_outputs(clone)
        assert not (clone / "results/a.json").exists()
        assert not (clone / "dvc.lock").exists()
        hand_over_raw_data(checkout, clone, stages)
        assert (clone / "data/raw/x").read_bytes() == b"raw"
        assert set(read_lock(clone)) == {"fetch"}
    assert not clone.parent.exists()


def test_raw_data_that_are_not_the_committed_ones_are_not_handed_over(checkout: Path, tmp_path: Path) -> None:
    (checkout / "data/raw/x").write_bytes(b"other")
    hand_over_raw_data(checkout, tmp_path / "clone", read_lock(checkout))
    assert not (tmp_path / "clone").exists()


def test_two_checkouts_are_compared(checkout: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = tmp_path / "other"
    subprocess.run(["cp", "-a", str(checkout), str(other)], check=True)
    assert main(["--against", str(other)]) == 0
    flipped = WEIGHTS.copy()
    flipped[0, 1] += 1
    (checkout / "weights/w.safetensors").write_bytes(save({"w": flipped}))
    assert main(["--against", str(other)]) == 1
    assert "checkout: weights/w.safetensors: w[0, 1]: expected 1.0, got 2.0" in capsys.readouterr().out


def test_every_output_and_verdict_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    sides = [Side("checkout", Tree(ROOT), Rule.STORED)]
    table = [Row("a.json", (Outcome(Verdict.DIFFERENT, "a.json: why"),)), Row("b", (Outcome(Verdict.ABSENT),))]
    show(table, sides)
    said = capsys.readouterr().out
    assert all(line in said for line in ("a.json: checkout different", "b: checkout absent", "a.json: why"))
    assert "checkout: 1 absent, 1 different" in said
    assert verdict_of(table) is Verdict.DIFFERENT


def test_a_project_inside_is_verified_by_its_own_lock_file(inner: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--no-run", "--pipeline", "inner/dvc.yaml"]
    assert main(arguments) == 0
    assert "checkout: 4 identical" in capsys.readouterr().out
    (inner / "results/a.json").write_bytes(as_json({"se": 1.26}))
    assert main(["--no-run"]) == 0
    assert main(arguments) == 1
    assert "checkout: results/a.json: se: expected 1.25, got 1.26" in capsys.readouterr().out


def test_a_project_inside_is_run_after_the_stages_it_depends_on(
    inner: Path, checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run: list[tuple[list[str], Path]] = []
    monkeypatch.setattr(scratch, "_run_module", lambda arguments, folder: run.append((arguments, folder)))
    with clone_of(checkout, keep=False) as clone:
        re_execute(checkout, clone, Path("inner"))
        assert not (clone / "inner/results/a.json").exists()
        assert run == [(["dvc", "repro", "train"], clone), (["dvc", "repro"], clone / "inner")]
        assert (clone / "inner/.dvc/config.local").read_text() == (clone / ".dvc/config.local").read_text()


def test_a_worktree_is_verified_by_its_own_head(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(checkout, "worktree", "add", "-q", str(tmp_path / "worktree"))
    monkeypatch.chdir(tmp_path / "worktree")
    Path("results/a.json").write_bytes(as_json({"se": 1.26}))
    git(Path(), "commit", "-qam", "of the worktree")
    assert main(["--no-run"]) == 1
    with clone_of(Path.cwd(), keep=False) as clone:
        assert (clone / "results/a.json").read_bytes() == as_json({"se": 1.26})


def test_another_processor_is_said_and_recorded(checkout: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["--record"]) == 0
    written = json.loads((checkout / "verification/machine.json").read_text())
    assert written["processor"] in capfd.readouterr().out
    write_json(checkout / "verification/machine.json", {"processor": "Another 9000"})
    assert main([]) == 2  # it says so first; then this checkout's pipeline fails
    said = capfd.readouterr()
    assert "results made on: Another 9000; this processor:" in said.out
    assert "dvc repro failed in the clone" in said.err


def settle(place: str, checkout: Path, tmp_path: Path) -> Path:
    """Return the checkout as it lies in another place that git and DVC know."""
    folder = tmp_path / "place"
    match place:
        case "worktree":
            git(checkout, "worktree", "add", "-q", str(folder))
        case "detached":
            git(checkout, "clone", "-q", ".", str(folder))
            git(folder, "checkout", "-q", "--detach")
        case "shallow":
            git(checkout, "commit", "-q", "--allow-empty", "-m", "second")
            git(checkout, "clone", "-q", "--depth", "1", checkout.as_uri(), str(folder))
        case "renamed":
            return checkout.rename(folder)
        case "submodule":
            folder.mkdir()
            git(folder, "init", "-q")
            git(folder, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(checkout), "study")
            return folder / "study"
        case "part":
            shutil.rmtree(checkout / ".git")
            folder.mkdir()
            checkout.rename(folder / "a study")
            (folder / "a study" / ".dvc" / "config").write_text("")
            git(folder, "init", "-q")
            git(folder, "add", "-A")
            git(folder, "commit", "-qm", "something larger")
            return folder / "a study"
    return folder


@pytest.mark.parametrize("place", ["worktree", "detached", "shallow", "renamed", "submodule", "part"])
def test_verification_works_wherever_git_works(
    place: str, checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = settle(place, checkout, tmp_path)
    monkeypatch.chdir(folder)
    assert main(["--no-run"]) == 0, capsys.readouterr().err
    with clone_of(folder, keep=False) as clone:
        assert (clone / "dvc.lock").read_bytes() == (folder / "dvc.lock").read_bytes()
        assert clone.parts[-2:] == ("clone", "a study") if place == "part" else clone.name == "clone"
    assert not clone.exists()


def test_verification_works_in_a_hook_of_git(checkout: Path, inner: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_DIR", ".git")
    monkeypatch.setenv("GIT_INDEX_FILE", ".git/index")
    assert main(["--no-run", "--pipeline", "inner/dvc.yaml"]) == 0
    with clone_of(checkout, keep=False) as clone:
        assert (clone / "inner/dvc.lock").exists()


def test_what_a_shared_cache_holds_is_found(checkout: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    weights = save({"w": WEIGHTS})
    listed = json.dumps([{"md5": md5(weights), "relpath": "w.safetensors"}]).encode()
    for content, suffix in ((weights, ""), (listed, ".dir")):
        path = tmp_path / "shared" / "files" / "md5" / md5(content)[:2] / f"{md5(content)[2:]}{suffix}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    (checkout / ".dvc" / "config.local").write_text(f"[cache]\n    dir = {tmp_path / 'shared'}\n")
    flipped = WEIGHTS.copy()
    flipped[0, 1] += 1
    (checkout / "weights/w.safetensors").write_bytes(save({"w": flipped}))
    assert main(["--no-run"]) == 1
    assert "weights/w.safetensors: w[0, 1]: expected 1.0, got 2.0" in capsys.readouterr().out
