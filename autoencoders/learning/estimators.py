"""What all models of the study share: the interface of scikit-learn's estimators, and fitting many seeds at once.

A *codec* is anything with this interface, scikit-learn's own PCA included. ``fit_seeds`` trains one model under many
seeds at once and gives the same bytes as fitting each alone.
"""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import KW_ONLY, dataclass
from numbers import Integral, Real
from typing import Any, Self, get_args

import numpy as np
import torch
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin, clone
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_array, check_is_fitted, validate_data

from autoencoders.arrays import Codes, Rows
from autoencoders.learning.layers import Dense
from autoencoders.learning.networks import AutoencoderNetwork, LossTerms
from autoencoders.learning.records import EpochRecord
from autoencoders.learning.resumption import FORGETFUL, Keeper
from autoencoders.learning.training_loop import CPU, Present, TrainingPlan, present_unchanged, train
from foundation.vocabulary import Activation, Architecture, Initialisation, Likelihood, ProductPrecision, Schedule

BATCH_SIZE = 2000  # images at a time in transform and inverse_transform: bounds memory, changes no result
FLOATS = [np.float64, np.float32]  # what transform takes as it is and gives back; networks compute in the second


def _one_of(names: Any) -> list[Any]:
    return [StrOptions(set(get_args(names)))]


COUNT = [Interval(Integral, 1, None, closed="left")]
NOT_NEGATIVE = [Interval(Real, 0, None, closed="left")]
CONSTRAINTS: dict[str, list[Any]] = {  # what each parameter of any model may be, in scikit-learn's terms
    "latent_dim": COUNT,
    "random_state": ["random_state"],
    "epochs": COUNT,
    "batch_size": COUNT,
    "learning_rate": [Interval(Real, 0, None, closed="neither")],
    "schedule": _one_of(Schedule),
    "initialisation": _one_of(Initialisation),
    "adam_beta_2": [Interval(Real, 0, 1, closed="left")],
    "hidden_dims": ["array-like"],
    "activation": _one_of(Activation),
    "likelihood": _one_of(Likelihood),
    "architecture": _one_of(Architecture),
    "channels": ["array-like"],
    "is_narrowing": ["boolean"],
    "code_weight": NOT_NEGATIVE,
    "decoder_decay": NOT_NEGATIVE,
    "beta": NOT_NEGATIVE,
    "n_samples": COUNT,
    "is_averaged": ["boolean"],
}


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
    random_state: int | np.random.RandomState | None = 0

    @abstractmethod
    def build_network(self, n_pixels: int) -> AutoencoderNetwork:
        """Return an untrained network for images of n_pixels."""

    def fit(
        self, X: Rows, y: object = None, *, X_validation: Rows | None = None, present: Present = present_unchanged
    ) -> Self:
        """Train on images as ``fit_seeds`` does and return self; ``y`` is ignored."""
        self._validate_params()
        seed = self.random_state
        if not isinstance(seed, Integral):  # None or a generator, of which a seed is drawn
            seed = check_random_state(seed).randint(2**31 - 1)
        fitted = fit_seeds(self, X, [seed], X_validation=X_validation, present=present)[seed]
        self.__dict__.update({name: value for name, value in vars(fitted).items() if name.endswith("_")})
        return self

    def transform(self, X: Rows) -> Codes:
        """Return the codes (n, latent_dim) of images (n, n_pixels); the mean code where it is distributed."""
        rows, dtype = self._checked(X)
        return self._batched(lambda x: self.network_.encode(x)[0], rows).astype(dtype, copy=False)

    def inverse_transform(self, Z: Codes) -> Rows:
        """Return the images (n, n_pixels), float32, of codes (n, latent_dim).

        Raises:
            ValueError: if Z is not a finite matrix with latent_dim columns.
        """
        check_is_fitted(self)
        return self._batched(self.network_.decode, as_rows(Z, self._n_features_out, "Z"))

    def loss_terms(self, X: Rows, generator: torch.Generator) -> LossTerms:
        """Return reconstruction and regularisation per image, (n,) each in nats, with one code drawn per image."""
        with torch.no_grad():
            pixels = torch.from_numpy(self._checked(X)[0])
            noise = torch.randn(len(pixels), self._n_features_out, generator=generator)
            return self.network_.loss_terms(self.network_(pixels, noise), pixels)

    def _checked(self, X: ArrayLike, *, is_first: bool = False) -> tuple[Rows, np.dtype[Any]]:
        """Return the images as the network takes them, and the type that codes of them are to have."""
        if not is_first:
            check_is_fitted(self)
        rows = validate_data(self, X, dtype=FLOATS, order="C", reset=is_first)
        return check_array(rows, dtype=np.float32, input_name="X"), rows.dtype

    @staticmethod
    @torch.no_grad()
    def _batched(function: Callable[[torch.Tensor], torch.Tensor], rows: Rows) -> Rows:
        batches = torch.from_numpy(rows).split(BATCH_SIZE)
        return torch.cat([function(batch) for batch in batches]).numpy()

    @property
    def _n_features_out(self) -> int:
        return self.network_.latent_dim  # set_params acts at the next fit only

    @property
    def _parameter_constraints(self) -> dict[str, list[Any]]:
        return {name: CONSTRAINTS[name] for name in self.get_params(deep=False) if name in CONSTRAINTS}

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags


def as_rows(array: ArrayLike, n_columns: int, name: str) -> Rows:
    """Return an array as float32 rows.

    Raises:
        ValueError: if it is not a finite matrix with so many columns; says its name.
    """
    rows: Rows = check_array(array, dtype=np.float32, order="C", input_name=name)
    if rows.shape[1] != n_columns:
        raise ValueError(f"{name} must have {n_columns} columns, got {rows.shape[1]}")
    return rows


def refuse_other_range(rows: Rows, likelihood: Likelihood, name: str) -> None:
    """Refuse images outside [0, 1] for a likelihood that is defined there.

    Raises:
        ValueError: if there are such; says the range, and what to do.
    """
    low, high = float(rows.min()), float(rows.max())
    if likelihood != "gaussian" and not 0 <= low <= high <= 1:
        raise ValueError(
            f"{name} must be in [0, 1] for the likelihood {likelihood!r}, got {low:g} to {high:g}; "
            "scale it (bytes: X / 255) or use the likelihood 'gaussian'"
        )


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
        ValueError: if a parameter is not what it may be, images are no finite matrices or outside [0, 1] where the
            likelihood needs that, or latent_dim does not fit their width.
        FloatingPointError: if a loss is no finite number.
    """
    estimator._validate_params()  # noqa: SLF001 -- scikit-learn's own check
    fitted = {seed: clone(estimator).set_params(random_state=seed) for seed in seeds}
    for copy in fitted.values():
        rows, _ = copy._checked(X, is_first=True)  # noqa: SLF001 -- a copy of the same class
    n_pixels = rows.shape[1]
    held_out = None if X_validation is None else as_rows(X_validation, n_pixels, "X_validation")
    likelihood = estimator.build_network(n_pixels).likelihood
    for name, images in (("X", rows), ("X_validation", held_out)):
        if images is not None:
            refuse_other_range(images, likelihood, name)
    networks, records = train(
        lambda: estimator.build_network(n_pixels),
        torch.from_numpy(rows),
        plan=estimator,
        seeds=seeds,
        validation=None if held_out is None else torch.from_numpy(held_out),
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
