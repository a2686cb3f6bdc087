import numpy as np
import pytest
from scipy.ndimage import gaussian_filter
from sklearn.decomposition import PCA

from autoencoders.evaluation.denoisers import DENOISERS, projection_denoiser, shrinkage_denoiser, tuned_strength

SHAPE = (20, 20)
CLEAN = (gaussian_filter(np.random.default_rng(0).random((30, *SHAPE)), (0, 4, 4)) > 0.5).reshape(30, -1).astype(
    np.float32
)  # fmt: skip
NOISY = np.clip(CLEAN + np.random.default_rng(1).normal(scale=0.3, size=CLEAN.shape), 0, 1).astype(np.float32)


def error(images: np.ndarray) -> float:
    return float(np.square(images - CLEAN).mean())


@pytest.mark.parametrize("name", DENOISERS)
def test_the_chosen_strength_removes_noise_from_blobs(name: str) -> None:
    strength = tuned_strength(DENOISERS[name], CLEAN, NOISY, SHAPE)
    assert error(DENOISERS[name].function(NOISY, SHAPE, strength)) < 0.8 * error(NOISY)


@pytest.mark.parametrize("name", DENOISERS)
def test_no_other_strength_is_better_than_the_chosen_one(name: str) -> None:
    chosen = tuned_strength(DENOISERS[name], CLEAN, NOISY, SHAPE)
    errors = {s: error(DENOISERS[name].function(NOISY, SHAPE, s)) for s in DENOISERS[name].strengths}
    assert errors[chosen] == min(errors.values())


@pytest.mark.parametrize("name", DENOISERS)
def test_images_are_treated_one_by_one(name: str) -> None:
    denoiser = DENOISERS[name]
    together = denoiser.function(NOISY, SHAPE, denoiser.strengths[1])
    alone = denoiser.function(NOISY[4:5], SHAPE, denoiser.strengths[1])
    assert np.array_equal(together[4:5], alone)


def test_projection_is_scikit_learn_s_pca_clipped() -> None:
    pca = PCA(10).fit(CLEAN)
    denoiser = projection_denoiser(pca.components_, pca.mean_)
    expected = pca.inverse_transform(pca.transform(NOISY)).clip(0, 1)
    assert denoiser.function(NOISY, SHAPE, 10) == pytest.approx(expected, abs=1e-5)
    assert denoiser.strengths == (2.0, 4.0, 8.0)


def test_a_projection_of_one_length_keeps_that_many_components() -> None:
    pca = PCA(10).fit(CLEAN)
    assert projection_denoiser(pca.components_, pca.mean_, (6.0,)).strengths == (6.0,)


def test_shrinkage_goes_from_the_mean_image_to_no_change() -> None:
    mean = CLEAN.mean(axis=0)
    shrink = shrinkage_denoiser(mean).function
    assert np.array_equal(shrink(NOISY, SHAPE, 0.0), np.broadcast_to(mean, NOISY.shape))
    assert shrink(NOISY, SHAPE, 1.0) == pytest.approx(NOISY, abs=1e-6)
    assert shrink(NOISY, SHAPE, 0.25) == pytest.approx(0.75 * mean + 0.25 * NOISY, abs=1e-6)


def test_the_tuned_shrinkage_is_the_least_squares_one() -> None:
    mean = np.full(400, 0.5, dtype=np.float32)
    clean, noise = np.random.default_rng(2).normal(scale=0.05, size=(2, 30, 400)).astype(np.float32)
    exact = np.sum((clean + 2 * noise) * clean) / np.square(clean + 2 * noise).sum()
    chosen = tuned_strength(shrinkage_denoiser(mean), mean + clean, mean + clean + 2 * noise, SHAPE)
    assert chosen == pytest.approx(0.2)
    assert abs(chosen - exact) <= 0.025
