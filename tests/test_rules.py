"""The rules of the repository as tests: each names what is missing and where."""

import ast
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from autoencoders.parameters import Params
from tests.import_closure import FOLDERS, PASSIVE, ROOT, code_dependencies, computes, import_closure, parameters_read

PIPELINE: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
STAGES = sorted(PIPELINE)
SECTIONS = sorted(name for name, field in Params.model_fields.items() if hasattr(field.annotation, "model_fields"))
MODEL_SECTIONS = {"ae", "vae", "linear_ae", "iwae"}
EVALUATIONS = ["compression", "pca_comparison", "denoising", "generation", "vae_anatomy", "explorer"]
SUPPORT = {
    "__init__",
    "allocation",
    "console",
    "devices",
    "folders",
    "forks",
    "kernels",
    "outside",
    "paths",
    "pictures",
    "side_by_side",
    "starters",
    "unfinished",
}  # modules of stages/ that are not stages
FILE_MODULES = {
    "artifacts",
    "checkpoints",
    "numerics",
    "parameters",
    "parameter_file",
}  # modules of the package that may know a file


def relative(paths: set[Path]) -> set[str]:
    return {path.relative_to(ROOT).as_posix() for path in paths}


def declared_parameters(stage: str) -> set[str]:
    names = {str(name).split(".")[0] for name in PIPELINE[stage].get("params", [])}
    if "params.yaml" in PIPELINE[stage]["deps"]:
        return set(Params.model_fields)
    return (names - {"${item"}) | (MODEL_SECTIONS if "${item" in names else set())


