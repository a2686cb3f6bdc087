"""Checks of the open page: silence, access, languages, colours, contents, keyboard, widths, paper, no script.

Every check takes the browser and the file and returns problems in words; an empty list is a pass.
"""

from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from tests.browser import Visit, visit

LANGUAGES = ("en", "pl")
SCHEMES = ("light", "dark")
WIDTHS = (320, 390, 768, 1440)
PHONE = {"viewport": {"width": 390, "height": 844}}
FINGER = 44  # pixels that a finger hits
OTHER = {"en": "pl", "pl": "en", "light": "dark", "dark": "light"}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
REFUSED_STORAGE = """
Object.defineProperty(window, "localStorage", { get() { throw new DOMException("refused", "SecurityError"); } });
"""
STATE = """({
  language: document.documentElement.lang, title: document.title, hash: location.hash,
  shown: [...document.querySelectorAll(".edition")].filter(shown).map((one) => one.lang),
  wanted: edition().dataset.title,
})"""
READ = """[...edition().querySelectorAll("main > section")]
  .filter((one) => one.getBoundingClientRect().top <= innerHeight / 3).pop()?.id.replace(/^[a-z]+-/, "")"""
COLOURS = """({
  theme: document.documentElement.dataset.theme ?? "auto",
  ground: getComputedStyle(document.body).backgroundColor, ink: getComputedStyle(document.body).color,
  pressed: [...edition().querySelectorAll("[data-theme-choice][aria-pressed=true]")]
    .map((one) => one.dataset.themeChoice),
  changes: window.changes,
})"""
COUNT_CHANGES = 'window.changes = 0; document.addEventListener("themechange", () => { window.changes += 1; });'


def is_silent(browser: Browser, path: Path, language: str) -> list[str]:
    """Return messages, errors and requests while everything is unfolded, scrolled past and pressed once."""
    with visit(browser, path, language) as current:
        current.unfold()
        current.evaluate(
            "edition().querySelectorAll('main > section').forEach(one => one.scrollIntoView({ behavior: 'instant' }))"
        )
        current.evaluate("edition().querySelectorAll('[data-widget] button').forEach(one => one.click())")
        current.settle()
        return current.noise


def is_accessible(browser: Browser, path: Path, language: str, scheme: str) -> list[str]:
    """Return what axe objects to with everything unfolded."""
    with visit(browser, path, language, color_scheme=scheme, reduced_motion="reduce") as current:
        current.unfold()
        found = Axe().run(current.page, options={"resultTypes": ["violations"], "runOnly": RULES})
    return [
        f"{one['id']} ({len(one['nodes'])}): {one['help']}: {one['nodes'][0]['html'][:160]}"
        for one in found.response["violations"]
    ]


def is_closed(browser: Browser, path: Path) -> list[str]:
    """Return what the content-security policy lets a stranger do: add a script, evaluate a text, load a picture."""
    with visit(browser, path) as current:
        current.evaluate("""(() => {
          window.blocked = [];
          const note = (event) => window.blocked.push(event.effectiveDirective);
          document.addEventListener("securitypolicyviolation", note);
          const script = document.createElement("script");
          script.textContent = "window.injected = true";
          document.body.append(script);
          const picture = new Image();
          picture.src = "https://example.org/picture.png";
          document.body.append(picture);
        })()""")
        current.page.wait_for_timeout(100)
        current.settle()
        state = current.evaluate("({ injected: window.injected ?? false, blocked: window.blocked })")
    problems = ["an injected script ran"] if state["injected"] else []
    wanted = ("script-src", "img-src")
    return problems + [
        f"{one} blocked nothing" for one in wanted if not any(b.startswith(one) for b in state["blocked"])
    ]


def differs(what: str, wanted: Any, found: Any) -> list[str]:
    """Return a problem where two values differ."""
    return [] if wanted == found else [f"{what}: expected {wanted!r}, got {found!r}"]


def shows(current: Visit, language: str, when: str) -> list[str]:
    """Return a problem unless exactly the edition of a language is shown, and the document says so."""
    state = current.evaluate(STATE)
    found = (state["shown"], state["language"], state["title"])
    return differs(when, ([language], language, state["wanted"]), found)


def press_language(current: Visit, language: str) -> None:
    """Choose a language in the edition that is shown."""
    current.evaluate(f"edition().querySelector('[data-language={language}]').click()")
    current.settle()


