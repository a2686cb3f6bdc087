"""What all models of the study share: the interface of scikit-learn's estimators, and fitting many seeds at once.

A *codec* is anything with this interface, scikit-learn's own PCA included. ``fit_seeds`` trains one model under many
seeds at once and gives the same bytes as fitting each alone.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Self

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.utils.validation import check_is_fitted, validate_data

from autoencoders.learning.adam import BETA_2
from autoencoders.learning.networks import AutoencoderNetwork, Dense, LossTerms, encoder_widths
from autoencoders.learning.records import EpochRecord
from autoencoders.learning.resumption import FORGETFUL, Keeper
from autoencoders.learning.training import CPU, Present, TrainingPlan, present_unchanged, train
from autoencoders.vocabulary import Activation, Initialisation, Likelihood, ProductPrecision, Schedule

PLAIN: dict[str, Any] = {"initialisation": "he", "adam_beta_2": BETA_2}  # parameters: training as it is usually done
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
    initialisation: Initialisation
    adam_beta_2: float
    random_state: int

    network_: AutoencoderNetwork
    history_: list[EpochRecord]
    precision_: ProductPrecision
    n_features_in_: int

    @property
    def plan(self) -> TrainingPlan:
        """The training plan the constructor's parameters describe."""
        return TrainingPlan(
            self.epochs,
            self.batch_size,
            self.learning_rate,
            self.schedule,
            beta=self.beta,
            initialisation=self.initialisation,
            adam_beta_2=self.adam_beta_2,
        )

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
