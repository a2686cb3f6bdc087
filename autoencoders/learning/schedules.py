"""Schedules of the learning rate over a training."""

import math

from autoencoders.vocabulary import Schedule


def learning_rate_factor(schedule: Schedule, progress: float) -> float:
    """Return the share of the peak learning rate at ``progress`` in [0, 1] of the training.

    one_cycle: linear warm-up from 1/10 over the first 20 %, then a cosine down to 0.

    Source: Smith & Topin 2019, Super-Convergence, section 3 (one-cycle); Loshchilov & Hutter 2017, SGDR, eq. 5
    (cosine).
    """
    warm_up = 0.2
    if schedule == "constant":
        return 1.0
    if schedule == "one_cycle" and progress < warm_up:
        return 0.1 + 0.9 * progress / warm_up
    start = warm_up if schedule == "one_cycle" else 0.0
    return 0.5 * (1.0 + math.cos(math.pi * (progress - start) / (1.0 - start)))
