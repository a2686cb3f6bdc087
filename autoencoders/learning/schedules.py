"""Schedules of the learning rate over a training."""

import math

import torch
from torch import Tensor

from foundation.vocabulary import Schedule

WARM_UPS: dict[Schedule, float] = {"one_cycle": 0.2, "linear": 0.1, "cosine": 0.0}  # shares of the training


def learning_rate_factor(schedule: Schedule, progress: float) -> float:
    """Return the share of the peak learning rate at ``progress`` in [0, 1] of the training.

    one_cycle: linear warm-up from 1/10 over the first 20 %, then a cosine down to 0.
    linear: linear warm-up from 1/10 over the first 10 %, then a straight line down to 0.

    Source: Smith & Topin 2019, Super-Convergence, section 3 (one-cycle); Defazio et al. 2023, Optimal Linear Decay
    Learning Rate Schedules and Further Refinements (linear); Loshchilov & Hutter 2017, SGDR, eq. 5 (cosine).
    """
    if schedule == "constant":
        return 1.0
    warm_up = WARM_UPS[schedule]
    if progress < warm_up:
        return 0.1 + 0.9 * progress / warm_up
    rest = (progress - warm_up) / (1.0 - warm_up)
    return 1.0 - rest if schedule == "linear" else 0.5 * (1.0 + math.cos(math.pi * rest))


def set_learning_rate(optimiser: torch.optim.Optimizer, learning_rate: float) -> None:
    """Set the learning rate of the next steps; a tensor, which a graph reads, is written in its place."""
    for group in optimiser.param_groups:
        if isinstance(group["lr"], Tensor):
            group["lr"].fill_(learning_rate)
        else:
            group["lr"] = learning_rate
