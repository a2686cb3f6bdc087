"""What all models of the study share: the interface of scikit-learn's estimators, and fitting many seeds at once.

A *codec* is anything with this interface, scikit-learn's own PCA included. ``fit_seeds`` trains one model under many
seeds at once and gives the same bytes as fitting each alone.
"""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import KW_ONLY, dataclass
from typing import Any, Self

import numpy as np
import torch
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin, clone
from sklearn.utils.validation import check_is_fitted, validate_data

from autoencoders.arrays import Codes, Rows
from autoencoders.learning.layers import Dense
from autoencoders.learning.networks import AutoencoderNetwork, LossTerms
from autoencoders.learning.records import EpochRecord
from autoencoders.learning.resumption import FORGETFUL, Keeper
from autoencoders.learning.training_loop import CPU, Present, TrainingPlan, present_unchanged, train
from foundation.vocabulary import ProductPrecision

BATCH_SIZE = 2000  # images at a time in transform and inverse_transform: bounds memory, changes no result


class _Fitted:
    """What fitting leaves; apart from the dataclass, whose annotations are constructor arguments."""

    network_: AutoencoderNetwork
    history_: list[EpochRecord]
    precision_: ProductPrecision
    n_features_in_: int


@dataclass(eq=False, repr=False)
class BaseAutoencoder(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator, TrainingPlan, _Fitted):
    """What all autoencoders share; a subclass adds arguments of its own and builds its network.

    Every argument and its default stands once, as a field, here, in the plan or in a subclass.
    """

    latent_dim: int = 16
    _: KW_ONLY
    random_state: int = 0

    @abstractmethod
    def build_network(self, n_pixels: int) -> AutoencoderNetwork:
        """Return an untrained network for images of n_pixels."""

    def fit(
        self, X: Rows, y: object = None, *, X_validation: Rows | None = None, present: Present = present_unchanged
    ) -> Self:
        """Train on images as ``fit_seeds`` does and return self; ``y`` is ignored."""
        fitted = fit_seeds(self, X, [self.random_state], X_validation=X_validation, present=present)
        self.__dict__.update(fitted[self.random_state].__dict__)
        return self

    def transform(self, X: Rows) -> Codes:
        """Return the codes (n, latent_dim) of images (n, n_pixels); the mean code where it is distributed."""
        rows = self._checked(X)
        return self._batched(lambda x: self.network_.encode(x)[0], rows)

    def inverse_transform(self, Z: Codes) -> Rows:
        """Return the images (n, n_pixels) of codes (n, latent_dim)."""
        check_is_fitted(self)
        return self._batched(self.network_.decode, np.asarray(Z, dtype=np.float32))

    def loss_terms(self, X: Rows, generator: torch.Generator) -> LossTerms:
        """Return reconstruction and regularisation per image, (n,) each in nats, with one code drawn per image."""
        with torch.no_grad():
            pixels = torch.from_numpy(self._checked(X))
            noise = torch.randn(len(pixels), self.latent_dim, generator=generator)
            return self.network_.loss_terms(self.network_(pixels, noise), pixels)

    def _checked(self, X: Rows, *, is_first: bool = False) -> Rows:
        if not is_first:
            check_is_fitted(self)
        rows: Rows = validate_data(self, X, dtype=np.float32, order="C", reset=is_first)
        return rows

    @staticmethod
    @torch.no_grad()
    def _batched(function: Callable[[torch.Tensor], torch.Tensor], rows: Rows) -> Rows:
        batches = torch.from_numpy(np.ascontiguousarray(rows)).split(BATCH_SIZE)
        return torch.cat([function(batch) for batch in batches]).numpy()

    @property
    def _n_features_out(self) -> int:
        return self.latent_dim

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float32"]
        return tags


def fit_seeds(
    estimator: BaseAutoencoder,
    X: Rows,
    seeds: Sequence[int],
    *,
    X_validation: Rows | None = None,
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
        precision: Of the factors of the training's matrix multiplications, of layers that are wide enough.

    Raises:
        ValueError: if X is not a finite matrix or latent_dim does not fit its width.
        FloatingPointError: if a loss is no finite number.
    """
    fitted = {seed: clone(estimator).set_params(random_state=seed) for seed in seeds}
    for copy in fitted.values():
        rows = copy._checked(X, is_first=True)  # noqa: SLF001 -- a copy of the same class
    networks, records = train(
        lambda: estimator.build_network(rows.shape[1]),
        torch.from_numpy(rows),
        plan=estimator,
        seeds=seeds,
        validation=None if X_validation is None else torch.from_numpy(np.ascontiguousarray(X_validation)),
        present=present,
        on_epoch=on_epoch,
        keeper=keeper,
        device=device,
        precision=precision,
    )
    for (seed, copy), network in zip(fitted.items(), networks, strict=True):
        can_round = any(layer.can_round for layer in network.modules() if isinstance(layer, Dense))
        copy.network_, copy.precision_ = network, precision if can_round else "float32"
        copy.history_ = [record for record in records if record.seed == seed]
    return fitted
