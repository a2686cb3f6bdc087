"""The models of the study as scikit-learn estimators: fit, transform, inverse_transform.

``MODELS`` is the registry: a new model is a class and one line there. What they share is in ``estimators``.
"""

from collections.abc import Sequence

import torch

from autoencoders.learning.estimators import BaseAutoencoder, Matrix
from autoencoders.learning.networks import AutoencoderNetwork, ImportanceWeightedNetwork, VariationalAutoencoderNetwork
from autoencoders.vocabulary import Activation, Initialisation, Likelihood, Schedule


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
        epochs: int = 3,
        batch_size: int = 128,
        learning_rate: float = 0.01,
        schedule: Schedule = "linear",
        initialisation: Initialisation = "informed",
        adam_beta_2: float = 0.95,
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
        self.initialisation = initialisation
        self.adam_beta_2 = adam_beta_2
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
        epochs: int = 3,
        batch_size: int = 128,
        learning_rate: float = 0.01,
        schedule: Schedule = "linear",
        initialisation: Initialisation = "informed",
        adam_beta_2: float = 0.95,
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
        self.initialisation = initialisation
        self.adam_beta_2 = adam_beta_2
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
        epochs: int = 3,
        batch_size: int = 128,
        learning_rate: float = 0.01,
        schedule: Schedule = "linear",
        initialisation: Initialisation = "informed",
        adam_beta_2: float = 0.95,
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
            initialisation=initialisation,
            adam_beta_2=adam_beta_2,
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
        epochs: int = 3,
        batch_size: int = 128,
        learning_rate: float = 0.01,
        schedule: Schedule = "linear",
        initialisation: Initialisation = "informed",
        adam_beta_2: float = 0.95,
        random_state: int = 0,
    ) -> None:
        self.latent_dim = latent_dim
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.schedule = schedule
        self.initialisation = initialisation
        self.adam_beta_2 = adam_beta_2
        self.random_state = random_state


MODELS: dict[str, type[BaseAutoencoder]] = {
    "ae": Autoencoder,
    "vae": VariationalAutoencoder,
    "linear_ae": LinearAutoencoder,
    "iwae": ImportanceWeightedAutoencoder,
}
