"""Views of denoising and generation: what their sentences state follows from intervals and verdicts."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from foundation.parameters import load_params
from foundation.paths import PARAMS_PATH, RESULTS_DIR
from report.page import unbroken
from report.texts.tables import Entry
from report.texts.takeaways import TOGETHER
from report.views import code_spaces, denoising, generation
from report.views.findings import best_group
from report.views.mosaics import cropped, mosaic
from report.views.study import Picture, Study
from report.views.takeaways import takeaway, together
from tests import claims_fixture, study_fixture
from tests.claims_fixture import metrics

LEVELS = {"gaussian": (0.1, 0.2, 0.4)}


def row(mean: float, half: float = 0.1, **keys: Any) -> dict[str, Any]:
    return {"corruption": "gaussian", "metric": "psnr", **keys, "mean": mean, "low": mean - half, "high": mean + half}


def gains(*means: float, half: float = 0.1) -> list[dict[str, Any]]:
    return [row(mean, half if mean else 0.0, level=level) for level, mean in enumerate(means, 1)]


def crossing(trend: str, mean: float | None = None) -> dict[str, Any]:
    return {"trend": trend, "mean": mean, "low": mean, "high": mean}


def test_a_method_that_does_nothing_at_a_level_has_no_break_even() -> None:
    assert denoising.helping(crossing("above", 1.0), gains(0.0, 0.5, 2.0)) == Entry("2 and 3")
    assert denoising.helping(crossing("never"), gains(0.0, 0.0, 0.0)) == Entry("none")


def test_a_level_counts_as_helped_only_if_its_whole_interval_is_above_nothing() -> None:
    assert denoising.helping(crossing("below", 1.2), gains(0.05, 0.0, 2.0)) == Entry("3")


def test_a_method_that_always_does_something_keeps_its_break_even() -> None:
    found = denoising.helping(crossing("above", 1.5), gains(-0.5, 0.5, 2.0))
    assert (found.text, found.interval != "") == ("from 1.50", True)


def of_methods(**means: float) -> list[dict[str, Any]]:
    return [row(mean, level=0.2, method=name) for name, mean in means.items()]


def test_one_method_leads_only_where_its_interval_lies_apart() -> None:
    apart = denoising.leaders(of_methods(median=5.0, ae_range=8.0), {"gaussian": 0.2}, "psnr")
    assert apart == "Best, with an interval apart from all others: Gaussian 0.2: AE (range)."
    level = denoising.leaders(of_methods(median=5.0, ae_range=8.0, vae_range=7.9), {"gaussian": 0.2}, "psnr")
    assert level == "Best, and those whose intervals overlap with it: Gaussian 0.2: AE (range) and VAE (range)."


def test_nothing_is_said_of_methods_that_were_not_tried() -> None:
    assert denoising.leaders([], {"gaussian": 0.2}, "psnr") == ""
    assert denoising.trained_finding([], LEVELS) == ""


@pytest.mark.parametrize(
    ("means", "said"),
    [
        ((9.0, 9.0, 9.0), "At every kind and level of noise"),
        ((9.0, 5.05, 1.0), "at 1 of 3 combinations of kind and level, a lower one at 1"),
    ],
)
def test_training_on_noise_helps_where_intervals_lie_apart(means: tuple[float, ...], said: str) -> None:
    clean = [row(5.0, level=level, method="ae") for level in LEVELS["gaussian"]]
    noise = [row(mean, level=x, method="ae_range") for x, mean in zip(LEVELS["gaussian"], means, strict=True)]
    assert said in denoising.trained_finding([*clean, *noise], LEVELS)


def test_codecs_that_never_saw_noise_are_compared_where_intervals_lie_apart() -> None:
    rows = [
        row(mean, level=level, method=name)
        for name, means in {"ae": (5, 5, 5), "vae": (9, 5.05, 1), "noisy": (2, 2, 2), "pca_same": (4, 4, 1)}.items()
        for level, mean in zip(LEVELS["gaussian"], means, strict=True)
    ]
    vae, pca, pca_or_ae = denoising.bottlenecks(rows, LEVELS)
    assert "higher PSNR than the AE at 1 of 3 combinations of kind and level, a lower one at 1" in vae
    assert "at 2 of these combinations, and lower at 1." in pca
    assert "higher PSNR at 0 of them, a lower one at 3" in pca_or_ae
    assert denoising.bottlenecks([], LEVELS) == []


def test_the_group_of_the_best_follows_the_direction() -> None:
    rows, labels = of_methods(median=1.0, pca=1.1, ae=9.0), dict.fromkeys(("median", "pca", "ae"), "")
    assert [one["method"] for one in best_group(rows, "method", labels, "lower")] == ["median", "pca"]
    assert [one["method"] for one in best_group(rows, "method", labels, "higher")] == ["ae"]


def test_a_mosaic_takes_the_rows_asked_for_from_each_picture() -> None:
    pictures = {label: Picture(label, "", 5 * 10 + 4 * 2, 3 * 10 + 2 * 2, ["a", "b", "c"], []) for label in "xy"}
    found = mosaic(pictures, {"c": "third", "none": "", "a": "first"}, 2, (10, 10))
    assert (found.rows, found.columns) == (["third", "first"], ["x", "y"])
    assert [(tile.key, tile.x, tile.y, tile.top) for tile in found.tiles] == [
        ("x", 0, 0, 24),
        ("x", 0, 12, 0),
        ("y", 30, 0, 24),
        ("y", 30, 12, 0),
    ]
    assert (found.width, found.height, {tile.width for tile in found.tiles}) == (52, 22, {22})


def test_a_sheet_is_cut_after_whole_images() -> None:
    sheet = Picture("", "", 58, 58, [], [])
    assert [cropped(sheet, n_rows, 5, 10).height for n_rows in (1, 2, 5)] == [10, 22, 58]


def test_no_line_breaks_within_the_normal_distribution() -> None:
    assert unbroken('<p title="N(0, I)">from N(0, I)</p>') == '<p title="N(0, I)">from N(0,\N{NO-BREAK SPACE}I)</p>'


@pytest.mark.parametrize("side", [1, 0, -1])
def test_a_takeaway_says_what_the_verdict_says(tmp_path: Path, side: int) -> None:
    study = claims_fixture.study(tmp_path, metrics(C3a=side, C8a=side))
    expected = {
        1: "removes Gaussian noise",
        0: "removes Gaussian noise is undecided",
        -1: "the better of two simple answers",
    }
    assert expected[side] in takeaway(study, "C3a")
    better = {1: "generates better than", 0: "with N(0, I) is undecided", -1: "generates worse than"}
    assert better[side] in takeaway(study, "C8a")


def test_what_two_models_share_is_said_once_and_else_of_each(tmp_path: Path) -> None:
    alike = claims_fixture.study(tmp_path / "alike", metrics(C5c=-1))
    assert together(alike, "C5c", "C6c") == "In both code spaces small steps change the image a little."
    unlike = claims_fixture.study(tmp_path / "unlike", metrics())
    assert "in the VAE's code space small steps change the image a little." in together(unlike, "C5c", "C6c")


def test_what_two_parts_share_depends_on_the_same_for_both(tmp_path: Path) -> None:
    found = metrics()
    for name in ("C5b", "C6b"):
        for cell in claims_fixture.cells(found, name):
            cell.update(
                claims_fixture.of_part(name, 1 if cell["confidence"] == 0.5 else -1)["cells"][0] | cell_keys(cell)
            )
    said = together(claims_fixture.study(tmp_path, found), "C5b", "C6b")
    assert "depends, for both models, on how sure the judge must be" in said
    assert ("depends", "depends") in TOGETHER["C5b", "C6b"]


def cell_keys(cell: Mapping[str, Any]) -> dict[str, Any]:
    return {key: cell[key] for key in ("family", "region", "confidence", "votes")}


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """The committed results with stand-ins for pictures."""
    folder = study_fixture.build(tmp_path_factory.mktemp("uses"))
    return Study(load_params(folder / PARAMS_PATH), folder / RESULTS_DIR, {"python": "3"})


def test_real_images_have_one_share_recognised_under_each_name(study: Study) -> None:
    tables = [*generation.view(study)["tables"], *code_spaces.view(study)["completeness"]]
    found: dict[str, set[tuple[str, ...]]] = {}
    for table in tables:
        for line in table.rows:
            if "test images" in line.label:
                found.setdefault(line.label, set()).add(tuple(entry.text for entry in line.entries))
    assert len(found) == 2
    assert all(len(numbers) == 1 for numbers in found.values())
