"""Who removes noise, on data whose answer is known."""

from typing import Any

import numpy as np
import pytest
import torch

from autoencoders.evaluation.denoisers import shrinkage_denoiser
from autoencoders.learning.checkpoints import Split
from foundation.parameters import load_params
from foundation.vocabulary import JUDGES
from stages import denoising
from tests.import_closure import ROOT
from tests.test_reconstructions import Identity, OneClassReaders, codecs

RNG = np.random.default_rng(0)
TEST = Split(torch.from_numpy(RNG.random((40, 1, 14, 14), dtype=np.float32)), torch.arange(40) % 4)
SHAPE = (14, 14)
METRICS = ["psnr", "ssim", *(f"reading_{judge}" for judge in JUDGES)]


def score(made: Any) -> denoising.Scores:
    return denoising.score(made, TEST, OneClassReaders())  # type: ignore[arg-type]


def test_the_noise_pattern_does_not_depend_on_the_level() -> None:
    weak, strong = (
        denoising.corrupted(TEST.pixels, denoising.Condition("masking", level), "test") == 0 for level in (0.2, 0.4)
    )
    assert (strong | ~weak).all()


def test_validation_and_test_noise_differ() -> None:
    condition = denoising.Condition("gaussian", 0.3)
    first, second = (denoising.corrupted(TEST.pixels, condition, split) for split in ("test", "validation"))
    assert not np.array_equal(first, second)


def test_doing_nothing_gains_nothing() -> None:
    noisy = TEST.pixels * 0.5
    methods = denoising.Methods(codecs(ae=Identity()), {"shrinkage": shrinkage_denoiser(TEST.pixels.mean(axis=0))})
    scores = score(denoising.denoise_all(methods, noisy, {"shrinkage": 1.0}, SHAPE))
    gains = denoising.tabulate(scores, denoising.Condition("masking", 0.5))[1]
    assert [row["metric"] for row in gains if row["method"] == "ae"] == METRICS
    assert max(abs(row["mean"]) for row in gains) < 1e-5


def test_methods_without_seeds_are_read_by_each_judge_seed_and_paired_with_seeds_of_models() -> None:
    made = {"noisy": TEST.pixels[None], "ae": np.stack([TEST.pixels] * 3)}
    scores = score(made)
    labels = TEST.labels.numpy()
    assert np.array_equal(scores["noisy"]["reading_strided"], np.stack([labels == 0, labels == 1]))
    assert np.array_equal(scores["ae"]["reading_strided"], np.stack([labels == 0, labels == 1, labels == 0]))
    assert scores["noisy"]["psnr"].shape == (1, 40)
    assert (denoising.gain(scores, "ae", "reading_strided") == 0).all()


def test_a_method_s_break_even_level_lies_between_the_levels_where_its_gain_changes_sign() -> None:
    gains = [
        {
            "method": "ae",
            "corruption": "masking",
            "level": level,
            "metric": "psnr",
            "mean": g,
            "low": g - 0.5,
            "high": g + 0.5,
        }
        for level, g in ((0.1, -1.0), (0.2, 1.0), (0.3, 2.0))
    ]
    (row,) = denoising.break_evens(gains, {"masking": (0.1, 0.2, 0.3)})
    assert row["trend"] == "above"
    assert [row[key] for key in ("mean", "low", "high")] == pytest.approx([0.15, 0.125, 0.175])


def test_a_method_that_always_helps_has_no_break_even_level() -> None:
    gains = [
        {
            "method": "ae",
            "corruption": "masking",
            "level": level,
            "metric": "psnr",
            "mean": 1.0,
            "low": None,
            "high": None,
        }
        for level in (0.1, 0.2)
    ]
    (row,) = denoising.break_evens(gains, {"masking": (0.1, 0.2)})
    assert (row["trend"], row["mean"], row["low"]) == ("always", None, None)


def test_conditions_cover_every_kind_and_level() -> None:
    plan = load_params(ROOT / "params.yaml").denoising
    assert len(denoising.conditions(plan)) == sum(map(len, plan.levels.values()))


def scored(**values: float) -> denoising.Scores:
    """Scores of methods that are the same under every metric, image and, for the AE, seed."""
    return {
        name: {metric: np.full((2 if name == "ae" else 1, 4), value) for metric in METRICS}
        for name, value in values.items()
    }


CONTROLS = {"noisy": 10.0, "shrinkage": 12.0, "mean_image": 9.0, "pca_same": 13.0}
STRONG = {**CONTROLS, "noisy": 4.0, "shrinkage": 3.0}


def at_levels(*levels: float, **values: float) -> dict[denoising.Condition, denoising.Scores]:
    return {denoising.Condition("masking", level): scored(**values) for level in levels}


