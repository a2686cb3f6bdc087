"""Texts that data, parameters and names of experiments bring along stay texts on every page: nothing of theirs runs.

Each page is rendered twice, with calm texts and with hostile ones of the same length: both must be built of the same
elements with the same attributes and scripts.
"""

import io
import json
import re
import shutil
from collections.abc import Callable
from contextlib import chdir
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from justhtml import JustHTML
from rich.console import Console

from foundation.datasets import DATASETS
from foundation.progress import Progress
from foundation.reproducibility.artifacts import read_csv, read_json, write_csv, write_json
from replications import page as replications
from replications.parameters import load_params
from report.experiments.page import render as render_experiments
from report.experiments.runs import WORKSPACE, Origin, Problem, Run
from tests import html_checks, study_fixture
from tests.import_closure import ROOT

HOSTILE = (
    '"><script>alert(1)</script> </script><img src=x onerror=alert(1)> {{7*7}} {% if %} javascript:alert(1) \'" '
    'onclick="alert(1)" --> ]]> <!-- &lt; %(x)s 100 % $\\frac$ \\u003c'
)
CALM = re.sub(r"[^ ]", "a", HOSTILE)
ADDRESS = "javascript:alert(1)//"
FORBIDDEN = {"iframe", "object", "embed", "base", "foreignobject", "form"}
# columns and keys of the replications that the page looks up
KEPT = {"key", "verdict", "preset", "activation", "likelihood", "pixels"}


def shapes(document: JustHTML, *, in_figures: bool) -> list[tuple[str, ...]]:
    """Return the elements with the names of their attributes; those of figures or all others."""
    nodes = html_checks.elements(document)
    figures = {id(node) for svg in nodes if svg.name == "svg" for node in html_checks.elements(document, svg)}
    return [(node.name, *sorted(node.attrs)) for node in nodes if (id(node) in figures) is in_figures]


def scripts(document: JustHTML) -> list[str]:
    """Return the texts of the scripts that run."""
    found = [node for node in html_checks.elements(document) if node.name == "script"]
    return ["".join(child.data for child in node.children) for node in found if not node.attrs.get("type")]


def check(calm: str, hostile: str) -> JustHTML:
    """Hold a page with hostile texts against the same page with calm ones; return the former."""
    before, after = html_checks.parse(calm), html_checks.parse(hostile)
    assert html_checks.policy(after) == []
    assert html_checks.independence(after) == []
    assert after.errors == before.errors
    assert scripts(after) == scripts(before) != []
    assert shapes(after, in_figures=False) == shapes(before, in_figures=False)
    # where labels are laid out differently a figure has more or fewer ticks, but nothing of another kind
    assert set(shapes(after, in_figures=True)) <= set(shapes(before, in_figures=True))
    nodes = html_checks.elements(after)
    assert {node.name for node in nodes} & FORBIDDEN == set()
    links = [
        str(value) for node in nodes for name, value in node.attrs.items() if name in {"href", "src", "xlink:href"}
    ]
    assert [link for link in links if not re.match(r"#|data:|https?://|\.\./|[\w.]+$", link)] == []
    text = html_checks.text_of(after.root)
    assert "{{7*7}} {% if %}" in text, "a template must show such a text as it is"
    assert "%(x)s 100" in text
    return after


def class_names(text: str) -> tuple[str, ...]:
    """Return ten names, each with another part of a text: long names would only slow the figures down."""
    parts = [text[start : start + 26] for start in range(0, len(text), 13)]
    return tuple(f"{i}{part}" for i, part in enumerate(parts[:10]))


