"""The models of the study as scikit-learn estimators: fit, transform, inverse_transform.

A *codec* is anything with this interface, scikit-learn's own PCA included. ``MODELS`` is the registry:
a new model is a class and one line there. ``fit_seeds`` trains one model under many seeds at once and
gives the same bytes as fitting each alone.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Self

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.utils.validation import check_is_fitted, validate_data

from autoencoders.learning.networks import (
    AutoencoderNetwork,
    Dense,
    ImportanceWeightedNetwork,
    LossTerms,
    VariationalAutoencoderNetwork,
    encoder_widths,
)
from autoencoders.learning.resumption import FORGETFUL, Keeper
from autoencoders.learning.training import CPU, EpochRecord, Present, TrainingPlan, present_unchanged, train
from autoencoders.vocabulary import Activation, Likelihood, ProductPrecision, Schedule

Matrix = NDArray[np.float32]
BATCH_SIZE = 2000  # images at a time in transform and inverse_transform: bounds memory, changes no result


class BaseAutoencoder(TransformerMixin, BaseEstimator):
    """What all autoencoders share; a subclass gives its constructor, network class and beta."""

    network_class: ClassVar[type[AutoencoderNetwork]] = AutoencoderNetwork
    is_linear: ClassVar[bool] = False
    latent_dim: int
    hidden_dims: Sequence[int] = ()
    activation: Activation = "relu"
    likelihood: Likelihood = "gaussian"
    beta: float = 1.0
    epochs: int
    batch_size: int
    learning_rate: float
    schedule: Schedule
    random_state: int

    network_: AutoencoderNetwork
    history_: list[EpochRecord]
    precision_: ProductPrecision
    n_features_in_: int

    @property
    def plan(self) -> TrainingPlan:
        """The training plan the constructor's parameters describe."""
        return TrainingPlan(self.epochs, self.batch_size, self.learning_rate, self.schedule, self.beta)

    def build_network(self, n_pixels: int) -> AutoencoderNetwork:
        """Return an untrained network for images of n_pixels."""
        return self.network_of(encoder_widths(n_pixels, tuple(self.hidden_dims), self.latent_dim))

    def network_of(self, widths: list[int]) -> AutoencoderNetwork:
        """Return an untrained network whose encoder has these widths, from the image to the code."""
        return self.network_class(
            widths, activation=self.activation, likelihood=self.likelihood, is_linear=self.is_linear
        )

    def fit(
        self,
        X: Matrix,
        y: object = None,
        *,
        X_validation: Matrix | None = None,
        present: Present = present_unchanged,
    ) -> Self:
        """Train on images and return self.

        Args:
            X: Training images, (n, n_pixels), in [0, 1].
            y: Ignored; there for scikit-learn.
            X_validation: Images for choosing the epoch, (m, n_pixels); the last epoch without them.
            present: Makes what the network sees and what it must reproduce of a batch and a generator.

        Raises:
            ValueError: if X is not a finite matrix or latent_dim does not fit its width.
        """
        fitted = fit_seeds(self, X, [self.random_state], X_validation=X_validation, present=present)
        self.__dict__.update(fitted[self.random_state].__dict__)
        return self

    def transform(self, X: Matrix) -> Matrix:
        """Return the codes (n, latent_dim) of images (n, n_pixels); the mean code where it is distributed."""
        return self._batched(lambda x: self.network_.encode(x)[0], self._checked(X))

    def inverse_transform(self, Z: Matrix) -> Matrix:
        """Return the images (n, n_pixels) of codes (n, latent_dim)."""
        check_is_fitted(self)
        return self._batched(self.network_.decode, np.asarray(Z, dtype=np.float32))

    def loss_terms(self, X: Matrix, generator: torch.Generator) -> LossTerms:
        """Return reconstruction and KL per image, (n,) each in nats, with one code drawn per image."""
        with torch.no_grad():
            pixels = torch.from_numpy(self._checked(X))
            noise = torch.randn(len(pixels), self.latent_dim, generator=generator)
            return self.network_.loss_terms(self.network_(pixels, noise), pixels)

    def _checked(self, X: Matrix) -> Matrix:
        check_is_fitted(self)
        checked: Matrix = validate_data(self, X, dtype=np.float32, reset=False)
        return checked

    @staticmethod
    @torch.no_grad()
    def _batched(function: Callable[[torch.Tensor], torch.Tensor], rows: Matrix) -> Matrix:
        batches = torch.from_numpy(np.ascontiguousarray(rows)).split(BATCH_SIZE)
        result: Matrix = torch.cat([function(batch) for batch in batches]).numpy()
        return result

    @property
    def _n_features_out(self) -> int:
        return self.latent_dim


