"""The answer of the page: what it says of made-up verdicts, and that it says no more."""

import re
from pathlib import Path
from typing import Any

import pytest

from foundation.vocabulary import JUDGES
from report.page import environment
from report.texts import claims as texts
from report.texts.labels import SOURCES
from report.texts.language import LANGUAGES, speaking
from report.texts.openings import SAME_MIXTURE
from report.views import claims as claims_view
from report.views import summary
from report.views.facts import Facts, UnmeasuredError
from report.views.ledger import grid, ledger
from report.views.pca_comparison import is_control_far_off
from report.views.sections import SECTIONS, Section
from report.views.study import Study
from report.views.takeaways import takeaway
from report.views.verdicts import leaning, parts_of, primary_of, shares_of, silent_judges, unjudged, votes
from stages.summary import CLAIMS, PARTS
from tests import claims_fixture
from tests.claims_fixture import cells, metrics, stored
from tests.html_checks import parse, text_of
from tests.import_closure import ROOT

MADE_FROM_VERDICTS = ("C6d", "C8a")


def study(folder: Path, **sides: int) -> Study:
    return claims_fixture.study(folder, metrics(**sides))


def html(found: Study, language: str = "en", slug: str = "claims") -> str:
    jinja = environment(str(ROOT / "report" / "templates"))
    with speaking(language):
        section = Section(slug, slug, SECTIONS[slug][1](found))
        template = jinja.get_template(f"sections/{slug}.html.j2")
        return template.render(language=language, section=section, view=section.view)


def contradicting(name: str) -> dict[str, Any]:
    """Metrics in which the last cell of a part contradicts the others."""
    found, other = metrics(), metrics(**{name: -1})
    cells(found, name)[-1].update(cells(other, name)[-1])
    return found


