"""Numbers live in figures and tables: no running sentence of the page carries more than three of them."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from report.texts.language import LANGUAGES
from tests.html_checks import Node, editions, parse

MOST = 3
ELSEWHERE = {"table", "figure", "svg", "math", "code", "pre"}  # where numbers may stand close together
LISTS = {"references"}  # classes of lists whose numbers are years, pages and volumes
SECTIONS_ASIDE = ("provenance", "references")
INTERVAL = r"\[[^\[\]]*\d[^\[\]]*\]"  # of the mean before it: one number with it
NAMES = r"N\(0,\s*I\)|\bC\d[a-d]?\b|95\s*%\s+interval|95\s*%\s+przedzia\w*|przedzia\w* ufności 95\s*%|JPEG 2000"
SIZE = r"(\d)\s*×\s*\d+"  # of an image: one number
NUMBER = r"(?<!\w)\d[\d\u202f]*(?:[.,]\d+)?"
END = r"(?<=[.!?])\s+(?=[^\d\s])"


def sentences(text: str) -> list[str]:
    """Return the sentences of a text.

    >>> sentences("It has 2.5 of 16. Why? So.")
    ['It has 2.5 of 16.', 'Why?', 'So.']
    """
    return re.split(END, text)


def n_numbers(sentence: str) -> int:
    """Return how many numbers a sentence carries; a mean with its interval is one.

    >>> n_numbers("63.4 % [61.3, 65.5] of 10\u202f000 images come from N(0, I) (C6d)")
    2
    """
    return len(re.findall(NUMBER, re.sub(SIZE, r"\1", re.sub(f"{INTERVAL}|{NAMES}", " ", sentence))))


def running_text(node: Node) -> Iterator[str]:
    """Yield the texts of paragraphs and items under a node, without those of tables, figures and lists within them."""
    for child in node.children or []:
        if child.name in ELSEWHERE or set((getattr(child, "attrs", None) or {}).get("class", "").split()) & LISTS:
            continue
        if child.name in {"p", "li"}:
            yield re.sub(r"[ \n\t]+", " ", "".join(own_text(child))).strip()  # a space within a number stays
        yield from running_text(child)


def own_text(node: Node) -> Iterator[str]:
    """Yield the texts of an element, without what stands in elements of its own kind within it."""
    for child in node.children or []:
        if child.name == "#text":
            yield child.data
        elif child.name not in {*ELSEWHERE, "p", "li", "ul", "ol", "details"}:
            yield from own_text(child)


def crowded(html: str, language: str) -> list[str]:
    """Return the sentences of an edition that carry too many numbers."""
    return [
        f"{section.attrs['id']}: {sentence}"
        for section in editions(parse(html))[language].query("main > section")
        if not section.attrs["id"].endswith(SECTIONS_ASIDE)
        for text in running_text(section)
        for sentence in sentences(text)
        if n_numbers(sentence) > MOST
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_running_sentence_of_the_page_carries_more_than_three_numbers(report_page: Path, language: str) -> None:
    assert crowded(report_page.read_text(encoding="utf-8"), language) == []


def test_a_sentence_with_four_numbers_is_found_wherever_it_stands() -> None:
    said = "<p>One: 1, 2, 3, 4.</p><ul><li>5 %, 6 [5, 7], 8 and 9.<ul><li>1</li></ul></li></ul>"
    said += "<table><tr><td><p>1, 2, 3, 4, 5</p></td></tr></table>"
    page = f'<!doctype html><div class="edition" lang="en"><main><section id="en-a">{said}</section></main></div>'
    found = crowded(page, "en")
    assert [text.split(":")[0] for text in found] == ["en-a", "en-a"]
