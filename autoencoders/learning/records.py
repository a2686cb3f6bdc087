"""What is written down of each epoch of a training, and the refusal of a training that diverges."""

import math
from collections.abc import Iterable, Mapping
from typing import NamedTuple


class EpochRecord(NamedTuple):
    """One seed's means over one epoch, in nats per image (validation: once, after the epoch).

    The regularisation is that of the network's loss without its weight: see ``networks.LossTerms``.
    """

    seed: int
    epoch: int
    learning_rate: float
    train_reconstruction: float
    train_regularisation: float
    validation_reconstruction: float
    validation_regularisation: float
    is_best_so_far: bool

    def losses(self, *, is_validated: bool) -> list[float]:
        """Return the losses that were measured."""
        validation = [self.validation_reconstruction, self.validation_regularisation] if is_validated else []
        return [self.train_reconstruction, self.train_regularisation, *validation]


def refuse_divergence(epoch: int, losses: Mapping[int, Iterable[float]]) -> None:
    """Do nothing where every loss of an epoch, by seed, is a finite number.

    Raises:
        FloatingPointError: naming the epoch and the seeds otherwise.

    >>> refuse_divergence(2, {0: [math.nan, 1.0], 3: [5.0, 1.0]})
    Traceback (most recent call last):
    FloatingPointError: training diverged: expected finite losses, got others in epoch 2, seeds [0]; lower learning_rate
    """
    diverged = [seed for seed, values in losses.items() if not all(map(math.isfinite, values))]
    if diverged:
        found = f"got others in epoch {epoch}, seeds {diverged}; lower learning_rate"
        raise FloatingPointError(f"training diverged: expected finite losses, {found}")
