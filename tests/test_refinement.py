"""Refined codes: the best that a decoder can do, known by least squares where the decoder is linear."""

from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA

from autoencoders.evaluation import refinement
from autoencoders.evaluation.refinement import refine_codes
from autoencoders.learning.checkpoints import save_cell, save_pca
from foundation.parameters import load_params
from foundation.paths import CEILING_DIR, DATA_DIR, PCA_PATH, cell_dir
from foundation.reproducibility.artifacts import write_arrays
from stages import compression
from stages.protocol.dimension_reduction import squared_errors
from tests.generation_fixture import LATENT_DIM, SEEDS, digits, trained
from tests.import_closure import ROOT

RNG = np.random.default_rng(0)
MATRIX = RNG.normal(size=(3, 12)).astype(np.float32)
IMAGES = RNG.random((40, 12), dtype=np.float32)
STARTS = RNG.normal(size=(40, 3)).astype(np.float32)
BEST = np.linalg.lstsq(MATRIX.T, (IMAGES - 0.5).T)[0].T
N_REFINED = 60


def linear(codes: torch.Tensor) -> torch.Tensor:
    return codes @ torch.from_numpy(MATRIX) + 0.5


def test_codes_of_a_linear_decoder_become_those_of_least_squares() -> None:
    assert np.abs(STARTS - BEST).max() > 1
    found = refine_codes(linear, IMAGES, STARTS)
    np.testing.assert_allclose(found, BEST, atol=0.02)
    own, least = (np.square(codes @ MATRIX + 0.5 - IMAGES).sum(axis=1) for codes in (found, BEST))
    np.testing.assert_allclose(own, least, atol=1e-3)


def test_the_best_codes_stay() -> None:
    best = BEST.astype(np.float32)
    np.testing.assert_allclose(refine_codes(linear, IMAGES, best), best, atol=1e-3)


def test_without_steps_the_codes_are_those_given_which_are_never_changed() -> None:
    given = STARTS.copy()
    assert np.array_equal(refine_codes(linear, IMAGES, given, n_steps=0), STARTS)
    refine_codes(linear, IMAGES, given, n_steps=3)
    assert np.array_equal(given, STARTS)


@pytest.mark.parametrize("scale", [0.001, 1000.0])
def test_the_unit_of_the_codes_changes_nothing(scale: float) -> None:
    found = refine_codes(lambda codes: linear(codes / scale), IMAGES, STARTS * np.float32(scale), n_steps=30)
    expected = refine_codes(linear, IMAGES, STARTS, n_steps=30)
    np.testing.assert_allclose(found / scale, expected, atol=1e-4)
    assert np.abs(expected - STARTS).max() > 0.1


def test_each_code_is_its_own_image_s_however_many_are_refined_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = refine_codes(linear, IMAGES, STARTS, n_steps=30)
    monkeypatch.setattr(refinement, "IMAGES_AT_A_TIME", 7)
    np.testing.assert_allclose(refine_codes(linear, IMAGES, STARTS, n_steps=30), expected, atol=1e-5)
    order = RNG.permutation(len(IMAGES))
    np.testing.assert_allclose(
        refine_codes(linear, IMAGES[order], STARTS[order], n_steps=30), expected[order], atol=1e-5
    )


@pytest.mark.parametrize(("n_steps", "deviations"), [(1, 0.05), (4, 0.125), (10, 0.275)])
def test_steps_fall_evenly_from_a_twentieth_of_a_deviation(n_steps: int, deviations: float) -> None:
    """Images so far away that the gradient stays: each step of Adam is as long as its rate."""
    found = refine_codes(lambda codes: codes, STARTS + np.float32(1000), STARTS, n_steps=n_steps)
    expected = np.broadcast_to(deviations * STARTS.std(axis=0), STARTS.shape)
    np.testing.assert_allclose(found - STARTS, expected, rtol=1e-3)


def test_a_number_that_all_codes_share_stays_finite() -> None:
    starts = STARTS * np.array([1, 1, 0], dtype=np.float32)
    found = refine_codes(linear, IMAGES, starts)
    assert np.isfinite(found).all()
    np.testing.assert_allclose(found[:, 2], 0, atol=1e-3)


def test_a_trained_decoder_stays_and_gives_every_image_better_than_by_its_encoder() -> None:
    codec, pixels = trained("ae")[0], digits("test").pixels[:N_REFINED]
    before = {name: weights.clone() for name, weights in codec.network_.state_dict().items()}
    codes = codec.transform(pixels)
    refined = refine_codes(codec.network_.decode, pixels, codes)
    assert all(torch.equal(weights, before[name]) for name, weights in codec.network_.state_dict().items())
    own, best = (np.square(codec.inverse_transform(z) - pixels).sum(axis=1) for z in (codes, refined))
    assert (best < own).mean() > 0.95
    assert best.mean() < 0.98 * own.mean()


@pytest.fixture
def params(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> object:
    """Parameters of a run whose ceiling is the AE itself, laid as trained and prepared into a folder of its own."""
    test, train = digits("test"), digits("train").pixels
    arrays = {"images": np.rint(255 * test.images[:, 0].numpy()), "labels": test.labels.numpy()}
    write_arrays(tmp_path / DATA_DIR / "test.safetensors", {name: a.astype(np.uint8) for name, a in arrays.items()})
    save_pca(tmp_path / PCA_PATH, PCA(20, svd_solver="covariance_eigh").fit(train))
    save_cell(tmp_path / cell_dir("ae", LATENT_DIM), "ae", trained("ae"))
    save_cell(tmp_path / CEILING_DIR, "ae", {0: trained("ae")[0]})
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(compression, "N_REFINED", N_REFINED)
    changes = {"models": ("ae", "vae"), "seeds": SEEDS, "latent_dim": LATENT_DIM}
    return load_params(ROOT / "params.yaml").model_copy(update=changes)


def test_the_ceiling_is_refined_and_all_are_measured_on_the_same_images(params: object) -> None:
    errors = compression.measure_errors(params)  # type: ignore[arg-type]
    shapes = {name: values.shape[0] for name, values in errors.items()}
    assert shapes == {"pca": 1, "ae": len(SEEDS), "ceiling": 1, "mean_image": 1}
    assert {values.shape[1] for values in errors.values()} == {N_REFINED}
    everywhere = squared_errors(trained("ae")[0], digits("test").pixels)
    chosen = np.abs(everywhere[:, None] - errors["ae"][0]).argmin(axis=0)
    np.testing.assert_allclose(everywhere[chosen], errors["ae"][0], rtol=1e-4)
    assert len(set(chosen)) == N_REFINED < max(chosen)
    pixels, pca = digits("test").pixels[chosen], PCA(LATENT_DIM, svd_solver="full").fit(digits("train").pixels)
    np.testing.assert_allclose(errors["pca"][0], squared_errors(pca, pixels), rtol=1e-3)
    np.testing.assert_allclose(errors["mean_image"][0], np.square(pixels - pca.mean_).sum(axis=1), rtol=1e-4)
    assert (errors["ceiling"][0] < errors["ae"][0]).mean() > 0.95
    assert errors["ceiling"].mean() < 0.98 * errors["ae"][0].mean()


def test_the_ae_as_its_own_ceiling_has_not_come_all_of_the_way(params: object) -> None:
    errors = compression.measure_errors(params)  # type: ignore[arg-type]
    (cell,) = compression.claim(errors)["C1"]["cells"]
    best, own, pca = (errors[name][0].mean() for name in ("ceiling", "ae", "pca"))
    assert cell["by_seed"][0] == pytest.approx((pca - own) / (pca - best))
    assert cell["by_seed"][0] < 1
