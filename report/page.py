"""Jinja2 to one self-contained HTML page that holds every language.

``compose`` puts the editions, one per language, into one file with one style sheet and one script, allowed by its
hash. What stands in the editions is the business of those who call it.
"""

import base64
import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from foundation.models import MODELS
from foundation.reproducibility.artifacts import read_bytes
from report.texts import language
from report.texts.language import LANGUAGES
from report.texts.roles import ROLES, variable
from report.texts.tables import MISSING, head


class Edition(NamedTuple):
    """The page in one language."""

    language: str
    title: str
    html: Markup


class Assets(NamedTuple):
    """The style sheet and the script of the page, as text."""

    style: str
    script: str


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
    result.globals["missing"] = MISSING
    result.globals["languages"] = {code: language.name_of(code) for code in LANGUAGES}
    result.filters["head"] = head
    result.filters["trusted"] = Markup  # style sheet, script and payload
    result.filters["svg"] = lambda figure: Markup(read_figure(figure))  # noqa: S704 -- our own figures
    return result


def tidy(text: str) -> str:
    """Return the text without blank lines and trailing spaces."""
    return "\n".join(line.rstrip() for line in text.splitlines() if line.strip())


def unbroken(html: str) -> str:
    """Return a page whose lines break neither before a percent sign nor, in Polish, after a word of one letter."""
    parts = TAG.split(html)
    return "".join(part if TAG.fullmatch(part) else unbroken_text(part) for part in parts)


def unbroken_text(text: str) -> str:
    """Return a text with no-break spaces where lines must not break.

    >>> with language.speaking("pl"):
    ...     unbroken_text("95 % i w").replace("\u00a0", "~")
    '95~% i~w'
    """
    kept = text.replace(" %", "\u00a0%").replace(" × ", "\u00a0×\u00a0")
    return SHORT_WORD.sub("\\1\u00a0", kept) if language.active() == "pl" else kept


def script_hash(script: str) -> str:
    """Return what a content-security policy calls this script."""
    return f"sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}"


def ordered(default: str) -> list[str]:
    """Return all languages, the default one first."""
    return sorted(LANGUAGES, key=lambda code: code != default)


def compose(
    jinja: Environment,
    editions: Sequence[Edition],
    assets: Assets,
    *,
    pictures: Mapping[str, Any] | None = None,
    payload: str = "",
) -> str:
    """Return the page.

    Args:
        jinja: From ``environment``.
        editions: One per language; the first is shown at first.
        assets: Style sheet and script.
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
        style=assets.style,
        script=script,
        script_hash=script_hash(script),
        pictures=shown,
        payload=payload,
    )
    return tidy(page) + "\n"