def switches_language(browser: Browser, path: Path) -> list[str]:
    """Return what is wrong when a reader changes the language: edition, title, place, focus, memory."""
    with visit(browser, path) as current:
        default = current.evaluate("document.documentElement.lang")
        problems = shows(current, default, "at first")
        slugs = current.evaluate("[...edition().querySelectorAll('main > section')].map(one => one.id.slice(3))")
        language = default
        folds = "[...edition().querySelectorAll('details')].map(one => one.open)"
        current.evaluate("edition().querySelectorAll('details').forEach((one, i) => { one.open = i % 3 === 0; })")
        opened = current.evaluate(folds)
        for slug in slugs[1 :: max(1, len(slugs) // 4)]:
            current.evaluate(f"document.getElementById('{language}-{slug}').scrollIntoView({{ behavior: 'instant' }})")
            current.evaluate("window.scrollBy({ top: 150, behavior: 'instant' })")
            current.settle()
            before = current.evaluate(READ)
            language = OTHER[language]
            press_language(current, language)
            problems += shows(current, language, f"switched at {slug}")
            problems += differs(f"place after switching to {language}", before, current.evaluate(READ))
            problems += differs(f"open after switching to {language}", opened, current.evaluate(folds))
            problems += [] if current.evaluate("shown(document.activeElement)") else [f"focus lost at {slug}"]
        current.page.goto(path.resolve().as_uri())
        current.settle()
        problems += shows(current, language, "opened again")
        return problems + current.noise


def follows_addresses(browser: Browser, path: Path) -> list[str]:
    """Return addresses that do not open their edition at their section."""
    problems = []
    for language in LANGUAGES:
        with visit(browser, path, language) as current:
            problems += shows(current, language, f"#{language}")
            ids = current.evaluate("[...edition().querySelectorAll('main > section')].map(one => one.id)")
        for name in ids[1::6]:
            with visit(browser, path, name) as current:
                problems += shows(current, language, f"#{name}") + lies_at_top(current, name)
            with visit(browser, path, OTHER[language]) as current:
                current.evaluate(f"location.hash = '{name}'")
                current.settle()
                problems += shows(current, language, f"changed to #{name}") + lies_at_top(current, name)
    return problems


def opens_in(browser: Browser, path: Path, wanted: str, fragment: str = "", **options: Any) -> list[str]:
    """Return a problem unless the page opens in a language, for a browser that prefers some."""
    with visit(browser, path, fragment, **options) as current:
        return shows(current, wanted, f"opened with {options} at #{fragment}") + current.noise


def follows_the_browser(browser: Browser, path: Path) -> list[str]:
    """Return where the page opens in another language than the browser's, the address's or the reader's."""
    problems = opens_in(browser, path, "pl", locale="pl-PL") + opens_in(browser, path, "en", locale="de-DE")
    problems += opens_in(browser, path, "en", "en", locale="pl-PL")
    with visit(browser, path, locale="pl-PL") as current:
        press_language(current, "en")
        current.page.goto(path.resolve().as_uri())
        current.settle()
        return problems + shows(current, "en", "opened again after English was chosen")


def opens_folds(browser: Browser, path: Path, language: str) -> list[str]:
    """Return addresses within something folded, one in eight, that do not lead to what can be seen."""
    problems = []
    with visit(browser, path, OTHER[language]) as current:
        ids = current.evaluate("""[...document.getElementById(argument)
          .querySelectorAll("details [id]:not(svg *), details[id]")]
          .filter((one) => !one.closest("[data-widget]")).map((one) => one.id)""", language)  # fmt: skip
        for name in ids[:: max(1, len(ids) // 8)]:
            current.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = false; })")
            current.evaluate("location.hash = argument", name)
            current.rest()
            place = "(one) => shown(one) && one.getBoundingClientRect().top < innerHeight"
            is_seen = current.evaluate(f"({place})(document.getElementById(argument))", name)
            problems += [] if is_seen else [f"#{name} stays folded"]
    return problems


def shows_tables_whole(browser: Browser, path: Path, language: str) -> list[str]:
    """Return the tables that a window of 1440 pixels cuts."""
    with visit(browser, path, language, viewport={"width": 1440, "height": 900}) as current:
        current.unfold()
        wide = current.evaluate("""[...edition().querySelectorAll(".scroll:has(table)")]
          .filter((one) => shown(one) && one.scrollWidth > one.clientWidth)
          .map((one) => `${one.scrollWidth - one.clientWidth} px: ${described(one.querySelector("table"))}`)""")
        return [f"cut by {one}" for one in wide]


def suits_fingers(browser: Browser, path: Path, language: str) -> list[str]:
    """Return what is wrong on a phone: contents out of reach, controls smaller than a finger."""
    with visit(browser, path, language, **PHONE) as current:
        current.evaluate("scrollTo({ top: 3000, behavior: 'instant' })")
        current.page.locator(f"#{language} .menu").click()
        link = current.page.locator(f"#{language} .contents a").last
        target = (link.get_attribute("href") or "#")[1:]
        link.click()
        problems = lies_at_top(current, target)
        problems += ["the contents stay open"] if link.is_visible() else []
        current.unfold()
        small = current.evaluate("""[...edition().querySelectorAll("button, summary, select, nav a:not(.skip)")]
          .filter((one) => shown(one) && !one.closest("[data-widget]") && one.getBoundingClientRect().height < argument)
          .map(described)""", FINGER)  # fmt: skip
        return problems + [f"too small for a finger: {one}" for one in small[:5]]


def lies_at_top(current: Visit, name: str) -> list[str]:
    """Return a problem unless a section begins at the top of the window, or the page ends in it."""
    current.rest()
    found = current.evaluate("""({
      top: document.getElementById(argument).getBoundingClientRect().top,
      atEnd: scrollY + innerHeight * 1.1 >= document.documentElement.scrollHeight,
      height: innerHeight,
    })""", name)  # fmt: skip
    is_there = -2 <= found["top"] <= found["height"] / 4 or (found["atEnd"] and 0 <= found["top"] < found["height"])
    return [] if is_there else [f"#{name} lies at {found['top']:.0f}"]


def refuses_storage(browser: Browser, path: Path) -> list[str]:
    """Return what goes wrong where the browser refuses to remember anything."""
    with visit(browser, path) as current:
        current.page.add_init_script(REFUSED_STORAGE)
        current.page.goto(path.resolve().as_uri() + "?again")
        current.settle()
        other = OTHER[current.evaluate("document.documentElement.lang")]
        press_language(current, other)
        current.evaluate("edition().querySelector('[data-theme-choice=dark]').click()")
        problems = shows(current, other, "without storage")
        return problems + differs("theme", "dark", current.evaluate(COLOURS)["theme"]) + current.noise


def switches_colours(browser: Browser, path: Path, language: str, scheme: str) -> list[str]:
    """Return what is wrong when colours are chosen: the colours themselves, the buttons, the event, memory."""
    with visit(browser, path, language, color_scheme=scheme) as current:
        current.evaluate(f"(() => {{ {COUNT_CHANGES} }})()")
        own = current.evaluate(COLOURS)
        problems = differs("pressed at first", ["auto"], own["pressed"])
        seen = {choice: choose(current, choice) for choice in (scheme, OTHER[scheme], "auto")}
        for n_changes, (choice, state) in enumerate(seen.items(), 1):
            problems += differs(f"theme of {choice}", choice, state["theme"])
            problems += differs(f"pressed after {choice}", [choice], state["pressed"])
            is_own = (state["ground"], state["ink"]) == (own["ground"], own["ink"])
            problems += differs(f"{choice} looks like the system's {scheme}", choice != OTHER[scheme], is_own)
            problems += differs(f"themechange events after {choice}", n_changes, state["changes"])
        current.page.emulate_media(color_scheme=OTHER[scheme])
        current.settle()
        state = current.evaluate(COLOURS)
        problems += differs("colours follow the system", seen[OTHER[scheme]]["ground"], state["ground"])
        problems += differs("themechange event when the system changes", len(seen) + 1, state["changes"])
        choose(current, scheme)
        current.page.reload()
        current.settle()
        return problems + differs("pressed after opening again", [scheme], current.evaluate(COLOURS)["pressed"])


def choose(current: Visit, choice: str) -> dict[str, Any]:
    """Press one of the theme buttons; return the colours after it."""
    current.evaluate(f"edition().querySelector('[data-theme-choice={choice}]').click()")
    current.settle()
    state: dict[str, Any] = current.evaluate(COLOURS)
    return state


def marks_contents(browser: Browser, path: Path, language: str) -> list[str]:
    """Return sections that the contents leave out, or do not mark as current when they are read."""
    with visit(browser, path, language) as current:
        ids = current.evaluate("[...edition().querySelectorAll('main > section')].map(one => one.id)")
        links = current.evaluate("[...edition().querySelectorAll('.contents a')].map(one => one.hash.slice(1))")
        problems = differs("contents", ids, links)
        for name in [*ids[1:], *reversed(ids[:-1])]:
            current.evaluate("document.getElementById(argument).scrollIntoView({ behavior: 'instant' })", name)
            current.settle()
            marked = current.evaluate(
                "[...edition().querySelectorAll('.contents [aria-current]')].map(one => one.hash.slice(1))"
            )
            is_at_top = current.evaluate(
                "document.getElementById(argument).getBoundingClientRect().top < innerHeight / 4", name
            )
            if is_at_top or len(marked) != 1:
                problems += differs("marked in the contents", [name], marked)
        return problems


def fits(browser: Browser, path: Path, language: str, width: int) -> list[str]:
    """Return what sticks out of a window of some width."""
    with visit(browser, path, language, viewport={"width": width, "height": 800}) as current:
        current.unfold()
        excess = current.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if excess <= 0:
            return []
        wide = current.evaluate("""[...document.querySelectorAll("body *")].filter((one) => shown(one)
          && one.getBoundingClientRect().right > document.documentElement.clientWidth + 1
          && !one.closest("svg, .scroll, pre")).map(described)""")
        return [f"{width} px: {excess} px too wide: {wide[:5]}"]


def is_still(browser: Browser, path: Path, language: str) -> list[str]:
    """Return what moves although the reader asked for no motion."""
    with visit(browser, path, language, reduced_motion="reduce") as current:
        current.unfold()
        problems = differs(
            "scrolling", "auto", current.evaluate("getComputedStyle(document.documentElement).scrollBehavior")
        )
        moving = current.evaluate("""[...document.querySelectorAll("body *:not(svg *)")].filter((one) => {
          const style = getComputedStyle(one);
          return style.animationName !== "none" || parseFloat(style.transitionDuration) > 0.01;
        }).map(described)""")
        return problems + [f"moves: {one}" for one in moving[:5]]
