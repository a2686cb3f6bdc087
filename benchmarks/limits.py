"""Where the time of a training step goes, by kind of operation, from PyTorch's profiler."""

from collections.abc import Mapping

import torch
from torch import Tensor
from torch.profiler import ProfilerActivity, profile

from autoencoders.vocabulary import ProductPrecision
from benchmarks.loops import our_epoch
from benchmarks.settings import Contest

KINDS = {
    "matrix products": ("addmm", "baddbmm", "bmm", "mm"),
    "optimiser": ("_fused_adam", "_fused_adam_"),
    "gather, copies, roundings": (
        "index", "index_select", "copy_", "_to_copy", "cat", "stack", "randperm", "randn", "normal_",
    ),
}  # fmt: skip
ELEMENTWISE = "elementwise: activation, loss, sums"
OUTSIDE = "dispatch and Python"


def shares(microseconds: Mapping[str, float], total: float) -> dict[str, float]:
    """Return the share of ``total`` of each kind, given each operator's own time; what no operator has is dispatch.

    >>> shares({"aten::bmm": 6.0, "aten::silu": 2.0}, 10.0)["matrix products"]
    0.6
    """
    kind_of = {f"aten::{name}": kind for kind, names in KINDS.items() for name in names}
    result = dict.fromkeys([*KINDS, ELEMENTWISE], 0.0)
    for name, time in microseconds.items():
        result[kind_of.get(name, ELEMENTWISE)] += time / total
    return {**result, OUTSIDE: 1.0 - sum(result.values())}


def step_shares(contest: Contest, pixels: Tensor, n_seeds: int, precision: ProductPrecision) -> dict[str, float]:
    """Return the shares of one epoch of our training over pixels (n, n_pixels), on one thread, as a cell a core has."""
    torch.set_num_threads(1)
    our_epoch(contest, pixels, n_seeds, precision)
    with profile(activities=[ProfilerActivity.CPU]) as recorded:
        seconds = our_epoch(contest, pixels, n_seeds, precision)
    times = {
        event.key: event.self_cpu_time_total for event in recorded.key_averages() if event.key.startswith("aten::")
    }
    return shares(times, seconds * 1e6)