@cache
def source(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def modules(package: str) -> list[Path]:
    return sorted((ROOT / package).glob("*.py"))


CODE = [
    *modules("autoencoders"),
    *modules("autoencoders/evaluation"),
    *modules("autoencoders/learning"),
    *modules("autoencoders/reproducibility"),
    *modules("execution"),
    *modules("replications"),
    *modules("stages"),
    *modules("stages/protocol"),
    *sorted((ROOT / "report").rglob("*.py")),
    *modules("verification"),
]


@pytest.mark.parametrize("stage", STAGES)
def test_deps_cover_everything_the_stage_imports(stage: str) -> None:
    wanted = code_dependencies(ROOT / "stages" / f"{stage}.py")
    assert sorted(wanted - set(PIPELINE[stage]["deps"])) == []


@pytest.mark.parametrize("stage", STAGES)
def test_deps_name_no_module_the_stage_does_not_import(stage: str) -> None:
    wanted = code_dependencies(ROOT / "stages" / f"{stage}.py")
    code = {dep for dep in PIPELINE[stage]["deps"] if dep.endswith((".py", *FOLDERS))}
    assert sorted(code - wanted - set(PASSIVE)) == []


@pytest.mark.parametrize("stage", STAGES)
def test_each_stage_declares_the_parameters_it_reads(stage: str) -> None:
    closure = import_closure(ROOT / "stages" / f"{stage}.py")
    files = [path for path in closure if path.is_relative_to(ROOT / "stages")]
    names = set().union(*(parameters_read(path) for path in files))
    read = names & set(Params.model_fields)
    read |= {"latent_dim", "latent_sweep"} if "latent_dims" in names else set()
    assert sorted(read - declared_parameters(stage)) == []


@pytest.mark.parametrize("stage", ["train_headline", "train_reference", "sweep_headline"])
def test_what_the_sweep_lacks_is_asked_for_by_its_list_alone(stage: str) -> None:
    assert not declared_parameters(stage) & {"latent_dim", "latent_sweep", "train_denoiser", "train_beta"}


@pytest.mark.parametrize("stage", STAGES)
def test_each_stage_that_computes_runs_again_under_other_numerics(stage: str) -> None:
    files = import_closure(ROOT / "stages" / f"{stage}.py")
    files -= {ROOT / "autoencoders" / name for name in ("reproducibility/artifacts.py", "idx.py")}  # compute nothing
    if any(map(computes, files)):
        assert "numerics" in declared_parameters(stage)


@pytest.mark.parametrize("stage", STAGES)
def test_each_stage_runs_the_module_of_its_name(stage: str) -> None:
    assert re.match(rf"python -m stages\.{stage}( |$)", PIPELINE[stage]["cmd"])
    assert (ROOT / "stages" / f"{stage}.py").is_file()


def test_each_module_of_stages_is_a_stage_or_named_support() -> None:
    assert {path.stem for path in modules("stages")} - SUPPORT == set(STAGES)


@pytest.mark.parametrize("slug", EVALUATIONS)
def test_an_evaluation_has_one_slug_everywhere(slug: str) -> None:
    assert slug in PIPELINE
    assert slug in Params.model_fields
    assert (ROOT / "report" / "templates" / "sections" / f"{slug}.html.j2").is_file()
    assert any(out.startswith(f"results/{slug}/") for out in outputs(slug))


@pytest.mark.parametrize("section", SECTIONS)
def test_each_section_of_params_belongs_to_a_stage_or_a_model(section: str) -> None:
    assert section in PIPELINE or section in MODEL_SECTIONS


def outputs(stage: str) -> list[str]:
    entries = [entry for kind in ("outs", "plots", "metrics") for entry in PIPELINE[stage].get(kind, [])]
    return [entry if isinstance(entry, str) else next(iter(entry)) for entry in entries]


@pytest.mark.parametrize("stage", STAGES)
def test_results_of_a_stage_lie_in_the_folder_of_its_name(stage: str) -> None:
    results = [out for out in outputs(stage) if out.startswith("results/")]
    assert [out for out in results if not f"{out}/".startswith((f"results/{stage}/", "results/summary.json"))] == []


def test_only_the_summary_is_a_metric_of_the_experiments_table() -> None:
    metrics = [next(iter(entry)) for stage in PIPELINE.values() for entry in stage.get("metrics", [])]
    assert metrics == ["results/summary.json"]


@pytest.mark.parametrize("path", sorted((ROOT / "autoencoders").rglob("*.py")), ids=lambda path: path.stem)
def test_the_package_knows_no_file_and_no_clock(path: Path) -> None:
    if path.stem in FILE_MODULES:
        return
    imported = {alias.name for node in ast.walk(source(path)) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module for node in ast.walk(source(path)) if isinstance(node, ast.ImportFrom) and node.module}
    assert not imported & {"os", "pathlib", "time", "datetime", "yaml", "shutil", "tempfile", "subprocess"}
    called = {
        node.func.id
        for node in ast.walk(source(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert not called & {"open", "print", "input"}


@pytest.mark.parametrize("path", CODE, ids=lambda path: path.stem)
def test_nothing_is_unpickled(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"\b(pickle|joblib|torch\.load|allow_pickle=True)\b", text)


@pytest.mark.parametrize("path", CODE, ids=lambda path: path.stem)
def test_modules_stay_short(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 330


@pytest.mark.parametrize("path", CODE, ids=lambda path: path.stem)
def test_functions_stay_short(path: Path) -> None:
    long = {
        node.name: node.end_lineno - node.body[0].lineno + 1
        for node in ast.walk(source(path))
        if isinstance(node, ast.FunctionDef) and node.end_lineno and node.end_lineno - node.body[0].lineno + 1 > 45
    }
    assert long == {}


@pytest.mark.parametrize("path", CODE, ids=lambda path: path.stem)
def test_every_public_thing_has_a_docstring(path: Path) -> None:
    nodes = [
        n for n in source(path).body if isinstance(n, ast.FunctionDef | ast.ClassDef) and not n.name.startswith("_")
    ]
    assert ast.get_docstring(source(path))
    assert [node.name for node in nodes if not ast.get_docstring(node)] == []


def test_templates_hold_no_arithmetic() -> None:
    offending = []
    for template in sorted((ROOT / "report" / "templates").rglob("*.j2")):
        expressions = re.findall(r"\{[{%](.*?)[%}]\}", template.read_text(encoding="utf-8"), re.DOTALL)
        bare = [re.sub(r"\"[^\"]*\"|'[^']*'", "", e).strip("-").replace("-%", "") for e in expressions]
        offending += [
            f"{template.name}: {e.strip()}" for e in bare if re.search(r"[\w)\]]\s*[*/+]\s*[\w(]|\w \- \w", e)
        ]
    assert offending == []


def test_the_readme_s_tree_is_the_file_system() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    tree = re.search(r"```text\n(.*?)```", readme, re.DOTALL)
    assert tree is not None
    for package in (
        "autoencoders", "autoencoders/evaluation", "autoencoders/learning", "autoencoders/reproducibility",
        "benchmarks", "execution", "replications", "report", "report/views", "stages", "stages/protocol",
        "verification",
    ):  # fmt: skip
        missing = [path.name for path in modules(package) if path.stem != "__init__" and path.stem not in tree[1]]
        assert missing == []


def test_no_lock_names_an_index() -> None:
    for lock in ROOT.glob("requirements*.lock"):
        assert not re.search(r"https?://|--(extra-)?index|file:", lock.read_text(encoding="utf-8"))


def test_the_readme_shows_the_committed_results() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    summary = json.loads((ROOT / "results" / "summary" / "metrics.json").read_text(encoding="utf-8"))
    rows = dict(re.findall(r"^\| (C\d) \| .*? \| (\w+) \|", readme, re.MULTILINE))
    assert rows == {name: claim["verdict"] for name, claim in summary["claims"].items()}
    for name, claim in summary["claims"].items():
        row = next(line for line in readme.splitlines() if line.startswith(f"| {name} |"))
        stated = [float(text.replace("−", "-")) for text in re.findall(r"[−\d.]+", row.split("|")[4])]
        assert stated == pytest.approx([claim["mean"], claim["low"], claim["high"]], abs=0.006)
