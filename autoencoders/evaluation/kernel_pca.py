"""Kernel PCA as a codec: the classical non-linear method, as a second baseline beside PCA.

scikit-learn's kernel PCA gives the codes, its kernel ridge regression the way back to images. Both need the whole
kernel matrix, so they are fitted to a subset of the images. Widths and regularisation are chosen on other images.
"""

from itertools import product
from numbers import Integral, Real
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.decomposition import KernelPCA
from sklearn.kernel_ridge import KernelRidge
from sklearn.utils._param_validation import Interval
from sklearn.utils.validation import check_array, check_is_fitted, validate_data

from autoencoders.arrays import Codes, Rows
from autoencoders.evaluation.metrics import squared_error

WIDTHS = (0.5, 1.0, 2.0)  # of the images' kernel, in units of the root mean squared distance of the points
CODE_WIDTHS = (0.5, 1.0)  # of the codes' kernel, in the same units
REGULARISATIONS = (0.03, 0.3)
FLOATS = [np.float64, np.float32]  # types that transform gives back as it takes them
POSITIVE = [Interval(Real, 0, None, closed="neither")]


def inverse_width(points: NDArray[np.floating], width: float) -> float:
    """Return gamma of exp(-gamma |x - y|^2) for a width in units of the points' root mean squared distance.

    >>> inverse_width(np.array([[0.0], [2.0]]), 1.0)
    0.25
    """
    mean_squared_distance = 2 * float(points.var(axis=0, dtype=np.float64).sum())
    return 1 / (2 * width**2 * max(mean_squared_distance, 1e-12))


class KernelPca(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """Kernel PCA with a Gaussian kernel, and kernel ridge regression from codes to images.

    Source: Scholkopf, Smola & Muller 1998, Nonlinear Component Analysis as a Kernel Eigenvalue Problem (codes);
    Bakir, Weston & Scholkopf 2004, Learning to Find Pre-Images (regression back to the images).
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "latent_dim": [Interval(Integral, 1, None, closed="left")],
        **dict.fromkeys(("width", "code_width", "regularisation"), POSITIVE),
    }

    def __init__(
        self, latent_dim: int = 16, *, width: float = 1.0, code_width: float = 1.0, regularisation: float = 0.03
    ) -> None:
        self.latent_dim = latent_dim
        self.width = width
        self.code_width = code_width
        self.regularisation = regularisation

    def fit(self, X: Rows, y: object = None) -> Self:  # noqa: ARG002 -- scikit-learn's interface
        """Learn codes and the way back from images (n, n_pixels), n >= 2."""
        self._validate_params()
        X = validate_data(self, X, dtype=FLOATS, ensure_min_samples=2)
        components = kernel_components(X, self.latent_dim, self.width)
        return self.fit_decoder(X, components, leading_codes(components, X))

    def fit_decoder(self, X: Rows, components: KernelPCA, codes: Codes) -> Self:
        """Learn the way back only, for kernel components fitted to the same images and the codes of these."""
        self.components_ = components
        gamma = inverse_width(codes, self.code_width)
        self.mean_ = X.mean(axis=0, dtype=np.float64)
        ridge = KernelRidge(kernel="rbf", gamma=gamma, alpha=self.regularisation)
        self.decoder_ = ridge.fit(codes, X - self.mean_)
        return self

    def transform(self, X: Rows) -> Codes:
        """Return the codes (n, latent_dim) of images (n, n_pixels)."""
        check_is_fitted(self, "decoder_")
        X = validate_data(self, X, dtype=FLOATS, reset=False)
        codes = np.ascontiguousarray(leading_codes(self.components_, X)[:, : self._n_features_out])
        return codes.astype(X.dtype, copy=False)

    def inverse_transform(self, Z: Codes) -> Rows:
        """Return the images (n, n_pixels) of codes (n, latent_dim)."""
        check_is_fitted(self, "decoder_")
        codes = check_array(Z, dtype=np.float64, input_name="Z")
        return np.asarray(self.mean_ + self.decoder_.predict(codes), dtype=np.float32)

    @property
    def _n_features_out(self) -> int:
        return int(self.decoder_.n_features_in_)


def kernel_components(X: Rows, n_components: int, width: float) -> KernelPCA:
    """Return the leading kernel components of images (n, n_pixels), at most n."""
    gamma = inverse_width(X, width)
    solver = "randomized" if n_components < len(X) // 4 else "dense"
    components = KernelPCA(
        min(n_components, len(X)), kernel="rbf", gamma=gamma, eigen_solver=solver, random_state=0, iterated_power=7
    )
    return components.fit(X.astype(np.float64))


def leading_codes(components: KernelPCA, X: Rows) -> Codes:
    """Return the codes (n, n_components) of images (n, n_pixels)."""
    return np.asarray(components.transform(X.astype(np.float64)), dtype=np.float32)


def fit_kernel_pca(train: Rows, validation: Rows, latent_dim: int) -> KernelPca:
    """Return the kernel PCA with the smallest squared error on validation images.

    Args:
        train: Images for components and decoder, (n, n_pixels).
        validation: Images for choosing both widths and the regularisation, (m, n_pixels).
        latent_dim: At most n.
    """
    tried: list[tuple[float, KernelPca]] = []
    for width in WIDTHS:
        components = kernel_components(train, latent_dim, width)
        own, others = (leading_codes(components, images) for images in (train, validation))
        for code_width, regularisation in product(CODE_WIDTHS, REGULARISATIONS):
            codec = KernelPca(latent_dim, width=width, code_width=code_width, regularisation=regularisation)
            made = codec.fit_decoder(train, components, own).inverse_transform(others)
            tried.append((float(squared_error(validation, made, (1, validation.shape[1])).mean()), codec))
    return min(tried, key=lambda one: one[0])[1]
