"""What tests share: one browser per module, and a line on what was skipped for want of it."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from playwright.sync_api import Browser

from tests import study_fixture
from tests.browser import NO_BROWSER, chromium, find_chromium

settings.register_profile("default", deadline=None)
settings.register_profile("long", deadline=None, max_examples=20_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium; without one the test is skipped, in continuous integration it fails."""
    path = find_chromium()
    if path is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(NO_BROWSER)
    with chromium(path) as started:
        yield started


@pytest.fixture(scope="session")
def report_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report rendered from the committed results and stand-ins."""
    return study_fixture.render(study_fixture.build(tmp_path_factory.mktemp("study")))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the long modules first, so that side by side none of them is left for the end."""
    items.sort(key=lambda item: "slow" not in item.keywords)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say once that browser tests were skipped."""
    skipped = terminalreporter.stats.get("skipped", [])
    if any(NO_BROWSER in str(report.longrepr) for report in skipped):
        terminalreporter.write_line(NO_BROWSER)
