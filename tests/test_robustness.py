"""The table of robustness: its rows, what the page reads off it, whether it is stale, and how conditions are run."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from dvc.utils.hydra import apply_overrides

from foundation.parameters import load_params
from foundation.reproducibility.artifacts import ArtifactError, read_json
from robustness.conditions import LENGTHS, Condition, conditions
from robustness.run import Workplace
from robustness.table import (
    DEFAULT_PATH,
    LONGER,
    TABLE_PATH,
    WITHOUT_VERDICT,
    Entry,
    entries_of,
    family_entries,
    final_claims,
    final_verdict,
    find_missing,
    find_stale,
    keep_rows,
    made_from,
    make_table,
    read_table,
    table_of_study,
    write_table,
)
from tests.processes import as_module

ROOT = Path(__file__).resolve().parents[1]
PARAMS = load_params(ROOT / "params.yaml")
CONDITIONS = conditions(PARAMS)


def cell(verdict: str, *, votes: bool = True, mean: float = 1.0, **keys: str) -> dict[str, Any]:
    return {**keys, "votes": votes, "mean": mean, "low": mean - 0.5, "high": mean + 0.5, "verdict": verdict}


def part(verdict: str, *cells: dict[str, Any], depends_on: tuple[str, ...] = ()) -> dict[str, Any]:
    primary = {key: cells[0][key] for key in ("mean", "low", "high")} if cells else None
    voting = [one for one in cells if one["votes"]]
    counts = {
        f"n_{name}": sum(one["verdict"] == name for one in voting) for name in ("supported", "refuted", "undecided")
    }
    return {
        "verdict": verdict, "depends_on": list(depends_on), "primary": primary, "cells": list(cells), **counts,
        "n_silent": len(cells) - len(voting),
    }  # fmt: skip


def summary_of(**parts: dict[str, Any]) -> dict[str, Any]:
    return {"claims": {name: {"parts": {name: one}} for name, one in parts.items()}}


def entry(condition: str, kind: str, verdict: Any, depends_on: tuple[str, ...] = ()) -> Entry:
    return Entry(condition, kind, "C8a", 1.0, 0.5, 1.5, verdict, depends_on, 1, 0, 0, 0)


def table_of(default: str, **verdicts: str) -> list[Entry]:
    kinds = {one.name: one.kind for one in CONDITIONS}
    return [entry("default", "default", default), *(entry(name, kinds[name], one) for name, one in verdicts.items())]


DEPENDS = part(
    "depends",
    cell("supported", mean=2.0, measure="frechet", family="convolutional"),
    cell("refuted", mean=-2.0, measure="frechet", family="pixels"),
    cell("supported", mean=3.0, measure="recall", family="convolutional"),
    cell("not_judged", votes=False, measure="recall", family="pixels"),
    depends_on=("family",),
)
SUMMARY = summary_of(C2=part("supported", cell("supported", mean=0.9625)), C8a=DEPENDS, C8b=part("not_judged"))


def test_an_entry_has_the_primary_number_and_counts_the_cells() -> None:
    assert entries_of(SUMMARY, "latent_dim_8", "latent_dim") == [
        Entry("latent_dim_8", "latent_dim", "C2", 0.9625, 0.4625, 1.4625, "supported", (), 1, 0, 0, 0),
        Entry("latent_dim_8", "latent_dim", "C8a", 2.0, 1.5, 2.5, "depends", ("family",), 2, 1, 0, 1),
        Entry("latent_dim_8", "latent_dim", "C8b", None, None, None, "not_judged", (), 0, 0, 0, 0),
    ]


@pytest.mark.parametrize(
    ("family", "expected"),
    [
        ("convolutional", [Entry("family_convolutional", "family", "C8a", 2.0, 1.5, 2.5, "supported", (), 2, 0, 0, 0)]),
        ("pixels", [Entry("family_pixels", "family", "C8a", -2.0, -2.5, -1.5, "refuted", (), 0, 1, 0, 1)]),
        ("perceptron", []),
    ],
)
def test_a_family_is_judged_by_its_own_cells(family: str, expected: list[Entry]) -> None:
    assert family_entries(SUMMARY, family) == expected


def test_a_family_whose_measures_disagree_depends_on_the_measure() -> None:
    cells = [cell("supported", measure="frechet", family="pixels"), cell("refuted", measure="recall", family="pixels")]
    (found,) = family_entries(summary_of(C8a=part("depends", *cells)), "pixels")
    assert (found.verdict, found.depends_on) == ("depends", ("measure",))


def full_table(*missing: str) -> list[Entry]:
    """The table in which every condition but some has the summary of the default."""
    finished = {one.name: SUMMARY for one in CONDITIONS if one.name not in missing}
    return make_table(PARAMS, {"default": SUMMARY, **finished})


def test_a_written_table_is_read_as_it_was(tmp_path: Path) -> None:
    table = full_table()
    write_table(tmp_path, PARAMS, table)
    assert read_table(tmp_path) == table
    assert [one.condition for one in table if one.part == "C2"] == ["default", *(one.name for one in CONDITIONS)]
    families = {one.condition for one in table if one.part == "C8a" and one.kind == "family"}
    assert families == {"family_convolutional", "family_pixels"}


def test_without_a_table_there_are_no_entries(tmp_path: Path) -> None:
    assert read_table(tmp_path) == []


def test_a_table_with_other_columns_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / TABLE_PATH
    path.parent.mkdir(parents=True)
    path.write_text("condition,part\ndefault,C1\n")
    with pytest.raises(ArtifactError, match=r"table\.csv: expected the columns condition, kind, part"):
        read_table(tmp_path)


@pytest.mark.parametrize(
    ("default", "lengths", "expected", "axes"),
    [
        ("supported", {"epochs_x3": "supported", "epochs_x10": "supported"}, "supported", []),
        ("supported", {"epochs_x10": "refuted"}, "depends", ["epochs"]),
        ("refuted", {"epochs_x10": "supported"}, "depends", ["epochs"]),
        ("refuted", {"epochs_x3": "supported", "epochs_x10": "refuted"}, "depends", ["epochs"]),
        ("supported", {"epochs_x10": "depends"}, "depends", ["epochs"]),
        ("supported", {"epochs_x10": "undecided"}, "supported", []),
        ("undecided", {"epochs_x10": "supported"}, "undecided", []),
        ("not_judged", {"epochs_x10": "supported"}, "not_judged", []),
        ("supported", {"epochs_third": "refuted"}, "supported", []),
        ("supported", {"latent_dim_2": "refuted"}, "supported", []),
    ],
)
def test_only_a_longer_training_that_takes_the_other_side_turns_a_verdict(
    default: str, lengths: dict[str, str], expected: str, axes: list[str]
) -> None:
    assert final_verdict(table_of(default, **lengths), "C8a") == (expected, axes)


def test_a_turned_verdict_depends_on_what_either_length_depends_on() -> None:
    table = [entry("default", "default", "depends", ("measure",)), entry("epochs_x10", "epochs", "supported")]
    assert final_verdict(table, "C8a") == ("depends", ["epochs", "measure"])
    table[1] = entry("epochs_x10", "epochs", "depends", ("family",))
    assert final_verdict(table, "C8a") == ("depends", ["measure"])


def test_a_claim_follows_from_the_final_verdicts_of_its_parts() -> None:
    parts = {"C8a": DEPENDS, "C8b": part("supported", cell("supported"))}
    found = {"claims": {"C2": {"parts": {"C2": part("supported", cell("supported"))}}, "C8": {"parts": parts}}}
    assert final_claims([], {"claims": {"C2": {"verdict": "supported"}}}) == {"C2": {"verdict": "supported"}}
    table = entries_of(found, "default", "default")
    claims = final_claims(table, found)
    assert {name: (one["verdict"], one["depends_on"]) for name, one in claims.items()} == {
        "C2": ("supported", []), "C8": ("depends", ["part"]),
    }  # fmt: skip
    refuted = {"claims": {"C2": {"parts": {"C2": part("refuted", cell("refuted"))}}}}
    claims = final_claims([*table, *entries_of(refuted, "epochs_x10", "epochs")], found)
    assert (claims["C2"]["verdict"], claims["C2"]["depends_on"]) == ("depends", ["epochs"])
    assert claims["C2"]["parts"]["C2"]["verdict"] == "depends"
    assert claims["C2"]["parts"]["C2"]["cells"] == found["claims"]["C2"]["parts"]["C2"]["cells"]


def test_the_order_of_rows_changes_no_answer() -> None:
    table = table_of("supported", epochs_x3="supported", epochs_x10="refuted", latent_dim_2="undecided")
    shuffled = table[:]
    random.Random(0).shuffle(shuffled)
    assert final_verdict(shuffled, "C8a") == final_verdict(table, "C8a")


def test_the_longer_trainings_are_conditions() -> None:
    assert set(LONGER) == {f"epochs_{name}" for name, factor in LENGTHS.items() if factor > 1}
    assert set(LONGER) < {one.name for one in CONDITIONS}


@pytest.mark.parametrize("condition", CONDITIONS, ids=lambda condition: condition.name)
def test_a_condition_is_a_valid_study_that_differs_in_its_kind_alone(condition: Condition, tmp_path: Path) -> None:
    path = tmp_path / "params.yaml"
    shutil.copyfile(ROOT / "params.yaml", path)
    apply_overrides(path, list(condition.overrides))
    changed = load_params(path)
    default, now = (made_from(params, ())["parameters"] for params in (PARAMS, changed))
    own = {
        "architecture": {"network.architecture"},
        "beta": {"vae.beta"},
        "epochs": {"epochs", "train_denoiser.epochs"},
        "latent_dim": {"latent_dim", "train_denoiser.latent_dim"},
        "likelihood": {"network.likelihood"},
        "training": {"epochs", "training.batch_size", "training.learning_rate"},
        "width": {"network.hidden_dims"},
    }
    differing = {key for key in default if default[key] != now[key]}
    assert differing == own.get(condition.kind, {condition.kind})


def test_what_is_said_to_carry_no_verdict_is_in_the_parameters() -> None:
    raw = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    for key in WITHOUT_VERDICT:
        section, _, name = key.partition(".")
        assert section in raw
        assert not name or name in raw[section]


def test_rows_of_another_commit_stay_while_the_default_is_the_same_to_the_last_digit(tmp_path: Path) -> None:
    write_table(tmp_path, PARAMS, full_table("beta_2"))
    changed = summary_of(C2=part("supported", cell("supported", mean=0.5)))
    summaries = {"default": SUMMARY, "beta_0.5": changed}
    kept = keep_rows(tmp_path, PARAMS, summaries)
    assert {one.condition for one in kept} == {one.name for one in CONDITIONS} - {"beta_2", "beta_0.5"}
    table = make_table(PARAMS, summaries, kept)
    assert [one.name for one in find_missing(PARAMS, table)] == ["beta_2"]
    assert [one.mean for one in table if one.condition == "beta_0.5"] == [0.5]
    order = list(dict.fromkeys(one.condition for one in table if one.kind != "family"))
    assert order == ["default", *(one.name for one in CONDITIONS if one.name != "beta_2")]
    one_digit = {**SUMMARY["claims"], **summary_of(C2=part("supported", cell("supported", mean=0.9626)))["claims"]}
    assert keep_rows(tmp_path, PARAMS, {"default": {"claims": one_digit}}) == []
    assert keep_rows(tmp_path, with_params(seeds=(*PARAMS.seeds, 99)), summaries) == []


def test_without_a_table_no_row_is_kept(tmp_path: Path) -> None:
    assert keep_rows(tmp_path, PARAMS, {"default": SUMMARY}) == []


def with_params(**changes: Any) -> Any:
    return PARAMS.model_copy(update=changes)


@pytest.mark.parametrize("missing", [(), ("epochs_x10", "width_x2"), tuple(one.name for one in CONDITIONS)])
def test_a_table_of_this_study_is_not_stale(tmp_path: Path, missing: tuple[str, ...]) -> None:
    table = full_table(*missing)
    write_table(tmp_path, PARAMS, table)
    assert find_stale(tmp_path, PARAMS, SUMMARY) == []
    assert table_of_study(tmp_path, PARAMS, SUMMARY) == table
    assert sorted(one.name for one in find_missing(PARAMS, table)) == sorted(missing)
    shown = with_params(report=PARAMS.report.model_copy(update={"language": "pl"}))
    assert find_stale(tmp_path, shown, SUMMARY) == []


def test_a_stale_table_is_named_by_key(tmp_path: Path) -> None:
    write_table(tmp_path, PARAMS, full_table("epochs_x10"))
    seeds = (*PARAMS.seeds, 99)
    (said,) = find_stale(tmp_path, with_params(seeds=seeds), SUMMARY)
    assert said == f"parameters.seeds: the table was made with {list(PARAMS.seeds)}, now it is {list(seeds)}"
    longer = find_stale(tmp_path, with_params(epochs=2 * PARAMS.epochs), SUMMARY)
    keys = ["conditions.epochs_third", "conditions.epochs_x3", "parameters.epochs"]
    assert [line.split(":")[0] for line in longer] == keys
    assert table_of_study(tmp_path, with_params(seeds=seeds), SUMMARY) == []
    (said,) = find_stale(tmp_path, PARAMS, {**SUMMARY, "claims": {**SUMMARY["claims"], **turned("C2")}})
    assert said.startswith("C2: the table was made with ('supported', ()), now it is ('refuted', ())")


def test_a_table_with_a_condition_that_is_no_more_is_stale(tmp_path: Path) -> None:
    write_table(tmp_path, PARAMS, full_table())
    stored = read_json(tmp_path / DEFAULT_PATH)
    stored["conditions"]["beta_2"].append("epochs=3")
    (tmp_path / DEFAULT_PATH).write_text(json.dumps(stored))
    (said,) = find_stale(tmp_path, PARAMS, SUMMARY)
    assert said.startswith("conditions.beta_2: ")
    write_table(tmp_path, PARAMS, [*full_table(), *entries_of(SUMMARY, "beta_9", "beta")])
    stored = read_json(tmp_path / DEFAULT_PATH)
    stored["conditions"]["beta_9"] = ["vae.beta=9"]
    (tmp_path / DEFAULT_PATH).write_text(json.dumps(stored))
    (said,) = find_stale(tmp_path, PARAMS, SUMMARY)
    assert said == "conditions.beta_9: the table was made with ['vae.beta=9'], now it is None"


def turned(name: str) -> dict[str, Any]:
    claims: dict[str, Any] = summary_of(**{name: part("refuted", cell("refuted"))})["claims"]
    return claims


def test_the_committed_table_is_that_of_this_study() -> None:
    if not (ROOT / DEFAULT_PATH).is_file():
        pytest.skip(f"no table of robustness is committed: {TABLE_PATH} (make robustness)")
    assert find_stale(ROOT, PARAMS, read_json(ROOT / "results" / "summary" / "metrics.json")) == []


# --- conditions as experiments, on a tiny pipeline with the parameters of the study ---

WORK = """
import json, os, sys, time, yaml
from pathlib import Path
name, out, *reads = sys.argv[1:]
params = yaml.safe_load(Path("params.yaml").read_text())
with open(os.environ["RUNS"], "a") as runs:
    runs.write(f"{name} {params['latent_dim']}\\n")