def study_with(text: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the report on a dataset all of whose texts are this one."""
    names = class_names(text)
    odd = replace(DATASETS["kmnist"], title=text, class_names=names, licence=text, url=f"{ADDRESS}{text}")
    monkeypatch.setitem(DATASETS, "kmnist", odd)
    study_fixture.build(folder, "kmnist")
    prepared = folder / "results/prepare/metrics.json"
    metrics = read_json(prepared)
    write_json(prepared, {**metrics, "checksums": {f"{text}{name}": text for name in metrics["checksums"]}})
    params = yaml.safe_load((folder / "params.yaml").read_text(encoding="utf-8"))
    params["fetch"]["source"] = text
    (folder / "params.yaml").write_text(yaml.safe_dump(params, sort_keys=False), encoding="utf-8")
    return study_fixture.render(folder).read_text(encoding="utf-8")


def test_the_report_shows_hostile_texts_of_data_as_texts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("report.page.LANGUAGES", ("en",))  # one edition, for speed
    monkeypatch.setattr("stages.figures.LANGUAGES", ("en",))
    pages = []
    for name, text in (("calm", CALM), ("hostile", HOSTILE)):
        (tmp_path / name).mkdir()
        pages.append(study_with(text, tmp_path / name, monkeypatch))
    document = check(*pages)
    assert ADDRESS in html_checks.text_of(document.root)
    data = next(node for node in html_checks.elements(document) if node.attrs.get("id") == "explorer-data")
    assert json.loads(data.children[0].data)["class_names"] == list(class_names(HOSTILE))


def experiments_with(text: str) -> str:
    """Return the page of experiments whose names, branch, subject, parameters, metrics and problems are this text."""
    claim = {"metric": text, "mean": 1.0, "low": 0.5, "high": 1.5, "threshold": 0.0, "verdict": "supported"}
    runs = []
    for i, (rev, baseline) in enumerate(
        (("a" * 40, ""), (WORKSPACE, "a" * 40), ("b" * 40, "a" * 40), (text, "a" * 40))
    ):
        params = {"dataset": f"{i}{text}", "seeds": [text, i], f"{text}.key": {text: [text, i]}}
        trouble = tuple(Problem(text, kind, text) for kind in ("missing", "damaged", "older", "changed"))
        origin = Origin(f"{i}{text}" if rev != WORKSPACE else "", rev, baseline, text, text, text)
        runs.append(Run(origin, params, {"C1": claim}, {"se": {"ae": 1.0, text: 2.0}}, {text: claim}, trouble))
    return render_experiments(runs, "en")


def test_the_page_of_experiments_shows_hostile_names_as_texts() -> None:
    check(experiments_with(CALM), experiments_with(HOSTILE))


def renamed(value: Any, rename: Callable[[str], str], key: str = "") -> Any:
    """Return a record with its texts renamed, numbers and what is looked up as they were."""
    if isinstance(value, dict):
        return {
            rename(name) if key == "configurations" else name: renamed(each, rename, name)
            for name, each in value.items()
        }
    if isinstance(value, list):
        return [renamed(each, rename, key) for each in value]
    return rename(value) if isinstance(value, str) and key not in KEPT else value


def replications_with(text: str, folder: Path) -> str:
    """Return the page of replications whose cells, runs and settings have names with this text."""
    for part in ("replications", "report/templates", "report/assets"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__", "*.html"))
    shutil.copy2(ROOT / "params.yaml", folder)
    results = folder / "replications/results"

    def rename(name: str) -> str:
        return f"{name} {text}"

    write_json(results / "rows.json", renamed(read_json(results / "rows.json"), rename))
    for path in (results / "squared_errors.csv", results / "likelihoods.csv", folder / "replications/tuning.csv"):
        write_csv(path, renamed(read_csv(path), rename))
    with chdir(folder):
        params = load_params(Path("replications/params.yaml"))
        replications.main(params, Progress("page", Console(file=io.StringIO())))
    return (folder / "replications/report.html").read_text(encoding="utf-8")


def test_the_page_of_replications_shows_hostile_names_as_texts(tmp_path: Path) -> None:
    calm = CALM.replace("-", "a")
    hostile = HOSTILE.replace("-", "\u2010")  # a hyphen marks a difference of two cells
    check(replications_with(calm, tmp_path / "calm"), replications_with(hostile, tmp_path / "hostile"))