def test_every_part_has_its_texts() -> None:
    several = {part for parts in CLAIMS.values() if len(parts) > 1 for part in parts}
    assert set(texts.PARTS) == several
    assert set(texts.MEASURED) == set(texts.THRESHOLD_REASONS) == set(PARTS)
    assert set(texts.CLAIMS) == set(texts.CLAIM_TITLES) == set(CLAIMS)
    assert {part.metric for part in PARTS.values()} == set(texts.CLAIM_METRICS) == set(texts.SCALES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_shows_each_claim_and_part_with_its_verdict_and_number(tmp_path: Path, language: str) -> None:
    found = study(tmp_path, C5b=-1, C6d=0)
    page = html(found, language)
    with speaking(language):
        for name, claim in ledger(found).items():
            for part, shown in claim["parts"].items():
                anchor = f'id="{language}-{part}"'
                assert page.count(anchor) == 1
                start = page.index(anchor)
                item = page[start : page.index("</summary>", start)]
                assert texts.VERDICTS[shown["verdict"]] in item
                assert shown["value"].text in item
            assert f'<li id="{language}-{name}">' in page


@pytest.mark.parametrize("slug", ["summary", "claims"])
def test_the_section_is_well_formed(tmp_path: Path, slug: str) -> None:
    shown = html(study(tmp_path), slug=slug)
    page = f"<!doctype html><html lang='en'><head><title>t</title></head><body>{shown}</body></html>"
    document = parse(page)
    assert document.errors == []
    assert not re.search(r"\b(None|nan|Undefined)\b|%\(", text_of(document.root))


SIDES = {"supported": 1, "refuted": -1, "undecided": 0}


def judged(**verdicts: str) -> dict[str, Any]:
    """Metrics in which parts have these verdicts: one of ``SIDES``, "depends", "leaning" or "not_judged"."""
    found = metrics(**{name: SIDES.get(verdict, 1) for name, verdict in verdicts.items()})
    for name, verdict in verdicts.items():
        if verdict == "not_judged":
            found["generation"]["claims"].pop(name)
        elif verdict == "depends":
            cells(found, name)[-1].update(stored(PARTS[name].threshold - 0.3))
        elif verdict == "leaning":
            cells(found, name)[-1].update(stored(PARTS[name].threshold))
    return found


@pytest.mark.parametrize("generates", ["supported", "refuted", "undecided", "depends", "leaning", "not_judged"])
@pytest.mark.parametrize("ahead", ["supported", "refuted", "undecided", "depends", "leaning", "not_judged"])
def test_the_answer_is_one_sentence_that_says_what_the_verdicts_say(tmp_path: Path, generates: str, ahead: str) -> None:
    made = claims_fixture.study(tmp_path, judged(C6d=generates, C8a=ahead))
    assert (leaning(parts_of(made)["C6d"]), leaning(parts_of(made)["C8a"])) == (generates, ahead)
    said = summary.answer(made)
    assert said.endswith(".")
    assert said.count(".") == 1
    if generates == ahead == "not_judged":
        assert said.startswith("What the VAE buys cannot be told from this run")
        return
    assert said.startswith("A VAE buys a distribution to draw new images from")
    assert ("more than half of the way" in said) is (generates == "supported")
    assert ("less than half of the way" in said) is (generates == "refuted")
    marks = {
        "supported": "its images are nearer to real ones than those that the VAE decodes from N(0, I)",
        "refuted": "the images of a traditional AE are farther from real ones",
        "depends": "nearer to real ones depends on the features and the measure",
        "leaning": "nearer to real ones in 29 of 30 comparisons, farther ones in none",
        "undecided": "nearer to real ones is undecided",
    }
    assert [verdict for verdict, text in marks.items() if text in said] == [ahead][: ahead != "not_judged"]


def with_undecided(name: str, *decided: int, side: int = 1) -> dict[str, Any]:
    """Metrics in which a part is undecided in all cells but some, which lie on a side."""
    found, other = metrics(**{name: 0}), metrics(**{name: side})
    for place in decided:
        cells(found, name)[place].update(cells(other, name)[place])
    return found


def test_what_has_no_vote_does_not_count_where_the_answer_leans(tmp_path: Path) -> None:
    found = with_undecided("C8a", 0, 4, 7)
    for place in (7, 12):
        cells(found, "C8a")[place]["votes"] = False
    made = claims_fixture.study(tmp_path, found)
    assert votes(parts_of(made)["C8a"]) == {"n": 2, "against": 0, "all": 28}
    assert "in 2 of 28 comparisons, farther ones in none" in summary.answer(made)


def test_numbers_against_a_part_let_it_lean_to_their_side_alone(tmp_path: Path) -> None:
    made = claims_fixture.study(tmp_path / "a", with_undecided("C3b", 3, 5, side=-1))
    assert leaning(parts_of(made)["C3b"]) == "leaning against"
    assert "and fading the image in 2 of 25 comparisons, better in none" in takeaway(made, "C3b")
    made = claims_fixture.study(tmp_path / "b", with_undecided("C8a", 3, side=-1))
    assert leaning(parts_of(made)["C8a"]) == "leaning against"
    assert summary.answer(made).endswith("nearer to real ones is undecided.")


def test_every_sentence_of_a_takeaway_can_stand_first(tmp_path: Path) -> None:
    measured = metrics()
    measured["compression"]["claims"].pop("C1")
    assert takeaway(claims_fixture.study(tmp_path, measured), "C1", "C2", "C7").startswith("The AE's reconstructions")


@pytest.mark.parametrize(("excess", "is_far"), [(0.001, False), (4.47, True)])
def test_a_control_that_is_far_off_is_called_so(tmp_path: Path, excess: float, is_far: bool) -> None:
    measured = metrics()
    measured["pca_comparison"]["claims"]["C4a"]["linear_excess"] = stored(excess, 0.001)
    assert is_control_far_off(claims_fixture.study(tmp_path, measured)) is is_far


def test_one_number_alone_never_leans() -> None:
    part = {"verdict": "undecided", "n_supported": 1, "n_refuted": 0, "cells": [{}]}
    assert leaning(part) == "undecided"
    assert leaning({**part, "cells": [{}, {}]}) == "leaning"


def test_without_any_of_them_the_answer_says_why_there_is_none(tmp_path: Path) -> None:
    found = metrics()
    found["generation"]["claims"] = {}
    said = summary.answer(claims_fixture.study(tmp_path, found, models=["ae"]))
    assert "cannot be told from this run: this run is without VAE" in said


def test_every_cell_stands_in_the_grid_once(tmp_path: Path) -> None:
    for part in parts_of(study(tmp_path)).values():
        shown = grid(part)
        n_shown = sum(bool(vote.verdict) for _, votes in shown.rows for vote in votes) if shown else 1
        assert n_shown == part["n_cells"]


def test_the_grid_marks_the_cell_that_contradicts_and_the_one_without_a_vote(tmp_path: Path) -> None:
    found = contradicting("C6d")
    cells(found, "C6d")[0]["votes"] = False
    shown = grid(parts_of(claims_fixture.study(tmp_path, found))["C6d"])
    assert shown is not None
    votes = [vote for _, row in shown.rows for vote in row]
    assert [vote.label for vote in (votes[0], votes[1], votes[-1])] == ["has no vote", "supported", "refuted"]


@pytest.mark.parametrize(
    ("part", "corner", "first", "n_rows", "n_columns"),
    [
        ("C5b", "confidence, region", "at least 50\u202f% sure, whitened N(0, I)", 6, 3),
        ("C6b", "confidence, region", "at least 50\u202f% sure, whitened N(0, I)", 6, 3),
        ("C8c", "measure, codes", "Fréchet distance, fitted Gaussian", 12, 5),
    ],
)
def test_a_grid_of_three_keys_has_two_of_them_in_each_row(
    tmp_path: Path, part: str, corner: str, first: str, n_rows: int, n_columns: int
) -> None:
    shown = grid(parts_of(study(tmp_path))[part])
    assert shown is not None
    assert (shown.corner, shown.rows[0][0]) == (corner, first)
    assert (len(shown.rows), len(shown.columns)) == (n_rows, n_columns)
    assert len({label for label, _ in shown.rows}) == n_rows
    assert all(vote.verdict == "supported" for _, votes in shown.rows for vote in votes)


def test_each_number_of_three_keys_stands_where_its_keys_say(tmp_path: Path) -> None:
    found = metrics()
    for cell in cells(found, "C5b"):
        keys = (cell["region"], cell["family"], cell["confidence"])
        cell.update(stored(0.42 if keys == ("ball", "perceptron", 0.9) else 0.1))
    shown = grid(parts_of(claims_fixture.study(tmp_path, found))["C5b"])
    assert shown is not None
    names = [name for name, _ in shown.columns]
    at = [
        (row, name) for row, votes in shown.rows for name, v in zip(names, votes, strict=True) if v.value.text == "42.0"
    ]
    assert at == [("at least 90\u202f% sure, ball that holds 95 % of whitened N(0, I)", "perceptron judge")]


def test_strengths_of_noise_stand_in_order(tmp_path: Path) -> None:
    shown = grid(parts_of(study(tmp_path))["C3a"])
    assert shown is not None
    assert [label for label, _ in shown.rows] == ["0.1", "0.2", "0.4", "0.6", "0.8"]


def test_units_stand_with_the_column_or_with_each_number(tmp_path: Path) -> None:
    parts = parts_of(study(tmp_path))
    noise, compared = grid(parts["C3a"]), grid(parts["C7"])
    assert noise is not None
    assert compared is not None
    assert noise.columns[:3] == [("PSNR", "dB"), ("SSIM", ""), ("accuracy, convolutional judge", "percentage points")]
    assert noise.rows[0][1][0].value.text == "0.30"
    assert compared.columns == [("number", "")]
    assert [votes[0].value.text for _, votes in compared.rows[:2]] == ["30.0 %", "0.300"]
    assert compared.rows[2][1][0].value.text == "30.00 percentage points"


@pytest.mark.parametrize(
    ("part", "axes"),
    [("C5b", "how sure the judge must be, the judge and the region"), ("C6d", "the features and the measure")],
)
def test_it_depends_on_judges_where_only_judges_look(tmp_path: Path, part: str, axes: str) -> None:
    found = ledger(claims_fixture.study(tmp_path, contradicting(part)))
    assert found[part[:2]]["parts"][part]["depends"] == axes


def test_an_unmet_condition_is_said(tmp_path: Path) -> None:
    found = metrics()
    found["learning_curves"]["cells"][0]["is_narrowing"] = False
    met, unmet = (html(claims_fixture.study(tmp_path / name, one)) for name, one in (("a", metrics()), ("b", found)))
    assert "this is not so here" in unmet
    assert "this is not so here" not in met


@pytest.mark.parametrize(
    ("changes", "name", "why"),
    [
        ({"models": ["ae", "vae"]}, "C8c", "this run is without RAE"),
        ({}, "C8c", "it was not measured in this run"),
    ],
)
def test_a_part_that_is_missing_says_why(tmp_path: Path, changes: dict[str, Any], name: str, why: str) -> None:
    found = metrics()
    found["generation"]["claims"].pop(name)
    assert unjudged(claims_fixture.study(tmp_path, found, **changes))[name] == why


def test_a_single_seed_and_a_lack_of_votes_are_told_apart(tmp_path: Path) -> None:
    single, silent = metrics(), metrics()
    for cell in cells(single, "C6d"):
        cell.update({**stored(0.8), "low": None, "high": None, "by_seed": [0.8]})
    for cell in cells(silent, "C6d"):
        cell["votes"] = False
    why = [unjudged(claims_fixture.study(tmp_path / str(i), one))["C6d"] for i, one in enumerate((single, silent))]
    assert why[0].startswith("one seed")
    assert why[1].startswith("nothing that could judge it")


def test_a_primary_number_that_was_not_measured_is_none(tmp_path: Path) -> None:
    found = metrics()
    found["generation"]["claims"].pop("C8c")
    made = claims_fixture.study(tmp_path, found)
    assert primary_of(made, "C8c") is None
    assert primary_of(made, "C8b") is not None


def test_rows_of_samples_are_those_that_the_run_has_with_their_share_of_the_way(tmp_path: Path) -> None:
    shown = summary.samples(study(tmp_path), 28)
    assert [(one.label, one.share and one.share.text) for one in shown] == [
        ("real images", "100\u202f%"),
        ("VAE, codes from N(0, I)", "60.0 %"),
        ("AE, codes from N(0, I)", "20.0 %"),
    ]
    assert {one.height for one in shown} == {28}


@pytest.mark.parametrize(("verdict", "n_said"), [("refuted", 2), ("depends", 2), ("supported", 0)])
def test_the_answer_says_that_it_does_not_hold_under_every_change(tmp_path: Path, verdict: str, n_said: int) -> None:
    changes = {"latent_dim_2": dict.fromkeys(MADE_FROM_VERDICTS, verdict)}
    said = summary.answer(claims_fixture.changed_study(tmp_path, changes))
    assert said.count("(this verdict holds under 0 of 1 changes of the study)") == n_said


def mixtures(*sides: int, votes: bool = True) -> list[dict[str, Any]]:
    """Rows of both models with the same mixture, a measure for each side: AE nearer (1), VAE nearer (-1), neither."""
    return [
        {"source": f"{model}_mixture", "family": "pixels", "measure": place, "votes": votes, **stored(mean)}
        for place, side in enumerate(sides)
        for model, mean in (("ae", 0.5 + 0.2 * side), ("vae", 0.5))
    ]


@pytest.mark.parametrize(
    ("sides", "who", "values"),
    [
        ((1, 1), "all", {"leader": "AE", "all": 2}),
        ((-1, -1), "all", {"leader": "VAE", "all": 2}),
        ((1, 0, 0), "some", {"leader": "AE", "n": 1, "all": 3, "other": "VAE"}),
        ((-1, 0, -1), "some", {"leader": "VAE", "n": 2, "all": 3, "other": "AE"}),
        ((1, -1, 1, 0), "each", {"ae": 2, "vae": 1, "all": 4}),
        ((-1, -1, 1), "each", {"ae": 1, "vae": 2, "all": 3}),
        ((0, 0), "neither", {"all": 2}),
    ],
)
def test_who_is_ahead_with_the_same_mixture_follows_from_the_rows(
    sides: tuple[int, ...], who: str, values: dict[str, Any]
) -> None:
    rows = [*mixtures(*sides), *({**row, "family": "silent"} for row in mixtures(1, -1, votes=False))]
    assert summary.same_mixture(rows) == SAME_MIXTURE[who] % values


def test_without_both_mixtures_nothing_is_said_of_them() -> None:
    one_seed = [{**row, "low": None, "high": None} for row in mixtures(1)]
    assert summary.same_mixture(mixtures(1)[:1]) == summary.same_mixture(one_seed) == summary.same_mixture([]) == ""


def test_what_was_chosen_late_is_weighed_against_the_other_choice(tmp_path: Path) -> None:
    found = metrics()
    cells(found, "C1")[0].update(stored(0.85, 0.01))
    other = metrics(C6b=-1)
    for cell, refuted in zip(cells(found, "C6b"), cells(other, "C6b"), strict=True):
        if cell["confidence"] >= 0.9:
            cell.update(refuted)
    made = claims_fixture.study(tmp_path, found)
    assert parts_of(made)["C6b"]["verdict"] == "depends"
    assert claims_view.hindsight(made) == [
        "With a threshold of 90\u202f% instead of 75\u202f% C1 would be: refuted.",
        "Without the second confidence the verdicts would be: C5b supported and C6b supported.",
    ]


def test_not_judged_is_explained_only_where_it_occurs(tmp_path: Path) -> None:
    found = metrics()
    found["generation"]["claims"].pop("C8c")
    assert "not judged" not in html(study(tmp_path / "whole"), slug="summary")
    assert "– not judged." in html(claims_fixture.study(tmp_path / "part", found), slug="summary")


def test_a_number_without_a_vote_stands_in_brackets(tmp_path: Path) -> None:
    found = metrics()
    cells(found, "C6d")[0]["votes"] = False
    shown = grid(parts_of(claims_fixture.study(tmp_path, found))["C6d"])
    assert shown is not None
    texts_of_row = [vote.value.text for vote in shown.rows[0][1]]
    assert [text.startswith("(") and text.endswith(")") for text in texts_of_row] == [True, *[False] * 4]


def test_samples_that_a_poor_judge_sees_have_no_vote_on_the_page(tmp_path: Path) -> None:
    found = metrics()
    made = claims_fixture.study(tmp_path / "a", found)
    assert {row["votes"] for row in shares_of(made)} == {True}
    found["train_judge"] = {"accuracy_test": claims_fixture.stored(0.7)}
    made = claims_fixture.study(tmp_path / "b", found)
    assert silent_judges(made) == [*JUDGES]
    assert {row["family"]: row["votes"] for row in shares_of(made)} == {"convolutional": False, "pixels": True}
    assert {one.label: one.share for one in summary.samples(made, 28)}[SOURCES["vae_normal"]] is None
    with pytest.raises(UnmeasuredError):
        Facts(made).way("vae_normal")
