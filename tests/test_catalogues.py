"""Catalogues: complete, in step with the report's texts, true to the form of each message; no text bypasses them."""

import gettext
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from babel.messages import Catalog
from babel.messages.catalog import Message

from foundation.datasets import DATASETS
from foundation.reproducibility.artifacts import ArtifactError
from report.catalogues import PLURALS, extracted, header, is_complete, main, parsed, untranslated, updated, written
from report.texts import language, published
from report.texts.language import LANGUAGES, SOURCE_LANGUAGE, catalogue_path
from report.texts.references import REFERENCES
from stages.report import LIBRARIES
from tests import study_fixture
from tests.page_texts import english_points, pseudo, stray_texts

TRANSLATED = [code for code in LANGUAGES if code != SOURCE_LANGUAGE]
WORKS = {text for work in REFERENCES for text in (work.authors, work.venue)}
SOURCES = {
    source.rpartition(",")[0] for source in (published.HINTON, published.BAKE_OFF, published.BURDA, published.GHOSH)
}
NAMES = {*WORKS, *SOURCES, *LIBRARIES, *(dataset.title for dataset in DATASETS.values()), "latent_tour.ipynb"}
PLACEHOLDER = re.compile(r"%\((\w+)\)s")
ENTITY = re.compile(r"&#?\w+;|</?\w+[^>]*>")
FINAL = ".:;?!,…"
SAMPLE = """
msgid "%(n)s seed of <b>many</b>:"
msgid_plural "%(n)s seeds of <b>many</b>:"
msgstr[0] "%(n)s ziarno z <b>wielu</b>:"
msgstr[1] "%(n)s ziarna z <b>wielu</b>:"
msgstr[2] "%(n)s ziaren z <b>wielu</b>:"

msgid "code"
msgstr "kod"
"""
FAULTS = [
    ("kod", ""),
    ("%(n)s ziaren", "%(m)s ziaren"),
    ("%(n)s ziarna z", "%(n)s 100 % ziarna z"),
    ("ziaren z <b>wielu</b>:", "ziaren z <b>wielu</b>"),
    ("ziaren z <b>wielu</b>", "ziaren z wielu"),
    ('"kod"', '"kod "'),
    ('msgid "code"', '#, fuzzy\nmsgid "code"'),
]


def forms(message: Message) -> list[tuple[str, str]]:
    """Return each form of a message with the form of the translation that stands for it."""
    if isinstance(message.id, str):
        return [(message.id, str(message.string))]
    singular, plural = message.id
    return [(plural if place else singular, form) for place, form in enumerate(message.string or ())]


def misfits(message: Message) -> list[str]:
    """Return in what a translation departs from the form of its message."""
    kinds: list[tuple[str, Callable[[str], object]]] = [
        ("placeholders", lambda text: set(PLACEHOLDER.findall(text))),
        ("percent signs", lambda text: "%" in re.sub(r"%%|%\(\w+\)s", "", text)),
        ("tags and entities", lambda text: Counter(one for one in ENTITY.findall(text) if one != "&nbsp;")),
        ("spaces at the ends", lambda text: (text[:1].isspace(), text[-1:].isspace())),
        ("final punctuation", lambda text: text[-1:] if text[-1:] in FINAL else ""),
    ]
    return [
        f"{kind}: {text!r} became {form!r}"
        for text, form in forms(message)
        if form
        for kind, look in kinds
        if look(text) != look(form)
    ]


def faults(catalogue: Catalog, messages: Catalog) -> list[str]:
    """Return everything that is wrong with a catalogue, given the messages of the report."""
    found = [f"untranslated: {one}" for one in untranslated(catalogue)]
    known, wanted = ({one.id for one in group if one.id} for group in (catalogue, messages))
    found += [f"missing: {one}" for one in wanted - known] + [f"left over: {one}" for one in known - wanted]
    found += [f"obsolete: {one}" for one in catalogue.obsolete]
    several = [one for one in catalogue if one.pluralizable]
    found += [f"plural forms: {one.id}" for one in several if len(one.string or ()) != catalogue.num_plurals]
    return found + [misfit for message in catalogue if message.id for misfit in misfits(message)]


def sample(change: tuple[str, str] = ("", "")) -> Catalog:
    text = SAMPLE.replace(*change, 1) if change[0] else SAMPLE
    return parsed(header("pl") + text, "pl")


