"""Losses of autoencoders, one value per image, in nats.

Every function sums over the last axis only, so leading axes (seeds, batch) pass through.
Averaging over images and weighting by beta belong to the training loop.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from autoencoders.vocabulary import Likelihood


class _BernoulliNll(torch.autograd.Function):
    """softplus(a) - x a, summed; its derivative sigmoid(a) - x in one pass instead of autograd's four."""

    @staticmethod
    def forward(ctx: Any, logits: Tensor, targets: Tensor) -> Tensor:
        ctx.save_for_backward(logits, targets)
        return (functional.softplus(logits) - targets * logits).sum(-1)

    @staticmethod
    def backward(ctx: Any, grad_output: Tensor) -> tuple[Tensor, None]:
        logits, targets = ctx.saved_tensors
        return (torch.sigmoid(logits) - targets) * grad_output.unsqueeze(-1), None


def bernoulli_nll(logits: Tensor, targets: Tensor) -> Tensor:
    """Return the cross-entropy -sum_i [x_i log p_i + (1 - x_i) log(1 - p_i)] with p = sigmoid(logits).

    For grey targets strictly between 0 and 1 this is the customary loss, not a log-likelihood:
    its minimum over p is the entropy of the target, not 0.

    Args:
        logits: Shape (..., n_pixels), any real number.
        targets: Shape (..., n_pixels), in [0, 1].

    Returns:
        Shape (...), nats per image.

    Source: Kingma & Welling 2014, Auto-Encoding Variational Bayes, appendix C.1.
    """
    return _BernoulliNll.apply(logits, targets)


def gaussian_nll(means: Tensor, targets: Tensor) -> Tensor:
    """Return half the squared error, the negative log-density under N(mean, 1) without its constant.

    Args:
        means: Shape (..., n_pixels).
        targets: Shape (..., n_pixels).

    Returns:
        Shape (...), nats per image up to the constant n_pixels / 2 * log(2 pi).

    Source: Kingma & Welling 2014, Auto-Encoding Variational Bayes, appendix C.2.

    >>> gaussian_nll(torch.zeros(1, 4), torch.ones(1, 4))
    tensor([2.])
    """
    return 0.5 * (means - targets).square().sum(-1)


def gaussian_kl(means: Tensor, log_variances: Tensor) -> Tensor:
    """Return KL(N(mu, diag(sigma^2)) || N(0, I)) per code dimension.

    1/2 (mu^2 + sigma^2 - 1 - log sigma^2), elementwise; sum over the last axis for the divergence.

    Args:
        means: Shape (..., latent_dim).
        log_variances: Shape (..., latent_dim), log sigma^2.

    Returns:
        Shape (..., latent_dim), nats, never negative.

    Source: Kingma & Welling 2014, Auto-Encoding Variational Bayes, appendix B.

    >>> gaussian_kl(torch.ones(1, 10), torch.zeros(1, 10)).sum().item()
    5.0
    """
    return 0.5 * (means.square() + torch.expm1(log_variances) - log_variances)


NEGATIVE_LOG_LIKELIHOODS: dict[Likelihood, Callable[[Tensor, Tensor], Tensor]] = {
    "bernoulli": bernoulli_nll,
    "gaussian": gaussian_nll,
}
