"""Records of epochs: a training whose losses are no numbers any more is refused."""

import math

import pytest

from autoencoders.learning.records import EpochRecord, refuse_divergence


def test_the_epoch_that_diverged_is_named_with_its_seeds() -> None:
    with pytest.raises(FloatingPointError, match=r"got others in epoch 2, seeds \[0, 4\]; lower learning_rate$"):
        refuse_divergence(2, {0: [math.inf, 1.0], 3: [70.0, 1.0], 4: [70.0, math.nan]})


def test_validation_counts_only_where_there_is_one() -> None:
    record = EpochRecord(0, 1, 0.01, 70.0, 1.0, math.nan, math.nan, is_best_so_far=True)
    assert record.losses(is_validated=False) == [70.0, 1.0]
    assert len(record.losses(is_validated=True)) == 4