class Autoencoder(BaseAutoencoder):
    """Traditional autoencoder: image to code of fixed length and back, trained to reproduce its input.

    Source: Hinton & Salakhutdinov 2006, Reducing the Dimensionality of Data with Neural Networks.
    """

    def __init__(
        self,
        latent_dim: int = 16,
        *,
        hidden_dims: Sequence[int] = (256, 128),
        activation: Activation = "silu",
        likelihood: Likelihood = "bernoulli",
        epochs: int = 5,
        batch_size: int = 128,
        learning_rate: float = 0.01,
        schedule: Schedule = "one_cycle",
        random_state: int = 0,
    ) -> None:
        self.latent_dim = latent_dim
        self.hidden_dims = hidden_dims
        self.activation = activation
        self.likelihood = likelihood
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.schedule = schedule
        self.random_state = random_state


class VariationalAutoencoder(BaseAutoencoder):
    """Variational autoencoder: image to N(mu, diag(sigma^2)), a code drawn from it, back to the image.

    Minimises reconstruction + beta * KL(q(z | x) || N(0, I)).

    Source: Kingma & Welling 2014, Auto-Encoding Variational Bayes; Higgins et al. 2017, beta-VAE (beta).
    """

    network_class = VariationalAutoencoderNetwork

    def __init__(
        self,
        latent_dim: int = 16,
        *,
        hidden_dims: Sequence[int] = (256, 128),
        activation: Activation = "silu",
        likelihood: Likelihood = "bernoulli",
        beta: float = 1.0,
        epochs: int = 5,
        batch_size: int = 128,
        learning_rate: float = 0.01,
        schedule: Schedule = "one_cycle",
        random_state: int = 0,
    ) -> None:
        self.latent_dim = latent_dim
        self.hidden_dims = hidden_dims
        self.activation = activation
        self.likelihood = likelihood
        self.beta = beta
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.schedule = schedule
        self.random_state = random_state

    def encode(self, X: Matrix) -> tuple[Matrix, Matrix]:
        """Return mean and log-variance of q(z | x), each (n, latent_dim), for images (n, n_pixels)."""
        rows = self._checked(X)
        both = self._batched(lambda x: torch.cat(self.network_.encode(x), dim=-1), rows)  # type: ignore[arg-type]
        return both[:, : self.latent_dim], both[:, self.latent_dim :]

    def sample(self, n: int, generator: torch.Generator) -> Matrix:
        """Return n images (n, n_pixels) decoded from codes drawn from the prior N(0, I)."""
        return self.inverse_transform(torch.randn(n, self.latent_dim, generator=generator).numpy())


