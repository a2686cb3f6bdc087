"""The explorer's page in a browser: how tests find, press and read its parts."""

import base64
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from stages.explorer import Export

Show = Callable[[str], Any]


class SmallPage(NamedTuple):
    html: str
    export: Export

    @property
    def arrays(self) -> dict[str, Any]:
        return self.export.arrays


def settle(page: Any) -> None:
    """Wait until everything asked for is drawn: widgets redraw in the next frame, some ask for one more."""
    page.evaluate(
        "() => new Promise((done) => { let n = 4; const f = () => (n-- ? requestAnimationFrame(f) : done()); f(); })"
    )


def begin_all(page: Any) -> None:
    """Scroll past every widget, so that each begins, and back to the top."""
    for number in range(page.locator("[data-widget]").count()):
        page.evaluate(
            "n => document.querySelectorAll('[data-widget]')[n].scrollIntoView({ behavior: 'instant' })", number
        )
        settle(page)
        settle(page)
    page.evaluate("scrollTo({ top: 0, behavior: 'instant' })")
    settle(page)


def find(page: Any, widget: str, selector: str) -> Any:
    return page.locator(f"#en [data-widget={widget}] {selector}").first


READ_GREY = """(canvas) => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    let text = "";
    for (let i = 0; i < data.length; i += 4) text += String.fromCharCode(data[i]);
    return [canvas.width, canvas.height, btoa(text)];
}"""


def pixels_of(page: Any, widget: str, selector: str) -> np.ndarray:
    """The backing pixels of a canvas, grey (of colours the red), (h, w) in 0..255."""
    width, height, text = find(page, widget, selector).evaluate(READ_GREY)
    return np.frombuffer(base64.b64decode(text), np.uint8).reshape(height, width).astype(np.int64)


def press(page: Any, widget: str, selector: str, *keys: str) -> None:
    element = find(page, widget, selector)
    element.focus()
    for key in keys:
        element.press(key)
    settle(page)


def choose(page: Any, pick: str, index: int) -> None:
    """Choose a test image in a group of choices."""
    page.locator(f"#en [data-pick={pick}] input[value='{index}']").check(force=True)
    settle(page)


def set_range(page: Any, widget: str, selector: str, value: float) -> None:
    script = "(e, v) => { e.value = v; e.dispatchEvent(new Event('input', {bubbles: true})); }"
    find(page, widget, selector).evaluate(script, value)
    settle(page)


def numbers(page: Any, cell: str) -> np.ndarray:
    """The numbers in a column of the VAE's code, by dimension."""
    script = (
        """(rows, cell) => rows.map((row) => [Number(row.dataset.dimension), row.querySelector(cell).textContent])"""
    )
    rows = page.locator("#en .distributed [data-dimension]").evaluate_all(script, f"[data-cell={cell}]")
    return np.array([float(text.replace("\u2212", "-")) for _, text in sorted(rows)])


def stroke(page: Any, *places: tuple[float, float]) -> None:
    """Draw a line through places given as shares of the pad."""
    find(page, "image", "[data-pad]").scroll_into_view_if_needed()
    box = find(page, "image", "[data-pad]").bounding_box()
    points = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in places]
    page.mouse.move(*points[0])
    page.mouse.down()
    for point in points[1:]:
        page.mouse.move(*point, steps=4)
    page.mouse.up()
    settle(page)


def rounded(codec: Any) -> Any:
    codec.network_.half().float()
    return codec


def show_edition(page: Any, language: str) -> None:
    """Show one edition alone, at its widgets."""
    page.evaluate("""language => document.querySelectorAll('.edition').forEach((edition) => {
        edition.hidden = edition.lang !== language;
    })""", language)  # fmt: skip
    begin_all(page)
