"""What the VAE's code carries at one latent dimension, a part of the sweep: KL and activity of every dimension.

Test images throughout.
"""

from typing import Any

import numpy as np
import torch

from autoencoders.evaluation.latent_space import dimension_activity
from autoencoders.learning.losses import gaussian_kl
from stages.protocol.tables import NOT_NEGATIVE, Rows, Table, Values, with_interval

Posteriors = dict[int, tuple[Rows, Rows]]  # seed -> mean and log-variance of q(z | x), each (n, latent_dim)


def encode(cell: dict[int, Any], pixels: Rows) -> Posteriors:
    """Return mean and log-variance of q(z | x) of images, per seed."""
    return {seed: codec.encode(pixels) for seed, codec in cell.items()}


def activity_of(posteriors: Posteriors, latent_dim: int) -> tuple[Table, Values]:
    """Return KL, activity and aggregate posterior per seed and dimension, most informative first, and active units."""
    rows: Table = []
    n_active: list[int] = []
    for seed, posterior in posteriors.items():
        found = dimension_activity(*posterior)
        n_active.append(int(found.is_active.sum()))
        rows += [
            {
                "latent_dim": latent_dim,
                "seed": seed,
                "rank": rank,
                **{name: values[dimension].item() for name, values in found._asdict().items()},
            }
            for rank, dimension in enumerate(np.argsort(found.kl_nats)[::-1], start=1)
        ]
    return rows, np.array(n_active, dtype=np.float64)


def kl_per_image(means: Rows, log_variances: Rows) -> Values:
    """Return KL(q(z | x) || N(0, I)) of each image, nats."""
    return gaussian_kl(torch.from_numpy(means).double(), torch.from_numpy(log_variances).double()).sum(-1).numpy()


def measure_activity(cell: dict[int, Any], pixels: Rows, latent_dim: int) -> tuple[Table, Table]:
    """Return the activity per dimension, and active units and KL with intervals."""
    posteriors = encode(cell, pixels)
    rows, n_active = activity_of(posteriors, latent_dim)
    kl = np.stack([kl_per_image(*posterior) for posterior in posteriors.values()])
    totals: Table = [
        {"latent_dim": latent_dim, "measure": "active_units", **with_interval(n_active, (0.0, latent_dim))},
        {"latent_dim": latent_dim, "measure": "kl_nats", **with_interval(kl, NOT_NEGATIVE)},
    ]
    return rows, totals
