"""Keeper of the catalogues: finds the messages of the report and brings every catalogue up to date with them.

A developer's command, ``python -m report.catalogues`` (``make messages``); the report itself only reads
catalogues. The same messages and translations give the same bytes: no dates, no line numbers, sorted.
"""

import io
import sys
from pathlib import Path

from babel.messages import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from foundation.reproducibility.artifacts import write_bytes
from report.texts.language import LANGUAGES, SOURCE_LANGUAGE, catalogue_path

REPORT_DIR = Path(__file__).parent
FOLDERS = tuple(REPORT_DIR.parent / name for name in ("report", "replications", "foundation"))
KEYWORDS = {"_": None, "N_": None, "gettext": None, "ngettext": (1, 2)}  # gettext: what {% trans %} becomes
KEYWORDS |= {"Model": None}  # the label of a model is the first argument
METHODS = [("**.py", "python"), ("templates/**.j2", "jinja2.ext:babel_extract")]
OPTIONS = {"**.j2": {"trimmed": "true", "newstyle_gettext": "true", "silent": "false"}}
PLURALS = {"pl": "nplurals=3; plural=(n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2);"}
LINE_WIDTH = 100


def extracted(*folders: Path) -> Catalog:
    """Return every message of the modules and templates in folders, untranslated, with the files it stands in.

    Without folders those of all pages.
    """
    found = Catalog(fuzzy=False)
    for folder in folders or FOLDERS:
        options = {pattern: dict(values) for pattern, values in OPTIONS.items()}
        for name, _line, message, comments, context in extract_from_dir(
            folder, METHODS, options, KEYWORDS, directory_filter=lambda _path: True
        ):
            place = (f"{folder.name}/{Path(name).as_posix()}", 0)
            found.add(message, locations=[place], auto_comments=comments, context=context)
    return found


def parsed(text: str, language: str) -> Catalog:
    """Return the catalogue that a text in gettext's format holds."""
    return read_po(io.BytesIO(text.encode()), locale=language, abort_invalid=True)


def updated(catalogue: Catalog, messages: Catalog) -> Catalog:
    """Return a catalogue with exactly these messages: known translations kept, nothing guessed from similar ones."""
    fresh = parsed(written(catalogue), str(catalogue.locale))
    fresh.update(messages, no_fuzzy_matching=True, update_creation_date=False)
    return fresh


def written(catalogue: Catalog) -> str:
    """Return a catalogue as text: a header of its own without dates, messages sorted, obsolete ones left out."""
    stream = io.BytesIO()
    write_po(
        stream,
        catalogue,
        width=LINE_WIDTH,
        omit_header=True,
        sort_output=True,
        ignore_obsolete=True,
        include_lineno=False,
    )
    return header(str(catalogue.locale)) + "\n" + stream.getvalue().decode()


def header(language: str) -> str:
    """Return the first entry of a catalogue: the language, its plural forms and the encoding."""
    fields = {
        "Language": language,
        "Plural-Forms": PLURALS[language],
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Transfer-Encoding": "8bit",
    }
    lines = [f'"{name}: {value}\\n"' for name, value in fields.items()]
    return "\n".join(['msgid ""', 'msgstr ""', *lines]) + "\n"


def untranslated(catalogue: Catalog) -> list[str]:
    """Return the messages that lack a translation or one of its plural forms, or whose translation is a guess."""
    return [str(one.id) for one in catalogue if one.id and (one.fuzzy or not is_complete(one.string))]


def is_complete(translation: str | list[str] | tuple[str, ...] | None) -> bool:
    """Return whether no form of a translation is empty.

    >>> is_complete("kod"), is_complete(("kod", "", "kodów"))
    (True, False)
    """
    forms = [translation] if isinstance(translation, str) else list(translation or [])
    return bool(forms) and all(forms)


def main() -> None:
    """Update the catalogue of every language but the source and say what is left to translate."""
    messages = extracted()
    for language in LANGUAGES:
        if language == SOURCE_LANGUAGE:
            continue
        path = catalogue_path(language)
        text = path.read_text(encoding="utf-8") if path.exists() else header(language)
        catalogue = updated(parsed(text, language), messages)
        write_bytes(path, written(catalogue).encode())
        left = len(untranslated(catalogue))
        sys.stdout.write(f"{path}: {len(catalogue)} messages, {left} to translate\n")


if __name__ == "__main__":
    main()
