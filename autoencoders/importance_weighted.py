"""The importance weighted autoencoder: a VAE trained on a tighter bound, from several codes an image.

Network and estimator stand together here; everything else (training, checkpoints' weights, bounds) takes it as any VAE.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from autoencoders.losses import gaussian_kl
from autoencoders.models import VariationalAutoencoder
from autoencoders.networks import LossTerms, Output, VariationalAutoencoderNetwork, encoder_widths
from autoencoders.vocabulary import Activation, Likelihood, Schedule


class WeightedOutput(Output):
    """An output whose logits hold k draws of the code, (..., n, k, n_pixels), with the draws' log p(z) / q(z | x)."""

    log_ratios: Tensor  # (..., n, k)


class ImportanceWeightedNetwork(VariationalAutoencoderNetwork):
    """The VAE's network whose loss is -log(1/k sum_i w_i), w_i = p(x, z_i) / q(z_i | x), from k codes an image.

    Source: Burda et al. 2016, Importance Weighted Autoencoders, eq. 8.
    """

    def __init__(self, widths: list[int], *, activation: Activation, likelihood: Likelihood, n_samples: int) -> None:
        super().__init__(widths, activation=activation, likelihood=likelihood)
        self.code_dim = widths[-1]
        self.latent_dim = n_samples * self.code_dim  # training draws this many numbers an image: k codes in a row

    def forward(self, pixels: Tensor, noise: Tensor | None = None) -> WeightedOutput:
        """Return the output for k codes z = mu + sigma * noise an image; for the mean code where noise is None.

        Args:
            pixels: Shape (..., n, n_pixels), in [0, 1].
            noise: Shape (..., n, k * code_dim) for any k, drawn from N(0, I).
        """
        means, log_variances = self.encoder(pixels).chunk(2, dim=-1)
        draws = (torch.zeros_like(means) if noise is None else noise).unflatten(-1, (-1, self.code_dim))
        spread = log_variances.unsqueeze(-2)
        codes = means.unsqueeze(-2) + torch.exp(0.5 * spread) * draws
        logits = self.decoder(codes.flatten(-3, -2)).unflatten(-2, codes.shape[-3:-1])
        output = WeightedOutput(logits, means, log_variances)
        output.log_ratios = 0.5 * (draws.square() + spread - codes.square()).sum(-1)
        return output

    def loss_terms(self, output: Output, targets: Tensor) -> LossTerms:
        """Return the bound's loss per image, (..., n), in two parts: KL(q || prior), and the rest.

        The KL divergence is stated beside the rest as a VAE's is; only the sum has a gradient, that of the bound.

        Raises:
            TypeError: if the output is not this network's.
        """
        if not isinstance(output, WeightedOutput) or output.log_variances is None:
            raise TypeError(f"output must be a WeightedOutput, got {type(output).__name__}")
        log_weights = output.log_ratios - self.reconstruction_loss(output.logits, targets.unsqueeze(-2))
        loss = math.log(log_weights.shape[-1]) - log_weights.logsumexp(-1)
        kl = gaussian_kl(output.means, output.log_variances).sum(-1).detach()
        return LossTerms(loss - kl, kl)


class ImportanceWeightedAutoencoder(VariationalAutoencoder):
    """Importance weighted autoencoder: a VAE whose loss is the bound with ``n_samples`` codes an image.

    With one sample the bound is the evidence lower bound, its KL term estimated from the draw.

    Source: Burda et al. 2016, Importance Weighted Autoencoders.
    """

    def __init__(  # noqa: PLR0913 -- scikit-learn's convention: every parameter by name
        self,
        latent_dim: int = 16,
        *,
        n_samples: int = 5,
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

    def build_network(self, n_pixels: int) -> ImportanceWeightedNetwork:
        """Return an untrained network for images of n_pixels."""
        return self.network_of(encoder_widths(n_pixels, tuple(self.hidden_dims), self.latent_dim))

    def network_of(self, widths: list[int]) -> ImportanceWeightedNetwork:
        """Return an untrained network whose encoder has these widths, from the image to the code."""
        return ImportanceWeightedNetwork(
            widths, activation=self.activation, likelihood=self.likelihood, n_samples=self.n_samples
        )
