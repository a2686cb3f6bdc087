"""Where codes are drawn from, in scikit-learn's vocabulary: fit on codes, then sample.

A sampler is a distribution or region of the code space; decoding and judging what it draws is not its business.
Whatever is fitted works in whitened coordinates, so that no sample depends on the scale, rotation or origin of the
codes. ``SAMPLERS`` is the registry: a new one is a class and one line there.
"""

from numbers import Integral
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.mixture import GaussianMixture
from sklearn.utils._param_validation import Interval

from autoencoders.arrays import Codes, Values
from autoencoders.evaluation.fidelity import matrix_root

N_ITERATIONS = 500
BALL_SHARE = 0.95  # of N(0, I)
COLLAPSED = 1e-8  # variance, relative to that of the longest direction, below which a direction carries rounding only


class Whitening(TransformerMixin, BaseEstimator):
    """Coordinates in which the codes it is fitted to have mean 0 and covariance I.

    w = S^-1 A^T (z - m), with the covariance A S^2 A^T of the codes, axes in falling order of their variance, each
    with the sign that gives the codes a third moment of at least 0. Codes that are scaled, rotated or shifted have the
    same whitened coordinates up to rounding, provided that no two variances and no third moment and 0 are equal.
    A direction in which the codes do not vary has coordinate 0, and going back gives its mean.

    Source: Kessy, Lewin & Strimmer 2018, Optimal Whitening and Decorrelation, section 4 (PCA whitening).
    """

    def fit(self, codes: Codes, y: object = None) -> Self:  # noqa: ARG002 -- scikit-learn's interface
        """Learn mean, axes and deviations of codes (n, latent_dim).

        Raises:
            ValueError: if there are fewer than two codes.
        """
        if len(codes) < 2:
            raise ValueError(f"codes must have at least 2 rows, got {len(codes)}")
        points = codes.astype(np.float64)
        self.mean_ = points.mean(axis=0)
        variances, axes = np.linalg.eigh(np.atleast_2d(np.cov(points, rowvar=False)))
        variances, axes = variances[::-1], axes[:, ::-1]
        rounding = np.finfo(np.float32).eps * np.abs(points).max()
        has_spread = variances > max(COLLAPSED * variances[0], rounding**2)
        self.deviations_ = np.sqrt(np.where(has_spread, variances, 0.0))
        third_moments = (((points - self.mean_) @ axes) ** 3).sum(axis=0)
        self.axes_ = axes * np.where(third_moments < 0, -1.0, 1.0)
        return self

    def transform(self, codes: Codes | Values) -> Values:
        """Return the whitened coordinates of codes, both (n, latent_dim)."""
        along: Values = (codes - self.mean_) @ self.axes_
        return np.divide(along, self.deviations_, out=np.zeros_like(along), where=self.has_spread)

    def inverse_transform(self, whitened: Values) -> Codes:
        """Return the codes of whitened coordinates, both (n, latent_dim)."""
        return (self.mean_ + (whitened * self.deviations_) @ self.axes_.T).astype(np.float32)

    @property
    def has_spread(self) -> NDArray[np.bool_]:
        """Whether the codes vary along each axis, (latent_dim,)."""
        return self.deviations_ > 0


class StandardNormal(BaseEstimator):
    """N(0, I) as it stands, whatever the codes: the prior of a VAE."""

    def fit(self, codes: Codes, y: object = None) -> Self:  # noqa: ARG002 -- scikit-learn's interface
        """Learn the latent dimension only."""
        self.n_features_in_ = codes.shape[1]
        return self

    def sample(self, n: int, generator: np.random.Generator) -> Codes:
        """Return n codes drawn from N(0, I), (n, latent_dim)."""
        return generator.standard_normal((n, self.n_features_in_), dtype=np.float32)


class Gaussian(BaseEstimator):
    """N(0, I) in whitened coordinates: the Gaussian with mean and covariance of the codes."""

    def fit(self, codes: Codes, y: object = None) -> Self:  # noqa: ARG002 -- scikit-learn's interface
        """Learn the whitened coordinates of codes (n, latent_dim), n >= 2."""
        self.whitening_ = Whitening().fit(codes)
        return self

    def sample(self, n: int, generator: np.random.Generator) -> Codes:
        """Return n codes drawn from the fitted Gaussian, (n, latent_dim)."""
        return self.whitening_.inverse_transform(generator.standard_normal((n, len(self.whitening_.mean_))))


class Ball(Gaussian):
    """Uniform in the ball of whitened coordinates that holds 95 % of N(0, I)."""

    def sample(self, n: int, generator: np.random.Generator) -> Codes:
        """Return n codes uniform in the ball, (n, latent_dim)."""
        has_spread = self.whitening_.has_spread
        n_directions = max(1, int(has_spread.sum()))
        drawn = generator.standard_normal((n, len(has_spread)))
        lengths = np.linalg.norm(drawn[:, has_spread], axis=1, keepdims=True)
        radii = chi.ppf(BALL_SHARE, n_directions) * generator.random((n, 1)) ** (1 / n_directions)
        return self.whitening_.inverse_transform(np.divide(radii * drawn, lengths, out=drawn, where=lengths > 0))


class Mixture(BaseEstimator):
    """Mixture of Gaussians with full covariances, fitted by expectation maximisation in whitened coordinates.

    Source: Ghosh et al. 2020, From Variational to Deterministic Autoencoders, section 4 (fit after training).
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "n_components": [Interval(Integral, 1, None, closed="left")],
        "random_state": ["random_state"],
    }

    def __init__(self, n_components: int = 10, random_state: int | np.random.RandomState | None = 0) -> None:
        self.n_components = n_components
        self.random_state = random_state

    def fit(self, codes: Codes, y: object = None) -> Self:  # noqa: ARG002 -- scikit-learn's interface
        """Learn weights, means and covariances of codes (n, latent_dim), n >= 2; at most n components."""
        self._validate_params()
        self.whitening_ = Whitening().fit(codes)
        points = self.whitening_.transform(codes)
        n_components = min(self.n_components, len(np.unique(points, axis=0)))
        mixture = GaussianMixture(n_components, max_iter=N_ITERATIONS, random_state=self.random_state)
        self.mixture_ = mixture.fit(points)
        return self

    def sample(self, n: int, generator: np.random.Generator) -> Codes:
        """Return n codes drawn from the fitted mixture, (n, latent_dim), in random order."""
        mixture = self.mixture_
        components = generator.choice(len(mixture.weights_), n, p=mixture.weights_ / mixture.weights_.sum())
        noise = generator.standard_normal((n, mixture.means_.shape[1]))
        roots = np.stack([matrix_root(covariance) for covariance in mixture.covariances_])
        drawn = mixture.means_[components]
        for component, root in enumerate(roots):
            is_drawn = components == component
            drawn[is_drawn] += noise[is_drawn] @ root
        return self.whitening_.inverse_transform(drawn)


SAMPLERS: dict[str, type[StandardNormal | Gaussian | Mixture]] = {
    "standard_normal": StandardNormal,
    "gaussian": Gaussian,
    "ball": Ball,
    "mixture": Mixture,
}