if name == "slow" and params["latent_dim"] == 8:
    time.sleep(float(os.environ.get("PAUSE", "0")))
if name == "slow" and params["vae"]["beta"] == 2:
    sys.exit("told to fail")
number = float(params["latent_dim"])
primary = {"mean": number, "low": number - 1, "high": number + 1}
part = {"verdict": "supported", "depends_on": [], "primary": primary, "cells": [],
        "n_supported": 1, "n_refuted": 0, "n_undecided": 0, "n_silent": 0}
Path(out).parent.mkdir(parents=True, exist_ok=True)
Path(out).write_text(json.dumps({"claims": {"C1": {"parts": {"C1": part}}}}, indent=1, sort_keys=True))
"""
STAGES = {
    "quick": {"cmd": "python code/work.py quick out/quick", "params": ["latent_dim"], "outs": ["out/quick"]},
    "slow": {
        "cmd": "python code/work.py slow out/slow", "params": ["latent_dim", "vae"], "deps": ["out/quick"],
        "outs": ["out/slow"],
    },
    "summary": {
        "cmd": "python code/work.py summary results/summary/metrics.json", "params": ["latent_dim"],
        "deps": ["out/slow"], "metrics": [{"results/summary/metrics.json": {"cache": False}}],
    },
    "page": {"cmd": "python code/work.py page out/page", "deps": ["results/summary/metrics.json"],
             "outs": ["out/page"]},
}  # fmt: skip


class Project:
    """A DVC project with four stages, whose default is computed and committed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.runs_path = folder.with_name("runs")  # a line for each stage that ran: its name, the latent dimension
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        python = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
        self.environment = {
            **os.environ, "PATH": path, "PYTHONPATH": python, "DVC_NO_ANALYTICS": "1", "RUNS": str(self.runs_path),
        }  # fmt: skip
        (folder / "code").mkdir(parents=True)
        (folder / "code" / "work.py").write_text(WORK)
        shutil.copyfile(ROOT / "params.yaml", folder / "params.yaml")
        (folder / ".gitignore").write_text("/out/\n/tmp/\n")
        (folder / "dvc.yaml").write_text(yaml.safe_dump({"stages": STAGES}, sort_keys=False))
        self.run("git", "init", "-q")
        self.run("git", "config", "user.name", "test")
        self.run("git", "config", "user.email", "test@example.org")
        self.run("dvc", "init", "-q")
        self.run("dvc", "repro")
        self.commit()

    def run(self, *command: str, folder: Path | None = None, code: int | None = 0) -> str:
        done = subprocess.run(
            as_module(command), cwd=folder or self.folder, env=self.environment, check=False, capture_output=True,
            text=True, timeout=300,
        )  # fmt: skip
        assert code is None or done.returncode == code, f"{command}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr

    def commit(self) -> None:
        self.run("git", "add", "-A")
        self.run("git", "commit", "-qm", "study")

    def robustness(self, *arguments: str, code: int = 0) -> str:
        return self.run(sys.executable, "-m", "robustness", "--jobs", "1", *arguments, code=code)

    def take_runs(self) -> list[str]:
        """Return what ran since this was last asked."""
        runs = self.runs_path.read_text().splitlines() if self.runs_path.exists() else []
        self.runs_path.unlink(missing_ok=True)
        return runs

    def head(self) -> str:
        return self.run("git", "rev-parse", "HEAD").strip()

    def ref(self, name: str) -> str:
        head = self.head()
        return f"refs/exps/{head[:2]}/{head[2:]}/robustness-{name}"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    built = Project(tmp_path_factory.mktemp("robustness") / "project")
    built.take_runs()
    yield built
    shutil.rmtree(built.folder, ignore_errors=True)


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_an_interrupted_condition_goes_on_where_it_was(project: Project) -> None:
    environment = {**project.environment, "PAUSE": "60"}
    command = [sys.executable, "-m", "robustness", "--jobs", "1", "latent_dim_8"]
    with subprocess.Popen(command, cwd=project.folder, env=environment, stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, text=True) as process:  # fmt: skip
        end = time.monotonic() + 120
        while not (project.runs_path.exists() and "slow 8" in project.runs_path.read_text()):
            assert time.monotonic() < end
            time.sleep(0.1)
        assert "already" in project.robustness("latent_dim_2", code=1)
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert said.splitlines()[-1] == "robustness: interrupted; what had ended is kept"
    assert project.take_runs() == ["quick 8", "slow 8"]
    assert "missing in the table" in project.robustness("latent_dim_8", code=1)
    assert project.take_runs() == ["slow 8", "summary 8"]  # and no page, which carries no verdict


