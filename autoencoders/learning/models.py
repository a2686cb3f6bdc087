"""The models of the study as scikit-learn estimators: fit, transform, inverse_transform.

``MODELS`` is the registry: a new model is a class and one line there, and its traits in ``foundation.models``. What
all models share is in ``estimators``, how long and how fast they learn in ``training_loop.TrainingPlan``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import partial
from numbers import Integral
from typing import Any

import torch

from autoencoders.arrays import Codes, Rows
from autoencoders.learning.convolutions import convolutional
from autoencoders.learning.estimators import BaseAutoencoder
from autoencoders.learning.layers import encoder_widths
from autoencoders.learning.networks import (
    AutoencoderNetwork,
    ImportanceWeightedNetwork,
    RegularisedAutoencoderNetwork,
    VariationalAutoencoderNetwork,
)
from foundation.vocabulary import Activation, Architecture, Likelihood


@dataclass(eq=False, repr=False, kw_only=True)
class Autoencoder(BaseAutoencoder):
    """Traditional autoencoder: image to code of fixed length and back, trained to reproduce its input.

    ``is_narrowing`` leaves out hidden layers that are no wider than the code; without, all are built as given.
    A convolutional network has ``channels`` instead of ``hidden_dims``.

    Source: Hinton & Salakhutdinov 2006, Reducing the Dimensionality of Data with Neural Networks.
    """

    hidden_dims: Sequence[int] = (256, 128)
    activation: Activation = "silu"
    likelihood: Likelihood = "bernoulli"
    architecture: Architecture = "fully_connected"
    channels: Sequence[int] = (16, 32)
    is_narrowing: bool = True

    def build_network(self, n_pixels: int) -> AutoencoderNetwork:
        """Return an untrained network for images of n_pixels."""
        return AutoencoderNetwork(**self._layers(n_pixels))

    def _layers(self, n_pixels: int) -> dict[str, Any]:
        for name in ("hidden_dims", "channels"):
            if any(not isinstance(width, Integral) or width < 1 for width in getattr(self, name)):
                raise ValueError(f"{name} must be whole numbers of at least 1, got {getattr(self, name)}")
        if self.architecture == "convolutional" and not len(self.channels):
            raise ValueError("channels must have an entry for a convolutional network, got none")
        settings = {"activation": self.activation, "likelihood": self.likelihood}
        if self.architecture == "convolutional":
            widths = encoder_widths(n_pixels, (), self.latent_dim)
            return {"widths": widths, **settings, "blocks": partial(convolutional, channels=self.channels)}
        widths = [n_pixels, *self.hidden_dims, self.latent_dim]
        if self.is_narrowing:
            widths = encoder_widths(n_pixels, self.hidden_dims, self.latent_dim)
        return {"widths": widths, **settings}


@dataclass(eq=False, repr=False, kw_only=True)
class RegularisedAutoencoder(Autoencoder):
    """Regularised autoencoder: a traditional one that keeps its codes short and its decoder's weights small.

    Minimises reconstruction + code_weight * 1/2 |z|^2 + decoder_decay * 1/2 |W|^2, W the decoder's weights.

    Source: Ghosh et al. 2020, From Variational to Deterministic Autoencoders (RAE-L2).
    """

    code_weight: float = 0.1
    decoder_decay: float = 0.001

    def build_network(self, n_pixels: int) -> AutoencoderNetwork:
        """Return an untrained network for images of n_pixels."""
        weights = {"code_weight": self.code_weight, "decoder_decay": self.decoder_decay}
        return RegularisedAutoencoderNetwork(**self._layers(n_pixels), **weights)


@dataclass(eq=False, repr=False, kw_only=True)
class VariationalAutoencoder(Autoencoder):
    """Variational autoencoder: image to N(mu, diag(sigma^2)), a code drawn from it, back to the image.

    Minimises reconstruction + beta * KL(q(z | x) || N(0, I)).

    Source: Kingma & Welling 2014, Auto-Encoding Variational Bayes; Higgins et al. 2017, beta-VAE (beta).
    """

    beta: float = 1.0

    def build_network(self, n_pixels: int) -> AutoencoderNetwork:
        """Return an untrained network for images of n_pixels."""
        return VariationalAutoencoderNetwork(**self._layers(n_pixels), beta=self.beta)

    def encode(self, X: Rows) -> tuple[Codes, Codes]:
        """Return mean and log-variance of q(z | x), each (n, latent_dim), for images (n, n_pixels)."""
        rows, dtype = self._checked(X)
        both = self._batched(lambda x: torch.cat(self.network_.encode(x), dim=-1), rows)  # type: ignore[arg-type]
        both = both.astype(dtype, copy=False)
        return both[:, : self._n_features_out], both[:, self._n_features_out :]

    def sample(self, n: int, generator: torch.Generator) -> Rows:
        """Return n images (n, n_pixels) decoded from codes drawn from the prior N(0, I)."""
        return self.inverse_transform(torch.randn(n, self._n_features_out, generator=generator).numpy())


@dataclass(eq=False, repr=False, kw_only=True)
class ImportanceWeightedAutoencoder(VariationalAutoencoder):
    """Importance weighted autoencoder: a VAE whose loss comes from the weights of ``n_samples`` codes per image.

    The loss is the importance-weighted bound's; ``is_averaged`` gives the evidence lower bound's, its expectation
    taken over all the codes. With one sample both are the same.

    Source: Burda et al. 2016, Importance Weighted Autoencoders.
    """

    beta: float = field(init=False)  # none: the bound is a whole
    n_samples: int = 5
    is_averaged: bool = False

    def build_network(self, n_pixels: int) -> AutoencoderNetwork:
        """Return an untrained network for images of n_pixels."""
        layers = self._layers(n_pixels)
        return ImportanceWeightedNetwork(**layers, n_samples=self.n_samples, is_averaged=self.is_averaged)


@dataclass(eq=False, repr=False, kw_only=True)
class LinearAutoencoder(BaseAutoencoder):
    """Autoencoder without hidden layers or non-linearity, trained on squared error: the control for PCA.

    Its optimum spans the principal subspace, so a gap to PCA is a fault of the training.

    Source: Baldi & Hornik 1989, Neural Networks and Principal Component Analysis.
    """

    epochs: int = 5

    def build_network(self, n_pixels: int) -> AutoencoderNetwork:
        """Return an untrained network for images of n_pixels."""
        widths = encoder_widths(n_pixels, (), self.latent_dim)
        return AutoencoderNetwork(widths, activation="relu", likelihood="gaussian", is_linear=True)


MODELS: dict[str, type[BaseAutoencoder]] = {
    "ae": Autoencoder,
    "vae": VariationalAutoencoder,
    "rae": RegularisedAutoencoder,
    "linear_ae": LinearAutoencoder,
    "iwae": ImportanceWeightedAutoencoder,
}


def build_model(name: str, latent_dim: int, settings: Mapping[str, object]) -> BaseAutoencoder:
    """Return an untrained model with those of the settings that it has.

    >>> build_model("linear_ae", 8, {"epochs": 4, "hidden_dims": (64,)})
    LinearAutoencoder(epochs=4, latent_dim=8)
    """
    known = {argument.name for argument in fields(MODELS[name]) if argument.init}
    own: dict[str, Any] = {key: value for key, value in settings.items() if key in known}
    return MODELS[name](latent_dim=latent_dim, **own)
