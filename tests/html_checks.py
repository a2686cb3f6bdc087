"""Checks of the page's HTML as text: validity, references, headings, languages, what it allows and asks for.

Every check returns problems in words; an empty list is a pass.
"""

import base64
import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from justhtml import JustHTML

Node = Any
REFERENCES = ("aria-labelledby", "aria-describedby", "aria-controls", "aria-owns", "for", "list", "headers")
LOADED = {"script": "src", "link": "href", "img": "src", "image": "href", "source": "src", "iframe": "src"}
INLINE = ("data:", "#")


def parse(text: str) -> JustHTML:
    """Return the document as a browser understands it, with the errors a strict parser finds."""
    return JustHTML(text, collect_errors=True, sanitize=False, scripting_enabled=False)


def walk(node: Node) -> Iterator[Node]:
    """Yield all elements and texts under a node in document order."""
    for child in node.children or []:
        yield child
        yield from walk(child)


def elements(document: JustHTML, under: Node = None) -> list[Node]:
    """Return all elements of a document, or those under a node, in order."""
    return [node for node in walk(under or document.root) if not node.name.startswith(("#", "!"))]


def text_of(node: Node) -> str:
    """Return the text of an element, spaces collapsed."""
    return " ".join("".join(one.data for one in walk(node) if one.name == "#text").split())


def editions(document: JustHTML) -> dict[str, Node]:
    """Return the editions by language."""
    found = [node for node in elements(document) if "edition" in (node.attrs.get("class") or "").split()]
    return {str(node.attrs.get("lang")): node for node in found}


def syntax(document: JustHTML) -> list[str]:
    """Return what a strict parser objects to."""
    return [f"syntax: {error}" for error in document.errors[:10]]


def ids(document: JustHTML) -> list[str]:
    """Return ids used twice, and references to ids that do not exist."""
    nodes = elements(document)
    counts = Counter(node.attrs["id"] for node in nodes if "id" in node.attrs)
    problems = [f"id twice: {name}" for name, count in counts.items() if count > 1]
    for node in nodes:
        problems += [f"no target: {node.name} refers to #{name}" for name in referenced(node) if name not in counts]
    return problems


def referenced(node: Node) -> list[str]:
    """Return the ids that an element refers to."""
    attributes = {name: value or "" for name, value in node.attrs.items()}
    names = [name for key in REFERENCES for name in attributes.get(key, "").split()]
    links = (attributes.get(key, "") for key in ("href", "xlink:href"))
    names += [link[1:] for link in links if link.startswith("#") and link != "#"]
    return names + [name for value in attributes.values() for name in re.findall(r"url\([\"']?#([^)\"']+)", value)]


def names(document: JustHTML) -> list[str]:
    """Return pictures without words."""
    problems = [
        f"no alt: img {(node.attrs.get('src') or '')[:60]}"
        for node in elements(document)
        if node.name == "img" and node.attrs.get("alt") is None
    ]
    return problems + [
        f"no name: {node.name} {node.attrs}"[:120]
        for node in elements(document)
        if node.attrs.get("role") == "img" and not (node.attrs.get("aria-label") or "").strip()
        and "aria-labelledby" not in node.attrs
    ]  # fmt: skip


def headings(document: JustHTML) -> list[str]:
    """Return editions whose headings do not begin with the only h1 or leave out a level."""
    problems = []
    for language, edition in editions(document).items():
        found = [node for node in elements(document, edition) if re.fullmatch(r"h[1-6]", node.name)]
        levels = [int(node.name[1]) for node in found]
        if levels[:1] != [1] or levels.count(1) != 1:
            problems.append(f"{language}: headings must begin with the only h1, got {levels[:5]}...")
        problems += [
            f"{language}: h{level} after h{before}: {text_of(node)}"
            for before, level, node in zip(levels, levels[1:], found[1:], strict=False)
            if level > before + 1
        ]
    return problems


