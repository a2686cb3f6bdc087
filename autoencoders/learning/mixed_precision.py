"""Products of training whose factors are rounded to bfloat16: the range of float32, eight bits of precision.

Processors with units for such products compute them in half of the time of float32's or less. Weights, activations,
losses and the optimiser stay in float32, as do sums inside a product, and a trained network knows nothing of it.

There are two ways, by what the processor has. Where it has matrix units (AMX), products take factors in float32, which
oneDNN rounds while it packs them, and the sum stays in float32. Other units multiply numbers of bfloat16: factors are
converted before, and the product, rounded once, after.

Where a side of a matrix is narrower than NARROWEST, the last bit of one number in some hundred thousand depends on how
many products are computed together; and PyTorch rounds inside only where they have more than NARROWEST³ multiplications
together. Such layers, the codes' own, take little time and are left in float32.

Source: Kalamkar et al. 2019, A Study of BFLOAT16 for Deep Learning Training, section 3; Micikevicius et al. 2018, Mixed
Precision Training, section 3.1 (weights kept in float32).
"""

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cache
from typing import Any

import torch
from torch import Tensor

from autoencoders.vocabulary import ProductPrecision

NARROWEST = 16  # batches are as wide: see training
_TRAINING = threading.RLock()


@contextmanager
def rounding_inside() -> Iterator[None]:
    """Have oneDNN round the factors of float32's products: a setting of the whole process, see ``alone``."""
    matmul = torch.backends.mkldnn.matmul  # type: ignore[attr-defined]  # put there when the module is loaded
    before = matmul.fp32_precision
    matmul.fp32_precision = "bf16"
    try:
        yield
    finally:
        matmul.fp32_precision = before


@cache
def rounds_inside() -> bool:
    """Return whether products of float32 can round their factors themselves here; tried out on one product."""
    ones = torch.ones(1, 2 * NARROWEST, 2 * NARROWEST)
    with rounding_inside():
        return torch.equal(torch.bmm(ones, ones * (1 + 2**-10)), torch.bmm(ones, ones))


def concerns_process(precision: ProductPrecision) -> bool:
    """Return whether training in this precision changes a setting of the whole process, so that it must be alone."""
    return precision == "bfloat16" and rounds_inside()


def alone(precision: ProductPrecision) -> AbstractContextManager[object]:
    """Hold back other trainings of this process whose precision concerns all of it.

    Whatever else multiplies in another thread meanwhile may be rounded, too.
    """
    return _TRAINING if concerns_process(precision) else nullcontext()


def _as_factor(tensor: Tensor) -> Tensor:
    """Return a factor as ``_product`` takes it: rounded, unless the product does that."""
    return tensor if rounds_inside() else tensor.bfloat16()


def _product(first: Tensor, second: Tensor) -> Tensor:
    """Return the batched product of two factors, rounded to bfloat16, in float32."""
    if first.dtype == torch.bfloat16:
        return torch.bmm(first, second).float()
    with rounding_inside():
        return torch.bmm(first, second)


class _RoundedAffine(torch.autograd.Function):
    """x W + b and its gradients, each from one product of rounded factors."""

    @staticmethod
    def forward(ctx: Any, inputs: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        factors = _as_factor(inputs), _as_factor(weight)
        ctx.save_for_backward(*factors)
        return _product(*factors).add_(bias.unsqueeze(1))

    @staticmethod
    def backward(ctx: Any, grad_output: Tensor) -> tuple[Tensor | None, Tensor, Tensor]:
        inputs, weight = ctx.saved_tensors
        factor = _as_factor(grad_output)
        to_inputs = _product(factor, weight.mT) if ctx.needs_input_grad[0] else None
        return to_inputs, _product(inputs.mT, factor), grad_output.sum(1)


def rounded_affine(inputs: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Return x W + b in float32, the product computed from factors rounded to bfloat16; so are its gradients.

    Args:
        inputs: Shape (n_seeds, n, n_in), float32.
        weight: Shape (n_seeds, n_in, n_out), float32.
        bias: Shape (n_seeds, n_out), float32; not rounded.

    Returns:
        Shape (n_seeds, n, n_out), float32.

    >>> x = torch.full((1, 32, 32), 1.001)
    >>> rounded_affine(x, torch.ones(1, 32, 32), torch.zeros(1, 32))[0, 0, 0]
    tensor(32.)
    """
    return _RoundedAffine.apply(inputs, weight, bias)
