"""The checks of the page themselves: a small good page passes all, each planted fault is found; no browser is said."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests import html_checks, page_checks, reader_checks, small_page
from tests.browser import NO_BROWSER, find_chromium
from tests.import_closure import ROOT
from tests.test_page_in_browser import check_page

FAULTY_HTML = [
    ("<p></div></p>", "syntax"),
    ('<p id="twice"></p><p id="twice"></p>', "id twice"),
    ('<a href="#nowhere">there</a>', "no target"),
    ('<svg role="img" aria-label="x" viewBox="0 0 1 1"><path d="M0 0" clip-path="url(#nowhere)"/></svg>', "no target"),
    ('<img src="data:,">', "no alt"),
    ('<svg role="img"></svg>', "no name"),
    ("<h4>too deep</h4>", "LANGUAGE: h4"),
    ("<figure></figure>", "LANGUAGE: 2 tables and figures, 1 numbered"),
    ('<a href="#pl-first">there</a><a href="#en-first">here</a>', "LANGUAGE: a belongs"),
    ("<script>1</script>", "policy: a script"),
    ('<p onclick="1">press</p>', "policy: p has onclick"),
    ('<img alt="" src="https://example.org/a.png">', "loaded: img"),
    ('<p style="background: url(a.png)">picture</p>', "loaded: url(a.png)"),
]
PRINTED_BUTTON = "@media print { button { all: revert !important; } }"
Check = Callable[..., list[str]]
FAULTY_PAGES: list[tuple[Check, dict[str, Any], str, str]] = [
    (page_checks.is_silent, {}, '<img alt="" src="https://example.org/a.png">', ""),
    (page_checks.is_silent, {}, "<script>missing()</script>", ""),
    (page_checks.is_accessible, {"scheme": "light"}, "<input>", ""),
    (page_checks.is_accessible, {"scheme": "dark"}, "<p>pale</p>", "p { color: light-dark(#000, #333) !important; }"),
    (page_checks.fits, {"width": 320}, '<div style="width: 400px">wide</div>', ""),
    (page_checks.is_still, {}, "", "p { transition: color 1s; }"),
    (page_checks.marks_contents, {}, '</section><section id="LANGUAGE-third">', ""),
    (page_checks.switches_colours, {"scheme": "light"}, "", "[data-theme=dark] { color-scheme: light !important; }"),
    (page_checks.opens_folds, {}, '<details><p id="LANGUAGE-deep">deep</p></details>', "[open] p { display: none; }"),
    (page_checks.shows_tables_whole, {}, "", "table { width: 2000px; }"),
    (page_checks.suits_fingers, {}, '<button type="button">press</button>', ""),
    (reader_checks.is_walkable, {}, "", ":focus-visible { outline: none !important; }"),
    (reader_checks.is_walkable, {}, '<button tabindex="1">first</button>', ""),
    (reader_checks.prints, {"scheme": "light"}, "<button>press</button>", PRINTED_BUTTON),
    (reader_checks.prints, {"scheme": "dark"}, "", "@media print { :root { color-scheme: dark !important; } }"),
    (reader_checks.prints, {"scheme": "light"}, "", "@media print { details, #en-C1 { display: none; } }"),
]  # fmt: skip


@pytest.mark.parametrize(("extra", "problem"), FAULTY_HTML)
def test_a_fault_in_the_html_is_found(tmp_path: Path, extra: str, problem: str) -> None:
    page = small_page.write(tmp_path / "page.html", extra)
    found = html_checks.problems(page.read_text(encoding="utf-8"))
    assert any(one.startswith(problem.replace("LANGUAGE", "en")) for one in found), found


@pytest.mark.browser
def test_a_good_page_passes_every_check(browser: Browser, tmp_path: Path) -> None:
    path = small_page.write(tmp_path / "page.html")
    check_page(path, browser)


@pytest.mark.browser
@pytest.mark.parametrize(("check", "options", "extra", "style"), FAULTY_PAGES)
def test_a_fault_of_the_open_page_is_found(
    browser: Browser, tmp_path: Path, check: Check, options: dict[str, Any], extra: str, style: str
) -> None:
    path = small_page.write(tmp_path / "page.html", extra, style)
    assert check(browser, path, language="en", **options) != []


def test_a_browser_that_is_not_there_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CHROMIUM", str(tmp_path / "nothing"))
    with pytest.raises(FileNotFoundError, match="CHROMIUM must be the path of a browser"):
        find_chromium()


@pytest.mark.parametrize(("ci", "outcome"), [("", "1 skipped"), ("true", "1 error")])
def test_a_missing_browser_is_said_in_one_line_and_fails_in_continuous_integration(
    tmp_path: Path, ci: str, outcome: str
) -> None:
    environment = {key: value for key, value in os.environ.items() if key not in {"CHROMIUM", "CI"}}
    environment |= {"PATH": str(tmp_path), "PLAYWRIGHT_BROWSERS_PATH": str(tmp_path)} | ({"CI": ci} if ci else {})
    chosen = "tests/test_browser.py::test_a_good_page_passes_every_check"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", chosen],
        cwd=ROOT, env=environment, check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert outcome in done.stdout
    assert [line for line in done.stdout.splitlines() if line.startswith("browser tests")] == (
        [] if ci else [NO_BROWSER]
    )
