"""Which project files a module imports, directly and through others, and which params it reads; by reading source.

``python -m tests.import_closure`` writes the modules each stage imports into the deps of dvc.yaml.
"""

import ast
import json
import re
from functools import cache
from pathlib import Path

from foundation.reproducibility.artifacts import write_bytes

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("autoencoders", "foundation", "replications", "report", "robustness", "stages")
NUMERICAL = {"numpy", "scipy", "skimage", "sklearn", "torch"}
PASSIVE = (
    "autoencoders/arrays.py",
    "foundation/models.py",
    "foundation/parameter_file.py",
    "foundation/parameter_sections.py",
    "foundation/parameters.py",
    "foundation/paths.py",
    "foundation/progress.py",
    "foundation/stage.py",
    "foundation/starters.py",
    "foundation/vocabulary.py",
)  # They change no digit: types, names and labels, values of parameters that a stage declares, files, progress, errors.
# What sets threads and pins libraries is ``foundation/reproducibility``, on which every stage depends.
NOTEBOOKS = {"stages/latent_tour.py": "report/latent_tour.ipynb"}
FOLDERS = (
    "autoencoders/evaluation",
    "autoencoders/judging",
    "autoencoders/learning",
    "foundation/reproducibility",
    "report/drawing",
    "report/texts",
    "report/views",
    "robustness",
    "stages/protocol",
)  # whose modules are one dependency


def _module_path(name: str) -> Path | None:
    path = ROOT / Path(*name.split("."))
    candidates = (path.with_suffix(".py"), path / "__init__.py")
    return next((candidate for candidate in candidates if candidate.is_file()), None)


def _imported_names(tree: ast.AST) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return {name for name in names if name.split(".")[0] in PACKAGES}


def source(path: Path) -> str:
    """Return the code of a module, with that of the notebook it runs."""
    text = path.read_text(encoding="utf-8")
    if notebook := NOTEBOOKS.get(path.relative_to(ROOT).as_posix()):
        cells = json.loads((ROOT / notebook).read_text(encoding="utf-8"))["cells"]
        text += "".join(f"\n{''.join(cell['source'])}\n" for cell in cells if cell["cell_type"] == "code")
    return text


@cache
def direct_imports(path: Path) -> frozenset[Path]:
    """Return the project files that a file imports itself; packages' docstring-only __init__ files are left out."""
    paths = {_module_path(name) for name in _imported_names(ast.parse(source(path)))}
    passive = {ROOT / name for name in PASSIVE}
    return frozenset(found for found in paths - passive if found and found.name != "__init__.py")


def import_closure(path: Path) -> set[Path]:
    """Return the file itself and all project files it depends on through imports, its own package's included."""
    closure, waiting = set(), [path, *direct_imports(path.parent / "__init__.py")]
    while waiting:
        current = waiting.pop()
        if current not in closure:
            closure.add(current)
            waiting += direct_imports(current)
    return closure


def code_dependencies(path: Path) -> set[str]:
    """Return what a stage's module must name in dvc.yaml: its import closure, modules of a folder as the folder."""
    names = {found.relative_to(ROOT).as_posix() for found in import_closure(path)}
    return {next((f for f in FOLDERS if name.startswith(f"{f}/")), name) for name in names}


def computes(path: Path) -> bool:
    """Return whether a file imports a library whose results depend on the processor."""
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module}
    return any(name.split(".")[0] in NUMERICAL for name in names)


def parameters_read(path: Path, *, is_imported: bool = False) -> set[str]:
    """Return the top-level names N of all ``params.N`` in a file; an imported stage's own ``main`` does not run."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    tree.body = [node for node in tree.body if not (is_imported and getattr(node, "name", "") == "main")]
    return {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "params"
    }


def with_code_deps(pipeline: str) -> str:
    """Return the text of a dvc.yaml with the modules of every stage's import closure as its code dependencies.

    A stage's own module is the first that its deps name.
    """

    def deps_of(found: re.Match[str]) -> str:
        indent, lines = found[1], [line.strip().removeprefix("- ") for line in found[2].splitlines()]
        own = next(line for line in lines if line.endswith(".py"))
        kept = [line for line in lines if not line.endswith((".py", *FOLDERS))]
        code = [own, *sorted(code_dependencies(ROOT / own) - {own})]
        code = [line for line in code if not line.startswith(tuple(f"{folder}/" for folder in kept))]
        return "\n".join([f"{indent}deps:", *(f"{indent}  - {line}" for line in [*kept, *code]), ""])

    return re.sub(r"(?m)^( +)deps:\n((?: +- [^:\n]*\n)+)", deps_of, pipeline)


if __name__ == "__main__":
    path = ROOT / "dvc.yaml"
    write_bytes(path, with_code_deps(path.read_text(encoding="utf-8")).encode())
