"""Views of sections on made-up results: which numbers stand where, what is left out, what is said of claims."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from foundation.reproducibility.artifacts import write_json
from foundation.vocabulary import FAMILIES, JUDGES
from report.page import environment
from report.texts.labels import CONTROL_IMAGES
from report.texts.language import LANGUAGES
from report.texts.tables import Entry, Table
from report.views import code_spaces, compression, denoising, generation, learning_curves
from report.views.ledger import Evidence, evidence, ledger
from stages.summary import PARTS
from tests import claims_fixture
from tests.claims_fixture import metrics
from tests.import_closure import ROOT

STAGES = sorted({part.stage for part in PARTS.values()})
NO_INTERVAL = {"low": None, "high": None}


def row(mean: float, **keys: Any) -> dict[str, Any]:
    return {**keys, "mean": mean, "low": mean - 0.1, "high": mean + 0.1}


def shown(table: Table) -> dict[str, list[str]]:
    return {one.key or one.label: [entry.text for entry in one.entries] for one in table.rows}


def said(found: Evidence) -> str:
    jinja = environment(str(ROOT / "report" / "templates"))
    call = '{% import "macros.html.j2" as m with context %}{% call m.evidence("C5a", found) %}number{% endcall %}'
    return jinja.from_string(call).render(language="en", found=found)


def test_each_part_of_a_claim_has_its_evidence_in_the_section_of_its_stage(tmp_path: Path) -> None:
    study = claims_fixture.study(tmp_path, metrics(C8c=-1))
    found = {name: one for stage in STAGES for name, one in evidence(study, stage).items()}
    parts = {name: part for claim in ledger(study).values() for name, part in claim["parts"].items()}
    assert set(found) == set(PARTS)
    assert {name: one.value for name, one in found.items()} == {name: part["value"] for name, part in parts.items()}
    assert not any(one.why for one in found.values())


def test_a_part_without_its_model_is_said_not_to_be_judged(tmp_path: Path) -> None:
    measured = metrics()
    measured["generation"]["claims"].pop("C8c")
    study = claims_fixture.study(tmp_path, measured, models=["ae", "vae"])
    assert evidence(study, "generation")["C8c"] == Evidence(Entry("–"), "this run is without RAE")


def test_evidence_is_a_number_with_its_claim_or_a_reason_or_both() -> None:
    value = Entry("1 dB")
    assert said(Evidence(value, "")) == '<p id="en-C5a-evidence">number (<a href="#en-C5a">C5a</a>)</p>'
    both = said(Evidence(value, "one seed"))
    assert ("number (" in both, "is not judged: one seed." in both) == (True, True)
    reason = said(Evidence(Entry("–"), "one seed"))
    assert ("number" in reason, "is not judged: one seed." in reason) == (False, True)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_has_one_place_of_evidence_for_each_part(report_page: Path, language: str) -> None:
    page = report_page.read_text(encoding="utf-8")
    assert {name: page.count(f'id="{language}-{name}-evidence"') for name in PARTS} == dict.fromkeys(PARTS, 1)


def way(mean: float, family: str, *, votes: bool = True, source: str = "vae_normal") -> dict[str, Any]:
    return row(mean, source=source, family=family, measure="frechet", votes=votes)


def test_a_family_without_a_vote_has_no_mark_on_the_way() -> None:
    figure = generation.ways([way(0.5, "convolutional"), way(7.0, "pixels", votes=False)])
    (series,) = figure.panels[0].series
    places = dict(zip(FAMILIES, series.x, strict=True))
    assert places["convolutional"] == pytest.approx(50)
    assert all(math.isnan(place) for family, place in places.items() if family != "convolutional")


def test_a_share_without_interval_is_a_mark_without_a_line() -> None:
    figure = generation.ways([{**way(0.5, "convolutional"), **NO_INTERVAL}])
    (series,) = figure.panels[0].series
    assert series.low[0] == series.high[0] == series.x[0] == pytest.approx(50)


def test_who_comes_farthest_is_not_asked_of_reconstructions() -> None:
    rows = [way(mean, "convolutional", source=f"ae_{word}") for word, mean in (("normal", -0.2), ("mixture", 0.8))]
    finding = generation.ways_finding([*rows, way(0.9, "convolutional", source="ae_reconstructions")])
    assert finding.endswith("intervals apart: AE, codes from a fitted mixture.")


def test_those_whose_intervals_overlap_with_the_farthest_are_named_with_it() -> None:
    rows = [way(mean, "convolutional", source=f"vae_{word}") for word, mean in (("normal", 0.2), ("gaussian", 0.35))]
    finding = generation.ways_finding([*rows, way(0.3, "convolutional", source="pca_gaussian")])
    assert "overlapping intervals: VAE, codes from a fitted Gaussian; VAE, codes from N(0, I); PCA" in finding


def test_without_intervals_nobody_comes_farthest() -> None:
    assert generation.ways_finding([{**way(0.5, "convolutional"), **NO_INTERVAL}]) == ""


def at_dims(source: str, *means: float) -> list[dict[str, Any]]:
    keys = {"source": source, "family": "convolutional", "measure": "frechet"}
    return [row(mean, latent_dim=place, **keys) for place, mean in zip((8, 16, 32), means, strict=True)]


def test_with_the_same_mixture_both_models_are_compared_where_intervals_lie_apart() -> None:
    ae, vae = at_dims("ae_mixture", 6, 7, 17), at_dims("vae_mixture", 8, 7.05, 9)
    said = generation.dims_finding([*ae, *vae, *at_dims("vae_normal", 23, 27, 30)])
    assert "than the VAE with N(0, I) at every latent dimension" in said
    assert "the AE is nearer at latent dimension 8, the VAE at latent dimension 32; elsewhere neither" in said


@pytest.mark.parametrize(
    ("vae", "ending"),
    [(0.5, "intervals apart: codes of VAE."), (0.8, "with overlapping intervals: codes of AE and VAE.")],
)
def test_the_codes_nearest_to_the_normal_distribution_are_those_whose_intervals_lie_apart(
    vae: float, ending: str
) -> None:
    means = {("ae", "whitened"): 0.8, ("vae", "whitened"): vae, ("rae", "whitened"): 1.2, ("rae", "as_they_stand"): 0.6}
    rows = [row(mean, codec=codec, coordinates=name) for (codec, name), mean in means.items()]
    assert code_spaces.codes_finding(rows).endswith(ending)
    assert code_spaces.codes_finding([{**one, **NO_INTERVAL} for one in rows]) == ""


def distances(*sources: str, **keys: Any) -> list[dict[str, Any]]:
    return [
        row(number, source=source, family=family, measure="frechet", **keys)
        for source in sources
        for number, family in enumerate(FAMILIES, 1)
    ]


def test_distances_stand_in_the_column_of_their_family_and_the_floor_is_never_best() -> None:
    rows = [*distances("floor", "ae_normal"), row(0.9, source="test", family="convolutional", measure="recognised")]
    table = generation.distances(rows, {"n_samples": 10})
    assert shown(table) == {key: ["1.00", "2.00", "3.00", "4.00", "5.00"] for key in ("floor", "ae_normal")}
    assert not any(entry.is_best for one in table.rows for entry in one.entries)


def test_the_course_over_latent_dimensions_is_that_of_one_family() -> None:
    rows = [*distances("ae_normal", latent_dim=2), *distances("ae_normal", latent_dim=4)][::-1]
    assert shown(generation.over_dims(rows, (2, 4), "frechet", "")) == {"ae_normal": ["1.0", "1.0"]}
    (panel,) = generation.dims_figure(rows).panels
    assert [(series.role, series.y) for series in panel.series] == [("ae", [1, 1])]


def test_each_way_to_draw_codes_has_its_panel() -> None:
    words = ("normal", "gaussian", "mixture", "reconstructions")
    rows = distances(*(f"{model}_{word}" for model in ("ae", "rae") for word in words), "pca_gaussian", latent_dim=2)
    roles = [[series.role for series in panel.series] for panel in generation.dims_figure(rows).panels]
    assert roles == [["ae", "rae"], ["pca", "ae", "rae"], ["ae", "rae"], ["ae", "rae"]]


def complete(measure: str, *regions: str) -> list[dict[str, Any]]:
    return [row(0.5, codec="ae", region=region, family="strided", measure=measure) for region in regions]


def test_completeness_has_a_column_for_each_region_that_was_measured() -> None:
    rows = [*complete("recognised", "normal", "reconstructions"), *complete("relative", "normal")]
    tables = [
        code_spaces.completeness(rows, {"n_completeness_codes": 10}, "strided", how)
        for how in ("recognised", "relative")
    ]
    assert [len(table.columns) for table in tables] == [2, 1]
    assert shown(tables[0]) == {"ae": ["50.0", "50.0"]}


def test_the_scale_that_is_not_stretched_is_pointed_out() -> None:
    rows = [
        row(0.5, codec="rae", scale=scale, family=family, measure=measure)
        for scale in (0.5, 1.0, 2.0)
        for family, measure in (("convolutional", "frechet"), ("pixels", "frechet"), ("convolutional", "recognised"))
    ]
    panels: Sequence[Any] = code_spaces.scales_figure(rows, (2.0, 0.5, 1.0)).panels
    assert [panel.x_marks for panel in panels] == [(1,)] * 3
    assert [list(panel.series[0].y) for panel in panels] == [[0.5] * 3, [0.5] * 3, [50] * 3]


def test_judges_are_shown_with_everything_they_were_tried_on(tmp_path: Path) -> None:
    study = claims_fixture.study(tmp_path, metrics())
    for number, judge in enumerate(JUDGES):
        recognised = {images: row(0.1 * number, n_images=9) for images in CONTROL_IMAGES}
        write_json(tmp_path / f"train_judge/{judge}.json", {"accuracy_test": row(0.9), "recognised": recognised})
    found = shown(learning_curves.judges(study))
    assert len(found) == 1 + len(CONTROL_IMAGES)
    assert found["recognised: uniform noise"] == ["0.00", "10.00", "20.00"]


def test_readings_stand_in_the_column_of_their_judge() -> None:
    accuracy = {judge: {"original": row(0.99), "ae": row(0.9 - 0.1 * number)} for number, judge in enumerate(JUDGES)}
    table = compression.readings({"latent_dim": 4, "n_images": 9, "headline": {"judge_accuracy": accuracy}})
    assert shown(table) == {"original": ["99.00"] * 3, "ae": ["90.00", "80.00", "70.00"]}


def test_every_number_of_denoising_belongs_to_one_kind_and_level() -> None:
    rows = [
        row(level, corruption=kind, level=level, method="ae", metric="psnr")
        for kind in ("gaussian", "masking")
        for level in (0.1, 0.5)
    ]
    assert shown(denoising.by_level(rows, "masking", (0.1, 0.5), "psnr", 9)) == {"ae": ["0.10", "0.50"]}