def test_a_finished_condition_is_not_computed_again_and_the_checkout_is_untouched(project: Project) -> None:
    params = (project.folder / "params.yaml").read_bytes()
    project.robustness("latent_dim_8", code=1)
    assert project.take_runs() == []
    assert project.run("git", "status", "--porcelain").split() == ["??", "robustness/"]
    assert (project.folder / "params.yaml").read_bytes() == params
    assert "robustness-latent_dim_8" in project.run("dvc", "exp", "list", "--name-only")


def test_dvc_exp_run_by_hand_gives_the_same_numbers(project: Project, tmp_path: Path) -> None:
    (condition,) = [one for one in CONDITIONS if one.name == "latent_dim_8"]
    by_hand = tmp_path / "by_hand"
    project.run("git", "clone", "-q", str(project.folder), str(by_hand))
    project.run("dvc", *condition.command, folder=by_hand)
    assert project.take_runs()[-3:] == ["quick 8", "slow 8", "summary 8"]
    for name in ("results/summary/metrics.json", "dvc.lock", "params.yaml"):
        made, hand = (
            project.run("git", "show", f"{project.ref('latent_dim_8')}:{name}", folder=folder)
            for folder in (project.folder, by_hand)
        )
        assert made == hand


def test_a_failed_condition_does_not_keep_the_others_from_running(project: Project) -> None:
    said = project.robustness("beta_2", "latent_dim_4", code=1)
    assert "Traceback" not in said
    assert "condition beta_2 failed: execution --jobs 1 summary failed in tmp/robustness/clone (exit code 1)" in said
    assert "robustness: failed: beta_2; missing in the table: " in said
    assert "latent_dim_4" not in said.split("missing in the table")[1]


