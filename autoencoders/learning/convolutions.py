"""Convolutional encoder and decoder, as affine maps of patches: a seed's products are those of ``networks.Dense``.

Kernels of 4 x 4 pixels move by 2, over a border of one black pixel: each layer halves the side of an image, and each
transposed one doubles it. Between layers an image is one row of numbers, (height, width, channels) flattened.
"""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn

from autoencoders.learning.layers import Dense, Widths, with_activation
from foundation.vocabulary import Activation

KERNEL, STRIDE = 4, 2
N_OVERLAPPING = (KERNEL // STRIDE) ** 2  # patches that hold a pixel


def _cut(images: Tensor) -> Tensor:
    """Return the patches (..., h / 2, w / 2, 16 channels) of images (..., h, w, channels)."""
    padded = nn.functional.pad(images, (0, 0, 1, 1, 1, 1))
    patches = padded.unfold(-3, KERNEL, STRIDE).unfold(-3, KERNEL, STRIDE)  # (..., h / 2, w / 2, channels, 4, 4)
    return patches.movedim(-3, -1).flatten(-3)


def _laid(patches: Tensor) -> Tensor:
    """Return the images (..., h, w, channels) whose pixels are sums over the patches that hold them."""
    *leading, height, width, n_numbers = patches.shape
    n_channels = n_numbers // KERNEL**2
    quarters = patches.unflatten(-1, (2, STRIDE, 2, STRIDE, n_channels))  # (..., height, width, down, 2, across, 2, c)
    blocks = patches.new_zeros(*leading, height + 1, STRIDE, width + 1, STRIDE, n_channels)
    for down in (0, 1):
        for across in (0, 1):
            target = blocks[..., down : down + height, :, across : across + width, :, :]
            target += quarters[..., down, :, across, :, :].movedim(-3, -4)
    padded = blocks.flatten(-5, -4).flatten(-3, -2)
    return padded[..., 1:-1, 1:-1, :].contiguous()


class _Patches(torch.autograd.Function):
    """Patches of images; what goes back to a pixel is the sum over its patches."""

    @staticmethod
    def forward(ctx: Any, images: Tensor) -> Tensor:  # noqa: ARG004 -- nothing to remember
        return _cut(images)

    @staticmethod
    def backward(ctx: Any, grad_output: Tensor) -> Tensor:  # noqa: ARG004
        return _laid(grad_output)


class _Images(torch.autograd.Function):
    """Images of patches, the transpose of ``_Patches``."""

    @staticmethod
    def forward(ctx: Any, patches: Tensor) -> Tensor:  # noqa: ARG004 -- nothing to remember
        return _laid(patches)

    @staticmethod
    def backward(ctx: Any, grad_output: Tensor) -> Tensor:  # noqa: ARG004
        return _cut(grad_output)


class Convolution(Dense):
    """Convolution that halves the side of images, for one seed or, with stacked parameters, for many.

    The weight is (16 n_in, n_out), a patch's numbers in the order (row, column, channel).
    """

    def __init__(self, side: int, n_in: int, n_out: int) -> None:
        super().__init__(KERNEL**2 * n_in, n_out)
        self.image_shape = (side, side, n_in)

    @property
    def widths(self) -> tuple[int, int]:
        n_pixels = self.image_shape[0] ** 2
        return n_pixels * self.image_shape[2], n_pixels // STRIDE**2 * int(self.weight.shape[-1])

    def forward(self, inputs: Tensor) -> Tensor:
        """Return outputs (..., n, width) for inputs (..., n, width) of the layer before."""
        patches = _Patches.apply(inputs.unflatten(-1, self.image_shape)).flatten(-3, -2)
        outputs = super().forward(patches.flatten(-3, -2))
        return outputs.unflatten(-2, patches.shape[-3:-1]).flatten(-2)


class TransposedConvolution(Dense):
    """Transpose of a convolution, which doubles the side of images; each number that comes out has its own bias.

    The weight is (n_in, 16 n_out), a patch's numbers in the order (row, column, channel). As the last layer it returns
    channels first: all of a likelihood's first parameters, then all of the second.
    """

    can_round = False

    def __init__(self, side: int, n_in: int, n_out: int, *, is_last: bool) -> None:
        super().__init__(n_in, KERNEL**2 * n_out)
        self.image_shape, self.is_last = (side, side, n_in), is_last
        self.bias = nn.Parameter(torch.zeros((STRIDE * side) ** 2 * n_out))

    @property
    def widths(self) -> tuple[int, int]:
        return math.prod(self.image_shape), int(self.bias.shape[-1])

    @property
    def fan_in(self) -> int:
        return N_OVERLAPPING * self.image_shape[2]

    def forward(self, inputs: Tensor) -> Tensor:
        """Return outputs (..., n, width) for inputs (..., n, width) of the layer before."""
        n_images, (side, _, n_in) = inputs.shape[-2], self.image_shape
        rows = inputs.unflatten(-1, (side**2, n_in)).flatten(-3, -2)
        images = _Images.apply((rows @ self.weight).unflatten(-2, (n_images, side, side)))
        ordered = images.movedim(-1, -3) if self.is_last else images
        return ordered.flatten(-3) + self.bias.unsqueeze(-2)


def convolutional(
    widths: Widths, activation: Activation, *, channels: Sequence[int]
) -> tuple[nn.Sequential, nn.Sequential]:
    """Return an encoder of convolutions with these channels and an affine layer to the code, and its mirror image.

    Source: Radford et al. 2016, Unsupervised Representation Learning with Deep Convolutional Generative Adversarial
    Networks (strided convolutions of even kernels in both directions instead of pooling).

    Raises:
        ValueError: if images are not square, or their side cannot be halved once for each entry of channels.
    """
    side, n_halvings = math.isqrt(widths.n_pixels), len(channels)
    smallest = side // STRIDE**n_halvings
    if side**2 != widths.n_pixels or smallest * STRIDE**n_halvings != side:
        raise ValueError(
            f"convolutional networks need square images whose side is a multiple of {STRIDE**n_halvings}, "
            f"got {widths.n_pixels} pixels"
        )
    n_features = smallest**2 * channels[-1]
    inward = pairwise([1, *channels])
    outward = list(pairwise([*channels[::-1], widths.n_outputs // widths.n_pixels]))
    encoder = [Convolution(side // STRIDE**i, *pair) for i, pair in enumerate(inward)]
    decoder = [
        TransposedConvolution(smallest * STRIDE**i, *pair, is_last=i == n_halvings - 1)
        for i, pair in enumerate(outward)
    ]
    return (
        with_activation([*encoder, Dense(n_features, widths.n_statistics)], activation),
        with_activation([Dense(widths.latent_dim, n_features), *decoder], activation),
    )
