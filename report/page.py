"""Jinja2 to one self-contained HTML page that holds every language.

``compose`` puts the editions, one per language, into one file with one style sheet and one script, allowed by its
hash. What stands in the editions is the business of those who call it.
"""

import base64
import hashlib
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from foundation.models import MODELS
from foundation.reproducibility.artifacts import read_bytes
from report.texts import language
from report.texts.language import LANGUAGES, N_, _
from report.texts.roles import ROLES, SAME_COLOUR, variable
from report.texts.tables import MISSING, capital, head

AUTO = "auto"  # the reader's browser chooses the language


class Edition(NamedTuple):
    """The page in one language; the description is what others show beside a link to the page."""

    language: str
    title: str
    html: str
    description: str = ""


class Assets(NamedTuple):
    """The style sheet and the script of the page, as text."""

    style: str
    script: str


class Numbered(NamedTuple):
    """A figure or a table: what it is called, and the id that links lead to."""

    label: str
    anchor: str


class Numbering:
    """Numbers the figures and the tables of a page in their order, in each language from 1 on.

    An anchor is made from a name, so that it stays when something is put before it.
    """

    labels: ClassVar = {"figure": N_("Figure %(number)s"), "table": N_("Table %(number)s")}

    def __init__(self) -> None:
        """Begin with nothing counted."""
        self._counts: Counter[tuple[str, ...]] = Counter()

    def __call__(self, kind: str, name: str = "") -> Numbered:
        """Return label and anchor of the next figure or table of the active language.

        Args:
            kind: "figure" or "table".
            name: What it is of: a figure's name, a table's source; the number where there is none.

        >>> number = Numbering()
        >>> number("table", "generation/shares.csv"), number("table", "generation/shares.csv")[1]
        (Numbered(label='Table 1', anchor='en-table-generation-shares'), 'en-table-generation-shares_2')
        """
        number = self._count(kind)
        slug = re.sub(r"\W|_", "-", re.sub(r"\.\w+$", "", name)) or str(number)
        same = self._count(kind, slug)
        anchor = f"{language.active()}-{kind}-{slug}" + (f"_{same}" if same > 1 else "")
        return Numbered(_(self.labels[kind], number=number), anchor)

    def _count(self, *key: str) -> int:
        self._counts[language.active(), *key] += 1
        return self._counts[language.active(), *key]


TAG = re.compile(r"(<[^>]*>)")
SHORT_WORD = re.compile(r"(?<![\w%])([aiouwzAIOUWZ]) (?=\S)")  # Polish typography keeps them with the next word


def read_assets(folder: Path, styles: Sequence[str], scripts: Sequence[str]) -> Assets:
    """Return style sheets as one, the models' colours before them, and scripts as one, each in the given order."""
    colours = "\n".join(f"{variable(name)}: light-dark({', '.join(one.colours)});" for name, one in MODELS.items())
    style, script = ("".join(read_bytes(folder / name).decode() for name in names) for names in (styles, scripts))
    return Assets(f":root {{\n{colours}\n}}\n{style}", script)


def environment(templates: str, read_figure: Callable[[Any], str] = str) -> Environment:
    """Return the Jinja2 environment: everything escaped, an unknown name is an error, texts in the active language.

    Args:
        templates: Folder of the templates.
        read_figure: Returns the SVG of what a view names as a figure.
    """
    result = Environment(
        loader=FileSystemLoader(templates),
        autoescape=True,
        undefined=StrictUndefined,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    result.policies["ext.i18n.trimmed"] = True
    result.install_gettext_callables(  # type: ignore[attr-defined]
        language.message, language.plural_message, newstyle=True
    )
    result.globals["coloured"] = set(ROLES)
    result.filters["colour"] = lambda role: variable(SAME_COLOUR.get(role) or role)
    result.globals["missing"] = MISSING
    result.globals["numbered"] = Numbering()
    result.globals["languages"] = {code: language.name_of(code) for code in LANGUAGES}
    result.filters["head"] = head
    result.filters["capital"] = capital
    result.filters["trusted"] = Markup  # style sheet, script and payload
    result.filters["svg"] = lambda figure: Markup(read_figure(figure))  # noqa: S704 -- our own figures
    return result


def tidy(text: str) -> str:
    """Return the text without blank lines and trailing spaces."""
    return "\n".join(line.rstrip() for line in text.splitlines() if line.strip())


def unbroken(html: str) -> str:
    """Return a page whose lines break neither before %, within N(0, I) nor, in Polish, after a word of one letter."""
    parts = TAG.split(html)
    return "".join(part if TAG.fullmatch(part) else unbroken_text(part) for part in parts)


def unbroken_text(text: str) -> str:
    """Return a text with no-break spaces where lines must not break.

    >>> with language.speaking("pl"):
    ...     unbroken_text("95 % i w N(0, I)").replace("\u00a0", "~")
    '95~% i~w~N(0,~I)'
    """
    kept = re.sub(r" (?=%)| (?=[×=] )|(?<= [×=]) ", "\u00a0", text).replace("N(0, I)", "N(0,\u00a0I)")
    return SHORT_WORD.sub("\\1\u00a0", kept) if language.active() == "pl" else kept


def script_hash(script: str) -> str:
    """Return what a content-security policy calls this script."""
    return f"sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}"


def make_editions(opens_in: str, make: Callable[[str], Edition]) -> list[Edition]:
    """Return the edition of every language, made while it is active from its code; the one to open in comes first."""
    made = []
    for code in sorted(LANGUAGES, key=lambda code: code != opens_in):
        with language.speaking(code):
            made.append(make(code))
    return [edition._replace(html=Markup(edition.html)) for edition in made]  # noqa: S704 -- rendered with everything escaped


def compose(
    jinja: Environment,
    editions: Sequence[Edition],
    assets: Assets,
    *,
    opens_in: str = AUTO,
    pictures: Mapping[str, Any] | None = None,
    payload: str = "",
) -> str:
    """Return the page.

    Args:
        jinja: From ``environment``.
        editions: One per language.
        assets: Style sheet and script.
        opens_in: That of the reader's browser is shown at first if ``AUTO``, else the first.
        pictures: By key, with uri and size; those that an edition shows are written once, for all of them.
        payload: JSON for the scripts, without "<".
    """
    script = tidy(f'(() => {{\n"use strict";\n{assets.script}\n}})();')
    shown = {
        key: picture
        for key, picture in (pictures or {}).items()
        if any(f'href="#picture-{key}"' in edition.html for edition in editions)
    }
    page = jinja.get_template("base.html.j2").render(
        editions=editions,
        is_chosen_by_browser=opens_in == AUTO,
        style=assets.style,
        script=script,
        script_hash=script_hash(script),
        pictures=shown,
        payload=payload,
    )
    return tidy(page) + "\n"
