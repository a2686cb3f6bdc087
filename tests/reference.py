"""The reference of the library, docs/library.md, written from its docstrings: ``python -m tests.reference``."""

import ast
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.import_closure import ROOT

PAGE_PATH = ROOT / "docs" / "library.md"
LIBRARY = ROOT / "autoencoders"
HEAD = """\
# The library

`make reference` writes this page from the docstrings of the package `autoencoders`. Arrays go in, arrays or numbers
come out. `pip install .` in a checkout installs it, with the package `foundation` that it stands on:

```python
from autoencoders.learning.models import VariationalAutoencoder

model = VariationalAutoencoder(latent_dim=2, epochs=5).fit(images)  # images: (n, pixels) in [0, 1]
codes = model.transform(images)
```
"""
SECTIONS = {"Args:", "Attributes:", "Raises:", "Returns:", "Yields:"}
Named = ast.FunctionDef | ast.ClassDef


def modules() -> list[Path]:
    """Return the files of the library: each package before its modules."""
    return sorted(LIBRARY.rglob("*.py"), key=lambda path: (path.parent, path.stem != "__init__", path.stem))


def module_name(path: Path) -> str:
    """Return what a file is imported as.

    >>> module_name(LIBRARY / "learning" / "__init__.py"), module_name(LIBRARY / "statistics.py")
    ('autoencoders.learning', 'autoencoders.statistics')
    """
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def public(body: Sequence[ast.stmt]) -> list[Named]:
    """Return the functions and classes that are meant for others: those with a docstring and no underscore."""
    return [
        node
        for node in body
        if isinstance(node, Named) and not node.name.startswith("_") and ast.get_docstring(node) is not None
    ]


def signature(node: Named) -> str:
    """Return how a function is called, of a class its name with its bases."""
    if isinstance(node, ast.ClassDef):
        bases = ", ".join(map(ast.unparse, node.bases))
        return f"class {node.name}({bases})" if bases else f"class {node.name}"
    returned = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    return f"{node.name}({re.sub(r'^self(, )?', '', ast.unparse(node.args))}){returned}"


def formatted(docstring: str) -> Iterator[str]:
    """Yield a docstring's lines as Markdown: sections as lists, examples and indented blocks as code."""
    is_list = is_code = False
    for line in [*docstring.splitlines(), ""]:
        is_start = line.startswith(">>>") or (line.startswith("    ") and not is_list and bool(line.strip()))
        if is_start and not is_code:
            yield from ("", "```text" if line.startswith(" ") else "```python")
            is_code = True
        elif is_code and not line.strip():
            yield "```"
            is_code = False
        if is_code:
            yield line.removeprefix("    ")
        elif line in SECTIONS:
            is_list = True
            yield from (f"*{line[:-1]}*", "")
        elif is_list and (item := re.match(r"    (\S.*?): (.*)", line)):
            yield f"- `{item[1].strip('`')}`: {in_markdown(item[2])}"
        elif is_list and line.startswith("    "):
            text = in_markdown(line.strip())
            yield f"  {text}" if line.startswith("        ") else f"- {text}"
        else:
            is_list = is_list and bool(line.startswith(" ") or not line)
            yield in_markdown(line)


def in_markdown(text: str) -> str:
    """Return a line of a docstring with Markdown's marks: code in single backticks, no accidental emphasis.

    >>> in_markdown("``x`` * y_1")
    '`x` \\\\* y_1'
    """
    parts = re.split(r"``(.+?)``", text)
    return "".join(f"`{part}`" if place % 2 else part.replace("*", r"\*") for place, part in enumerate(parts))


def described(node: Named, level: int) -> Iterator[str]:
    """Yield the heading, call and docstring of a function or a class, and those of its methods."""
    yield from ("", f"{'#' * level} {node.name}", "", f"`{signature(node)}`", "")
    yield from formatted(ast.get_docstring(node) or "")
    if isinstance(node, ast.ClassDef):
        for method in public(node.body):
            yield from described(method, level + 1)


def rendered() -> str:
    """Return the page."""
    lines = HEAD.splitlines()
    for path in modules():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        lines += ["", f"## {module_name(path)}", "", *formatted(ast.get_docstring(tree) or "")]
        for node in public(tree.body):
            lines += described(node, 3)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).rstrip() + "\n"


if __name__ == "__main__":
    PAGE_PATH.write_text(rendered(), encoding="utf-8", newline="\n")
