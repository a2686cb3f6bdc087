"""Checks for readers without a mouse, without a screen and without scripts.

Every check takes the browser and the file and returns problems in words; an empty list is a pass.
"""

import io
import re
import unicodedata
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser
from pypdf import PdfReader

from tests.browser import Visit, visit
from tests.page_checks import LANGUAGES, OTHER, differs

MAX_STOPS = 3000
DARK_ENOUGH = 0.2  # relative luminance of text on white paper: a contrast of at least 4.2
FOCUSABLE = "a[href], button, input, select, textarea, summary, [tabindex]"
LOOKS = """
const looks = (one) => [one, one.parentElement, one.nextElementSibling].filter(Boolean).map((part) => {
  const style = getComputedStyle(part);
  const outline = style.outlineStyle === "none" || parseFloat(style.outlineWidth) === 0 ? "" : style.outline;
  return [outline, style.boxShadow, style.borderColor, style.backgroundColor, style.textDecorationLine].join(" ");
}).join(" | ");
"""
PREPARE = f"""(() => {{ {LOOKS}
  window.wanted = [...document.querySelectorAll({FOCUSABLE!r})].filter((one) => shown(one) && one.tabIndex >= 0
    && !one.disabled && !(one.type === "radio" && !one.checked));
  window.unfocused = new Map([...document.querySelectorAll({FOCUSABLE!r})].map((one) => [one, looks(one)]));
  window.reached = new Set();
}})()"""
STOP = f"""(() => {{ {LOOKS}
  const one = document.activeElement;
  if (!one || one === document.body || one === document.documentElement || window.reached.has(one)) return null;
  window.reached.add(one);
  const box = one.getBoundingClientRect();
  const kinds = [".skip", "[data-language]", "[data-theme-choice]", ".contents a", "[data-widget] *", "main *"];
  return {{
    what: described(one), kinds: kinds.filter((kind) => one.matches(kind)),
    isMarked: !window.unfocused.has(one) || window.unfocused.get(one) !== looks(one),
    isInView: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
  }};
}})()"""
UNREACHED = "window.wanted.filter((one) => !window.reached.has(one)).map(described)"
UNFOLD = """[...edition().querySelectorAll("details")].filter((one) => shown(one) && !one.querySelector("details"))
  .forEach((one, place) => { one.open = place % 2 === 0; })"""
FOLDED = """(() => {
  const seen = (one) => {
    const copy = one.cloneNode(true);
    copy.querySelectorAll(".unseen").forEach((part) => part.remove());
    return copy.textContent.trim();
  };
  return [...edition().querySelectorAll("details")].filter((one) => shown(one) && !one.closest(".needs-script"))
    .flatMap((one) => [one.querySelector("summary"),
      ...(one.open ? [...one.querySelectorAll("caption, figcaption, p, td, li")].filter(seen).slice(0, 1) : [])])
    .map(seen);
})()"""
HEADINGS = """(() => {
  const headings = (one) => [...one.querySelectorAll("h2")].filter((heading) => !isOnScreenOnly(heading))
    .map((heading) => heading.firstChild.textContent);
  const isOnScreenOnly = (one) => one.closest("section")?.querySelector("[data-widget]");
  const [own, others] = [true, false].map((isOwn) =>
    [...document.querySelectorAll(".edition")].filter((one) => shown(one) === isOwn).flatMap(headings));
  return { own, others };
})()"""
LUMINANCE = """((one) => {
  const parts = getComputedStyle(one).color.match(/[\\d.]+/g).slice(0, 3).map((part) => part / 255);
  const linear = parts.map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
  return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
})"""


def is_walkable(browser: Browser, path: Path, language: str) -> list[str]:
    """Return what the Tab key does not reach, reaches in the wrong order, or does not mark as focused."""
    with visit(browser, path, language, reduced_motion="reduce") as current:
        current.evaluate(PREPARE)
        stops = walk(current)
        problems = [f"focus is not visible: {stop['what']}" for stop in stops if not stop["isMarked"]]
        problems += [f"focus is out of view: {stop['what']}" for stop in stops if not stop["isInView"]]
        problems += [f"out of the keyboard's reach: {one}" for one in current.evaluate(UNREACHED)]
        wanted = [".skip", "[data-language]", "[data-theme-choice]", ".contents a", "main *"]
        if current.evaluate("Boolean(edition().querySelector('[data-widget]'))"):
            wanted.append("[data-widget] *")
        first = {kind: next((i for i, stop in enumerate(stops) if kind in stop["kinds"]), None) for kind in wanted}
        problems += [f"the keyboard meets no {kind}" for kind, place in first.items() if place is None]
        places = [place for place in first.values() if place is not None]
        return (
            problems
            + differs("order of the keyboard", sorted(places), places)
            + differs("first stop", 0, first[".skip"])
        )


def walk(current: Visit) -> list[dict[str, Any]]:
    """Press Tab from the top to the end; return the stops."""
    stops = []
    current.evaluate("(document.activeElement.blur(), scrollTo(0, 0))")
    for _ in range(MAX_STOPS):
        current.page.keyboard.press("Tab")
        stop = current.evaluate(STOP)
        if stop is None:
            break
        stops.append(stop)
    return stops


