"""Records of epochs: a training whose losses are no numbers any more is refused."""

import math

import pytest

from autoencoders.learning.records import EpochRecord, refuse_divergence


def record(seed: int, epoch: int, train: float = 70.0, validation: float = 71.0) -> EpochRecord:
    return EpochRecord(seed, epoch, 0.01, train, 1.0, validation, 1.0, is_best_so_far=True)


def test_the_epoch_that_diverged_is_named_with_its_seeds_once_each() -> None:
    records = [record(0, 2, math.inf), record(0, 2, math.inf), record(3, 2), record(4, 2, validation=math.nan)]
    with pytest.raises(FloatingPointError, match=r"got others in epoch 2, seeds \[0, 4\]; lower learning_rate"):
        refuse_divergence(records, is_validated=True)


@pytest.mark.parametrize("validation", [math.nan, math.inf])
def test_validation_counts_only_where_there_is_one(validation: float) -> None:
    refuse_divergence([record(0, 1, validation=validation)], is_validated=False)
    with pytest.raises(FloatingPointError, match=r"seeds \[0\]"):
        refuse_divergence([record(0, 1, validation=validation)], is_validated=True)
