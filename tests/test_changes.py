"""Where verdicts hold, on the page: sentences, the figure of all verdicts, tables and curves of a made-up table."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from report.drawing.charts import draw
from report.drawing.verdicts import SIGNS
from report.page import environment
from report.texts.changes import CHANGES, COLUMNS, GROUPS, PART_NAMES
from report.texts.claims import VERDICTS
from report.texts.language import LANGUAGES, speaking
from report.texts.roles import VERDICT_ROLES
from report.views.changes import exceptions, holds_except
from report.views.figures import Field, VerdictGrid
from report.views.ledger import ledger
from report.views.robustness import SOURCE, groups, moves, view
from report.views.sections import Section
from report.views.summary import view as view_of_summary
from report.views.verdicts import claims_of, parts_of
from robustness.conditions import conditions
from robustness.table import Entry
from stages.summary import PARTS
from tests import claims_fixture
from tests.claims_fixture import changed_study
from tests.html_checks import parse, text_of
from tests.import_closure import ROOT

N_PARTS = len(PARTS)


EVERY: dict[str, dict[str, Any]] = {
    "epochs_third": {},
    "epochs_x3": {},
    "epochs_x10": {"C7": "refuted"},
    "latent_dim_2": {"C5a": "refuted", "C7": "undecided", "C6d": "undecided"},
    "latent_dim_4": {"C5a": "refuted", "C6d": "undecided"},
    "dataset_fashion-mnist": {"C5a": "undecided", "C6d": "depends"},
    "beta_0.5": {"C6d": "undecided"},
    "width_x2": {"C6d": "refuted"},
}


def test_exceptions_are_named_by_verdict_and_grouped(tmp_path: Path) -> None:
    made = changed_study(tmp_path, EVERY)
    assert exceptions(made, "C1") == "The verdict is the same under all 8 changes of the study that can affect it."
    assert exceptions(made, "C5a") == (
        "Under 3 of 8 changes of the study the verdict is another one. Refuted: with codes of 2 or 4 numbers. "
        "Undecided: on Fashion-MNIST."
    )


def test_changes_of_one_kind_are_one_phrase(tmp_path: Path) -> None:
    longer = changed_study(tmp_path, {name: {"C2": "undecided"} for name in ("epochs_x3", "epochs_x10")})
    assert holds_except(longer, "C2") == "holds except after longer training"
    likelihoods = {name: {"C2": "refuted"} for name in ("likelihood_gaussian", "likelihood_discretized_logistic")}
    assert holds_except(changed_study(tmp_path / "b", likelihoods), "C2") == "holds except with another likelihood"
    short: dict[str, dict[str, Any]] = {f"latent_dim_{length}": {"C2": "refuted"} for length in (2, 4, 8)}
    made = changed_study(tmp_path / "c", {**short, "latent_dim_32": {}})
    assert holds_except(made, "C2") == "holds except with shorter codes"
    made = changed_study(tmp_path / "d", {**short, "latent_dim_8": {}, "latent_dim_32": {"C2": "refuted"}})
    assert holds_except(made, "C2") == "holds except with 3 of the 4 other lengths of the code"
    made = changed_study(tmp_path / "e", {**short, "latent_dim_32": {"C2": "undecided"}})
    assert holds_except(made, "C2") == "holds except with every other length of the code"


def test_a_change_that_does_not_reach_a_part_is_not_counted(tmp_path: Path) -> None:
    made = changed_study(tmp_path, {"beta_2": {"C1": None, "C6d": "undecided"}, "width_x2": {}})
    assert holds_except(made, "C1") == "holds under the one change that can affect it"
    assert exceptions(made, "C6d").startswith("Under 1 of 2 changes of the study the verdict is another one.")
    shown = view(made)
    assert shown is not None
    fields = dict(zip(PARTS, shown["figure"].fields, strict=True))
    assert fields["C1"][-2:] == [None, Field("supported")]
    assert fields["C6d"][-2:] == [Field("undecided", is_exception=True), Field("supported")]


def test_what_decides_an_undecided_part_is_an_exception(tmp_path: Path) -> None:
    changes = {"width_x2": {"C6d": "supported"}, "beta_2": {"C6d": "refuted"}}
    made = changed_study(tmp_path, changes, C6d=0)
    assert parts_of(made)["C6d"]["verdict"] == "undecided"
    assert holds_except(made, "C6") == "holds except (d) with layers twice as wide and with β = 2"


def test_each_claim_says_where_it_holds(tmp_path: Path) -> None:
    shown = {name: claim["holds"] for name, claim in ledger(changed_study(tmp_path, EVERY)).items()}
    assert shown["C1"] == "holds under all 8 changes that can affect it"
    assert shown["C7"] == "holds except after ten times as much training and with codes of 2 numbers"
    assert shown["C5"] == "holds except (a) with codes of 2 or 4 numbers and on Fashion-MNIST"
    assert shown["C6"] == "holds except (d) under most of the changes tried"


def test_longer_training_turns_the_verdict_everywhere_on_the_page(tmp_path: Path) -> None:
    made = changed_study(tmp_path, EVERY)
    assert (parts_of(made)["C7"]["verdict"], parts_of(made)["C7"]["depends_on"]) == ("depends", ["epochs"])
    assert claims_of(made)["C7"]["verdict"] == "depends"
    shown = ledger(made)["C7"]
    assert shown["outcome"] == "depends on the length of training"
    assert shown["parts"]["C7"]["verdict"] == "depends"
    assert shown["parts"]["C7"]["exceptions"].startswith(
        f"After {made.params.epochs} epochs alone the verdict would be: supported; longer training turns it. Under 2 of"
    )
    assert parts_of(made)["C6d"]["verdict"] == "supported"


def test_without_a_table_of_this_study_the_page_has_the_verdicts_of_the_run(tmp_path: Path) -> None:
    made = changed_study(tmp_path, EVERY)
    other = replace(made, params=made.params.model_copy(update={"epochs": made.params.epochs + 1}), _cache={})
    bare = claims_fixture.study(tmp_path / "bare" / "results", claims_fixture.metrics())
    for one in (other, bare):
        assert view(one) is None
        assert parts_of(one)["C7"]["verdict"] == "supported"
        assert exceptions(one, "C7") == holds_except(one, "C7") == ""


def test_conditions_that_are_not_computed_yet_are_named(tmp_path: Path) -> None:
    shown = view(changed_study(tmp_path, EVERY))
    assert shown is not None
    assert shown["missing"] == (
        "Not computed yet: code length 8, code length 32, Gaussian likelihood, logistic likelihood, β = 2, "
        "convolutional nets and batches of 256."
    )
    assert (
        shown["finding"]
        == f"{N_PARTS - 3} of {N_PARTS} parts keep their verdict under every change that can affect them."
    )
    names = [one.name for one in conditions(changed_study(tmp_path / "b", {}).params)]
    complete = view(changed_study(tmp_path / "c", {name: {} for name in names}))
    assert complete is not None
    assert complete["missing"] == ""
    assert complete["curves"] is None


def test_the_figure_has_the_verdicts_of_the_table(tmp_path: Path) -> None:
    made = changed_study(tmp_path, EVERY)
    shown = view(made)
    assert shown is not None
    figure: VerdictGrid = shown["figure"]
    assert [list(group) for group in groups(made)] == [
        ["final"], ["family_convolutional"], ["epochs_third", "default", "epochs_x3", "epochs_x10"],
        ["latent_dim_2", "latent_dim_4"], ["dataset_fashion-mnist"], ["beta_0.5"], ["width_x2"],
    ]  # fmt: skip
    assert figure.columns[2:4] == [
        ["7 epochs", "20 epochs", "60 epochs", "200 epochs"],
        ["code length 2", "code length 4"],
    ]
    rows = [name for group in figure.rows for name, _label in group]
    assert rows == list(PARTS)
    fields = dict(zip(rows, figure.fields, strict=True))
    kept = Field("supported")
    assert fields["C7"] == [
        Field("depends", is_exception=True), None, kept, kept, kept, Field("refuted", is_exception=True),
        Field("undecided", is_exception=True), *[kept] * 4,
    ]  # fmt: skip
    assert fields["C6d"][1] == kept


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_figure_names_its_rows_at_both_ends_and_signs_its_fields(tmp_path: Path, language: str) -> None:
    with speaking(language):
        shown = view(changed_study(tmp_path, EVERY))
        assert shown is not None
        svg = draw(shown["figure"])
        assert draw(shown["figure"]) == svg
        assert all(svg.count(f">{part}<") == 2 for part in PARTS)
        assert f">{PART_NAMES['C1']}<" in svg
        assert f">{VERDICTS['refuted']}<" in svg
        assert VERDICTS["not_judged"] not in svg
    assert {f"var(--{VERDICT_ROLES[verdict]})" in svg for verdict in ("supported", "refuted", "depends")} == {True}
    assert svg.count("<use ") >= N_PARTS * 10


def test_every_verdict_has_a_colour_and_a_sign_and_every_change_its_words(tmp_path: Path) -> None:
    assert set(SIGNS) == set(VERDICT_ROLES) == set(VERDICTS)
    every = conditions(changed_study(tmp_path, {}).params)
    named = {one.name for one in every if one.kind not in ("latent_dim", "beta")}
    assert set(CHANGES) == named
    assert set(COLUMNS) == {name for name in named if not name.startswith("epochs_")}
    assert {name for key in GROUPS for name in key.split()} <= {one.name for one in every}
    assert set(PART_NAMES) == set(PARTS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_names_of_rows_have_room(language: str) -> None:
    with speaking(language):
        assert {label for label in PART_NAMES.values() if len(label) > 27} == set()
        assert {label for label in COLUMNS.values() if len(label) > 21} == set()


def test_the_tables_have_every_number_with_its_verdict(tmp_path: Path) -> None:
    shown = view(changed_study(tmp_path, EVERY))
    assert shown is not None
    parts = [name for grid in shown["tables"] for name, _unit in grid.columns]
    assert parts == list(PARTS)
    grid = shown["tables"][-1]
    assert grid.columns[0] == ("C7", "%")
    rows = dict(grid.rows)
    assert (rows["200 epochs"][0].label, rows["200 epochs"][0].value.text) == ("refuted", "30.0")
    assert rows["200 epochs"][0].value.interval
    assert rows["convolutional judge"][0].value.text == "–"
    assert {grid.source for grid in shown["tables"]} == {SOURCE}


def entry(mean: float, verdict: Any = "supported") -> Entry:
    return Entry("c", "epochs", "C7", mean, mean - 1, mean + 1, verdict, (), 1, 0, 0, 0)


def test_a_part_moves_if_its_verdict_changes_or_its_intervals_lie_apart() -> None:
    assert not moves([entry(0.0), entry(1.9)], entry(0.0))
    assert moves([entry(0.0), entry(2.1)], entry(0.0))
    assert moves([entry(-2.1)], entry(0.0))
    assert moves([entry(0.0, "undecided")], entry(0.0))


def test_curves_are_of_what_moves_with_the_threshold(tmp_path: Path) -> None:
    shown = view(changed_study(tmp_path, EVERY))
    assert shown is not None
    (panel,) = shown["curves"].panels
    assert panel.title.startswith("C7 ")
    line, limit = panel.series
    assert list(line.x) == [7, 20, 60, 200]
    assert list(line.y) == pytest.approx([30.0] * 4)
    assert list(limit.y) == [0.0, 0.0]
    assert "<svg" in draw(shown["curves"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_shows_where_verdicts_hold(tmp_path: Path, language: str) -> None:
    made = changed_study(tmp_path, EVERY)
    jinja = environment(str(ROOT / "report" / "templates"), draw)
    with speaking(language):
        section = Section("summary", "summary", view_of_summary(made))
        template = jinja.get_template("sections/summary.html.j2")
        html = template.render(language=language, section=section, view=section.view)
    document = parse(f"<!doctype html><html lang='en'><head><title>t</title></head><body>{html}</body></html>")
    assert document.errors == []
    assert f'id="{language}-where-it-holds"' in html
    assert SOURCE in text_of(document.root)
    assert html.count("<svg") >= 2
