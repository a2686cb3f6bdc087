"""The rules of the repository as tests: each names what is missing and where."""

import ast
import json
import re
from functools import cache
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from foundation.models import MODELS, ModelName
from foundation.parameters import N_SWEEP, Params, load_params
from report.views.sections import SECTIONS as VIEWS
from robustness.table import final_claims, table_of_study
from tests.import_closure import FOLDERS, ROOT, code_dependencies, computes, import_closure, parameters_read

PIPELINE: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
STAGES = sorted(PIPELINE)
SECTIONS = sorted(name for name, field in Params.model_fields.items() if hasattr(field.annotation, "model_fields"))
SHARED_SECTIONS = {"training", "network"}  # of all models
EVALUATIONS = sorted(set(SECTIONS) & set(VIEWS) & set(PIPELINE) - {"prepare"})
FILE_MODULES = {"checkpoints"}  # modules of the library that may know a file


def relative(paths: set[Path]) -> set[str]:
    return {path.relative_to(ROOT).as_posix() for path in paths}


def declared_parameters(stage: str) -> set[str]:
    names = {str(name).split(".")[0] for name in PIPELINE[stage].get("params", [])}
    if "params.yaml" in PIPELINE[stage]["deps"]:
        return set(Params.model_fields)
    return (names - {"${item"}) | (set(MODELS) if "${item" in names else set())


