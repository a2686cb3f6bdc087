"""The report in Chromium: each language in each theme, from the committed results and stand-ins for pictures."""

import csv
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests import html_checks, page_checks, reader_checks, small_page
from tests.browser import visit
from tests.page_checks import LANGUAGES, SCHEMES, WIDTHS

Check = Callable[[Browser, Path], list[str]]
pytestmark = pytest.mark.browser
BY_LANGUAGE = (
    page_checks.is_silent,
    page_checks.marks_contents,
    page_checks.is_still,
    page_checks.opens_folds,
    page_checks.shows_tables_whole,
    page_checks.suits_fingers,
    reader_checks.is_walkable,
    reader_checks.answers_keys,
)
BY_LANGUAGE_AND_SCHEME = (page_checks.is_accessible, page_checks.switches_colours, reader_checks.prints)
ONCE = (
    page_checks.is_closed,
    page_checks.switches_language,
    page_checks.follows_addresses,
    page_checks.follows_the_browser,
    page_checks.refuses_storage,
    reader_checks.needs_no_script,
)


def all_checks() -> list[Check]:
    """Return every check of the page in a browser, ready for the browser and the file."""
    checks: list[Check] = [*ONCE]
    for language in LANGUAGES:
        checks += [partial(check, language=language) for check in BY_LANGUAGE]
        checks += [partial(page_checks.fits, language=language, width=width) for width in WIDTHS]
        checks += [
            partial(check, language=language, scheme=scheme) for check in BY_LANGUAGE_AND_SCHEME for scheme in SCHEMES
        ]
    return checks


def check_page(path: Path, browser: Browser) -> None:
    """Raise an AssertionError with every problem of a page, as HTML and in a browser."""
    problems = html_checks.problems(path.read_text(encoding="utf-8"))
    problems += [problem for check in all_checks() for problem in check(browser, path)]
    assert not problems, "\n".join(problems)


def test_the_html_is_valid_and_refers_to_nothing_that_is_not_there(report_page: Path) -> None:
    assert html_checks.problems(report_page.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_complained_of_and_nothing_is_asked_of_the_network(
    browser: Browser, report_page: Path, language: str
) -> None:
    assert page_checks.is_silent(browser, report_page, language) == []


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_axe_finds_no_barrier(browser: Browser, report_page: Path, language: str, scheme: str) -> None:
    assert page_checks.is_accessible(browser, report_page, language, scheme) == []


def test_a_strange_script_or_picture_is_blocked(browser: Browser, report_page: Path) -> None:
    assert page_checks.is_closed(browser, report_page) == []


def test_the_language_changes_in_place_and_is_remembered(browser: Browser, report_page: Path) -> None:
    assert page_checks.switches_language(browser, report_page) == []


def test_an_address_opens_its_edition_at_its_section(browser: Browser, report_page: Path) -> None:
    assert page_checks.follows_addresses(browser, report_page) == []


def test_the_page_opens_in_the_language_of_the_browser_the_address_or_the_reader(
    browser: Browser, report_page: Path
) -> None:
    assert page_checks.follows_the_browser(browser, report_page) == []


def test_a_page_whose_language_is_fixed_opens_in_it(browser: Browser, tmp_path: Path) -> None:
    path = small_page.write(tmp_path / "page.html", opens_in="en")
    assert page_checks.opens_in(browser, path, "en", locale="pl-PL") == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_address_opens_what_it_is_folded_in(browser: Browser, report_page: Path, language: str) -> None:
    assert page_checks.opens_folds(browser, report_page, language) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_table_is_cut_on_a_wide_screen(browser: Browser, report_page: Path, language: str) -> None:
    assert page_checks.shows_tables_whole(browser, report_page, language) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_contents_and_controls_are_in_reach_on_a_phone(browser: Browser, report_page: Path, language: str) -> None:
    assert page_checks.suits_fingers(browser, report_page, language) == []


TABLE = """<table><thead><tr><td></td><th>SE&nbsp;<span role="img" aria-label="low">↓</span>
<span class="unit">per image</span></th><th>what</th></tr></thead>
<tbody><tr><th>AE, 16</th><td>−1\u202f234,5 †<span class="range">[−0,69;\u00a01,24]</span></td><td>a "b"</td></tr>
<tr><th>PCA</th><td>–</td><td>16</td></tr></tbody></table>"""


def test_a_table_is_copied_as_csv(browser: Browser, tmp_path: Path) -> None:
    extra = TABLE + '<p><button type="button" class="copy">Copy</button> <span role="status"></span></p>'
    path = small_page.write(tmp_path / "page.html", f'<div class="table">{extra}</div>')
    with visit(browser, path, "pl", permissions=["clipboard-read", "clipboard-write"]) as current:
        current.page.locator("#pl .copy").last.press("Enter")
        current.page.locator("#pl [role=status]:not(:empty)").wait_for()
        copied = current.evaluate("navigator.clipboard.readText()")
    assert list(csv.reader(copied.splitlines())) == [
        ["", "SE (per image)", "SE (per image): low", "SE (per image): high", "what"],
        ["AE, 16", "-1234.5", "-0.69", "1.24", 'a "b"'],
        ["PCA", "", "", "", "16"],
    ]


def test_nothing_fails_where_storage_is_refused(browser: Browser, report_page: Path) -> None:
    assert page_checks.refuses_storage(browser, report_page) == []


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_reader_chooses_the_colours(browser: Browser, report_page: Path, language: str, scheme: str) -> None:
    assert page_checks.switches_colours(browser, report_page, language, scheme) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_contents_mark_what_is_read(browser: Browser, report_page: Path, language: str) -> None:
    assert page_checks.marks_contents(browser, report_page, language) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_keyboard_reaches_everything_in_order_and_shows_where_it_is(
    browser: Browser, report_page: Path, language: str
) -> None:
    assert reader_checks.is_walkable(browser, report_page, language) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_skip_link_languages_and_themes_work_from_the_keyboard(
    browser: Browser, report_page: Path, language: str
) -> None:
    assert reader_checks.answers_keys(browser, report_page, language) == []


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_sticks_out_of_the_window(browser: Browser, report_page: Path, language: str, width: int) -> None:
    assert page_checks.fits(browser, report_page, language, width) == []


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_paper_holds_the_whole_edition_and_nothing_else(
    browser: Browser, report_page: Path, language: str, scheme: str
) -> None:
    assert reader_checks.prints(browser, report_page, language, scheme) == []


def test_both_editions_can_be_read_without_scripts(browser: Browser, report_page: Path) -> None:
    assert reader_checks.needs_no_script(browser, report_page) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_moves_where_no_motion_is_wanted(browser: Browser, report_page: Path, language: str) -> None:
    assert page_checks.is_still(browser, report_page, language) == []
