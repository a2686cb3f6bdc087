"""The replications: verdicts by rule, what is measured on known answers, every stage through its main, the rules."""

import json
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml

from autoencoders.learning.checkpoints import save_judge
from autoencoders.learning.judge import JudgePlan, train_judge
from autoencoders.learning.training import present_binarised
from autoencoders.parameters import ParameterError
from autoencoders.reproducibility.artifacts import read_csv, write_arrays
from autoencoders.statistics import interval
from replications import classifier, likelihoods, page, rows, samples, squared_errors, train
from replications.cells import estimator_of, load, present_of
from replications.parameters import Params, load_params
from replications.published import PUBLISHED, Published
from report.tables import number
from stages.console import Progress
from tests.import_closure import FOLDERS, PASSIVE, ROOT, code_dependencies

FOLDER = ROOT / "replications"
PARAMS_PATH = FOLDER / "params.yaml"
RAW: dict[str, Any] = yaml.safe_load(PARAMS_PATH.read_text(encoding="utf-8"))
PIPELINE: dict[str, dict[str, Any]] = yaml.safe_load((FOLDER / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
EVALUATIONS = {
    "squared_errors": squared_errors,
    "likelihoods": likelihoods,
    "classifier": classifier,
    "samples": samples,
}
TINY = {
    "epochs_factor": 0.01,
    "max_seeds": 2,
    "n_images": 20,
    "n_samples": 3,
    "n_precise_images": 4,
    "n_precise_samples": 5,
    "n_probe_images": 60,
}
VALUE = Published("k", "s", "w", 10.0, 11.0, "u", "p", "o", "table", "ours", tolerance=0.5)
DIRECTION = (("table", "difference"),)


def definition(stage: str) -> dict[str, Any]:
    found: dict[str, Any] = PIPELINE[stage].get("do", PIPELINE[stage])
    return found


def params_with(changes: dict[str, Any], folder: Path) -> Params:
    path = folder / "params.yaml"
    path.write_text(yaml.safe_dump({**RAW, **changes}))
    return load_params(path)


def verdict(ours: float, difference_low: float = 1.0, **changes: Any) -> str:
    tables = {
        "table": [
            {"what": "ours", "mean": ours, "low": ours, "high": ours},
            {"what": "difference", "low": difference_low},
        ]
    }
    weighed = rows.weigh(VALUE._replace(**changes), tables)
    return str(weighed["verdict"])


@pytest.mark.parametrize(
    ("ours", "expected"),
    [
        (9.5, "reproduced"),
        (11.5, "reproduced"),
        (10.5, "reproduced"),
        (9.4, "not_reproduced"),
        (11.6, "not_reproduced"),
    ],
)
def test_a_number_is_reproduced_within_its_tolerance(ours: float, expected: str) -> None:
    assert verdict(ours) == expected


def test_a_bound_is_reproduced_by_any_smaller_number() -> None:
    assert verdict(2.0, is_bound=True) == "reproduced"
    assert verdict(12.0, is_bound=True) == "not_reproduced"


@pytest.mark.parametrize(("low", "expected"), [(0.1, "direction"), (-0.1, "not_reproduced"), (0.0, "not_reproduced")])
def test_the_direction_counts_only_where_the_whole_interval_lies_above_0(low: float, expected: str) -> None:
    assert verdict(20.0, low, directions=DIRECTION) == expected


def test_a_row_that_compares_directions_only_is_never_reproduced() -> None:
    assert verdict(10.5, directions=DIRECTION, tolerance=None) == "direction"


def test_every_row_has_a_rule() -> None:
    assert [entry.key for entry in PUBLISHED if entry.tolerance is None and not entry.directions] == []
    assert len({entry.key for entry in PUBLISHED}) == len(PUBLISHED)


def test_pca_s_error_is_that_of_the_singular_vectors_written_out() -> None:
    images = np.random.default_rng(0).random((60, 12), dtype=np.float32)
    mean = images.mean(axis=0)
    axes = np.linalg.svd(images - mean, full_matrices=False)[2][:3]
    expected = np.square((images - mean) - (images - mean) @ axes.T @ axes).sum(axis=1)
    assert squared_errors.errors_of_pca(images, images, 3)[0] == pytest.approx(expected, rel=1e-4)


def test_differences_of_errors_are_paired_by_image() -> None:
    table = squared_errors.tabulate({"a": np.array([[1.0, 2.0]]), "b": np.array([[3.0, 4.0]])}, (("b", "a"),))
    assert [(row["what"], row["mean"]) for row in table] == [("a", 1.5), ("b", 3.5), ("b-a", 2.0)]
    assert table[2]["low"] == table[2]["high"] == 2.0


def test_the_saved_error_is_in_percentage_points() -> None:
    misses = {"vincent_plain": np.array([[1.0, 1.0, 0.0, 0.0]]), "vincent_denoising": np.array([[1.0, 0.0, 0.0, 0.0]])}
    assert [row["mean"] for row in classifier.tabulate(misses)] == [50, 25, 25]


def test_the_two_part_estimate_of_a_decoder_that_ignores_the_code_is_exact() -> None:
    network = estimator_of(load_params(PARAMS_PATH).plan("burda_vae")).build_network(784)
    pixels = torch.randint(0, 2, (6, 784), generator=torch.Generator().manual_seed(0)).float()
    found = likelihoods.estimate(network, pixels, params_extent(), seed=0)  # weights are 0 before they are drawn
    assert found.coarse == pytest.approx(np.full(6, 784 * np.log(2)), rel=1e-6)
    assert found.gains == pytest.approx(np.zeros(4), abs=1e-4)


def test_the_interval_of_a_two_part_estimate_covers_both_parts() -> None:
    """The halves of 0 ± 3 and 1 ± 4 make 1 ± 5."""
    spread = np.array([[-1.0, 1.0]])
    unit = interval(spread).high
    assert unit is not None
    stated = likelihoods.stated(spread * 3 / unit, 1 + spread * 4 / unit)
    assert stated == pytest.approx({"mean": 1.0, "low": -4.0, "high": 6.0})


def params_extent() -> Any:
    return load_params(PARAMS_PATH).extent.model_copy(
        update={"n_samples": 3, "n_precise_images": 4, "n_precise_samples": 6}
    )


def test_masked_pixels_are_shown_and_whole_ones_wanted() -> None:
    images = torch.ones(50, 100)
    shown = present_of(load_params(PARAMS_PATH).cells["vincent_denoising"])(images, torch.Generator().manual_seed(0))
    assert shown.inputs.mean() == pytest.approx(0.75, abs=0.03)
    assert torch.equal(shown.targets, images)


def test_pixels_are_drawn_anew_only_where_a_cell_says_so() -> None:
    cells = load_params(PARAMS_PATH).cells
    drawn = {name for name, cell in cells.items() if present_of(cell) is present_binarised}
    assert drawn == {name for name, cell in cells.items() if cell.pixels == "drawn_anew"}
    assert {"burda_vae", "iwae_50_short", "davidson_2"} <= drawn


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"preset": "none"}, "preset must be one of full, "),
        ({"cells": {"a": {**RAW["cells"]["hinton"], "epochs": 0}}}, "cells.a.epochs: "),
        ({"cells": {"a": {**RAW["cells"]["hinton"], "n_samples": 5}}}, "n_samples must be given for iwae"),
        ({"cells": {"a": {**RAW["cells"]["hinton"], "masking": 0.5}}}, "masking must be given for masked pixels"),
        ({"cells": {"a": {**RAW["cells"]["hinton"], "speed": 1}}}, "cells.a.speed: "),
    ],
)
def test_a_bad_parameter_gives_one_line(changes: dict[str, Any], said: str, tmp_path: Path) -> None:
    with pytest.raises(ParameterError) as caught:
        params_with(changes, tmp_path)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_preset_shortens_training_but_never_to_nothing(tmp_path: Path) -> None:
    plan = params_with({"presets": {"full": TINY}}, tmp_path).plan("hinton")
    assert (plan.epochs, plan.seeds) == (1, (0, 1))


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder in which every stage has run on a few random images."""
    folder = tmp_path_factory.mktemp("replications")
    rng = np.random.default_rng(0)
    for name, n in (("train", 120), ("validation", 20), ("test", 40)):
        arrays = {
            "images": rng.integers(0, 256, (n, 28, 28), dtype=np.uint8),
            "labels": np.arange(n, dtype=np.uint8) % 10,
        }
        write_arrays(folder / "data" / "prepared" / f"{name}.safetensors", arrays)
    images, labels = torch.rand(40, 1, 28, 28), torch.arange(40) % 10
    plan = JudgePlan(epochs=1, batch_size=20, learning_rate=0.001, max_shift=0, seed=0)
    judge = train_judge(images, labels, n_classes=10, plan=plan, on_epoch=lambda epoch: None)
    save_judge(folder / "checkpoints" / "judge.safetensors", judge)
    study = yaml.safe_load((ROOT / "params.yaml").read_text())
    study["generation"] |= {"n_samples": 20, "n_mixture_components": 2}
    (folder / "params.yaml").write_text(yaml.safe_dump(study))
    for name in ("report/templates", "report/assets", "replications/templates"):
        shutil.copytree(ROOT / name, folder / name)
    shutil.copy(FOLDER / "tuning.csv", folder / "replications")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        params = params_with({"presets": {"full": TINY}, "preset": "full"}, folder / "replications")
        for cell in params.cells:
            patch.setattr(sys, "argv", ["train", "--cell", cell])
            train.main(params, Progress("train"))
        for stage in (*EVALUATIONS.values(), rows, page):
            stage.main(params, Progress("stage"))
    yield folder
    shutil.rmtree(folder)


def test_every_cell_leaves_the_weights_of_its_seeds(run: Path) -> None:
    params = load_params(run / "replications" / "params.yaml")
    wanted = {f"{name}/seed_{seed}.safetensors" for name in params.cells for seed in params.plan(name).seeds}
    folder = run / "replications" / "checkpoints"
    assert {path.relative_to(folder).as_posix() for path in folder.rglob("*.safetensors")} == wanted


def test_loaded_weights_are_the_stored_ones(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(run)
    plan = load_params("replications/params.yaml").plan("iwae_5_short")
    cell = load("iwae_5_short", plan, 784)
    assert all(parameter.abs().sum() > 0 for parameter in cell[0].network_.encoder[0].parameters())


@pytest.mark.parametrize("stage", EVALUATIONS)
def test_every_evaluation_leaves_finite_numbers(run: Path, stage: str) -> None:
    table = read_csv(run / "replications" / "results" / f"{stage}.csv")
    assert all(np.isfinite(row["mean"]) for row in table)


def test_every_published_number_has_its_row_on_the_page_in_every_language(run: Path) -> None:
    html = (run / "replications" / "report.html").read_text()
    weighed = {
        row["key"]: row for row in json.loads((run / "replications" / "results" / "rows.json").read_text())["rows"]
    }
    assert set(weighed) == {entry.key for entry in PUBLISHED}
    for code in ("en", "pl"):
        assert f'id="{code}-content"' in html
    for entry in PUBLISHED:
        assert number(weighed[entry.key]["ours"]["mean"], entry.digits) in html
        assert page.printed(entry) in html


def test_the_page_asks_nothing_of_the_network(run: Path) -> None:
    html = (run / "replications" / "report.html").read_text()
    assert not re.search(r"(src|href)=\"(https?:)?//[^\"]*\.(js|css|png|woff2?)", html)
    ids = re.findall(r' id="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', html)) <= set(ids)


def test_the_same_run_gives_the_same_bytes(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(run)
    params = load_params("replications/params.yaml")
    path = run / "replications" / "results" / "squared_errors.csv"
    before = path.read_bytes()
    monkeypatch.setattr(sys, "argv", ["train", "--cell", "logistic_pca"])
    train.main(params, Progress("train"))
    squared_errors.main(params, Progress("squared_errors"))
    assert path.read_bytes() == before


@pytest.mark.parametrize("stage", PIPELINE)
def test_deps_are_what_a_stage_of_the_replications_imports(stage: str) -> None:
    wanted = code_dependencies(FOLDER / f"{stage}.py") - set(PASSIVE)
    code = {dep for dep in definition(stage)["deps"] if dep.endswith((".py", *FOLDERS))}
    assert sorted(wanted ^ code) == []


@pytest.mark.parametrize("stage", EVALUATIONS)
def test_an_evaluation_depends_on_the_weights_and_parameters_of_its_cells(stage: str) -> None:
    source = (FOLDER / f"{stage}.py").read_text()
    cells = {name for name in RAW["cells"] if f'"{name}"' in source}
    folder = "replications/checkpoints/"
    assert {dep.removeprefix(folder) for dep in definition(stage)["deps"] if dep.startswith(folder)} == cells
    declared = next(entry for entry in definition(stage)["params"] if isinstance(entry, dict))
    assert set(declared["replications/params.yaml"]) == {"preset", "presets.${preset}", *(f"cells.{c}" for c in cells)}


def test_every_cell_is_measured() -> None:
    measured = {dep for stage in EVALUATIONS for dep in definition(stage)["deps"]}
    assert [name for name in RAW["cells"] if f"replications/checkpoints/{name}" not in measured] == []


def test_every_stage_runs_the_module_of_its_name() -> None:
    for stage in PIPELINE:
        assert definition(stage)["cmd"].startswith(f"python -m replications.{stage}")
        assert definition(stage)["wdir"] == ".."


def committed() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / "results" / "rows.json").read_text(encoding="utf-8"))
    return found


def test_the_committed_results_are_of_the_committed_parameters() -> None:
    params = load_params(PARAMS_PATH)
    assert committed()["preset"] == params.preset
    assert committed()["cells"] == rows.settings_of(params)
    tables = {name: read_csv(FOLDER / "results" / f"{name}.csv") for name in rows.TABLES}
    stored = json.loads(json.dumps([rows.weigh(entry, tables) for entry in PUBLISHED]))
    for ours, theirs in zip(stored, committed()["rows"], strict=True):
        assert ours["verdict"] == theirs["verdict"]
        assert ours["difference"] == pytest.approx(theirs["difference"], rel=1e-5, abs=1e-9)


def test_the_readme_shows_the_committed_replications() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for entry, row in zip(PUBLISHED, committed()["rows"], strict=True):
        line = next(line for line in readme.splitlines() if line.startswith(f"| {page.name_of(entry)} |"))
        _, _, there, ours, verdict_shown, _ = (part.strip() for part in line.split("|"))
        assert there == page.printed(entry)
        assert ours == page.stated(entry, row)
        assert verdict_shown == page.VERDICTS[row["verdict"]]
