"""Losses of autoencoders, one value per image, in nats.

Every function sums over the last axis only, so leading axes (seeds, batch) pass through.
Averaging over images and weighting by beta belong to the training loop.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from foundation.vocabulary import Likelihood

HALF_BIN = 1 / 510  # half the distance of two 8-bit grey values
LOG_SCALE_MIN = -9.0  # a narrower logistic puts all of its mass into one bin
LOG_SCALE_MAX = 40.0  # a wider one gives an inner grey value a chance of 4e-21; soon its loss would be infinite


def _larger(probabilities: Tensor) -> Tensor:
    """Return max(p, 1 - p); log sigmoid(a) = min(a, 0) + the logarithm of this, in a quarter of softplus's time."""
    complements = 1 - probabilities
    return torch.maximum(probabilities, complements, out=complements)


def _sum_of_logs(factors: Tensor) -> Tensor:
    """Return the sum of log f over the last axis, for factors in 1/2..1, which are overwritten.

    Halves are multiplied up to three times before the logarithm, which takes ten times as long as a product: eight
    factors of at least 1/2 lose no digit but the last ones.
    """
    for _ in range(3):
        half, is_odd = divmod(factors.shape[-1], 2)
        if is_odd:
            break
        factors = factors[..., :half].mul_(factors[..., half:])
    return factors.log().sum(-1)


class _BernoulliNll(torch.autograd.Function):
    """softplus(a) - x a, summed; its derivative sigmoid(a) - x in one pass instead of autograd's four."""

    @staticmethod
    def forward(ctx: Any, logits: Tensor, targets: Tensor) -> Tensor:
        probabilities = torch.sigmoid(logits)
        ctx.save_for_backward(probabilities, targets)
        linear = logits.clamp(min=0).addcmul_(targets, logits, value=-1).sum(-1)
        return linear.sub_(_sum_of_logs(_larger(probabilities)))

    @staticmethod
    def backward(ctx: Any, grad_output: Tensor) -> tuple[Tensor, None]:
        probabilities, targets = ctx.saved_tensors
        return (probabilities - targets).mul_(grad_output.unsqueeze(-1)), None


class _DiscretizedLogisticNll(torch.autograd.Function):
    """See ``discretized_logistic_nll``; written out, since autograd's passes over memory double the training time.

    With t = tanh(h r) the width's factor 1 - exp(-2 h r) is 2 t / (1 + t), exact where it is tiny, and its derivative's
    2 h r / (exp(2 h r) - 1) is h r (1 - t) / t: one function for both, in a quarter of the time of ``expm1``.
    Beyond LOG_SCALE_MAX the loss stays as it is there, and so does its gradient, which leads back.
    """

    @staticmethod
    def forward(ctx: Any, parameters: Tensor, targets: Tensor) -> Tensor:
        locations, log_scales = parameters.chunk(2, dim=-1)
        inverse_scales = log_scales.clamp(LOG_SCALE_MIN, LOG_SCALE_MAX).neg_().exp_()
        lower = targets - locations
        upper = (lower + HALF_BIN).mul_(inverse_scales)
        lower.sub_(HALF_BIN).mul_(inverse_scales)
        below_upper, below_lower = torch.sigmoid(upper), torch.sigmoid(lower)
        # written as numbers: to convert booleans takes ten times as long
        below_top = torch.lt(targets, 1 - HALF_BIN, out=torch.empty_like(targets))
        above_bottom = torch.gt(targets, HALF_BIN, out=torch.empty_like(targets))
        half_width = inverse_scales.mul(HALF_BIN).tanh_()
        ctx.save_for_backward(
            below_upper, below_lower, upper, lower, inverse_scales, log_scales, below_top, above_bottom, half_width
        )
        likelihoods = _larger(below_upper).log_().add_(upper.clamp(max=0)).mul_(below_top)
        likelihoods += _larger(below_lower).log_().add_(lower.neg().clamp_(max=0)).mul_(above_bottom)
        log_width = half_width.add(1).reciprocal_().mul_(half_width).mul_(2).log_()
        return -likelihoods.add_(log_width.mul_(below_top).mul_(above_bottom)).sum(-1)

    @staticmethod
    def backward(ctx: Any, grad_output: Tensor) -> tuple[Tensor, None]:
        (
            below_upper, below_lower, upper, lower, inverse_scales, log_scales, below_top, above_bottom, half_width
        ) = ctx.saved_tensors  # fmt: skip
        to_upper, to_lower = (below_upper - 1).mul_(below_top), below_lower * above_bottom
        to_width = (1 - half_width).div_(half_width).mul_(inverse_scales).mul_(HALF_BIN)
        to_width.mul_(below_top).mul_(above_bottom)
        gradient = torch.empty((*upper.shape[:-1], 2 * upper.shape[-1]), dtype=upper.dtype, device=upper.device)
        to_locations, to_log_scales = gradient.chunk(2, dim=-1)
        torch.add(to_upper, to_lower, out=to_locations).mul_(inverse_scales).neg_()
        torch.add(to_upper.mul_(upper), to_lower.mul_(lower), out=to_log_scales).sub_(to_width).neg_()
        to_log_scales.mul_(torch.ge(log_scales, LOG_SCALE_MIN, out=torch.empty_like(upper)))
        return gradient.mul_(grad_output.unsqueeze(-1)), None


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


def discretized_logistic_nll(parameters: Tensor, targets: Tensor) -> Tensor:
    """Return -log P of 8-bit pixels under a logistic distribution cut into 256 bins, the outer two open.

    P(x) = s((x - m + h) r) - s((x - m - h) r) with s the logistic function, half a bin h = 1/510, location m and
    inverse scale r; computed as log s(a) + log s(-b) + log(1 - exp(b - a)), which stays exact where P is tiny.

    Args:
        parameters: Shape (..., 2 n_pixels): all locations m, then all log-scales -log r, taken as LOG_SCALE_MIN or
            LOG_SCALE_MAX beyond them.
        targets: Shape (..., n_pixels), whole multiples of 1/255 in [0, 1].

    Returns:
        Shape (...), nats per image: a log-likelihood, unlike the cross-entropy of grey pixels.

    Source: Kingma et al. 2016, Improving Variational Inference with Inverse Autoregressive Flow, appendix C.1
    (distribution); Salimans et al. 2017, PixelCNN++, section 2.1 (open outer bins).
    """
    return _DiscretizedLogisticNll.apply(parameters, targets)


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
    "discretized_logistic": discretized_logistic_nll,
}
OUTPUTS_PER_PIXEL: dict[Likelihood, int] = {"bernoulli": 1, "gaussian": 1, "discretized_logistic": 2}