def test_the_table_has_the_conditions_that_are_finished(project: Project) -> None:
    table = read_table(project.folder)
    assert list(dict.fromkeys(one.condition for one in table)) == ["default", "latent_dim_4", "latent_dim_8"]
    summary = json.loads((project.folder / "results" / "summary" / "metrics.json").read_text())
    assert find_stale(project.folder, PARAMS, summary) == []


def test_the_exit_code_is_0_once_every_condition_is_finished(project: Project) -> None:
    experiment = project.run("git", "rev-parse", project.ref("latent_dim_8")).strip()
    for condition in CONDITIONS:
        if condition.name != "latent_dim_4":
            project.run("git", "update-ref", project.ref(condition.name), experiment)
    assert project.robustness().splitlines() == ["robustness: robustness/results/table.csv"]
    numbers = {one.condition: one.mean for one in read_table(project.folder)}
    expected = {"default": float(PARAMS.latent_dim)} | dict.fromkeys((one.name for one in CONDITIONS), 8.0)
    assert numbers == expected | {"latent_dim_4": 4.0}
    summary = json.loads((project.folder / "results" / "summary" / "metrics.json").read_text())
    assert find_stale(project.folder, PARAMS, summary) == []
    project.robustness()  # its own table is no uncommitted change


def test_what_cannot_be_run_is_one_line(project: Project) -> None:
    said = project.robustness("latent_dim_3", code=1).strip()
    assert said.startswith("robustness: error: condition must be one of epochs_third, ")
    params = project.folder / "params.yaml"
    original = params.read_text()
    params.write_text(original.replace("latent_dim: 16", "latent_dim: 12", 1))
    said = project.robustness(code=1).strip()
    params.write_text(original)
    assert said == (
        "robustness: error: conditions are run of what is committed; commit or restore first: M params.yaml"
    )


