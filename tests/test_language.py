"""The language of the page: which one is active, what it does to messages and numbers."""

import pytest

from report.texts.language import (
    LANGUAGES,
    N_,
    Labels,
    _,
    active,
    localised,
    name_of,
    ngettext,
    plural_message,
    speaking,
)
from report.texts.tables import entry, general, number, percent

TWENTY_THOUSAND = 20_000.5


def test_the_source_language_is_active_by_default() -> None:
    assert active() == "en"


def test_a_language_is_active_within_its_block_only() -> None:
    with speaking("pl"):
        assert active() == "pl"
    assert active() == "en"


def test_a_language_is_left_when_the_block_fails() -> None:
    with pytest.raises(RuntimeError), speaking("pl"):
        raise RuntimeError
    assert active() == "en"


def test_an_unknown_language_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="language must be one of en, pl, got 'tlh'"), speaking("tlh"):
        pass


def test_a_message_is_translated_and_filled() -> None:
    with speaking("pl"):
        assert _("from %(level)s", level="0,37") == "od 0,37"


def test_an_empty_message_stays_empty() -> None:
    with speaking("pl"):
        assert _("") == ""


def test_labels_are_read_in_the_language_of_the_moment() -> None:
    labels = Labels({"level": N_("standard deviation"), "model": "AE"})
    with speaking("pl"):
        polish = dict(labels)
    assert polish == {"level": "odchylenie standardowe", "model": "AE"}
    assert dict(labels) == {"level": "standard deviation", "model": "AE"}


@pytest.mark.parametrize(("n", "form"), [(1, 0), (2, 1), (4, 1), (5, 2), (12, 2), (22, 1), (0, 2)])
def test_polish_counts_choose_among_three_forms(n: int, form: int) -> None:
    pair = ("at latent dimension %(places)s", "at latent dimensions %(places)s")
    with speaking("pl"):
        forms = [plural_message(*pair, example) for example in (1, 2, 5)]
        assert plural_message(*pair, n) == forms[form]


def test_a_label_may_name_a_model() -> None:
    labels = Labels({"own": "AE", "linear": (N_("%(model)s (clean)"), N_("linear AE"))}).without("own")
    with speaking("pl"):
        assert dict(labels) == {"linear": "liniowy AE (czyste obrazy)"}


def test_a_counted_message_is_filled() -> None:
    assert ngettext("%(n)s run of %(d)s", "%(n)s runs of %(d)s", 2, d=16) == "2 runs of 16"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_a_name_of_its_own(language: str) -> None:
    assert name_of(language)
    assert len({name_of(one) for one in LANGUAGES}) == len(LANGUAGES)


def test_numbers_take_the_decimal_mark_of_the_language() -> None:
    with speaking("pl"):
        shown = (number(-TWENTY_THOUSAND, 1), percent(0.125), general(0.25), localised("1.5"))
    assert shown == ("−20\u202f000,5", "12,5\u202f%", "0,25", "1,5")
    assert number(-TWENTY_THOUSAND, 1) == "−20\u202f000.5"


def test_an_entry_and_its_interval_take_the_decimal_mark_alike() -> None:
    with speaking("pl"):
        shown = entry({"mean": 0.5, "low": 0.25, "high": 0.75})
    assert (shown.text, shown.interval) == ("0,50", "[0,25;\u00a00,75]")


def test_zero_has_no_sign_in_any_language() -> None:
    with speaking("pl"):
        assert number(-0.001, 2) == "0,00"
