"""The language of the page: messages from gettext catalogues, numbers with its decimal mark.

One language is active at a time (``speaking``); every text that a reader sees passes ``_`` or ``ngettext``
while it is. Messages are written in English; the other languages lie in ``report/locales``, as text, and are
compiled in memory.
"""

import gettext
import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Any

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

SOURCE_LANGUAGE = "en"
LANGUAGES = ("en", "pl")
LOCALES_DIR = Path(__file__).parents[1] / "locales"

_active: ContextVar[str] = ContextVar("language", default=SOURCE_LANGUAGE)


def catalogue_path(language: str) -> Path:
    """Return where the messages of a language lie."""
    return LOCALES_DIR / language / "LC_MESSAGES" / "report.po"


@cache
def translations(language: str) -> gettext.NullTranslations:
    """Return the compiled catalogue of a language; messages as they stand for the source language."""
    if language == SOURCE_LANGUAGE:
        return gettext.NullTranslations()
    with catalogue_path(language).open("rb") as source:
        catalogue = read_po(source, locale=language)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Make a language the active one within the block.

    Raises:
        ValueError: if there is no such language.
    """
    if language not in LANGUAGES:
        raise ValueError(f"language must be one of {', '.join(LANGUAGES)}, got {language!r}")
    token = _active.set(language)
    try:
        yield
    finally:
        _active.reset(token)


def active() -> str:
    """Return the code of the active language."""
    return _active.get()


def name_of(language: str) -> str:
    """Return what a language calls itself.

    >>> name_of("pl")
    'polski'
    """
    return str(Locale(language).get_display_name(language))


def message(text: str) -> str:
    """Return a message in the active language as the catalogue has it, nothing filled in: right for texts of data."""
    return translations(active()).gettext(text) if text else ""  # gettext's answer to "" is its header


def plural_message(singular: str, plural: str, n: int) -> str:
    """Return the form of a message that fits the count, nothing filled in."""
    return translations(active()).ngettext(singular, plural, n)


def _(text: str, **values: Any) -> str:
    """Return a message in the active language, its ``%(name)s`` filled; as in templates a percent sign is doubled.

    >>> _("latent dimension %(d)s", d=16)
    'latent dimension 16'
    """
    return message(text) % values


def ngettext(singular: str, plural: str, n: int, **values: Any) -> str:
    """Return the form of a message that fits the count ``n`` in the active language, ``%(n)s`` filled.

    >>> ngettext("%(n)s seed", "%(n)s seeds", 4)
    '4 seeds'
    """
    return plural_message(singular, plural, n) % {"n": n, **values}


def N_(message: str) -> str:  # noqa: N802 -- gettext's name
    """Return a message unchanged: marks it for the catalogue where it is written before its language is known."""
    return message


Pattern = tuple[str, str]  # a message that says "%(model)s", and the label of the model it speaks of


class Labels(Mapping[str, str]):
    """Names and what they are called on the page, in the language active at the time of asking."""

    def __init__(self, messages: Mapping[str, str | Pattern]) -> None:
        """Keep the messages, each marked with ``N_``."""
        self.messages = dict(messages)

    def __getitem__(self, name: str) -> str:
        message = self.messages[name]
        return _(message) if isinstance(message, str) else _(message[0], model=_(message[1]))

    def without(self, *names: str) -> "Labels":
        """Return the labels of all other names."""
        return Labels({name: message for name, message in self.messages.items() if name not in names})

    def __iter__(self) -> Iterator[str]:
        return iter(self.messages)

    def __len__(self) -> int:
        return len(self.messages)


def localised(number: str) -> str:
    """Return a number written with a point with the decimal mark of the active language.

    >>> with speaking("pl"):
    ...     localised("0.5")
    '0,5'
    """
    return number.replace(".", decimal_mark())


def decimal_mark() -> str:
    """Return the decimal mark of the active language."""
    return _decimal_mark(active())


@cache
def _decimal_mark(language: str) -> str:
    return str(Locale(language).number_symbols["latn"]["decimal"])
