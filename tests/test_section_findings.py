"""What sections say of their figures: a finding only where intervals lie apart, each number under one name."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from foundation.parameters import load_params
from foundation.paths import PARAMS_PATH, RESULTS_DIR
from report.texts.language import LANGUAGES, speaking
from report.texts.tables import MISSING, Table
from report.texts.takeaways import TAKEAWAYS
from report.views import byte_rates, compression, learning_curves, pca_comparison, vae_anatomy
from report.views.figures import Figure, figures_of
from report.views.sections import show
from report.views.study import Study
from report.views.sweep import dots
from report.views.takeaways import sentence, takeaway
from stages.summary import PARTS
from tests import claims_fixture, study_fixture
from tests.claims_fixture import metrics

SLUGS = (
    "prepare", "learning_curves", "compression", "pca_comparison", "denoising", "generation", "vae_anatomy",
    "provenance",
)  # fmt: skip
OF_THE_RUN = "Libraries of this run."  # this table's entries stand in no file of results


def row(mean: float | None, half_width: float = 0.1, **keys: Any) -> dict[str, Any]:
    low, high = (None, None) if mean is None else (mean - half_width, mean + half_width)
    return {**keys, "mean": mean, "low": low, "high": high}


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    folder = study_fixture.build(tmp_path_factory.mktemp("study"))
    return Study(load_params(folder / PARAMS_PATH), folder / RESULTS_DIR, {"python": "3"})


def tables_of(shown: object) -> Iterator[Table]:
    if isinstance(shown, Table):
        yield shown
    elif isinstance(shown, Mapping):
        for one in shown.values():
            yield from tables_of(one)
    elif isinstance(shown, list | tuple):
        for one in shown:
            yield from tables_of(one)


@pytest.mark.parametrize("slug", SLUGS)
def test_every_table_and_figure_names_the_results_it_stands_in(study: Study, slug: str) -> None:
    shown = show(study, slug)
    named: list[Table | Figure] = [*tables_of(shown), *figures_of(shown)]
    assert named
    without = [one for one in named if not one.source or not (study.results / one.source).exists()]
    assert [one for one in without if not (isinstance(one, Table) and one.caption == OF_THE_RUN)] == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("slug", SLUGS)
def test_a_table_with_a_dash_says_what_the_dash_means(study: Study, slug: str, language: str) -> None:
    with speaking(language):
        tables = list(tables_of(show(study, slug)))
    with_dash = [
        table.caption for table in tables if any(entry.text == MISSING for one in table.rows for entry in one.entries)
    ]
    assert [caption for caption in with_dash if f"{MISSING}:" not in caption] == []


def test_a_takeaway_has_a_clause_for_every_verdict_of_each_of_its_parts() -> None:
    assert set(TAKEAWAYS) <= set(PARTS)
    assert {frozenset(clauses) - {"leaning", "leaning against"} for clauses in TAKEAWAYS.values()} == {
        frozenset({"supported", "refuted", "depends", "undecided"})
    }


def test_a_takeaway_follows_the_verdicts(tmp_path: Path) -> None:
    said = {
        sign: takeaway(claims_fixture.study(tmp_path / str(sign), metrics(C4a=sign, C4b=sign)), "C4a", "C4b")
        for sign in (-1, 1)
    }
    assert said == {
        sign: sentence(TAKEAWAYS[part][verdict] for part in ("C4a", "C4b"))
        for sign, verdict in ((-1, "refuted"), (1, "supported"))
    }


def test_a_part_that_is_not_judged_has_no_clause(tmp_path: Path) -> None:
    measured = metrics()
    measured["compression"]["claims"].pop("C7")
    assert takeaway(claims_fixture.study(tmp_path, measured, models=["ae"]), "C7") == ""


def history(*best: bool) -> list[dict[str, Any]]:
    keys = {"role": "sweep", "name": "ae-2"}
    return [
        {**keys, "seed": seed, "epoch": epoch, "is_best_so_far": epoch < 3 or is_best}
        for seed, is_best in enumerate(best)
        for epoch in (1, 2, 3)
    ]


def test_a_loss_that_still_falls_is_not_called_free_of_overfitting() -> None:
    said = learning_curves.outcome(history(True, True))
    assert "every training run (2 of them): training ended before overfitting could show" in said


def test_runs_whose_last_epoch_is_not_the_best_are_counted() -> None:
    assert "in the last epoch of 1 of 2 training runs" in learning_curves.outcome(history(True, False))


def test_published_errors_stand_beside_ours_with_the_same_number_of_components(study: Study) -> None:
    table = compression.published(study)
    ours = {one.label: one.entries[1].text for one in table.rows}
    curve = {one["n_components"]: one["se"] for one in study.table("baselines", "pca_curve")}
    assert ours["PCA, 30 components"] == f"{curve[30]:.2f} at 30"


def test_the_loss_of_the_vae_is_one_number_on_the_page(study: Study) -> None:
    (ours,) = (one.entries[1].text for one in compression.published(study).rows if one.label == "VAE")
    by_beta = {one.label: one.entries[0].text for one in show(study, "vae_anatomy")["betas"].rows}
    assert ours.split(" ")[0] == by_beta["1"]
    assert "vae_loss" not in show(study, "compression")


@pytest.mark.parametrize(("needed", "is_said"), [(1.2, True), (0.3, False), (None, False)])
def test_codes_are_called_cheaper_than_files_where_the_intervals_of_the_rates_lie_apart(
    needed: float | None, is_said: bool
) -> None:
    best = {"latent_dim": 4, "width": 0.5, "bits_per_pixel": 0.15, "psnr": 20.0}
    caught = {"webp": {"bits_per_pixel": needed}, "jpeg": {"bits_per_pixel": None}}
    measured = {"bits_per_pixel": needed, "psnr": 21.5}
    rates = [row(0.15, codec="ae", latent_dim=4, width=0.5, measure="bits_per_pixel")]
    files = [row(value, format="webp", setting=5, measure=name) for name, value in measured.items()]
    said = byte_rates.finding({"catch_up": {"best_ae": best, "formats": caught}}, rates, files)
    assert ("WebP, need 1.20 and then have 21.50 dB" in said) is is_said


def test_the_rate_of_a_file_format_stands_beside_its_psnr() -> None:
    best = {"latent_dim": 4, "width": 0.5, "bits_per_pixel": 0.15, "psnr": 20.0}
    caught = {
        "webp": {"bits_per_pixel": 1.2, "bits_per_pixel_without_header": 0.6},
        "jpeg": {"bits_per_pixel": None, "bits_per_pixel_without_header": None},
    }
    measured = {1: {"bits_per_pixel": 0.8, "psnr": 18.0}, 5: {"bits_per_pixel": 1.2, "psnr": 21.5}}
    files = [
        row(value, format="webp", setting=setting, measure=name)
        for setting, values in measured.items()
        for name, value in values.items()
    ]
    shown = byte_rates.catch_up_table({"catch_up": {"best_ae": best, "formats": caught}}, files)
    assert shown.columns[-1].label == "PSNR"
    assert {one.label: one.entries[-1].text for one in shown.rows} == {
        "AE codes": "20.00",
        "WebP": "21.50",
        "JPEG": "–",
    }


def test_a_curve_of_rates_is_said_to_end_with_the_smallest_step() -> None:
    best = {"catch_up": {"best_ae": {"latent_dim": 4}, "formats": {}}}
    quality = [row(24.7, codec="ae", metric="psnr", latent_dim=4)]
    assert "with 4 numbers and no rounding the AE has 24.70 dB" in byte_rates.unrounded(best, quality)
    assert byte_rates.unrounded({"catch_up": {"best_ae": None}}, quality) == ""


def of_betas(nats: tuple[float, ...], frechet: tuple[float, ...], units: tuple[float, ...]) -> list[dict[str, Any]]:
    named = {"reconstruction_nats": nats, "frechet": frechet, "active_units": units}
    return [
        row(value, beta=beta, measure=measure)
        for measure, values in named.items()
        for beta, value in zip((0.1, 1.0, 10.0), values, strict=True)
    ]


def test_what_beta_does_is_said_where_intervals_lie_apart() -> None:
    rows = of_betas((60, 70, 140), (50, 30, 90), (16, 16, 5))
    assert vae_anatomy.beta_clauses(rows) == [
        "the larger β, the larger the VAE's reconstruction loss",
        "of the 3 values that were tried, β = 1 gives samples with the smallest Fréchet distance",
    ]
    assert "With β = 10 only 5 of 16" in vae_anatomy.collapse(rows, {"headline_beta": 1.0, "beta_latent_dim": 16})


@pytest.mark.parametrize(
    ("right", "errors", "odd", "said"),
    [
        ((0.8, 0.7, 0.5), (8, 6, 24), None, "have 3.0 times the error of β = 0.1."),
        ((0.8, 0.5, 0.5), (8, 6, 24), 1.0, "With β = 10 a classifier cannot tell"),  # β = 1 was trained for longer
        ((0.8, 0.7, 0.6), (8, 6, 24), None, ""),
        ((0.5, 0.5, 0.5), (8, 6, 24), None, ""),
        ((0.8, 0.7, 0.5), (8, 8, 8), None, ""),
    ],
)
def test_what_codes_like_the_prior_cost_is_said_where_there_are_any(
    right: tuple[float, ...], errors: tuple[float, ...], odd: float | None, said: str
) -> None:
    named = {"classifier_accuracy": (right, 0.02), "se": (errors, 1)}
    rows = [
        row(value, half_width, beta=beta, measure=measure)
        for measure, (values, half_width) in named.items()
        for beta, value in zip((0.1, 1.0, 10.0), values, strict=True)
    ]
    found = vae_anatomy.price_of_prior(rows, odd)
    assert said in found
    assert bool(found) == bool(said)


def test_a_beta_with_a_training_of_another_length_is_compared_with_none() -> None:
    rows = of_betas((60, 59, 140), (50, 30, 90), (16, 16, 5))
    assert vae_anatomy.beta_clauses(rows, odd=1.0) == [
        "with β = 10 the VAE's reconstruction loss is larger than with β = 0.1"
    ]
    assert vae_anatomy.beta_clauses(of_betas((60, 70, 50), (50, 30, 90), (16, 16, 5)), odd=1.0) == []


def test_nothing_is_said_of_beta_where_intervals_overlap() -> None:
    rows = of_betas((60, 60.1, 140), (30.1, 30, 90), (16, 16, 15.9))
    assert vae_anatomy.beta_clauses(rows) == []
    assert vae_anatomy.collapse(rows, {"headline_beta": 1.0, "beta_latent_dim": 16}) == ""


def test_codes_are_ahead_by_measures_whose_difference_has_an_interval_off_0(tmp_path: Path) -> None:
    measured = metrics()
    for cell, mean in zip(measured["pca_comparison"]["claims"]["C4b"]["cells"], (0.3, 0.05, -0.3, 0.3), strict=True):
        cell.update({"mean": mean, "low": mean - 0.1, "high": mean + 0.1})
    said = pca_comparison.codes_finding(claims_fixture.study(tmp_path, measured))
    assert said == "The AE is ahead of PCA: nearest neighbour and continuity. PCA is ahead of the AE: trustworthiness."


def test_no_components_are_named_where_all_of_them_are_not_enough() -> None:
    assert pca_comparison.matching_finding([row(None, latent_dim=2, model="ae")], 2) == ""
    assert "PCA needs 9 [8,\N{NO-BREAK SPACE}10]" in pca_comparison.matching_finding(
        [row(9.0, 1.0, latent_dim=2, model="ae")], 2
    )


def test_errors_lie_below_each_other_only_where_intervals_lie_apart() -> None:
    means = {"ae": (1.0, 1.0), "pca": (2.0, 2.0), "vae": (1.1, 2.0)}
    rows = [
        row(mean, codec=codec, metric="se", latent_dim=latent_dim)
        for codec, values in means.items()
        for latent_dim, mean in zip((2, 4), values, strict=True)
    ]
    said = compression.curves_finding(rows)
    assert "below PCA's at every latent dimension, and below the VAE's at latent dimension 4 (intervals apart)" in said


def test_dots_are_those_that_were_measured_in_the_unit_of_their_panel() -> None:
    rows = [
        row(0.5, codec="ae", latent_dim=2),
        row(0.7, codec="ae", latent_dim=4),
        row(None, codec="vae", latent_dim=2),
    ]
    panel = dots("", "%", rows, ("codec", {"pca": "PCA", "ae": "AE", "vae": "VAE"}), scale=100, latent_dim=2)
    assert [(one.label, one.x, one.low, one.high) for one in panel.series] == [("AE", [50.0], [40.0], [60.0])]
