"""What tests share: seeded generators, one browser per module, and a line on what was skipped for want of it."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import settings
from playwright.sync_api import Browser

from tests import study_fixture
from tests.browser import NO_BROWSER, chromium, find_chromium
from tests.explorer_browser import Show, SmallPage, begin_all
from tests.explorer_fixture import page_of, small_export, small_params, small_study
from tests.processes import ended_at_the_end

signal.signal(signal.SIGINT, signal.default_int_handler)  # behind nohup it is ignored, and so in what tests start
settings.register_profile("default", deadline=None)
settings.register_profile("long", deadline=None, max_examples=20_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


@pytest.fixture(autouse=True)
def seeded_generators() -> None:
    """A test that failed once fails again: what it draws does not depend on the tests before it."""
    torch.manual_seed(0)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium; without one the test is skipped, in continuous integration it fails."""
    path = find_chromium()
    if path is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(NO_BROWSER)
    with chromium(path) as started:
        yield started


@pytest.fixture
def no_process_left() -> Iterator[None]:
    """Whatever a test starts has ended after it, if the test fails, too."""
    with ended_at_the_end():
        yield


@pytest.fixture(scope="session")
def report_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report rendered from the committed results and stand-ins."""
    return study_fixture.render(study_fixture.build(tmp_path_factory.mktemp("study")))


@pytest.fixture
def chromium_page(browser: Any, tmp_path: Path) -> Iterator[Show]:
    """Shows HTML and returns the page; a script that fails fails the test."""
    failures: list[str] = []
    page = browser.new_page(viewport={"width": 1200, "height": 900})
    page.on("pageerror", lambda error: failures.append(str(error)))

    def show(html: str) -> Any:
        path = tmp_path / "page.html"
        path.write_text(html, encoding="utf-8")
        page.goto(path.as_uri())
        begin_all(page)
        return page

    yield show
    page.close()
    assert failures == []


@pytest.fixture(scope="module")
def small_page(tmp_path_factory: pytest.TempPathFactory) -> SmallPage:
    """The page at the usual activation and likelihood, and the arrays it was made of."""
    params, export = small_params(), small_export(small_params())
    html = page_of(small_study(tmp_path_factory.mktemp("explorer"), params, export))
    return SmallPage(html, export)


@pytest.fixture
def shown(chromium_page: Show, small_page: SmallPage) -> Any:
    return chromium_page(small_page.html)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the long modules first, so that side by side none of them is left for the end."""
    items.sort(key=lambda item: "slow" not in item.keywords)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say once that browser tests were skipped."""
    skipped = terminalreporter.stats.get("skipped", [])
    if any(NO_BROWSER in str(report.longrepr) for report in skipped):
        terminalreporter.write_line(NO_BROWSER)