def answers_keys(browser: Browser, path: Path, language: str) -> list[str]:
    """Return what does not work from the keyboard: the skip link, the languages, the theme buttons."""
    with visit(browser, path, language) as current:
        keyboard = current.page.keyboard
        keyboard.press("Tab")
        keyboard.press("Enter")
        current.settle()
        keyboard.press("Tab")
        is_within = current.evaluate("Boolean(document.activeElement.closest('main')) && shown(document.activeElement)")
        problems = [] if is_within else ["the skip link does not lead into the content"]
        current.evaluate("edition().querySelector('[data-theme-choice=dark]').focus()")
        keyboard.press("Space")
        problems += differs("theme", "dark", current.evaluate("document.documentElement.dataset.theme"))
        current.evaluate(f"edition().querySelector('[data-language={OTHER[language]}]').focus()")
        keyboard.press("Enter")
        current.settle()
        found = current.evaluate("({ language: edition().lang, focus: document.activeElement.dataset.language })")
        return problems + differs("language", {"language": OTHER[language], "focus": OTHER[language]}, found)


def prints(browser: Browser, path: Path, language: str, scheme: str) -> list[str]:
    """Return what is missing on paper, should not be there, or cannot be read there."""
    with visit(browser, path, language, color_scheme=scheme) as current:
        current.evaluate(f"edition().querySelector('[data-theme-choice={scheme}]').click()")
        current.evaluate(UNFOLD)
        pages = printed(current)
        paper = squeezed("".join(pages))
        problems = [
            f"no number on page {place}"
            for place, page in enumerate(pages, 1)
            if not re.search(rf"\b{place} / {len(pages)}\b", page)
        ]
        folded = current.evaluate(FOLDED)
        problems += [f"not on paper: {one[:60]}" for one in folded if squeezed(one)[:20] not in paper]
        claims = current.evaluate(
            "[...edition().querySelectorAll('[id]')].map(one => one.id.slice(3)).filter(id => /^C\\d$/.test(id))"
        )
        problems += [] if claims else ["no claim has an id"]
        problems += [f"claim not on paper: {one}" for one in claims if one.lower() not in paper]
        headings = current.evaluate(HEADINGS)
        problems += [f"heading not on paper: {one}" for one in headings["own"] if squeezed(one) not in paper]
        foreign = [one for one in headings["others"] if len(one) > 12 and one not in headings["own"]]
        problems += [f"another edition on paper: {one}" for one in foreign if squeezed(one) in paper]
        current.page.emulate_media(media="print")
        return problems + unfit_for_paper(current)


def printed(current: Visit) -> list[str]:
    """Return the texts of the pages of paper."""
    pages = PdfReader(io.BytesIO(current.page.pdf(format="A4"))).pages
    return [page.extract_text() for page in pages]


def squeezed(text: str) -> str:
    """Return a text without spaces, ligatures, soft hyphens and case: how it is set on paper is of no interest."""
    return re.sub(r"[\s\u00ad]+", "", unicodedata.normalize("NFKC", text)).lower()


def unfit_for_paper(current: Visit) -> list[str]:
    """Return controls that are printed, and text too light for white paper."""
    kinds = "button, input, select, textarea, canvas, .skip, [data-language], [data-widget]"
    controls = current.evaluate("[...document.querySelectorAll(argument)].filter(shown).map(described)", kinds)
    problems = [f"of no use on paper: {one}" for one in controls[:5]]
    light = current.evaluate(f"""["body", "h1", "h2", "p", "td", "th", "figcaption", "svg text"]
      .map((name) => [name, [...edition().querySelectorAll(name)].find(shown) ?? document.body])
      .filter(([, one]) => {LUMINANCE}(one) > argument).map(([name]) => name)""", DARK_ENOUGH)  # fmt: skip
    return problems + [f"too light for paper: {name}" for name in light]


def needs_no_script(browser: Browser, path: Path) -> list[str]:
    """Return what cannot be read or followed where scripts are off."""
    problems = []
    for language in LANGUAGES:
        with visit(browser, path, language, java_script_enabled=False, reduced_motion="reduce") as current:
            texts = [one.is_visible() for one in current.page.locator(".edition h1").all()]
            problems += differs("editions without scripts", [True] * len(LANGUAGES), texts)
            buttons = [one for one in current.page.locator("button").all() if one.is_visible()]
            problems += [f"{len(buttons)} buttons that do nothing without scripts"] if buttons else []
            link = current.page.locator(f"#{language} .contents a").last
            target = (link.get_attribute("href") or "#")[1:]
            link.click()
            current.page.wait_for_timeout(200)
            box = current.page.locator(f"[id='{target}']").bounding_box()
            is_there = box is not None and 0 <= box["y"] < 800
            problems += [] if is_there else [f"a link of the contents does not lead to {target}"]
    return problems
