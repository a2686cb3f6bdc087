"""Kernel PCA as a codec: what it can do that PCA cannot, and what it must not do worse."""

import numpy as np
import pytest
from sklearn.decomposition import PCA, KernelPCA

from autoencoders.evaluation.kernel_pca import KernelPca, fit_kernel_pca, inverse_width

RNG = np.random.default_rng(0)


def ring(n: int, seed: int) -> np.ndarray:
    """Return points on a closed curve in 20 dimensions: one number tells a point, no line does."""
    angles = np.random.default_rng(seed).uniform(0, 2 * np.pi, n)
    waves = [f(k * angles) for k in (1, 2) for f in (np.sin, np.cos)]
    mixing = np.random.default_rng(7).normal(size=(4, 20))
    return (np.stack(waves, axis=1) @ mixing / 8 + 0.5).astype(np.float32)


def error(codec: object, points: np.ndarray) -> float:
    return float(np.square(points - codec.inverse_transform(codec.transform(points))).sum(axis=1).mean())  # type: ignore[attr-defined]


def test_on_a_closed_curve_two_kernel_components_beat_two_principal_ones() -> None:
    train, validation, test = ring(300, 0), ring(100, 1), ring(200, 2)
    kernel_pca = fit_kernel_pca(train, validation, 2)
    assert error(kernel_pca, test) < 0.5 * error(PCA(2).fit(train), test)


def test_codes_are_scikit_learn_s() -> None:
    points = ring(80, 0)
    ours = KernelPca(3).fit(points).transform(points)
    theirs = KernelPCA(3, kernel="rbf", gamma=inverse_width(points, 1.0), eigen_solver="dense").fit_transform(points)
    assert np.abs(ours) == pytest.approx(np.abs(theirs), abs=1e-4)


def test_the_chosen_settings_are_the_best_on_validation() -> None:
    train, validation = ring(120, 0), ring(60, 1)
    for latent_dim in (1, 2):
        codec = fit_kernel_pca(train, validation, latent_dim)
        other = KernelPca(latent_dim, width=0.5, code_width=2.0, regularisation=0.3).fit(train)
        assert error(codec, validation) <= error(other, validation) + 1e-6


def test_a_code_has_the_stated_length() -> None:
    train = ring(100, 0)
    for latent_dim in (1, 4):
        assert fit_kernel_pca(train, ring(40, 1), latent_dim).transform(train).shape == (100, latent_dim)
