"""The report's parts: numbers as text, tables, figures, and the page's texts."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from jinja2 import UndefinedError
from markupsafe import Markup

from report.page import Assets, Edition, compose, environment, script_hash
from report.texts.labels import SOURCES
from report.texts.tables import Column, Field, TableRow, entry, grid, number, percent
from report.views.sections import SECTIONS
from report.views.study import Picture
from stages.protocol.sampling import GENERATORS
from tests.import_closure import ROOT

TEMPLATES = ROOT / "report" / "templates"
ENTRIES = [
    {"codec": "pca", "metric": "se", "mean": 21.0, "low": 20.0, "high": 22.0},
    {"codec": "ae", "metric": "se", "mean": 7.0, "low": 6.5, "high": 7.5},
    {"codec": "ae", "metric": "ssim", "mean": 0.9, "low": None, "high": None},
]
FIELDS = [
    Field(Column("SE", "", "lower"), {"metric": "se"}, 1),
    Field(Column("SSIM", "", "higher"), {"metric": "ssim"}),
]


def rows_of(labels: dict[str, str], baselines: tuple[str, ...] = ()) -> list[TableRow]:
    return grid("caption", "codec", ENTRIES, ("codec", labels), FIELDS, baselines=baselines).rows


@pytest.mark.parametrize(
    ("value", "digits", "expected"),
    [
        (1234567.891, 2, "1\u202f234\u202f567.89"),
        (-0.001, 2, "0.00"),
        (-1.5, 1, "−1.5"),
        (None, 3, "–"),
        (0, 0, "0"),
        (9999.5, 1, "9999.5"),
    ],
)
def test_numbers_as_text(value: float | None, digits: int, expected: str) -> None:
    assert number(value, digits) == expected


def test_a_missing_share_is_a_dash() -> None:
    assert percent(None) == "–"


def test_an_entry_scales_mean_and_interval_of_a_share_alike() -> None:
    shown = entry({"mean": 0.5, "low": 0.4, "high": 0.6}, 0, is_share=True)
    assert (shown.text, shown.interval) == ("50", "[40,\u00a060]")


def test_the_best_row_of_a_column_is_marked_by_its_direction() -> None:
    rows = rows_of({"pca": "PCA", "ae": "AE"})
    assert [[one.is_best for one in row.entries] for row in rows] == [[False, False], [True, False]]


@pytest.mark.parametrize(
    ("bounds", "is_marked"),
    [((6.5, 7.5), True), ((6.5, 20.0), False), ((6.5, 20.5), False), ((None, None), False)],
)
def test_the_best_row_is_marked_only_where_its_interval_lies_apart_from_every_rival(
    bounds: tuple[float | None, float | None], is_marked: bool
) -> None:
    low, high = bounds
    rows = [
        {"codec": "ae", "mean": 7.0, "low": low, "high": high},
        {"codec": "pca", "mean": 21.0, "low": 20.0, "high": 22.0},
        {"codec": "vae", "mean": 30.0, "low": 29.0, "high": 31.0},
    ]
    names = {name: name for name in ("pca", "ae", "vae")}
    for direction, column in (("lower", rows), ("higher", [negated(row) for row in rows])):
        table = grid("caption", "codec", column, ("codec", names), [Field(Column("SE", "", direction), {})])
        assert [row.key for row in table.rows if row.entries[0].is_best] == (["ae"] if is_marked else [])


def negated(row: dict[str, Any]) -> dict[str, Any]:
    low, high = (None if row[key] is None else -row[key] for key in ("high", "low"))
    return {**row, "mean": -row["mean"], "low": low, "high": high}


def test_a_baseline_is_never_best() -> None:
    rows = rows_of({"pca": "PCA", "ae": "AE"}, baselines=("ae",))
    assert not any(one.is_best for row in rows for one in row.entries)


def test_rows_without_entries_are_left_out_and_missing_entries_are_dashes() -> None:
    rows = rows_of({"vae": "VAE", "pca": "PCA"})
    assert [(row.label, [one.text for one in row.entries]) for row in rows] == [("PCA", ["21.0", "–"])]


def test_the_report_is_rendered_without_matplotlib() -> None:
    loaded = "import sys, stages.report; print('matplotlib' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", loaded], cwd=ROOT, capture_output=True, text=True, check=True)
    assert said.stdout == "False\n"


def test_every_section_has_its_template_and_no_template_is_left_over() -> None:
    assert {path.name.split(".")[0] for path in (TEMPLATES / "sections").iterdir()} == set(SECTIONS)


def page_of(*html: str, script: str = "let a = 1;\n\nlet b = 2;\n", payload: str = "") -> str:
    editions = [Edition(code, "title", Markup(text)) for code, text in zip(("en", "pl"), html, strict=False)]
    pictures = {name: Picture(name, f"data:image/png;base64,{name}", 4, 2, [], []) for name in ("used", "unused")}
    jinja = environment(str(TEMPLATES))
    return compose(jinja, editions, Assets("a { color: red; }", script), pictures=pictures, payload=payload)


def test_the_policy_allows_the_script_as_it_stands_in_the_page_and_no_other() -> None:
    page = page_of("<p>one</p>")
    script = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    assert [f"'{script_hash(text)}'" for text in script] == re.findall(r"script-src ([^;]*);", page)


def test_a_picture_is_written_once_for_all_editions_and_only_if_shown() -> None:
    use = '<svg><use href="#picture-used"/></svg>'
    page = page_of(use, use)
    assert page.count("base64,used") == 1
    assert "base64,unused" not in page


def test_the_first_edition_is_shown_and_the_others_hidden() -> None:
    page = page_of("<p>one</p>", "<p>two</p>")
    assert re.findall(r'<div class="edition" id="(\w+)" lang="\w+" data-title="title"( hidden)?>', page) == [
        ("en", ""),
        ("pl", " hidden"),
    ]


def test_an_unknown_name_in_a_template_is_an_error_and_text_is_escaped(tmp_path: Path) -> None:
    (tmp_path / "page.j2").write_text("{{ known }}{{ unknown }}")
    template = environment(str(tmp_path)).get_template("page.j2")
    with pytest.raises(UndefinedError):
        template.render(known="<b>")
    assert template.render(known="<b>", unknown="") == "&lt;b&gt;"


def test_labels_cover_every_generator() -> None:
    assert set(GENERATORS) <= set(SOURCES)


def test_no_number_is_typed_into_a_template() -> None:
    """Numbers of the text come from measured files; what may stand are names, rules and formulas."""
    allowed = r"epochs=40|95 %+|1 %+|0, I|C\d|\[0, 1\]|λ|of 0\b|not 0|at 0\b|dimension 2\b|2016|\(0 is best\)"
    allowed += r"|20 × 20|28 × 28|16 bits|of 255 grey|below 0\b"  # forms of images, of weights, of pixels
    allowed += r"|near [01]\b|the 1 of\b|mean 0\b|variance 1\b"  # N(0, I) in words
    for template in (TEMPLATES / "sections").iterdir():
        text = re.sub(r"<math.*?</math>|\{%.*?%\}|<[^>]*>|&\w+;", " ", template.read_text(), flags=re.DOTALL)
        text = re.sub(r"\{\{(?! _\().*?\}\}|\", \"|\"[\d.]+rem\"", " ", text)
        found = re.findall(r"(?<![\w-])\d[\d.]*", re.sub(allowed, " ", text))
        assert found == [], template.name