def languages(document: JustHTML) -> list[str]:
    """Return editions without a language or title, with ids or links of another edition."""
    found = editions(document)
    problems = [] if len(found) > 1 else [f"editions: expected several, got {list(found)}"]
    for language, edition in found.items():
        if edition.attrs.get("id") != language or not edition.attrs.get("data-title"):
            problems.append(f"{language}: an edition needs its language as id, and a data-title")
        for node in elements(document, edition):
            problems += [
                f"{language}: {node.name} belongs to another edition: {name}"
                for name in [node.attrs.get("id") or "", *referenced(node)]
                if name.split("-")[0] in set(found) - {language} and "data-language" not in node.attrs
            ]
    return problems


def numbering(document: JustHTML) -> list[str]:
    """Return tables and figures that are not numbered in order, and anchors that one edition has alone."""
    problems, anchors = [], set()
    for language, edition in editions(document).items():
        references = [node for node in elements(document, edition) if node.attrs.get("class") == "reference"]
        shown = [node for node in elements(document, edition) if node.name == "table" or is_figure(node)]
        if len(shown) != len(references):
            problems.append(f"{language}: {len(shown)} tables and figures, {len(references)} numbered")
        by_kind: dict[str, list[int]] = {}
        for kind, _space, number in (text_of(node).rpartition(" ") for node in references):
            by_kind.setdefault(kind, []).append(int(number))
        problems += [
            f"{language}: {kind} numbered {numbers}"
            for kind, numbers in by_kind.items()
            if numbers != [*range(1, len(numbers) + 1)]
        ]
        anchors.add(tuple(node.attrs["href"].removeprefix(f"#{language}-") for node in references))
    return problems + (["anchors differ between editions"] if len(anchors) > 1 else [])


def is_figure(node: Node) -> bool:
    """Return whether an element is a figure that counts: those of the interactive parts do not."""
    is_counted = node.name == "figure"
    while is_counted and node.parent is not None:
        node = node.parent
        is_counted = "data-widget" not in (node.attrs or {})
    return is_counted


def policy(document: JustHTML) -> list[str]:
    """Return what the content-security policy lets pass that it should not, and scripts it does not know."""
    metas = [node for node in elements(document) if node.attrs.get("http-equiv") == "Content-Security-Policy"]
    if len(metas) != 1:
        return [f"policy: expected one, got {len(metas)}"]
    rules = {part.split()[0]: part.split()[1:] for part in metas[0].attrs["content"].split(";") if part.strip()}
    problems = [] if rules.get("default-src") == ["'none'"] else ["policy: default-src must be 'none'"]
    allowed = rules.get("script-src", [])
    problems += [f"policy: script-src allows {one}" for one in allowed if not one.startswith("'sha256-")]
    for node in elements(document):
        problems += [f"policy: {node.name} has {name}" for name in node.attrs if name.startswith("on")]
        if node.name == "script" and node.attrs.get("type") != "application/json":
            content = "".join(child.data for child in node.children).encode()
            digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
            problems += [] if f"'sha256-{digest}'" in allowed else ["policy: a script is not allowed by its hash"]
    return problems


def independence(document: JustHTML) -> list[str]:
    """Return everything the page would load from elsewhere."""
    problems = []
    for node in elements(document):
        source = node.attrs.get(LOADED.get(node.name, "")) or ""
        if source and not source.startswith(INLINE):
            problems.append(f"loaded: {node.name} {source[:80]}")
        styles = [node.attrs.get("style") or ""] + ([text_of(node)] if node.name == "style" else [])
        for style in styles:
            problems += [
                f"loaded: {one}" for one in re.findall(r"@import[^;]*|url\((?![\"']?(?:#|data:))[^)]*\)", style)
            ]
    return problems


CHECKS: tuple[Callable[[JustHTML], list[str]], ...] = (
    syntax, ids, names, headings, languages, numbering, policy, independence,
)  # fmt: skip


def problems(text: str) -> list[str]:
    """Return everything that is wrong with a page's HTML."""
    document = parse(text)
    return [problem for check in CHECKS for problem in check(document)]
