"""Where codes are drawn from, in scikit-learn's vocabulary: fit on codes, then sample.

A sampler states a distribution (or region) of the code space; decoding and judging what it draws is
not its business. ``SAMPLERS`` is the registry: a new one is a class and one line there.
"""

from typing import Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.mixture import GaussianMixture

from autoencoders.arrays import Codes
from autoencoders.evaluation.fidelity import matrix_root

BOX_PERCENTILES = (1.0, 99.0)
N_ITERATIONS = 500


class StandardNormal(BaseEstimator):
    """N(0, I), whatever the codes: the prior of a VAE, the naive guess for an AE."""

    def fit(self, codes: Codes, y: object = None) -> Self:  # noqa: ARG002 -- scikit-learn's interface
        """Learn the latent dimension only."""
        self.n_features_in_ = codes.shape[1]
        return self

    def sample(self, n: int, generator: np.random.Generator) -> Codes:
        """Return n codes drawn from N(0, I), (n, latent_dim)."""
        return generator.standard_normal((n, self.n_features_in_), dtype=np.float32)


class Gaussian(BaseEstimator):
    """N(m, S) with mean and full covariance of the codes."""

    def fit(self, codes: Codes, y: object = None) -> Self:  # noqa: ARG002 -- scikit-learn's interface
        """Learn mean and covariance of codes (n, latent_dim), n >= 2."""
        points = codes.astype(np.float64)
        self.mean_ = points.mean(axis=0)
        self.covariance_ = np.atleast_2d(np.cov(points, rowvar=False))
        return self

    def sample(self, n: int, generator: np.random.Generator) -> Codes:
        """Return n codes drawn from the fitted Gaussian, (n, latent_dim)."""
        noise = generator.standard_normal((n, len(self.mean_)))
        return (self.mean_ + noise @ matrix_root(self.covariance_)).astype(np.float32)


class DiagonalGaussian(BaseEstimator):
    """N(m, diag(s^2)) with mean and deviation of each dimension: the codes' spread without their dependencies."""

    def fit(self, codes: Codes, y: object = None) -> Self:  # noqa: ARG002 -- scikit-learn's interface
        """Learn mean and deviation per dimension of codes (n, latent_dim)."""
        self.mean_ = codes.mean(axis=0, dtype=np.float64)
        self.scale_ = codes.std(axis=0, dtype=np.float64)
        return self

    def sample(self, n: int, generator: np.random.Generator) -> Codes:
        """Return n codes with independent dimensions, (n, latent_dim)."""
        noise = generator.standard_normal((n, len(self.mean_)))
        return (self.mean_ + self.scale_ * noise).astype(np.float32)


class UniformBox(BaseEstimator):
    """Uniform over the axis-aligned box between the 1st and 99th percentile of each dimension."""

    def fit(self, codes: Codes, y: object = None) -> Self:  # noqa: ARG002 -- scikit-learn's interface
        """Learn the corners of the box from codes (n, latent_dim)."""
        self.low_, self.high_ = np.percentile(codes.astype(np.float64), BOX_PERCENTILES, axis=0)
        return self

    def sample(self, n: int, generator: np.random.Generator) -> Codes:
        """Return n codes uniform over the box, (n, latent_dim)."""
        return generator.uniform(self.low_, self.high_, (n, len(self.low_))).astype(np.float32)


class Mixture(BaseEstimator):
    """Mixture of Gaussians with full covariances, fitted by expectation maximisation.

    Codes are divided by their root mean variance first, so that scikit-learn's absolute regularisation
    means the same at every scale.

    Source: Ghosh et al. 2020, From Variational to Deterministic Autoencoders, section 4 (fit after training).
    """

    def __init__(self, n_components: int = 10, random_state: int = 0) -> None:
        self.n_components = n_components
        self.random_state = random_state

    def fit(self, codes: Codes, y: object = None) -> Self:  # noqa: ARG002 -- scikit-learn's interface
        """Learn weights, means and covariances of codes (n, latent_dim); at most n components."""
        points = codes.astype(np.float64)
        self.scale_ = float(np.sqrt(points.var(axis=0).mean())) or 1.0
        n_components = min(self.n_components, len(np.unique(points, axis=0)))
        mixture = GaussianMixture(n_components, max_iter=N_ITERATIONS, random_state=self.random_state)
        self.mixture_ = mixture.fit(points / self.scale_)
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
        return (self.scale_ * drawn).astype(np.float32)


SAMPLERS: dict[str, type[StandardNormal | Gaussian | DiagonalGaussian | UniformBox | Mixture]] = {
    "standard_normal": StandardNormal,
    "gaussian": Gaussian,
    "diagonal_gaussian": DiagonalGaussian,
    "uniform_box": UniformBox,
    "mixture": Mixture,
}
