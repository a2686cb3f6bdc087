"""Where the time of a training step goes, by kind of operation, from PyTorch's profiler."""

from collections.abc import Mapping

import torch
from torch import Tensor
from torch.profiler import ProfilerActivity, profile

from benchmarks.loops import time_our_epoch
from benchmarks.settings import Contest
from foundation.vocabulary import ProductPrecision

KINDS = {
    "matrix products": ("addmm", "baddbmm", "bmm", "mm"),
    "optimiser": ("_foreach_add_", "_fused_adam_"),
    "gather, copies, roundings": (
        "index", "index_select", "copy_", "_to_copy", "cat", "stack", "randperm", "randn", "normal_",
    ),
}  # fmt: skip
ELEMENTWISE = "elementwise: activation, loss, sums"
DISPATCH = "dispatch and Python"


def split_time(microseconds: Mapping[str, float], total: float) -> dict[str, float]:
    """Return the share of ``total`` of each kind, given each operator's own time; what no operator has is dispatch.

    >>> split_time({"aten::bmm": 6.0, "aten::silu": 2.0}, 10.0)["matrix products"]
    0.6
    """
    kind_of = {f"aten::{name}": kind for kind, names in KINDS.items() for name in names}
    result = dict.fromkeys([*KINDS, ELEMENTWISE], 0.0)
    for name, time in microseconds.items():
        result[kind_of.get(name, ELEMENTWISE)] += time / total
    return {**result, DISPATCH: 1.0 - sum(result.values())}


def measure_step_shares(
    contest: Contest, pixels: Tensor, n_seeds: int, precision: ProductPrecision
) -> dict[str, float]:
    """Return the shares of one epoch of our training over pixels (n, n_pixels), on one thread."""
    torch.set_num_threads(1)
    time_our_epoch(contest, pixels, n_seeds, precision)
    with profile(activities=[ProfilerActivity.CPU]) as recorded:
        seconds = time_our_epoch(contest, pixels, n_seeds, precision)
    times = {
        event.key: event.self_cpu_time_total for event in recorded.key_averages() if event.key.startswith("aten::")
    }
    return split_time(times, seconds * 1e6)
