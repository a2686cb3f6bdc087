"""Codes against PCA's, on data whose answer is known."""

from typing import Any

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA

from autoencoders.learning.checkpoints import Split
from stages.protocol import dimension_reduction

RNG = np.random.default_rng(0)
TEST = Split(torch.from_numpy(RNG.random((40, 1, 14, 14), dtype=np.float32)), torch.arange(40) % 4)
MEASURES = ("nearest_neighbour", "linear_probe", "trustworthiness", "continuity")


def test_the_error_curve_of_pca_is_its_reconstruction_error() -> None:
    pca = PCA(8).fit(TEST.pixels)
    curve = dimension_reduction.error_curve(pca, TEST.pixels)
    made = pca.inverse_transform(pca.transform(TEST.pixels))
    assert curve[8] == pytest.approx(np.square(TEST.pixels - made).sum(axis=1).mean(), rel=1e-5)
    assert (np.diff(curve) <= 0).all()


def test_no_linear_codec_beats_pca_on_its_own_training_set() -> None:
    pca = PCA(5).fit(TEST.pixels)
    basis = np.linalg.qr(RNG.normal(size=(196, 5)))[0]
    centred = TEST.pixels - TEST.pixels.mean(axis=0)
    error = np.square(centred - centred @ basis @ basis.T).sum(axis=1).mean()
    assert error > dimension_reduction.error_curve(pca, TEST.pixels)[5]


def test_components_needed_are_none_where_all_are_not_enough() -> None:
    assert dimension_reduction.components_to_match(np.array([9.0, 4.0]), 1.0) is None


def test_the_gain_over_pca_is_paired_per_image() -> None:
    rows = dimension_reduction.tabulate_differences({"pca": np.array([[3.0, 9.0]]), "ae": np.array([[2.0, 8.0]])}, 4)
    gain = next(row for row in rows if row["measure"] == "se_gain")
    assert (gain["mean"], gain["low"], gain["high"]) == (1.0, 1.0, 1.0)


def test_kernel_pca_is_measured_on_the_images_pca_is_fitted_to() -> None:
    splits = dict.fromkeys(("train", "validation", "test"), TEST)
    rows = dimension_reduction.measure_kernel_pca(splits, {"ae": np.full((2, 40), 3.0)}, 30, 2)
    found = {row["measure"]: row for row in rows}
    assert {row["n_fitted"] for row in rows} == {30}
    difference = found["pca_se"]["mean"] - found["kernel_pca_se"]["mean"]
    assert found["gain_over_pca"]["mean"] == pytest.approx(difference)
    assert found["gain_of_ae"]["mean"] == pytest.approx(found["kernel_pca_se"]["mean"] - 3.0)


def test_chosen_images_keep_their_labels_and_are_not_the_first() -> None:
    chosen = dimension_reduction.choose(TEST, 10, "some/stream")
    places = [int(np.flatnonzero((TEST.pixels == row).all(axis=1))[0]) for row in chosen.pixels]
    assert len(set(places)) == 10
    assert sorted(places) != list(range(10))
    assert torch.equal(chosen.labels, TEST.labels[places])


def test_the_stream_chooses_the_images() -> None:
    first, again, other = (dimension_reduction.choose(TEST, 10, name).pixels for name in ("a", "a", "b"))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def scores(**errors: list[list[float]]) -> Any:
    return {name: {"se": np.array(error), "ssim": 1 - np.array(error) / 10} for name, error in errors.items()}


def codes(**values: float) -> Any:
    return {
        name: {measure: np.full((1, 5), value + place) for place, measure in enumerate(MEASURES)}
        for name, value in values.items()
    }


def test_c4a_is_the_share_of_pca_s_error_that_the_ae_removes() -> None:
    part = dimension_reduction.claims(scores(pca=[[2.0, 6.0]], ae=[[1.0, 5.0], [0.0, 4.0]]), codes(pca=0, ae=0))["C4a"]
    assert [cell["measure"] for cell in part["cells"]] == ["se", "ssim"]
    assert part["cells"][0]["by_seed"] == [0.25, 0.5]
    assert part["cells"][1]["by_seed"] == pytest.approx([0.1, 0.2])


def test_c4b_is_what_the_ae_s_codes_have_over_pca_s() -> None:
    part = dimension_reduction.claims(scores(pca=[[2.0]], ae=[[1.0]]), codes(pca=0.5, ae=0.75))["C4b"]
    assert [(cell["measure"], cell["mean"]) for cell in part["cells"]] == [(measure, 0.25) for measure in MEASURES]


def test_the_linear_control_stands_beside_both_parts_of_c4() -> None:
    measured = scores(pca=[[2.0, 2.0]], ae=[[1.0, 1.0]], linear_ae=[[2.5, 2.5]])
    claims = dimension_reduction.claims(measured, codes(pca=0.5, ae=0.5, linear_ae=0.25))
    assert claims["C4a"]["controls"] == {"linear_ae": -0.25}
    assert claims["C4a"]["linear_excess"]["mean"] == 0.25
    assert claims["C4b"]["controls"] == {"linear_ae": -0.25}


def test_without_the_linear_control_its_excess_is_not_known() -> None:
    claims = dimension_reduction.claims(scores(pca=[[2.0]], ae=[[1.0]]), codes(pca=0, ae=0))
    assert (claims["C4a"]["linear_excess"], claims["C4a"]["controls"]) == (None, {})


def test_without_an_ae_c4_is_not_there() -> None:
    assert dimension_reduction.claims(scores(pca=[[2.0]], vae=[[1.0]]), codes(pca=0, vae=0)) == {}