def test_after_a_commit_that_changes_no_stage_everything_is_restored(project: Project) -> None:
    (project.folder / "README.md").write_text("A study.\n")
    project.commit()
    project.take_runs()
    before = read_table(project.folder)
    project.robustness("latent_dim_8")  # the other rows stay, since the default is the same
    assert project.take_runs() == []
    assert "robustness-latent_dim_8" in project.run("dvc", "exp", "list", "--name-only")
    assert read_table(project.folder) == before


def test_a_failed_condition_is_an_error_though_the_table_has_its_row(project: Project) -> None:
    said = project.robustness("beta_2", code=1)
    assert "robustness: failed: beta_2; missing in the table: none" in said


@pytest.mark.parametrize("place", ["part", "shallow", "worktree"])
def test_the_clone_is_made_wherever_git_works(project: Project, place: str, tmp_path: Path) -> None:
    origin, folder = tmp_path / "origin", tmp_path / "origin" / ("study" if place == "part" else "")
    folder.mkdir(parents=True)
    shutil.copyfile(ROOT / "params.yaml", folder / "params.yaml")
    project.run("git", "init", "-q", folder=origin)
    project.run("dvc", "init", "-q", *(["--subdir"] if place == "part" else []), folder=folder)
    for message in ("first", "second"):
        identity = ("-c", "user.name=test", "-c", "user.email=test@example.org")
        (folder / "message").write_text(message)
        project.run("git", "add", "-A", folder=origin)
        project.run("git", *identity, "commit", "-qm", message, folder=origin)
    if place == "shallow":
        folder = tmp_path / "shallow"
        project.run("git", "clone", "-q", "--depth", "1", origin.as_uri(), str(folder))
    if place == "worktree":
        folder = tmp_path / "worktree"
        project.run("git", "worktree", "add", "-q", str(folder), folder=origin)
    made = Workplace(folder)
    made.prepare_clone()
    assert (made.clone / "message").read_text() == "second"
    assert (made.clone / ".dvc" / "config.local").exists()
    assert made.whole_clone == folder / "tmp" / "robustness" / "clone"
