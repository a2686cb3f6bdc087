"""Layers of networks, for one seed or for many at once: affine maps, activations, and how weights are drawn."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn

from autoencoders.learning.mixed_precision import NARROWEST, rounded_affine
from foundation.vocabulary import Activation

ACTIVATIONS: dict[Activation, Callable[[], nn.Module]] = {
    "relu": nn.ReLU,
    "leaky_relu": nn.LeakyReLU,
    "elu": nn.ELU,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
    "tanh": nn.Tanh,
}


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

    @property
    def widths(self) -> tuple[int, int]:
        """How many numbers of an image go in and come out."""
        n_in, n_out = self.weight.shape[-2:]
        return n_in, n_out

    @property
    def fan_in(self) -> int:
        """How many numbers each output is a sum of."""
        return int(self.weight.shape[-2])

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


@dataclass(frozen=True)
class Widths:
    """Numbers per image at the ends of an autoencoder's two parts, and the widths of the layers between them."""

    n_pixels: int
    hidden: Sequence[int]  # of the encoder; the decoder mirrors them
    n_statistics: int  # out of the encoder: the code, or mean and log-variance
    latent_dim: int
    n_outputs: int  # out of the decoder


Blocks = Callable[[Widths, Activation], tuple[nn.Sequential, nn.Sequential]]  # makes encoder and decoder


def with_activation(layers: Sequence[nn.Module], activation: Activation) -> nn.Sequential:
    """Return layers with the activation between them, none after the last."""
    both = [module for layer in layers for module in (layer, ACTIVATIONS[activation]())]
    return nn.Sequential(*both[:-1])


def fully_connected(widths: Widths, activation: Activation) -> tuple[nn.Sequential, nn.Sequential]:
    """Return encoder and decoder of affine layers."""
    encoder = [widths.n_pixels, *widths.hidden, widths.n_statistics]
    decoder = [widths.latent_dim, *widths.hidden[::-1], widths.n_outputs]
    first, second = (
        with_activation([Dense(*pair) for pair in pairwise(one)], activation) for one in (encoder, decoder)
    )
    return first, second


def initialise(network: nn.Module, generator: torch.Generator) -> None:
    """Draw all weights anew: He-normal with fan-in for weights, zero for biases.

    Source: He et al. 2015, Delving Deep into Rectifiers, eq. 10. The last layer of encoder and decoder
    is not followed by a rectifier and takes gain 1.
    """
    for block in network.children():
        linears = [layer for layer in block.modules() if isinstance(layer, Dense)]
        for layer in linears:
            gain = 1.0 if layer is linears[-1] else 2.0**0.5
            nn.init.normal_(layer.weight, std=gain / layer.fan_in**0.5, generator=generator)
            nn.init.zeros_(layer.bias)
