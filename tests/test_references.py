"""What documents refer to is there: files, headings, modules and names; the library's reference is current."""

import ast
import re
from pathlib import Path

import pytest

from tests.import_closure import ROOT
from tests.reference import PAGE_PATH, formatted, modules, rendered

PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]
GENERATED = (
    "report/index.html", "report/experiments.html", "replications/report.html",
    "robustness/results/", "data/", "tmp/", "checkpoints/",
)  # fmt: skip
FILE = re.compile(
    r"[\w.-]+(?:/[\w.-]+)*/[\w-]+\.(?:py|md|yaml|csv|cff|json|j2|ipynb|svg|po|html)|\w+\.(?:toml|lock|yml)"
)
DEFINITIONS = (ast.FunctionDef, ast.ClassDef)


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links_lead_somewhere(page: Path) -> None:
    dead = []
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        path, _, anchor = target.partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        file = page.parent / path if path else page
        if not file.exists() or (anchor and file.suffix == ".md" and anchor not in anchors(file)):
            dead.append(target)
    assert dead == []


@pytest.mark.parametrize("page", [page for page in PAGES if page.stem != "CHANGELOG"], ids=lambda page: page.stem)
def test_files_that_a_page_names_exist(page: Path) -> None:
    spans = re.findall(r"`([^`\n]+)`", page.read_text(encoding="utf-8"))
    files = [span for span in spans if FILE.fullmatch(span) and not span.startswith(GENERATED)]
    assert [file for file in files if not ((ROOT / file).exists() or (page.parent / file).exists())] == []


def names_of(module: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, DEFINITIONS):
            names.add(node.name)
        elif isinstance(node, ast.ImportFrom):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Store):
            names.add(node.id if isinstance(node, ast.Name) else node.attr)
    return names


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.stem)
def test_modules_and_names_that_a_docstring_refers_to_exist(path: Path) -> None:
    known = {module.stem: module for module in [*modules(), *(ROOT / "foundation").rglob("*.py")]}
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = [node for node in ast.walk(tree) if isinstance(node, (ast.Module, *DEFINITIONS))]
    text = " ".join(filter(None, map(ast.get_docstring, nodes)))
    named = [match for match in re.findall(r"``(?:\w+\.)*(\w+)\.(\w+)(?:\(\))?``", text) if match[0] in known]
    assert [".".join(match) for match in named if match[1] not in names_of(known[match[0]])] == []


def test_the_reference_is_what_the_command_writes() -> None:
    assert PAGE_PATH.read_text(encoding="utf-8") == rendered(), "run: make reference"


def test_a_docstring_becomes_lists_and_code() -> None:
    docstring = "Return ``x``.\n\nArgs:\n    x: A number,\n        at most 1.\n\n>>> f(1)\n1\n"
    expected = [
        "Return `x`.",
        "",
        "*Args*",
        "",
        "- `x`: A number,",
        "  at most 1.",
        "",
        "",
        "```python",
        ">>> f(1)",
        "1",
    ]
    assert list(formatted(docstring)) == [*expected, "```", ""]
