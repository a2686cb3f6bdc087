"""The report's parts: numbers as text, tables, figures, and the page's texts."""

import re
from pathlib import Path

import numpy as np
import pytest
from jinja2 import UndefinedError

from report.figures import ROLES, Cloud, Panel, Series, clouds, interval_dots, line_panels
from report.labels import CLAIM_METRICS, METHODS, SOURCES
from report.page import SECTIONS, environment
from report.tables import Column, Field, cell, grid, number, percent
from stages.sampling import GENERATORS
from stages.summary import CLAIMS
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
SERIES = Series("ae", "AE & co", [1, 2, 4], [3.0, 2.0, 1.0], [2.5, 1.5, 0.5], [3.5, 2.5, 1.5])


def line_figure(name: str = "test") -> str:
    return line_panels(name, [Panel("title", "x", "y", [SERIES], [1, 2, 4], log_x=True)])


@pytest.mark.parametrize(
    ("value", "digits", "expected"),
    [(1234567.891, 2, "1\u202f234\u202f567.89"), (-0.001, 2, "0.00"), (-1.5, 1, "−1.5"), (None, 3, "–"), (0, 0, "0")],
)
def test_numbers_as_text(value: float | None, digits: int, expected: str) -> None:
    assert number(value, digits) == expected


def test_a_missing_share_is_a_dash() -> None:
    assert percent(None) == "–"


def test_a_cell_scales_mean_and_interval_of_a_share_alike() -> None:
    shown = cell({"mean": 0.5, "low": 0.4, "high": 0.6}, 0, is_share=True)
    assert (shown.text, shown.interval) == ("50", "40\u2009…\u200960")


def test_the_best_row_of_a_column_is_marked_by_its_direction() -> None:
    rows = grid(ENTRIES, "codec", {"pca": "PCA", "ae": "AE"}, FIELDS)
    assert [[entry.is_best for entry in row.cells] for row in rows] == [[False, False], [True, False]]


def test_a_baseline_is_never_best() -> None:
    rows = grid(ENTRIES, "codec", {"pca": "PCA", "ae": "AE"}, FIELDS, baselines=("ae",))
    assert not any(entry.is_best for row in rows for entry in row.cells)


def test_rows_without_entries_are_left_out_and_missing_cells_are_dashes() -> None:
    rows = grid(ENTRIES, "codec", {"vae": "VAE", "pca": "PCA"}, FIELDS)
    assert [(row.label, [entry.text for entry in row.cells]) for row in rows] == [("PCA", ["21.0", "–"])]


def test_figures_use_the_page_s_colours_only() -> None:
    svg = line_figure()
    assert "var(--ae)" in svg
    assert not [colour for colour in ROLES if colour in svg]
    assert not re.search(r"#[0-9a-f]{6}\b", svg.replace("url(#", ""))


def test_figures_keep_text_as_text_and_escape_it() -> None:
    assert "AE &amp; co" in line_figure()


def test_figures_are_the_same_bytes_each_time_and_share_no_id() -> None:
    assert line_figure() == line_figure()
    ids = [set(re.findall(r' id="([^"]+)"', line_figure(name))) for name in ("one", "two")]
    assert ids[0]
    assert not ids[0] & ids[1]


def test_every_reference_within_a_figure_has_its_target() -> None:
    svg = line_figure()
    referenced = set(re.findall(r"(?:url\(#|href=\"#)([\w-]+)", svg))
    assert referenced <= set(re.findall(r' id="([\w-]+)"', svg))


def test_a_cloud_draws_every_point() -> None:
    points = np.random.default_rng(0).normal(size=(30, 2))
    svg = clouds("test", [Cloud("title", points, np.arange(30) % 2)], ["zero", "one"])
    paths = re.findall(r'<path d="([^"]*)"[^>]*var\(--class-', svg)
    assert sum(path.count("M ") for path in paths) >= 30
    assert "zero" in svg


def test_dots_name_their_series() -> None:
    svg = interval_dots("test", [Panel("", "x", "", [Series("vae", "the VAE", [1.0], [0.0], [0.5], [1.5])])])
    assert "the VAE" in svg


def test_every_section_has_its_template_and_no_template_is_left_over() -> None:
    assert {path.name.split(".")[0] for path in (TEMPLATES / "sections").iterdir()} == set(SECTIONS)


def test_an_unknown_name_in_a_template_is_an_error_and_text_is_escaped(tmp_path: Path) -> None:
    (tmp_path / "page.j2").write_text("{{ known }}{{ unknown }}")
    template = environment(str(tmp_path)).get_template("page.j2")
    with pytest.raises(UndefinedError):
        template.render(known="<b>")
    assert template.render(known="<b>", unknown="") == "&lt;b&gt;"


def test_labels_cover_every_generator_and_claim() -> None:
    assert set(GENERATORS) <= set(SOURCES)
    assert {claim.metric for claim in CLAIMS.values()} == set(CLAIM_METRICS)


def test_every_colour_of_a_figure_is_declared_light_and_dark() -> None:
    style = (ROOT / "report" / "assets" / "report.css").read_text()
    light, dark = style.split("prefers-color-scheme: dark", 1)
    for role in [*ROLES.values(), *METHODS]:
        variable = f"--{role.replace('_', '-')}:"
        assert variable in light
        assert variable in dark.split("}")[0] + dark.split("}")[1]


def test_no_number_is_typed_into_a_template() -> None:
    """Numbers of the text come from measured files; what may stand are names, rules and formulas."""
    allowed = r"epochs=40|95 %+|1 %+|0, I|C\d|\[0, 1\]|λ|of 0\b|not 0|at 0\b|dimension 2\b|2016|\(0 is best\)"
    for template in (TEMPLATES / "sections").iterdir():
        text = re.sub(r"<math.*?</math>|\{%.*?%\}|<[^>]*>|&\w+;", " ", template.read_text(), flags=re.DOTALL)
        text = re.sub(r"\{\{(?! _\().*?\}\}|\", \"|\"[\d.]+rem\"", " ", text)
        found = re.findall(r"(?<![\w-])\d[\d.]*", re.sub(allowed, " ", text))
        assert found == [], template.name
