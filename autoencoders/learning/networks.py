"""Networks of the study as plain PyTorch modules, written for one model and one seed.

An encoder whose layers each narrow, a mirrored decoder, a code of fixed length between them.
Training (many seeds at once) lives in ``training_loop``, the scikit-learn interface in ``models``.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor, nn

from autoencoders.learning.losses import NEGATIVE_LOG_LIKELIHOODS, OUTPUTS_PER_PIXEL, gaussian_kl
from autoencoders.learning.mixed_precision import NARROWEST, rounded_affine
from foundation.vocabulary import Activation, Likelihood

ACTIVATIONS: dict[Activation, Callable[[], nn.Module]] = {
    "relu": nn.ReLU,
    "leaky_relu": nn.LeakyReLU,
    "elu": nn.ELU,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
    "tanh": nn.Tanh,
}
DARKEST = 1e-3  # grey value; no pixel starts darker, none nearer to white
CODE_GAIN = 2.0**0.5  # of the means, as in hidden layers
FIRST_LOG_VARIANCE = -3.0


class LossTerms(NamedTuple):
    """Parts of the loss, each of shape (..., n) in nats per image."""

    reconstruction: Tensor
    kl: Tensor

    def total(self, beta: float) -> Tensor:
        """Return reconstruction + beta * KL, shape (..., n)."""
        return self.reconstruction + beta * self.kl


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


def encoder_widths(n_pixels: int, hidden_dims: Sequence[int], latent_dim: int) -> list[int]:
    """Return the encoder's layer widths, strictly falling from the image to the code.

    Hidden layers no wider than the code are left out, so that each layer narrows at any latent_dim.

    Raises:
        ValueError: if latent_dim is not in 1..n_pixels, or the hidden widths do not fall.

    >>> encoder_widths(784, (512, 128), 16)
    [784, 512, 128, 16]
    >>> encoder_widths(784, (512, 128), 200)
    [784, 512, 200]
    """
    if not 1 <= latent_dim <= n_pixels:
        raise ValueError(f"latent_dim must be in 1..{n_pixels}, got {latent_dim}")
    widths = [n_pixels, *(width for width in hidden_dims if width > latent_dim), latent_dim]
    if any(after >= before for before, after in pairwise(widths[:-1])):
        raise ValueError(f"hidden_dims must fall strictly from below {n_pixels}, got {list(hidden_dims)}")
    return widths


class Dense(nn.Module):
    """Affine layer x W + b with W stored (n_in, n_out), for one seed or for many at once.

    With stacked parameters, W (n_seeds, n_in, n_out) and b (n_seeds, n_out), inputs have a leading axis of seeds too.
    ``nn.Linear`` stores the transpose, whose gradient would have to be transposed at every step.

    Attributes:
        has_rounded_factors: Whether stacked seeds are multiplied in bfloat16 while gradients are recorded;
            without gradients (validation, evaluation) all is float32.
        can_round: Whether outputs of rounded factors have the same bytes for any number of seeds.
    """

    has_rounded_factors = False

    @property
    def can_round(self) -> bool:
        return min(self.weight.shape[-2:]) >= NARROWEST

    def __init__(self, n_in: int, n_out: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(n_in, n_out))
        self.bias = nn.Parameter(torch.zeros(n_out))

    def forward(self, inputs: Tensor) -> Tensor:
        """Return outputs (n, n_out) for inputs (n, n_in), or (n_seeds, n, n_out) for (n_seeds, n, n_in)."""
        if self.weight.dim() == 3:
            if self.has_rounded_factors and torch.is_grad_enabled():
                return rounded_affine(inputs, self.weight, self.bias)
            return torch.baddbmm(self.bias.unsqueeze(1), inputs, self.weight)
        return torch.addmm(self.bias, inputs, self.weight)


def fully_connected(widths: list[int], activation: Activation) -> nn.Sequential:
    """Return affine layers of the given widths with the activation between them, none after the last."""
    layers: list[nn.Module] = []
    for before, after in pairwise(widths):
        layers += [Dense(before, after), ACTIVATIONS[activation]()]
    return nn.Sequential(*layers[:-1])


def initialise(network: nn.Module, generator: torch.Generator) -> None:
    """Draw all weights anew: He-normal with fan-in for weights, zero for biases.

    Source: He et al. 2015, Delving Deep into Rectifiers, eq. 10. The last layer of encoder and decoder
    is not followed by a rectifier and takes gain 1.
    """
    for block in network.children():
        linears = [layer for layer in block.modules() if isinstance(layer, Dense)]
        for layer in linears:
            gain = 1.0 if layer is linears[-1] else 2.0**0.5
            nn.init.normal_(layer.weight, std=gain / len(layer.weight) ** 0.5, generator=generator)
            nn.init.zeros_(layer.bias)


class AutoencoderNetwork(nn.Module):
    """Fully connected encoder and mirrored decoder; the code is the encoder's output."""

    is_variational = False
    beta = 1.0  # weight of the KL term

    def __init__(
        self, widths: Sequence[int], *, activation: Activation, likelihood: Likelihood, is_linear: bool = False
    ) -> None:
        super().__init__()
        self.likelihood: Likelihood = likelihood
        self.is_linear = is_linear
        n_pixels, *hidden_dims, self.latent_dim = widths
        n_statistics = 2 if self.is_variational else 1
        self.encoder = fully_connected([n_pixels, *hidden_dims, n_statistics * self.latent_dim], activation)
        self.decoder = fully_connected(
            [self.latent_dim, *hidden_dims[::-1], n_pixels * OUTPUTS_PER_PIXEL[likelihood]], activation
        )

    @property
    def noise_dim(self) -> int:
        """How many random numbers the code of an image needs in training."""
        return self.latent_dim if self.is_variational else 0

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
        """Return reconstruction and KL per image against targets of shape (..., n, n_pixels)."""
        reconstruction = self.reconstruction_loss(output.logits, targets)
        if output.log_variances is None:
            return LossTerms(reconstruction, torch.zeros_like(reconstruction))
        return LossTerms(reconstruction, gaussian_kl(output.means, output.log_variances).sum(-1))


class VariationalAutoencoderNetwork(AutoencoderNetwork):
    """Encoder to mean and log-variance, a code drawn with the reparameterisation trick, the same decoder.

    Source: Kingma & Welling 2014, Auto-Encoding Variational Bayes, section 2.4.
    """

    is_variational = True

    def __init__(
        self, widths: Sequence[int], *, activation: Activation, likelihood: Likelihood, beta: float = 1.0
    ) -> None:
        super().__init__(widths, activation=activation, likelihood=likelihood)
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
        means, log_variances = self.encoder(pixels).chunk(2, dim=-1)
        return means, log_variances


class ImportanceWeightedNetwork(VariationalAutoencoderNetwork):
    """The VAE's network with a loss from the weights w_i = p(x, z_i) / q(z_i | x) of k codes per image.

    The loss is -log(1/k sum_i w_i), or, averaged, -1/k sum_i log w_i: the VAE's, its expectation taken over k codes.

    Source: Burda et al. 2016, Importance Weighted Autoencoders, eq. 8 (and 5 for the averaged one).
    """

    def __init__(
        self,
        widths: Sequence[int],
        *,
        activation: Activation,
        likelihood: Likelihood,
        n_samples: int,
        is_averaged: bool = False,
    ) -> None:
        super().__init__(widths, activation=activation, likelihood=likelihood)
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
        means, log_variances = self.encoder(pixels).chunk(2, dim=-1)
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
