"""Networks of the study as plain PyTorch modules, written for one model and one seed.

An encoder whose layers each narrow, a mirrored decoder, a code of fixed length between them; their layers are in
``layers`` and ``convolutions``. Training (many seeds at once) lives in ``training_loop``, the scikit-learn interface in
``models``.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from autoencoders.learning.layers import Blocks, Dense, Widths, fully_connected
from autoencoders.learning.losses import NEGATIVE_LOG_LIKELIHOODS, OUTPUTS_PER_PIXEL, gaussian_kl
from foundation.vocabulary import Activation, Likelihood

DARKEST = 1e-3  # grey value; no pixel starts darker, none nearer to white
CODE_GAIN = 2.0**0.5  # of the means, as in hidden layers
FIRST_LOG_VARIANCE = -3.0
LARGEST_LOG_VARIANCE = 2.0  # loss and KL both want less than the prior's, which is 0


class LossTerms(NamedTuple):
    """Parts of the loss, each of shape (..., n) in nats per image."""

    reconstruction: Tensor
    regularisation: Tensor  # KL(q(z | x) || N(0, I)), or of a regularised autoencoder 1/2 |z|^2

    def total(self, beta: float) -> Tensor:
        """Return reconstruction + beta * regularisation, shape (..., n)."""
        return self.reconstruction + beta * self.regularisation


@dataclass(frozen=True)
class Output:
    """What a network returns for a batch: decoder outputs before the sigmoid and the code's distribution."""

    logits: Tensor  # (..., n, n_pixels times the parameters of a pixel's distribution)
    means: Tensor  # (..., n, latent_dim); the code itself where the encoder is deterministic
    log_variances: Tensor | None  # (..., n, latent_dim), None where the encoder is deterministic


@dataclass(frozen=True)
class WeightedOutput(Output):
    """An output whose logits hold k draws of the code, (..., n, k, n_pixels), with the draws' log p(z) / q(z | x)."""

    log_ratios: Tensor  # (..., n, k)