@cache
def source(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imported_names(path: Path) -> set[str]:
    names = {alias.name for node in ast.walk(source(path)) if isinstance(node, ast.Import) for alias in node.names}
    return names | {node.module for node in ast.walk(source(path)) if isinstance(node, ast.ImportFrom) and node.module}


def modules(package: str) -> list[Path]:
    return sorted((ROOT / package).glob("*.py"))


CODE = [
    *modules("autoencoders"),
    *modules("autoencoders/evaluation"),
    *modules("autoencoders/judging"),
    *modules("autoencoders/learning"),
    *modules("foundation"),
    *modules("foundation/reproducibility"),
    *modules("execution"),
    *modules("replications"),
    *modules("stages"),
    *modules("stages/protocol"),
    *sorted((ROOT / "report").rglob("*.py")),
    *modules("robustness"),
    *modules("verification"),
]


@pytest.mark.parametrize("stage", STAGES)
def test_deps_cover_everything_the_stage_imports(stage: str) -> None:
    named = PIPELINE[stage]["deps"]
    wanted = code_dependencies(ROOT / "stages" / f"{stage}.py")
    assert sorted(one for one in wanted - set(named) if not one.startswith(tuple(f"{name}/" for name in named))) == []


@pytest.mark.parametrize("stage", STAGES)
def test_deps_name_no_module_the_stage_does_not_import(stage: str) -> None:
    wanted = code_dependencies(ROOT / "stages" / f"{stage}.py")
    code = {dep for dep in PIPELINE[stage]["deps"] if dep.endswith((".py", *FOLDERS))}
    assert sorted(code - wanted) == []


@pytest.mark.parametrize("stage", STAGES)
def test_no_stage_names_more_than_a_handful_of_code(stage: str) -> None:
    code = [dep for dep in PIPELINE[stage]["deps"] if dep.endswith((".py", "foundation", *FOLDERS))]
    assert len(code) <= 9


@pytest.mark.parametrize("stage", STAGES)
def test_each_stage_declares_the_parameters_it_reads(stage: str) -> None:
    closure = import_closure(ROOT / "stages" / f"{stage}.py")
    files = [path for path in closure if path.is_relative_to(ROOT / "stages")]
    names = set().union(*(parameters_read(path, is_imported=path.stem != stage) for path in files))
    read = names & set(Params.model_fields)
    assert sorted(read - declared_parameters(stage)) == []


@pytest.mark.parametrize("stage", STAGES)
def test_each_stage_that_computes_runs_again_under_other_numerics(stage: str) -> None:
    files = import_closure(ROOT / "stages" / f"{stage}.py")
    computes_nothing = ("reproducibility/artifacts.py", "idx.py", "own_images.py")
    files -= {ROOT / "foundation" / name for name in computes_nothing}
    if any(map(computes, files)):
        assert "numerics" in declared_parameters(stage)


@pytest.mark.parametrize("stage", STAGES)
def test_each_stage_runs_the_module_of_its_name(stage: str) -> None:
    assert re.match(rf"python -m stages\.{stage}( |$)", PIPELINE[stage]["cmd"])
    assert (ROOT / "stages" / f"{stage}.py").is_file()


PRUNED = "checkpoints/pruned"
READERS = {"checkpoints/judges", "checkpoints/features", "checkpoints/pca.safetensors"}
NEEDS = {  # what a stage that calls a function must wait for: beginnings of paths
    "load_split": {"data/prepared"},
    "load_context": {"data/prepared", *READERS},
    "load_dataset_info": {"data/prepared"},
    "load_readers": READERS,
    "load_pca": {"checkpoints/pca.safetensors"},
    "load_codecs": {"checkpoints/sweep/", "checkpoints/pca.safetensors", PRUNED},
    "load_denoisers": {"checkpoints/denoisers", PRUNED},
    "load_betas": {"checkpoints/betas", PRUNED},
    "load_likelihoods": {"checkpoints/likelihoods", PRUNED},
    "table_over": {"results/sweep/${latent_dim}", *(f"results/sweep/${{latent_sweep[{n}]}}" for n in range(N_SWEEP))},
}


@pytest.mark.parametrize("stage", STAGES)
def test_each_stage_waits_for_the_data_that_it_loads(stage: str) -> None:
    called = {
        node.func.id
        for node in ast.walk(source(ROOT / "stages" / f"{stage}.py"))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    needed = set().union(*(paths for name, paths in NEEDS.items() if name in called))
    deps = PIPELINE[stage]["deps"]
    assert sorted(path for path in needed if not any(dep.startswith(path) for dep in deps)) == []


@pytest.mark.parametrize("page", ["figures", "report"])
def test_the_page_waits_for_everything_that_was_measured(page: str) -> None:
    measured = {f"results/{stage}" for stage in STAGES for out in outputs(stage) if out.startswith(f"results/{stage}/")}
    assert sorted(measured - {"results/sweep"} - set(PIPELINE[page]["deps"])) == []


def test_each_model_has_a_name_and_a_section_of_parameters() -> None:
    assert set(get_args(ModelName)) == set(MODELS)
    assert sorted(set(MODELS) - set(Params.model_fields)) == []
    raw = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    assert sorted(set(MODELS) - set(raw)) == []


def test_each_module_of_stages_is_a_stage() -> None:
    assert {path.stem for path in modules("stages")} - {"__init__"} == set(STAGES)


ARROWS = {  # what each package may import of the others
    "foundation": set(),
    "autoencoders": {"foundation"},
    "stages": {"foundation", "autoencoders", "report"},
    "report": {"foundation", "autoencoders", "robustness"},
    "execution": set(),
    "robustness": {"foundation", "autoencoders", "verification"},
}


@pytest.mark.parametrize("package", list(ARROWS))
def test_imports_go_one_way(package: str) -> None:
    rooms = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {package} - ARROWS[package]
    wrong = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in (ROOT / package).rglob("*.py")
        for name in imported_names(path)
        if name.split(".")[0] in rooms
    }
    assert sorted(wrong) == []


def test_the_latent_dimensions_of_the_sweep_are_all_named_in_the_pipeline() -> None:
    text = (ROOT / "dvc.yaml").read_text(encoding="utf-8")
    assert set(re.findall(r"latent_sweep\[(\d)\]", text)) == {str(place) for place in range(N_SWEEP)}


@pytest.mark.parametrize("slug", EVALUATIONS)
def test_an_evaluation_has_one_slug_everywhere(slug: str) -> None:
    assert slug in PIPELINE
    assert slug in Params.model_fields
    assert (ROOT / "report" / "templates" / "sections" / f"{slug}.html.j2").is_file()
    assert any(out.startswith(f"results/{slug}/") for out in outputs(slug))


@pytest.mark.parametrize("section", SECTIONS)
def test_each_section_of_params_belongs_to_a_stage_or_a_model(section: str) -> None:
    assert section in PIPELINE or section in {*MODELS, *SHARED_SECTIONS}


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
    assert not imported_names(path) & {"os", "pathlib", "time", "datetime", "yaml", "shutil", "tempfile", "subprocess"}
    called = {
        node.func.id
        for node in ast.walk(source(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert not called & {"open", "print", "input"}


@pytest.mark.parametrize("path", CODE, ids=lambda path: path.stem)
def test_nothing_is_unpickled(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"\b(pickle\.loads?|joblib|torch\.load|allow_pickle=True)\b", text)


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


def test_the_tree_in_the_docs_is_the_file_system() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    tree = re.search(r"```text\n(.*?)```", text, re.DOTALL)
    assert tree is not None
    packages = {path.parent for path in ROOT.glob("[a-z]*/**/__init__.py") if "tests" not in path.parts}
    missing = [
        path.relative_to(ROOT).as_posix()
        for package in packages
        for path in package.glob("*.py")
        if path.stem != "__init__" and path.stem not in tree[1]
    ]
    assert missing == []


def test_no_lock_names_an_index() -> None:
    for lock in ROOT.glob("requirements*.lock"):
        assert not re.search(r"https?://|--(extra-)?index|file:", lock.read_text(encoding="utf-8"))


def test_the_readme_shows_the_committed_results() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    summary = json.loads((ROOT / "results" / "summary" / "metrics.json").read_text(encoding="utf-8"))
    table = table_of_study(ROOT, load_params(ROOT / "params.yaml"), summary)
    claims = final_claims(table, summary)
    parts = {name: part for claim in claims.values() for name, part in claim["parts"].items()}
    rows = {row.split("|")[1].strip(): row.split("|")[2:] for row in readme.splitlines() if re.match(r"\| C\d", row)}
    assert {name: cells[1].split()[0] for name, cells in rows.items()} == {n: p["verdict"] for n, p in parts.items()}
    for name, part in parts.items():
        scale = 100 if "%" in rows[name][2] else 1
        stated = [float(text.replace("−", "-")) for text in re.findall(r"[−\d.]+", rows[name][2])]
        shown = [scale * part["primary"][bound] for bound in ("mean", "low", "high")]
        assert stated == pytest.approx(shown, abs=0.06 if scale == 100 else 0.006), name
