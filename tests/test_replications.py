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

from autoencoders.judging.checkpoints import save_judge
from autoencoders.judging.judge import Judge
from autoencoders.judging.networks import build_network
from autoencoders.learning.convolutions import Convolution
from autoencoders.learning.training_loop import present_binarised
from autoencoders.statistics import interval
from foundation.parameters import ParameterError
from foundation.progress import Progress
from foundation.reproducibility.artifacts import ArtifactError, read_csv, write_arrays
from replications import checksums, classifier, likelihoods, page, rows, samples, squared_errors, train, tuning
from replications.configurations import build_estimator, choose_presentation
from replications.parameters import Params, load_params
from replications.published import FRECHET, GHOSH_DIFFERENCES, PUBLISHED, Published
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


def test_what_is_gained_is_paired_by_seed_and_image(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seeds and images differ much, every difference is 1: the interval has no width."""
    monkeypatch.setattr(likelihoods, "ORDER", (("b", "a"),))
    coarse, gains = np.array([[1.0, 20.0], [300.0, 4000.0]]), np.zeros((2, 3))
    estimates = {name: likelihoods.Estimate(coarse + shift, gains, coarse) for name, shift in (("a", 0.0), ("b", 1.0))}
    expected = {"what": "b-a", "mean": 1.0, "low": 1.0, "high": 1.0, "n_seeds": 2}
    assert likelihoods.tabulate_gains(estimates) == [expected]


def test_what_is_compared_is_trained_alike() -> None:
    """But for pixels drawn once against drawn anew: long training learns the one draw by heart."""
    params = load_params(PARAMS_PATH)
    groups = [{*pair} for pair in likelihoods.ORDER if pair != ("fixed", "burda_vae")]
    groups += [{*cells.values()} for cells in samples.CONFIGURATIONS.values()]
    groups += [{"dai_bernoulli", "dai_gaussian"}, {*classifier.CONFIGURATIONS}]
    kept = ("epochs", "batch_size", "learning_rate", "n_seeds", "architecture", "pixels")
    for group in groups:
        settings = [params.plan(name).settings for name in group]
        free = {"pixels"} if "vincent_plain" in group else set()
        assert len({tuple(one[key] for key in kept if key not in free) for one in settings}) == 1, group


def test_an_interval_that_a_verdict_rests_on_is_of_four_seeds() -> None:
    directions = {name for published in PUBLISHED for name in published.directions}
    named = {part for name in directions for part in name.split("-")} - {"pca"}
    configurations = named & {*RAW["configurations"]}
    configurations |= {name for cells in samples.CONFIGURATIONS.values() for name in cells.values()}
    assert {name for name in configurations if RAW["configurations"][name]["n_seeds"] < 4} == set()
    assert {"hinton", "iwae_50_short", "vincent_plain"} <= configurations


def test_the_ranking_is_that_of_the_published_distances() -> None:
    assert sorted(FRECHET, key=FRECHET.__getitem__) == [*samples.RANKING]
    assert all(FRECHET[worse] > FRECHET[better] for worse, better in samples.ORDER)
    assert {*samples.ORDER} == {*GHOSH_DIFFERENCES}


def test_rank_correlations_are_1_in_the_published_order_and_minus_1_in_the_reverse() -> None:
    n = len(samples.RANKING)
    distances = {name: np.array([i**3, n - i, 7.0 * i]) for i, name in enumerate(samples.RANKING)}
    assert samples.rank_correlations(distances) == pytest.approx([1, -1, 1])


def test_distances_are_tabulated_by_group_with_the_published_differences() -> None:
    distances = {name: np.array([1.0, 3.0]) + 10 * i for i, name in enumerate(samples.RANKING)}
    prior = {"vae_normal": np.array([5.0, 7.0])}
    groups = {**dict.fromkeys(samples.NETWORKS, distances), "bernoulli": prior, "gaussian": {"vae_normal": np.ones(2)}}
    table = {str(row["what"]): row["mean"] for row in samples.tabulate(groups)}
    assert table["convolutional/rae_mixture"] == 2.0
    assert table["fully_connected/ae_gaussian-fully_connected/vae_normal"] == 20.0
    assert table["gaussian/vae_normal-bernoulli/vae_normal"] == -5.0
    assert table["convolutional/order"] == table["fully_connected/order"] == 1.0


def test_the_saved_error_is_in_percentage_points() -> None:
    misses = {"vincent_plain": np.array([[1.0, 1.0, 0.0, 0.0]]), "vincent_denoising": np.array([[1.0, 0.0, 0.0, 0.0]])}
    assert [row["mean"] for row in classifier.tabulate(misses)] == [50, 25, 25]


def test_hidden_layers_have_the_widths_that_are_printed() -> None:
    network = build_estimator(load_params(PARAMS_PATH).plan("hinton")).build_network(784)
    shapes = [parameter.shape for name, parameter in network.encoder.named_parameters() if name.endswith("weight")]
    assert [tuple(shape[-2:]) for shape in shapes] == [(784, 1000), (1000, 500), (500, 250), (250, 30)]


def test_a_configuration_s_own_settings_come_before_the_shared_ones() -> None:
    params = load_params(PARAMS_PATH)
    assert build_estimator(params.plan("hinton")).likelihood == params.shared.likelihood == "bernoulli"
    assert build_estimator(params.plan("dai_gaussian")).likelihood == "gaussian"
    assert build_estimator(params.plan("iwae_50_short")).batch_size == 64


def test_convolutional_networks_have_the_channels_that_are_given() -> None:
    for model in ("ae", "vae", "rae"):
        network = build_estimator(load_params(PARAMS_PATH).plan(f"ghosh_conv_{model}")).build_network(784)
        layers = [layer for layer in network.encoder if isinstance(layer, Convolution)]
        assert [tuple(layer.weight.shape) for layer in layers] == [(16, 16), (256, 32)]


def test_a_trial_changes_what_it_names_and_nothing_else() -> None:
    params = load_params(PARAMS_PATH)
    trial = tuning.Trial("iwae_50_short", "tanh", "bernoulli", "drawn_anew", 0.5, 7, 16)
    settings = tuning.plan_trial(trial, params).settings
    changed = {"activation": "tanh", "learning_rate": 0.5, "epochs": 7, "batch_size": 16}
    assert settings == {**params.plan("iwae_50_short").settings, **changed}


def test_the_two_part_estimate_of_a_decoder_that_ignores_the_code_is_exact() -> None:
    params = load_params(PARAMS_PATH)
    network = build_estimator(params.plan("burda_vae")).build_network(784)
    pixels = torch.randint(0, 2, (6, 784), generator=torch.Generator().manual_seed(0)).float()
    extent = params.extent.model_copy(update={"n_samples": 3, "n_precise_images": 4, "n_precise_samples": 6})
    found = likelihoods.estimate(network, pixels, extent, seed=0)  # weights are 0 before they are drawn
    assert found.coarse == pytest.approx(np.full(6, 784 * np.log(2)), rel=1e-6)
    assert found.gains == pytest.approx(np.zeros(4), abs=1e-4)


def test_images_that_stand_for_all_are_not_the_first_of_the_file() -> None:
    images = np.arange(1000, dtype=np.float32)[:, None]
    shuffled = likelihoods.shuffle(images)
    assert sorted(shuffled[:, 0]) == list(range(1000))
    assert 350 < shuffled[:100].mean() < 650
    assert np.array_equal(likelihoods.shuffle(images), shuffled)


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


def test_every_configuration_has_several_seeds() -> None:
    """The number of threads that train one seed alone changes its last bits."""
    assert [name for name, one in RAW["configurations"].items() if one["n_seeds"] < 2] == []


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
        ({"configurations": {"a": {**RAW["configurations"]["hinton"], "hidden_dims": None}}}, "hidden_dims must be "),
        (
            {"configurations": {"a": {**RAW["configurations"]["ghosh_rae"], "code_weight": None}}},
            "code_weight must be ",
        ),
        (
            {"configurations": {"a": {**RAW["configurations"]["ghosh_ae"], "decoder_decay": 0}}},
            "decoder_decay must be ",
        ),
        ({"configurations": {"a": {**RAW["configurations"]["ghosh_conv_ae"], "channels": []}}}, ".a.channels: "),
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
    for seed in (0, 1):
        judge = Judge(build_network("convolutional", (28, 28), 10))
        save_judge(folder / "checkpoints" / "judges" / "convolutional" / f"seed_{seed}.safetensors", judge)
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
        assert ours == f"{shown.text} {shown.interval}".strip()
        assert verdict_shown == page.VERDICTS[row["verdict"]]