def test_the_ae_is_measured_against_the_better_of_the_noisy_input_and_shrinkage() -> None:
    part = denoising.claims({**at_levels(0.1, ae=15.0, **CONTROLS), **at_levels(0.5, ae=15.0, **STRONG)})["C3c"]
    means = {(cell["level"], cell["measure"]): cell["mean"] for cell in part["cells"]}
    assert means == {(level, metric): gain for level, gain in ((0.1, 3.0), (0.5, 11.0)) for metric in METRICS}


def test_which_control_is_better_is_chosen_for_each_metric() -> None:
    found = at_levels(0.5, ae=15.0, **CONTROLS)
    next(iter(found.values()))["noisy"]["ssim"][:] = 14.0
    cells = denoising.claims(found)["C3c"]["cells"]
    assert {cell["measure"]: cell["mean"] for cell in cells} == dict.fromkeys(METRICS, 3.0) | {"ssim": 1.0}


def read_rightly(found: dict[denoising.Condition, denoising.Scores], **n_of_100: int) -> None:
    """Plant how many of a hundred noisy images each judge reads rightly, under every condition."""
    for scores in found.values():
        for judge, n in n_of_100.items():
            scores["noisy"][f"reading_{judge}"] = (np.arange(100) < n)[None].astype(np.float64)
            for name in ("ae", "shrinkage"):
                scores[name][f"reading_{judge}"] = np.zeros((1, 100))


def silent(found: dict[denoising.Condition, denoising.Scores]) -> set[tuple[float, str]]:
    return {(cell["level"], cell["measure"]) for cell in denoising.claims(found)["C3c"]["cells"] if not cell["votes"]}


@pytest.mark.parametrize(
    ("best", "other", "votes"), [(100, 95, True), (100, 94, False), (80, 76, True), (80, 75, False), (40, 39, True)]
)
def test_a_judge_votes_where_it_reads_noise_nearly_as_well_as_the_best_one(best: int, other: int, votes: bool) -> None:
    found = at_levels(0.5, ae=15.0, **CONTROLS)
    read_rightly(found, convolutional=other, strided=best, perceptron=best)
    assert silent(found) == (set() if votes else {(0.5, "reading_convolutional")})


def test_a_judge_is_silent_at_the_levels_alone_that_it_cannot_read() -> None:
    weak, strong = at_levels(0.1, ae=15.0, **CONTROLS), at_levels(0.5, ae=15.0, **CONTROLS)
    read_rightly(weak, convolutional=97, strided=98, perceptron=99)
    read_rightly(strong, convolutional=20, strided=90, perceptron=60)
    assert silent({**weak, **strong}) == {(0.5, "reading_convolutional"), (0.5, "reading_perceptron")}


def test_what_is_made_of_the_noisy_images_gives_no_judge_its_vote() -> None:
    found = at_levels(0.5, ae=15.0, **CONTROLS)
    read_rightly(found, convolutional=50, strided=90, perceptron=90)
    next(iter(found.values()))["ae"]["reading_convolutional"][:] = 1.0
    assert silent(found) == {(0.5, "reading_convolutional")}


def test_measures_that_are_no_judge_s_vote_whatever_judges_read() -> None:
    found = at_levels(0.5, ae=15.0, **{**CONTROLS, "noisy": 0.0})
    read_rightly(found, convolutional=100, strided=100, perceptron=100)
    assert silent(found) == set()


def test_psnr_at_the_middle_level_comes_first_and_every_cell_once() -> None:
    cells = denoising.claims(at_levels(0.1, 0.2, 0.5, ae=15.0, **CONTROLS))["C3c"]["cells"]
    assert (cells[0]["level"], cells[0]["measure"]) == (0.2, "psnr")
    assert len({(cell["level"], cell["measure"]) for cell in cells}) == len(cells) == 3 * len(METRICS)


def test_controls_are_gains_over_the_noisy_input_at_the_middle_level() -> None:
    found = {**at_levels(0.1, ae=15.0, **STRONG), **at_levels(0.2, ae=15.0, **CONTROLS)}
    assert denoising.claims(found)["C3c"]["controls"] == {"mean_image": -1.0, "shrinkage": 2.0, "pca_same": 3.0}


def test_the_parts_are_the_kinds_of_noise_and_missing_without_an_ae() -> None:
    kinds = [denoising.Condition("salt_and_pepper", 0.1), denoising.Condition("gaussian", 0.1)]
    assert list(denoising.claims({kind: scored(ae=15.0, **CONTROLS) for kind in kinds})) == ["C3b", "C3a"]
    assert denoising.claims({kind: scored(**CONTROLS) for kind in kinds}) == {}
