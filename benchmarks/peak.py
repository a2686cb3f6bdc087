"""The machine's rate of matrix products: of large squares, and of the very shapes training needs."""

import time
from collections.abc import Callable
from functools import partial

import torch

from benchmarks.products import Layer, count_flop_per_image
from foundation.vocabulary import ProductPrecision

LARGE = 2048


def measure_rate(run: Callable[[], object], flop: float, seconds: float = 0.5) -> float:
    """Return GFLOP/s of ``run``, which does ``flop`` operations, repeated for at least ``seconds``."""
    run()
    n_runs, start = 0, time.perf_counter()
    while (elapsed := time.perf_counter() - start) < seconds or n_runs == 0:
        run()
        n_runs += 1
    return flop * n_runs / elapsed / 1e9


def measure_large_products(precision: ProductPrecision = "float32") -> float:
    """Return GFLOP/s of products of square matrices with LARGE rows: what is called the peak here."""
    left, right, result = (torch.ones(LARGE, LARGE, dtype=getattr(torch, precision)) for _ in range(3))
    return measure_rate(lambda: torch.mm(left, right, out=result), 2.0 * LARGE**3)


def measure_own_products(layers: list[Layer], batch_size: int, n_seeds: int, precision: ProductPrecision) -> float:
    """Return GFLOP/s of one training step's products, without activation, loss or optimiser between them."""
    ones = partial(torch.ones, dtype=getattr(torch, precision))
    tensors = [
        (
            ones(n_seeds, batch_size, layer.n_in),
            ones(n_seeds, layer.n_in, layer.n_out),
            ones(n_seeds, batch_size, layer.n_out),
        )
        for layer in layers
    ]

    def step() -> None:
        for layer, (inputs, weights, gradients) in zip(layers, tensors, strict=True):
            torch.bmm(inputs, weights)
            torch.bmm(inputs.transpose(1, 2), gradients)
            if layer.needs_input_gradient:
                torch.bmm(gradients, weights.transpose(1, 2))

    return measure_rate(step, count_flop_per_image(layers) * batch_size * n_seeds)
