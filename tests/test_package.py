"""What people who find the repository expect of it: a package that installs, types, help, a citation, checks."""

import ast
import re
import sys
import tomllib
from pathlib import Path

import yaml

from tests.import_closure import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PACKAGES = ("autoencoders", "foundation")
DISTRIBUTIONS = {"PIL": "pillow", "ruamel": "ruamel.yaml", "skimage": "scikit-image", "sklearn": "scikit-learn"}


def imported(path: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module}
    return {name.split(".")[0] for name in names}


def test_the_package_names_what_its_modules_import() -> None:
    found = set().union(*(imported(path) for package in PACKAGES for path in (ROOT / package).rglob("*.py")))
    needed = {DISTRIBUTIONS.get(name, name) for name in found - set(sys.stdlib_module_names) - set(PACKAGES)}
    assert needed == set(PROJECT["project"]["dependencies"])


def test_the_study_pins_what_the_package_needs() -> None:
    text = (ROOT / "requirements.in").read_text(encoding="utf-8")
    assert set(PROJECT["project"]["dependencies"]) <= set(re.findall(r"^[\w.-]+", text, re.MULTILINE))


def test_the_package_ships_its_types() -> None:
    assert PROJECT["tool"]["setuptools"]["packages"]["find"]["include"] == [f"{package}*" for package in PACKAGES]
    assert [package for package in PACKAGES if not (ROOT / package / "py.typed").is_file()] == []


def test_every_command_of_make_is_in_its_help() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    (names,) = re.findall(r"^\.PHONY: (.*)$", text, re.MULTILINE)
    assert set(re.findall(r"^([a-z]+):.*## \S", text, re.MULTILINE)) == set(names.split())


def test_the_citation_is_of_this_version() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == PROJECT["project"]["version"]
    assert citation["license"] == PROJECT["project"]["license"]
    assert citation["title"] in PROJECT["project"]["description"]


def test_the_hosts_run_the_checks_and_keep_the_report() -> None:
    for path in (".github/workflows/check.yml", ".gitlab-ci.yml"):
        text = (ROOT / path).read_text(encoding="utf-8")
        assert isinstance(yaml.safe_load(text), dict)
        assert all(part in text for part in (".ci/run", "make report", "report/index.html"))
