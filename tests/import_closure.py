"""Which project files a module imports, directly and through others, and which params it reads; by reading source.

``python -m tests.import_closure`` writes the modules each stage imports into the deps of every dvc.yaml.
"""

import ast
import json
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("autoencoders", "replications", "report", "stages")
NUMERICAL = {"numpy", "scipy", "skimage", "sklearn", "torch"}
PASSIVE = (
    "autoencoders/parameters.py",
    "autoencoders/parameter_sections.py",
    "autoencoders/parameter_file.py",
    "autoencoders/vocabulary.py",
    "stages/allocation.py",
    "stages/console.py",
    "stages/devices.py",
    "stages/forks.py",
    "stages/paths.py",
    "stages/side_by_side.py",
    "stages/starters.py",
    "stages/unfinished.py",
    "replications/parameters.py",
    "replications/console.py",
)  # change no value: reading params that a stage declares and their names, progress, file names, which device params
# name, freed memory, pieces at once, who started it, forks, going on after an interruption
NOTEBOOKS = {"stages/latent_tour.py": "report/latent_tour.ipynb"}
FOLDERS = (
    "autoencoders/evaluation",
    "autoencoders/learning",
    "autoencoders/reproducibility",
    "report/views",
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


def parameters_read(path: Path) -> set[str]:
    """Return the top-level names N of all ``params.N`` in a file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
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
        indent, lines = found[1], [line.strip("- ") for line in found[2].splitlines()]
        own = next(line for line in lines if line.endswith(".py"))
        kept = [line for line in lines if not line.endswith((".py", *FOLDERS))]
        passive = [line for line in lines if line in PASSIVE]
        code = [own, *sorted(code_dependencies(ROOT / own) - {own})]
        return "\n".join([f"{indent}deps:", *(f"{indent}  - {line}" for line in [*kept, *code, *passive]), ""])

    return re.sub(r"(?m)^( +)deps:\n((?: +- .*\.\w+\n| +- [^:\n]*\n)+)", deps_of, pipeline)


if __name__ == "__main__":
    for path in (ROOT / "dvc.yaml", ROOT / "replications" / "dvc.yaml"):
        path.write_text(with_code_deps(path.read_text(encoding="utf-8")), encoding="utf-8")
