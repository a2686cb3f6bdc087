"""The machine's rate of matrix products: of large squares, and of the very shapes training needs."""

import time
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial

import torch

from autoencoders.learning.mixed_precision import concerns_process, rounding_inside
from autoencoders.vocabulary import ProductPrecision
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


def large_products(precision: ProductPrecision = "float32") -> float:
    """Return GFLOP/s of products of square matrices with LARGE rows: what is called the peak here."""
    left, right, result = (torch.ones(LARGE, LARGE, dtype=getattr(torch, precision)) for _ in range(3))
    return rate(lambda: torch.mm(left, right, out=result), 2.0 * LARGE**3)


def own_products(layers: list[Layer], batch_size: int, n_seeds: int, precision: ProductPrecision) -> float:
    """Return GFLOP/s of one training step's products alone: no activation, loss or optimiser between them."""
    is_rounded_inside = concerns_process(precision)
    ones = partial(torch.ones, dtype=getattr(torch, "float32" if is_rounded_inside else precision))
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

    with rounding_inside() if is_rounded_inside else nullcontext():
        return rate(step, flop_per_image(layers) * batch_size * n_seeds)