class AutoencoderNetwork(nn.Module):
    """Encoder and mirrored decoder, fully connected unless other blocks are given; the code is the encoder's output.

    Attributes:
        is_variational: Whether a code is a distribution.
        beta: Weight of the loss's regularisation.
        decoder_decay: Weight of half the squared norm of the decoder's weight matrices, in nats.
    """

    is_variational = False
    beta = 1.0
    decoder_decay = 0.0

    def __init__(
        self,
        widths: Sequence[int],
        *,
        activation: Activation,
        likelihood: Likelihood,
        is_linear: bool = False,
        blocks: Blocks = fully_connected,
    ) -> None:
        super().__init__()
        self.likelihood: Likelihood = likelihood
        self.is_linear = is_linear
        n_pixels, *hidden_dims, self.latent_dim = widths
        n_statistics = (2 if self.is_variational else 1) * self.latent_dim
        n_outputs = n_pixels * OUTPUTS_PER_PIXEL[likelihood]
        ends = Widths(n_pixels, hidden_dims, n_statistics, self.latent_dim, n_outputs)
        self.encoder, self.decoder = blocks(ends, activation)

    @property
    def noise_dim(self) -> int:
        """How many random numbers the code of an image needs in training."""
        return self.latent_dim if self.is_variational else 0

    @property
    def is_fully_connected(self) -> bool:
        """Whether each layer with parameters takes all numbers of the one before to each of its own."""
        layers = [*self.encoder, *self.decoder]
        return all(type(layer) is Dense or not list(layer.parameters()) for layer in layers)

    @torch.no_grad()
    def start_from(self, mean_image: Tensor) -> None:
        """Give an initialised network a start that needs no learning: its outputs begin at the mean image (n_pixels,).

        Otherwise the first hundreds of updates do little but find the pixels that are always black.

        Source: Burda et al. 2016, Importance Weighted Autoencoders (the authors' code sets the last bias like this).
        """
        has_sigmoid = not self.is_linear and self.likelihood != "discretized_logistic"
        outputs = mean_image.clamp(DARKEST, 1 - DARKEST).logit() if has_sigmoid else mean_image
        self.decoder[-1].get_parameter("bias")[: len(mean_image)] = outputs

    def forward(self, pixels: Tensor, noise: Tensor | None = None) -> Output:
        """Return the output for z = mu + sigma * noise; for the mean code where there is no noise or no sigma.

        Args:
            pixels: Shape (n, n_pixels), in [0, 1].
            noise: Shape (n, latent_dim), drawn from N(0, I).
        """
        means, log_variances = self.encode(pixels)
        codes = means
        if noise is not None and log_variances is not None:
            codes = means + torch.exp(0.5 * log_variances) * noise
        return Output(self.decoder(codes), means, log_variances)

    def encode(self, pixels: Tensor) -> tuple[Tensor, Tensor | None]:
        """Return mean (n, latent_dim) and log-variance (None here) of the code's distribution."""
        return self.encoder(pixels), None

    def to_pixels(self, logits: Tensor) -> Tensor:
        """Return the mean image (..., n_pixels) for decoder outputs; for the discretized logistic its locations."""
        if self.likelihood == "discretized_logistic":
            return logits.chunk(2, dim=-1)[0].clamp(0, 1)
        return logits if self.is_linear else torch.sigmoid(logits)

    def decode(self, codes: Tensor) -> Tensor:
        """Return images (n, n_pixels) for codes (n, latent_dim)."""
        return self.to_pixels(self.decoder(codes))

    def reconstruction_loss(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Return -log p(x | z) per image, (..., n) in nats, for decoder outputs against targets (..., n, n_pixels)."""
        predictions = self.to_pixels(logits) if self.likelihood == "gaussian" else logits
        return NEGATIVE_LOG_LIKELIHOODS[self.likelihood](predictions, targets)

    def loss_terms(self, output: Output, targets: Tensor) -> LossTerms:
        """Return reconstruction and regularisation per image against targets of shape (..., n, n_pixels)."""
        reconstruction = self.reconstruction_loss(output.logits, targets)
        if output.log_variances is None:
            return LossTerms(reconstruction, torch.zeros_like(reconstruction))
        return LossTerms(reconstruction, gaussian_kl(output.means, output.log_variances).sum(-1))


class RegularisedAutoencoderNetwork(AutoencoderNetwork):
    """The deterministic network with a loss that keeps codes short and the decoder's weights small (RAE-L2).

    Source: Ghosh et al. 2020, From Variational to Deterministic Autoencoders, section 3.
    """

    def __init__(self, *arguments: Any, code_weight: float, decoder_decay: float, **others: Any) -> None:
        super().__init__(*arguments, **others)
        self.beta, self.decoder_decay = code_weight, decoder_decay

    def loss_terms(self, output: Output, targets: Tensor) -> LossTerms:
        """Return reconstruction and 1/2 |z|^2 per image against targets of shape (..., n, n_pixels)."""
        reconstruction = self.reconstruction_loss(output.logits, targets)
        return LossTerms(reconstruction, 0.5 * output.means.square().sum(-1))


class VariationalAutoencoderNetwork(AutoencoderNetwork):
    """Encoder to mean and log-variance, a code drawn with the reparameterisation trick, the same decoder.

    Source: Kingma & Welling 2014, Auto-Encoding Variational Bayes, section 2.4.
    """

    is_variational = True

    def __init__(self, *arguments: Any, beta: float = 1.0, **others: Any) -> None:
        super().__init__(*arguments, **others)
        self.beta = beta

    @torch.no_grad()
    def start_from(self, mean_image: Tensor) -> None:
        """Begin, besides, with a narrow distribution of the code around a mean that differs between images.

        Where codes are mostly noise in the first updates, the decoder learns to do without some of their dimensions,
        which then collapse to the prior.

        Source: Bowman et al. 2016, Generating Sentences from a Continuous Space, section 3.1 (the collapse).
        """
        super().start_from(mean_image)
        means, log_variances = self.encoder[-1].get_parameter("weight").chunk(2, dim=-1)
        means *= CODE_GAIN
        log_variances.zero_()
        self.encoder[-1].get_parameter("bias").chunk(2)[1].fill_(FIRST_LOG_VARIANCE)

    def encode(self, pixels: Tensor) -> tuple[Tensor, Tensor | None]:
        """Return mean and log-variance, each (n, latent_dim), of q(z | x)."""
        return self._posterior(pixels)

    def _posterior(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and log-variance, the latter bounded: a single image's exp of it can undo a training.

        Beyond the bound the gradient is still handed on, which leads back.
        """
        means, log_variances = self.encoder(pixels).chunk(2, dim=-1)
        return means, log_variances - (log_variances - LARGEST_LOG_VARIANCE).clamp(min=0).detach()


class ImportanceWeightedNetwork(VariationalAutoencoderNetwork):
    """The VAE's network with a loss from the weights w_i = p(x, z_i) / q(z_i | x) of k codes per image.

    The loss is -log(1/k sum_i w_i), or, averaged, -1/k sum_i log w_i: the VAE's, its expectation taken over k codes.

    Source: Burda et al. 2016, Importance Weighted Autoencoders, eq. 8 (and 5 for the averaged one).
    """

    def __init__(self, *arguments: Any, n_samples: int, is_averaged: bool = False, **others: Any) -> None:
        super().__init__(*arguments, **others)
        self.n_samples, self.is_averaged = n_samples, is_averaged

    @property
    def noise_dim(self) -> int:
        """How many random numbers the codes of an image need in training, one code after the other."""
        return self.n_samples * self.latent_dim

    def forward(self, pixels: Tensor, noise: Tensor | None = None) -> WeightedOutput:
        """Return the output for k codes z = mu + sigma * noise per image; for the mean code where noise is None.

        Args:
            pixels: Shape (..., n, n_pixels), in [0, 1].
            noise: Shape (..., n, k * latent_dim) for any k, drawn from N(0, I).
        """
        means, log_variances = self._posterior(pixels)
        draws = (torch.zeros_like(means) if noise is None else noise).unflatten(-1, (-1, self.latent_dim))
        spread = log_variances.unsqueeze(-2)
        codes = means.unsqueeze(-2) + torch.exp(0.5 * spread) * draws
        logits = self.decoder(codes.flatten(-3, -2)).unflatten(-2, codes.shape[-3:-1])
        log_ratios = 0.5 * (draws.square() + spread - codes.square()).sum(-1)
        return WeightedOutput(logits, means, log_variances, log_ratios)

    def loss_terms(self, output: Output, targets: Tensor) -> LossTerms:
        """Return the bound's loss per image, (..., n), in two parts: KL(q || prior), and the rest.

        The KL divergence is stated beside the rest as a VAE's is; only the sum has a gradient, that of the bound.

        Raises:
            TypeError: if the output is not this network's.
        """
        if not isinstance(output, WeightedOutput) or output.log_variances is None:
            raise TypeError(f"output must be a WeightedOutput, got {type(output).__name__}")
        log_weights = output.log_ratios - self.reconstruction_loss(output.logits, targets.unsqueeze(-2))
        if self.is_averaged:
            loss = -log_weights.mean(-1)
        else:
            loss = math.log(log_weights.shape[-1]) - log_weights.logsumexp(-1)
        kl = gaussian_kl(output.means, output.log_variances).sum(-1).detach()
        return LossTerms(loss - kl, kl)
