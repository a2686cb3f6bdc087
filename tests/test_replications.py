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
from autoencoders.learning.training_loop import present_binarised
from autoencoders.statistics import interval
from foundation.parameters import ParameterError
from foundation.progress import Progress
from foundation.reproducibility.artifacts import ArtifactError, read_csv, write_arrays
from replications import checksums, classifier, likelihoods, page, rows, samples, squared_errors, train
from replications.configurations import build_estimator, choose_presentation
from replications.parameters import Params, load_params
from replications.published import PUBLISHED, Published
from report.texts.tables import entry, number
from tests.import_closure import ROOT, code_dependencies

FOLDER = ROOT / "replications"
PARAMS_PATH = FOLDER / "params.yaml"
RAW: dict[str, Any] = yaml.safe_load(PARAMS_PATH.read_text(encoding="utf-8"))
PIPELINE: dict[str, dict[str, Any]] = yaml.safe_load((FOLDER / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
STAGES = {name: definition.get("do", definition) for name, definition in PIPELINE.items()}
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
PASSIVE = {"replications/parameters.py", "replications/stage.py"}  # names of files, values of declared parameters
VALUE = Published("k", "s", "w", 10.0, 11.0, "u", "p", "o", "ours", tolerance=0.5)


def params_with(changes: dict[str, Any], folder: Path) -> Params:
    path = folder / "params.yaml"
    path.write_text(yaml.safe_dump({**RAW, **changes}))
    return load_params(path)


def verdict(ours: float, difference_low: float = 1.0, **changes: Any) -> str:
    measured = {"ours": {"mean": ours, "low": ours, "high": ours}, "difference": {"low": difference_low}}
    return str(rows.weigh(VALUE._replace(**changes), measured)["verdict"])


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
    assert verdict(20.0, low, directions=("difference",)) == expected
    assert verdict(10.5, low, directions=("difference",), tolerance=None) == expected


def test_a_missing_row_is_named() -> None:
    with pytest.raises(ArtifactError, match=r"expected rows \['elsewhere'\]"):
        verdict(10.5, row="elsewhere")


def test_every_row_has_a_rule() -> None:
    assert [one.key for one in PUBLISHED if one.tolerance is None and not one.directions] == []
    assert len({one.key for one in PUBLISHED}) == len(PUBLISHED)


def test_pca_s_error_is_that_of_the_singular_vectors_written_out() -> None:
    images = np.random.default_rng(0).random((60, 12), dtype=np.float32)
    mean = images.mean(axis=0)
    axes = np.linalg.svd(images - mean, full_matrices=False)[2][:3]
    expected = np.square((images - mean) - (images - mean) @ axes.T @ axes).sum(axis=1)
    assert squared_errors.measure_errors_of_pca(images, images, 3)[0] == pytest.approx(expected, rel=1e-4)


def test_differences_of_errors_are_paired_by_image(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(squared_errors, "ORDER", (("b", "a"),))
    table = squared_errors.tabulate({"a": np.float32([[1, 2]]), "b": np.float32([[3, 4]])})
    assert [(row["what"], row["mean"]) for row in table] == [("a", 1.5), ("b", 3.5), ("b-a", 2.0)]
    assert table[2]["low"] == table[2]["high"] == 2.0


def test_the_saved_error_is_in_percentage_points() -> None:
    misses = {"vincent_plain": np.array([[1.0, 1.0, 0.0, 0.0]]), "vincent_denoising": np.array([[1.0, 0.0, 0.0, 0.0]])}
    assert [row["mean"] for row in classifier.tabulate(misses)] == [50, 25, 25]


def test_hidden_layers_have_the_widths_that_are_printed() -> None:
    network = build_estimator(load_params(PARAMS_PATH).plan("hinton")).build_network(784)
    shapes = [parameter.shape for name, parameter in network.encoder.named_parameters() if name.endswith("weight")]
    assert [tuple(shape[-2:]) for shape in shapes] == [(784, 1000), (1000, 500), (500, 250), (250, 30)]


def test_the_two_part_estimate_of_a_decoder_that_ignores_the_code_is_exact() -> None:
    params = load_params(PARAMS_PATH)
    network = build_estimator(params.plan("burda_vae")).build_network(784)
    pixels = torch.randint(0, 2, (6, 784), generator=torch.Generator().manual_seed(0)).float()
    extent = params.extent.model_copy(update={"n_samples": 3, "n_precise_images": 4, "n_precise_samples": 6})
    found = likelihoods.estimate(network, pixels, extent, seed=0)  # weights are 0 before they are drawn
    assert found.coarse == pytest.approx(np.full(6, 784 * np.log(2)), rel=1e-6)
    assert found.gains == pytest.approx(np.zeros(4), abs=1e-4)


def test_the_interval_of_a_two_part_estimate_covers_both_parts() -> None:
    """The halves of 0 ± 3 and 1 ± 4 make 1 ± 5."""
    spread = np.array([[-1.0, 1.0]])
    unit = interval(spread).high
    assert unit is not None
    found = likelihoods.with_interval(spread * 3 / unit, 1 + spread * 4 / unit)
    assert found == pytest.approx({"mean": 1.0, "low": -4.0, "high": 6.0})


def test_masked_pixels_are_shown_and_whole_ones_wanted() -> None:
    images = torch.ones(50, 100)
    present = choose_presentation(load_params(PARAMS_PATH).configurations["vincent_denoising"])
    shown = present(images, torch.Generator().manual_seed(0))
    assert shown.inputs.mean() == pytest.approx(0.75, abs=0.03)
    assert torch.equal(shown.targets, images)


def test_pixels_are_drawn_anew_only_where_a_configuration_says_so() -> None:
    for configuration in load_params(PARAMS_PATH).configurations.values():
        is_drawn = choose_presentation(configuration) is present_binarised
        assert is_drawn == (configuration.pixels == "drawn_anew")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"preset": "none"}, "preset must be one of full, "),
        ({"shared": {**RAW["shared"], "activation": "step"}}, "shared.activation: "),
        ({"configurations": {"a": {**RAW["configurations"]["hinton"], "epochs": 0}}}, "configurations.a.epochs: "),
        ({"configurations": {"a": {**RAW["configurations"]["hinton"], "n_samples": 5}}}, "n_samples must be given for"),
        ({"configurations": {"a": {**RAW["configurations"]["hinton"], "masking": 0.5}}}, "masking must be given for"),
        ({"configurations": {"a": {**RAW["configurations"]["hinton"], "speed": 1}}}, "configurations.a.speed: "),
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
        for name in params.configurations:
            patch.setattr(sys, "argv", ["train", "--configuration", name])
            train.main(params, Progress("train"))
        for stage in (*EVALUATIONS.values(), rows, page):
            stage.main(params, Progress("stage"))
    yield folder
    shutil.rmtree(folder)


def test_every_configuration_leaves_the_weights_of_its_seeds(run: Path) -> None:
    params = load_params(run / "replications" / "params.yaml")
    wanted = {f"{name}/seed_{seed}.safetensors" for name in params.configurations for seed in params.plan(name).seeds}
    folder = run / "replications" / "checkpoints"
    assert {path.relative_to(folder).as_posix() for path in folder.rglob("*.safetensors")} == wanted


@pytest.mark.parametrize("stage", EVALUATIONS)
def test_every_evaluation_leaves_finite_numbers(run: Path, stage: str) -> None:
    table = read_csv(run / "replications" / "results" / f"{stage}.csv")
    assert all(np.isfinite(row["mean"]) for row in table)


def test_no_two_tables_have_rows_of_the_same_name(run: Path) -> None:
    names = [row["what"] for name in rows.TABLES for row in read_csv(run / "replications/results" / f"{name}.csv")]
    assert sorted(names) == sorted(set(names))


def test_every_published_number_has_its_row_on_the_page_in_every_language(run: Path) -> None:
    html = (run / "replications" / "report.html").read_text()
    weighed = {
        row["key"]: row for row in json.loads((run / "replications" / "results" / "rows.json").read_text())["rows"]
    }
    assert set(weighed) == {published.key for published in PUBLISHED}
    for code in ("en", "pl"):
        assert f'id="{code}-content"' in html
    for published in PUBLISHED:
        assert number(weighed[published.key]["ours"]["mean"], published.digits) in html
        assert page.write_published(published) in html


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
    monkeypatch.setattr(sys, "argv", ["train", "--configuration", "logistic_pca"])
    train.main(params, Progress("train"))
    squared_errors.main(params, Progress("squared_errors"))
    assert path.read_bytes() == before


def test_checksums_know_the_source_of_modules_and_nothing_else(tmp_path: Path) -> None:
    module, compiled = tmp_path / "inner" / "module.py", tmp_path / "inner" / "__pycache__" / "module.pyc"
    for path in (module, compiled):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("1")
    before = checksums.list_checksums(tmp_path)
    compiled.write_text("2")
    assert checksums.list_checksums(tmp_path) == before
    module.write_text("2")
    assert checksums.list_checksums(tmp_path) != before


def module_of(dep: str) -> str:
    """Return what a dependency of the replications means, relative to the repository root."""
    if dep.startswith(("checksums/", "../")):
        return dep.split("/", 1)[1]
    return f"replications/{dep}"


@pytest.mark.parametrize("stage", sorted(STAGES.keys() - {"checksums"}))
def test_deps_are_what_a_stage_imports(stage: str) -> None:
    code = {module_of(dep) for dep in STAGES[stage]["deps"] if dep.startswith("checksums/") or dep.endswith(".py")}
    assert code == code_dependencies(FOLDER / f"{stage}.py") - PASSIVE
    assert {dep.removeprefix("checksums/") for dep in STAGES[stage]["deps"] if "checksums/" in dep} <= {
        *checksums.FOLDERS
    }


@pytest.mark.parametrize("stage", EVALUATIONS)
def test_an_evaluation_depends_on_the_weights_it_measures_and_the_extent_it_reads(stage: str) -> None:
    source = (FOLDER / f"{stage}.py").read_text()
    named = {name for name in RAW["configurations"] if f'"{name}"' in source}
    deps = STAGES[stage]["deps"]
    assert {dep.removeprefix("checkpoints/") for dep in deps if dep.startswith("checkpoints/")} == named
    read = {f"presets.${{preset}}.{key}" for key in re.findall(r"extent\.(\w+)", source)}
    assert {name for name in STAGES[stage]["params"] if isinstance(name, str)} == read


def test_every_configuration_is_measured() -> None:
    measured = {dep for stage in EVALUATIONS for dep in STAGES[stage]["deps"]}
    assert [name for name in RAW["configurations"] if f"checkpoints/{name}" not in measured] == []


@pytest.mark.parametrize("stage", STAGES)
def test_every_stage_runs_the_module_of_its_name_from_the_root(stage: str) -> None:
    assert STAGES[stage]["cmd"].startswith(f"cd .. && python -m replications.{stage}")


@pytest.mark.parametrize("stage", ["train", *EVALUATIONS])
def test_every_stage_that_computes_declares_the_numerics(stage: str) -> None:
    outer = next(name["../params.yaml"] for name in STAGES[stage]["params"] if isinstance(name, dict))
    assert "numerics" in outer


def committed() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / "results" / "rows.json").read_text(encoding="utf-8"))
    return found


def test_the_committed_results_are_of_the_committed_parameters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    params = load_params(PARAMS_PATH)
    assert committed()["preset"] == params.preset
    assert committed()["configurations"] == rows.list_settings(params)
    measured = rows.read_measured()
    for published, stored in zip(PUBLISHED, committed()["rows"], strict=True):
        weighed = rows.weigh(published, measured)
        assert weighed["verdict"] == stored["verdict"]
        assert weighed["difference"] == pytest.approx(stored["difference"], rel=1e-5, abs=1e-9)


def test_the_documentation_shows_the_committed_results() -> None:
    text = (ROOT / "docs" / "replications.md").read_text(encoding="utf-8")
    for published, row in zip(PUBLISHED, committed()["rows"], strict=True):
        line = next(line for line in text.splitlines() if line.startswith(f"| {page.write_name(published)} |"))
        there, ours, verdict_shown = (part.strip() for part in line.strip("| ").split("|")[1:])
        assert there == page.write_published(published)
        shown = entry(row["ours"], published.digits)
        assert ours == (f"{shown.text} [{shown.interval}]" if shown.interval else shown.text)
        assert verdict_shown == page.VERDICTS[row["verdict"]]
