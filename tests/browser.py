"""Chromium for the tests: where it lies, how it starts, and visits to a page that write down what should not happen."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
ARGUMENTS = (
    "--headless",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
NO_BROWSER = "browser tests skipped: no Chromium found; install one (Debian: apt-get install chromium) or set CHROMIUM"
INLINE = ("file:", "data:", "blob:", "about:")
FRAMES = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))"


def find_chromium() -> str | None:
    """Return the path of Chromium: the one that is asked for, one of the system, or playwright's; else None."""
    asked = os.environ.get("CHROMIUM")
    if asked:
        if not shutil.which(asked):
            raise FileNotFoundError(f"CHROMIUM must be the path of a browser, got {asked!r}")
        return asked
    return next(filter(None, map(shutil.which, NAMES)), None) or _own()


def _own() -> str | None:
    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


@contextmanager
def chromium(path: str) -> Iterator[Browser]:
    """Yield a running Chromium."""
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    arguments = [*ARGUMENTS, *(["--no-sandbox"] if is_root else [])]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=arguments, chromium_sandbox=not is_root)
        yield browser
        browser.close()


@dataclass
class Visit:
    """An open page and the complaints, errors and requests it came with."""

    page: Page
    noise: list[str] = field(default_factory=list)

    def settle(self) -> None:
        """Wait until what was asked for is drawn."""
        self.page.evaluate(FRAMES)

    def evaluate(self, expression: str, argument: Any = None) -> Any:
        """Return the value of an expression in the page; ``shown`` and ``edition`` are at its hand."""
        return self.page.evaluate(f"(argument) => {{ {HELPERS} return ({expression}); }}", argument)

    def rest(self) -> None:
        """Wait until the page has stopped scrolling, three seconds at most."""
        place = None
        for _ in range(30):
            before, place = place, self.evaluate("scrollY")
            if place == before:
                return
            self.page.wait_for_timeout(100)

    def unfold(self) -> None:
        """Open everything that can be folded."""
        self.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
        self.settle()


HELPERS = """
const shown = (one) => one.checkVisibility({ visibilityProperty: true }) && one.getClientRects().length > 0;
const edition = () => [...document.querySelectorAll(".edition")].find(shown);
const described = (one) => `${one.tagName.toLowerCase()}${one.id && "#" + one.id}.${one.getAttribute("class") ?? ""} `
  + (one.getAttribute("aria-label") ?? one.textContent).replace(/\\s+/g, " ").trim().slice(0, 60);
"""


@contextmanager
def visit(browser: Browser, path: Path, fragment: str = "", **options: Any) -> Iterator[Visit]:
    """Yield a visit to a page in a window of its own.

    Args:
        browser: The browser.
        path: File of the page.
        fragment: What follows the number sign of the address.
        **options: Of the browser context: ``color_scheme``, ``viewport``, ``java_script_enabled``, ...
    """
    context = browser.new_context(**{"locale": "en-GB", "viewport": {"width": 1280, "height": 800}, **options})
    context.set_offline(True)
    current = Visit(context.new_page())
    _listen(current)
    current.page.goto(path.resolve().as_uri() + (f"#{fragment}" if fragment else ""))
    if options.get("java_script_enabled", True):
        current.settle()
    yield current
    context.close()


def _listen(current: Visit) -> None:
    page, noise = current.page, current.noise

    def note_message(message: Any) -> None:
        if message.type in {"error", "warning"}:
            noise.append(f"console {message.type}: {message.text}")

    def note_request(request: Any) -> None:
        if not request.url.startswith(INLINE):
            noise.append(f"request: {request.url}")

    page.on("console", note_message)
    page.on("pageerror", lambda error: noise.append(f"error: {error}"))
    page.on("request", note_request)
    page.on("requestfailed", lambda request: noise.append(f"failed: {request.url[:100]}"))
