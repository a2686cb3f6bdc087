"""Texts of the page that passed no catalogue: found by a language in which every message stands in brackets.

What has letters and lies outside the brackets was not translated. Names that no language changes are listed here.
"""

import re
from collections.abc import Iterator
from copy import copy

from babel.messages import Catalog

from report.catalogues import written
from tests.html_checks import Node, editions, parse

OPENING, CLOSING = "⟦", "⟧"
READ = ("aria-label", "aria-description", "aria-valuetext", "title", "alt", "placeholder", "data-title")
SKIPPED = {"code", "pre", "math", "cite", "script", "style"}  # settings, formulas, titles of works
KEPT = {
    "AE",
    "VAE",
    "PCA",
    "MNIST",
    "JPEG",
    "JPEG 2000",
    "WebP",
    "AVIF",
    "PNG",
    "gzip",
    "PSNR",
    "SSIM",
    "SE",
    "MSE",
    "KL",
    "ELBO",
    "BB-ANS",
    "Bit-Swap",
}
PATTERNS = (
    r"N\(0, I\)", r"C\d[a-d]?", r"z(: \d+)?", r"μ, log σ²", r"dB", r"tanh|ReLU|leaky ReLU|ELU|GELU|SiLU",
    r"MD5", r"[0-9a-f]{32}", r"[\w-]+-ubyte", r"\d[\d.]*(e[+-]?\d+)?", r"English|polski",
    r"https?://\S+", r"[a-d]", r"[xzKRβεμσ]", r"σ²",
)  # fmt: skip
POINT = re.compile(r"\d\.\d")


def pseudo(messages: Catalog) -> str:
    """Return a catalogue, as text, in which every message is its own translation in brackets."""
    result = copy(messages)
    for message in result:
        if message.id:
            forms = [f"{OPENING}{one}{CLOSING}" for one in _forms(message.id)]
            message.string = forms[0] if isinstance(message.id, str) else (forms[0], forms[-1], forms[-1])
    return written(result)


def _forms(text: str | list[str] | tuple[str, ...]) -> list[str]:
    return [text] if isinstance(text, str) else list(text)


def stray_texts(html: str, language: str, names: set[str]) -> list[str]:
    """Return the texts of an edition that have letters and lie outside the brackets.

    Args:
        html: The page, rendered in the language of brackets.
        language: The edition.
        names: What may stand untranslated besides ``KEPT``: names of libraries, works and files.
    """
    edition = editions(parse(html))[language]
    stray = []
    depth = 0
    for text, is_attribute in texts(edition):
        if is_attribute:
            stray += [part for part in outside(text, 0)[0] if not is_name(part, names)]
            continue
        parts, depth = outside(text, depth)
        stray += [part for part in parts if not is_name(part, names)]
    return stray + ([f"{depth} brackets left open"] if depth else [])


def texts(node: Node) -> Iterator[tuple[str, bool]]:
    """Yield the texts under a node in order, and those that its attributes say."""
    for child in node.children or []:
        if child.name == "#text":
            yield child.data, False
        elif not child.name.startswith(("#", "!")) and child.name not in SKIPPED:
            yield from ((value, True) for name, value in child.attrs.items() if name in READ and value)
            yield from texts(child)


def outside(text: str, depth: int) -> tuple[list[str], int]:
    """Return the parts of a text outside the brackets, and how many are open at its end.

    >>> outside("a ⟦b ⟦c⟧⟧ d", 0), outside("a⟧ b ⟦c", 1)
    ((['a', 'd'], 0), (['b'], 1))
    """
    parts = [""]
    for sign in text:
        if sign == OPENING:
            depth += 1
            parts.append("")
        elif sign == CLOSING:
            depth -= 1
        elif depth == 0:
            parts[-1] += sign
    return [part.strip() for part in parts if part.strip()], depth


def is_name(text: str, names: set[str]) -> bool:
    """Return whether a text is a name, or several with nothing but signs between them, and thus the same everywhere.

    >>> is_name("AE, 16:", set()), is_name("3.5", set()), is_name("mean", set())
    (True, True, False)
    """
    text = text.replace("\u00a0", " ")
    for name in sorted(KEPT | names, key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", "", text)
    text = re.sub(rf"(?<!\w)({'|'.join(PATTERNS)})(?!\w)", "", text)
    return not any(sign.isalpha() for sign in text)


def english_points(html: str, language: str) -> list[str]:
    """Return the table cells of an edition with a number that has an English decimal point; versions aside."""
    cells = [
        text
        for section in sections(editions(parse(html))[language])
        if section.attrs.get("id") != f"{language}-provenance"
        for cell in cells_of(section)
        for text, is_attribute in texts(cell)
        if not is_attribute
    ]
    return [text for text in cells if POINT.search(text)]


def sections(edition: Node) -> list[Node]:
    """Return the sections of an edition."""
    return list(edition.query("main > section"))


def cells_of(section: Node) -> list[Node]:
    """Return the table cells of a section and the texts of its figures."""
    return list(section.query("td, th, svg text"))
