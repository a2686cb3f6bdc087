"""What is written down of each epoch of a training, and the refusal of what is no training any more."""

import math
from collections.abc import Iterable
from typing import NamedTuple


class EpochRecord(NamedTuple):
    """One seed's means over one epoch, in nats per image (validation: once, after the epoch)."""

    seed: int
    epoch: int
    learning_rate: float
    train_reconstruction: float
    train_kl: float
    validation_reconstruction: float
    validation_kl: float
    is_best_so_far: bool


def refuse_divergence(records: Iterable[EpochRecord], *, is_validated: bool) -> None:
    """Do nothing where every loss is a finite number; without validation that of the training images counts alone.

    Args:
        records: Of one epoch.
        is_validated: Whether there are validation images.

    Raises:
        FloatingPointError: naming the epoch and the seeds otherwise.

    >>> refuse_divergence([EpochRecord(0, 2, 0.1, math.nan, 1.0, 5.0, 1.0, True)], is_validated=True)
    Traceback (most recent call last):
    FloatingPointError: training diverged: expected finite losses, got others in epoch 2, seeds [0]; lower learning_rate
    """
    diverged = {}  # epoch by seed: a seed may be trained twice
    for record in records:
        validation = (record.validation_reconstruction, record.validation_kl) if is_validated else ()
        if not all(map(math.isfinite, (record.train_reconstruction, record.train_kl, *validation))):
            diverged[record.seed] = record.epoch
    if diverged:
        found = f"got others in epoch {max(diverged.values())}, seeds {list(diverged)}; lower learning_rate"
        raise FloatingPointError(f"training diverged: expected finite losses, {found}")