class ImportanceWeightedAutoencoder(VariationalAutoencoder):
    """Importance weighted autoencoder: a VAE whose loss comes from the weights of ``n_samples`` codes an image.

    The loss is the importance-weighted bound's; ``is_averaged`` gives the evidence lower bound's, its expectation
    taken over all the codes. With one sample both are the same.

    Source: Burda et al. 2016, Importance Weighted Autoencoders.
    """

    def __init__(
        self,
        latent_dim: int = 16,
        *,
        n_samples: int = 5,
        is_averaged: bool = False,
        hidden_dims: Sequence[int] = (256, 128),
        activation: Activation = "silu",
        likelihood: Likelihood = "bernoulli",
        epochs: int = 5,
        batch_size: int = 128,
        learning_rate: float = 0.01,
        schedule: Schedule = "one_cycle",
        random_state: int = 0,
    ) -> None:
        super().__init__(
            latent_dim,
            hidden_dims=hidden_dims,
            activation=activation,
            likelihood=likelihood,
            epochs=epochs,
            batch_size=batch_size,
            learning_rate=learning_rate,
            schedule=schedule,
            random_state=random_state,
        )
        self.n_samples = n_samples
        self.is_averaged = is_averaged

    def network_of(self, widths: list[int]) -> AutoencoderNetwork:
        """Return an untrained network whose encoder has these widths, from the image to the code."""
        return ImportanceWeightedNetwork(
            widths,
            activation=self.activation,
            likelihood=self.likelihood,
            n_samples=self.n_samples,
            is_averaged=self.is_averaged,
        )


class LinearAutoencoder(BaseAutoencoder):
    """Autoencoder without hidden layers or non-linearity, trained on squared error: the control for PCA.

    Its optimum spans the principal subspace, so a gap to PCA is a fault of the training.

    Source: Baldi & Hornik 1989, Neural Networks and Principal Component Analysis.
    """

    is_linear = True

    def __init__(
        self,
        latent_dim: int = 16,
        *,
        epochs: int = 5,
        batch_size: int = 128,
        learning_rate: float = 0.01,
        schedule: Schedule = "one_cycle",
        random_state: int = 0,
    ) -> None:
        self.latent_dim = latent_dim
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.schedule = schedule
        self.random_state = random_state


MODELS: dict[str, type[BaseAutoencoder]] = {
    "ae": Autoencoder,
    "vae": VariationalAutoencoder,
    "linear_ae": LinearAutoencoder,
    "iwae": ImportanceWeightedAutoencoder,
}


def fit_seeds(
    estimator: BaseAutoencoder,
    X: Matrix,
    seeds: Sequence[int],
    *,
    X_validation: Matrix | None = None,
    present: Present = present_unchanged,
    on_epoch: Callable[[int], None] = lambda epoch: None,
    keeper: Keeper = FORGETFUL,
    device: torch.device = CPU,
    precision: ProductPrecision = "float32",
) -> dict[int, Any]:
    """Return one fitted copy of the estimator per seed, all trained at once.

    Args:
        estimator: Its parameters are used, its random_state is replaced by each seed.
        X: Training images, (n, n_pixels), in [0, 1].
        seeds: Distinct, not negative.
        X_validation: Images for choosing the epoch, (m, n_pixels).
        present: Makes what the network sees and what it must reproduce of a batch and a generator.
        on_epoch: Called with the number of finished epochs.
        keeper: Keeps the state of the training after an epoch and gives the one to continue from.
        device: Where to train; the fitted copies are on the CPU.
        precision: Of the factors of the training's products, of layers that are wide enough.
    """
    fitted = {seed: clone(estimator).set_params(random_state=seed) for seed in seeds}
    for copy in fitted.values():
        rows = validate_data(copy, X, dtype=np.float32)
    networks, records = train(
        lambda: estimator.build_network(rows.shape[1]),
        torch.from_numpy(np.ascontiguousarray(rows)),
        plan=replace(estimator.plan, precision=precision),
        seeds=seeds,
        validation=None if X_validation is None else torch.from_numpy(np.ascontiguousarray(X_validation)),
        present=present,
        on_epoch=on_epoch,
        keeper=keeper,
        device=device,
    )
    for (seed, copy), network in zip(fitted.items(), networks, strict=True):
        can_round = any(layer.can_round for layer in network.modules() if isinstance(layer, Dense))
        copy.network_, copy.precision_ = network, precision if can_round else "float32"
        copy.history_ = [record for record in records if record.seed == seed]
    return fitted