@pytest.fixture(scope="module")
def bracketed_page(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The report with every message of its second language in brackets."""
    folder = tmp_path_factory.mktemp("pseudo")
    catalogue = updated(parsed(header("pl"), "pl"), extracted())
    path = folder / "locales" / "pl" / "LC_MESSAGES" / "report.po"
    path.parent.mkdir(parents=True)
    path.write_text(pseudo(catalogue), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(language, "LOCALES_DIR", folder / "locales")
        language.translations.cache_clear()
        page = study_fixture.render(study_fixture.build(folder)).read_text(encoding="utf-8")
    language.translations.cache_clear()
    return page


@pytest.mark.parametrize("code", TRANSLATED)
def test_every_message_is_translated_in_its_form_and_no_translation_is_left_over(code: str) -> None:
    catalogue = parsed(catalogue_path(code).read_text(encoding="utf-8"), code)
    assert faults(catalogue, extracted()) == []


@pytest.mark.parametrize("code", TRANSLATED)
def test_a_catalogue_lies_as_the_command_writes_it(code: str) -> None:
    text = catalogue_path(code).read_text(encoding="utf-8")
    assert written(updated(parsed(text, code), extracted())) == text


def test_a_good_catalogue_has_no_fault() -> None:
    assert faults(sample(), sample()) == []


@pytest.mark.parametrize("change", FAULTS)
def test_each_planted_fault_is_found(change: tuple[str, str]) -> None:
    assert change[0] in SAMPLE
    assert len(faults(sample(change), sample())) == 1


def test_a_missing_plural_form_and_a_message_too_many_or_too_few_are_found() -> None:
    fewer = sample(('msgid "code"', 'msgid "codes"'))
    assert sorted(fault.split(":")[0] for fault in faults(fewer, sample())) == ["left over", "missing"]
    incomplete = sample(('msgstr[2] "%(n)s ziaren z <b>wielu</b>:"\n', ""))
    assert [fault.split(":")[0] for fault in faults(incomplete, sample())] == ["untranslated"]


def test_polish_has_three_plural_forms_in_the_right_places() -> None:
    rule = re.search(r"plural=(.*);", PLURALS["pl"])
    assert rule
    assert sample().num_plurals == 3
    assert [gettext.c2py(rule[1])(n) for n in (1, 2, 4, 5, 12, 22, 100, 112)] == [0, 1, 1, 2, 2, 1, 2, 2]


def test_an_update_keeps_translations_adds_what_is_new_and_drops_what_is_gone() -> None:
    messages = Catalog()
    messages.add("code")
    messages.add("codes")
    fresh = updated(sample(), messages)
    assert {one.id: one.string or "" for one in fresh if one.id} == {"code": "kod", "codes": ""}


def test_messages_are_found_in_modules_labels_and_templates(tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "view.py").write_text('x = _("one")\ny = N_("two")\nz = ngettext("three", "threes", 3)\n')
    (tmp_path / "models.py").write_text('MODELS = {"six": Model("six", Params, ("#123456", "#654321"), "o")}\n')
    (tmp_path / "templates" / "a.html.j2").write_text(
        '{{ _("four") }}{% trans n=1 %}\n five\n {{ n }}{% endtrans %}{% trans n=1 %}a{% pluralize %}b{% endtrans %}'
    )
    found = [one.id for one in extracted(tmp_path) if one.id]
    assert sorted(map(str, found)) == ["('a', 'b')", "('three', 'threes')", "five %(n)s", "four", "one", "six", "two"]


def test_a_broken_template_is_an_error_and_not_left_out(tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "a.html.j2").write_text("{% trans %}open")
    with pytest.raises(Exception, match="unclosed"):
        extracted(tmp_path)


def test_the_command_writes_the_same_bytes_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(language, "LOCALES_DIR", tmp_path)
    main()
    first = catalogue_path("pl").read_bytes()
    main()
    assert first
    assert catalogue_path("pl").read_bytes() == first


def test_a_full_disk_leaves_the_translations_as_they_were(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(language, "LOCALES_DIR", tmp_path)
    main()
    before = catalogue_path("pl").read_bytes()
    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(ArtifactError, match="No space left on device"):
        main()
    assert catalogue_path("pl").read_bytes() == before


def test_no_translation_counts_as_complete_without_text() -> None:
    assert not is_complete(None)
    assert not is_complete(())


@pytest.mark.parametrize("code", TRANSLATED)
def test_every_text_of_the_page_passes_the_catalogue(bracketed_page: str, code: str) -> None:
    assert stray_texts(bracketed_page, code, NAMES) == []


@pytest.mark.parametrize("code", TRANSLATED)
def test_numbers_have_the_decimal_mark_of_their_language(report_page: Path, code: str) -> None:
    assert english_points(report_page.read_text(encoding="utf-8"), code) == []


def test_a_text_or_a_number_that_bypasses_the_catalogue_is_found() -> None:
    page = (
        '<div class=edition lang=pl><main><section id=pl-a><p title="⟦a⟧">⟦One <b>b</b>⟧ stray AE</p>'
        '<svg><text>axis</text></svg><img alt="picture"><code>free</code><table><tr><td>0.5</td><td>0,5</td></table>'
    )
    assert stray_texts(page, "pl", set()) == ["stray AE", "axis", "picture"]
    assert english_points(page, "pl") == ["0.5"]
