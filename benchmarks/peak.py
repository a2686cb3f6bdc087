"""The machine's rate of float32 matrix products: of large squares, and of the very shapes training needs."""

import time
from collections.abc import Callable

import torch

from benchmarks.products import Layer, flop_per_image

LARGE = 2048


def rate(run: Callable[[], object], flop: float, seconds: float = 0.5) -> float:
    """Return GFLOP/s of ``run``, which does ``flop`` operations, repeated for at least ``seconds``."""
    run()
    n_runs, start = 0, time.perf_counter()
    while (elapsed := time.perf_counter() - start) < seconds or n_runs == 0:
        run()
        n_runs += 1
    return flop * n_runs / elapsed / 1e9


def large_products() -> float:
    """Return GFLOP/s of products of square matrices with LARGE rows: what is called the peak here."""
    left, right, result = (torch.ones(LARGE, LARGE) for _ in range(3))
    return rate(lambda: torch.mm(left, right, out=result), 2.0 * LARGE**3)


def own_products(layers: list[Layer], batch_size: int, n_seeds: int) -> float:
    """Return GFLOP/s of one training step's products alone: no activation, loss or optimiser between them."""
    tensors = [
        (
            torch.ones(n_seeds, batch_size, layer.n_in),
            torch.ones(n_seeds, layer.n_in, layer.n_out),
            torch.ones(n_seeds, batch_size, layer.n_out),
        )
        for layer in layers
    ]

    def step() -> None:
        for layer, (inputs, weights, gradients) in zip(layers, tensors, strict=True):
            torch.bmm(inputs, weights)
            torch.bmm(inputs.transpose(1, 2), gradients)
            if layer.needs_input_gradient:
                torch.bmm(gradients, weights.transpose(1, 2))

    return rate(step, flop_per_image(layers) * batch_size * n_seeds)
