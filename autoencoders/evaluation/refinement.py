"""Codes refined for their images: what a decoder can do with the best code, beyond what its encoder finds."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from autoencoders.arrays import Codes, Rows

N_STEPS = 400
LEARNING_RATE = 0.05  # in standard deviations of the codes
IMAGES_AT_A_TIME = 500  # bounds memory, changes no result


def refine_codes(decode: Callable[[Tensor], Tensor], images: Rows, codes: Codes, n_steps: int = N_STEPS) -> Codes:
    """Return codes (n, latent_dim) that decode nearer to their images than the codes given, by gradient descent.

    Each image's squared error is minimised over its own code by Adam, the step falling to 0; the decoder stays.

    Args:
        decode: Codes to images (n, n_pixels), differentiable.
        images: Shape (n, n_pixels).
        codes: Where to start, (n, latent_dim).
        n_steps: Of Adam.

    Source: Cremer et al. 2018, Inference Suboptimality in Variational Autoencoders (the gap between an encoder's codes
    and the best ones).
    """
    scale = torch.from_numpy(codes.std(axis=0).astype(np.float32)).clamp(min=1e-6)
    pixels, starts = (torch.from_numpy(rows).split(IMAGES_AT_A_TIME) for rows in (images, codes))
    return np.concatenate([_refine(decode, *part, scale, n_steps) for part in zip(pixels, starts, strict=True)])


def _refine(decode: Callable[[Tensor], Tensor], pixels: Tensor, start: Tensor, scale: Tensor, n_steps: int) -> Codes:
    moved = torch.zeros_like(start).requires_grad_()
    optimiser = torch.optim.Adam([moved], lr=LEARNING_RATE)
    for step in range(n_steps):
        optimiser.param_groups[0]["lr"] = LEARNING_RATE * (1 - step / n_steps)
        optimiser.zero_grad()
        (decode(start + scale * moved) - pixels).square().sum().backward()
        optimiser.step()
    refined: Codes = (start + scale * moved).detach().numpy()
    return refined
