"""The machine's speed of matrix multiplications, and how many operations of them training needs."""

import time

import torch

from autoencoders.learning.layers import Dense
from autoencoders.learning.networks import AutoencoderNetwork
from foundation.vocabulary import ProductPrecision

LARGE = 2048


def measure_large_products(precision: ProductPrecision = "float32", seconds: float = 0.5) -> float:
    """Return GFLOP/s of products of square matrices with LARGE rows: what is called the peak here."""
    left, right, result = (torch.ones(LARGE, LARGE, dtype=getattr(torch, precision)) for _ in range(3))
    torch.mm(left, right, out=result)
    n_runs, start = 0, time.perf_counter()
    while (elapsed := time.perf_counter() - start) < seconds or n_runs == 0:
        torch.mm(left, right, out=result)
        n_runs += 1
    return 2.0 * LARGE**3 * n_runs / elapsed / 1e9


def count_flop_per_image(network: AutoencoderNetwork) -> int:
    """Return the operations (a multiplication and an addition are two) that one image needs in one training step.

    Each layer: the forward product, the gradient of its weights, and that of its inputs, all of 2 n_in n_out; of an
    image no gradient is needed. Biases, activations, loss and optimiser are not counted.
    """
    widths = [layer.widths for layer in network.modules() if isinstance(layer, Dense)]
    return sum(2 * n_in * n_out * (2 if i == 0 else 3) for i, (n_in, n_out) in enumerate(widths))
