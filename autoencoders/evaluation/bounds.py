"""Bounds on log p(x) of a variational autoencoder, one value per image, in nats.

The network must have been trained with a likelihood that is a probability of its pixels: Bernoulli on binary
ones, the discretized logistic on 8-bit ones. The Gaussian one lacks its constant and is refused.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor

from autoencoders.arrays import Values
from autoencoders.learning.networks import AutoencoderNetwork

DRAWS_AT_A_TIME = 10000  # codes drawn at once: bounds memory, changes no result
CODES_AT_A_TIME = 2000  # codes decoded at once: keeps images in the processor's cache, changes no result


class Bounds(NamedTuple):
    """Two lower bounds on log p(x) from the same draws, all (n,) in nats."""

    elbo: Values  # evidence lower bound, mean over the draws
    importance_weighted: Values
    standard_error: Values  # of the importance-weighted bound's estimate, from its draws alone


@torch.no_grad()
def log_weights(network: AutoencoderNetwork, pixels: Tensor, n_samples: int, generator: torch.Generator) -> Tensor:
    """Return log p(x | z) + log p(z) - log q(z | x) for n_samples codes z of each image, (n, n_samples).

    Raises:
        ValueError: if the network is not variational or its likelihood is no probability of pixels.
    """
    means, log_variances = network.encode(pixels)
    if log_variances is None or network.likelihood == "gaussian":
        raise ValueError(f"network must be variational with a discrete likelihood, got {network.likelihood}")
    noise = torch.randn(len(pixels), n_samples, means.shape[1], generator=generator)
    codes = means[:, None] + torch.exp(0.5 * log_variances)[:, None] * noise
    log_ratios = 0.5 * (noise.square() + log_variances[:, None] - codes.square()).sum(-1)
    n_images = max(1, CODES_AT_A_TIME // n_samples)
    parts = zip(codes.split(n_images), pixels.split(n_images), strict=True)
    return log_ratios - torch.cat([_reconstruction_losses(network, *part) for part in parts])


def _reconstruction_losses(network: AutoencoderNetwork, codes: Tensor, pixels: Tensor) -> Tensor:
    """Return -log p(x | z), (n, n_samples), for codes (n, n_samples, latent_dim) of images (n, n_pixels)."""
    outputs = network.decoder(codes.flatten(0, 1)).unflatten(0, codes.shape[:2])
    return network.reconstruction_loss(outputs, pixels[:, None].expand(-1, codes.shape[1], -1))


def bounds(network: AutoencoderNetwork, pixels: Tensor, n_samples: int, generator: torch.Generator) -> Bounds:
    """Return the evidence lower bound and the importance-weighted bound of images (n, n_pixels).

    ELBO = E_q[log w], importance-weighted: E log(1/k sum_i w_i) with w = p(x, z) / q(z | x) and k = n_samples; with
    one sample they are the same. The standard error of the second is the delta method's, sd(w) / (mean(w) sqrt(k)).

    Args:
        network: Trained, variational.
        pixels: Binary for the Bernoulli likelihood, multiples of 1/255 for the discretized logistic.
        n_samples: Codes drawn per image, at least 1.
        generator: Draws the codes.

    Raises:
        ValueError: as for ``log_weights``, or if n_samples is below 1.

    Source: Burda et al. 2016, Importance Weighted Autoencoders, eq. 8.
    """
    if n_samples < 1:
        raise ValueError(f"n_samples must be at least 1, got {n_samples}")
    n_images = max(1, DRAWS_AT_A_TIME // n_samples)
    parts = [_bounds(log_weights(network, part, n_samples, generator).double()) for part in pixels.split(n_images)]
    return Bounds(*(torch.cat(columns).numpy() for columns in zip(*parts, strict=True)))


def _bounds(weights: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    n_samples = weights.shape[1]
    importance_weighted = weights.logsumexp(1) - math.log(n_samples)
    relative = torch.exp(weights - importance_weighted[:, None])  # mean 1
    spread = relative.std(1) if n_samples > 1 else torch.zeros(len(weights), dtype=weights.dtype)
    return weights.mean(1), importance_weighted, spread / math.sqrt(n_samples)


def bits_per_pixel(nats: Values, n_pixels: int) -> Values:
    """Return a negative log-likelihood in nats per image as bits per pixel: what an ideal entropy coder would write.

    >>> bits_per_pixel(math.log(2) * 784, 784)
    1.0
    """
    return nats / (n_pixels * math.log(2))
