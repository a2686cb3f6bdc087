"""Products of training whose factors are rounded to bfloat16: the range of float32, eight bits of precision.

Processors with units for such products compute them in half of the time of float32's or less. Only the factors and
the product are rounded, each once; sums inside a product, weights, activations, losses and the optimiser stay in
float32, and a trained network knows nothing of it.

Where a side of a matrix is narrower than NARROWEST, the last bit of one number in some hundred thousand depends on how
many products are computed together; such layers, the codes' own, take little time and are left in float32.

Source: Kalamkar et al. 2019, A Study of BFLOAT16 for Deep Learning Training, section 3; Micikevicius et al. 2018, Mixed
Precision Training, section 3.1 (weights kept in float32).
"""

from typing import Any

import torch
from torch import Tensor

NARROWEST = 16  # batches are as wide: see training


class _RoundedAffine(torch.autograd.Function):
    """x W + b and its gradients, each from one product of rounded factors."""

    @staticmethod
    def forward(ctx: Any, inputs: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        factors = inputs.bfloat16(), weight.bfloat16()
        ctx.save_for_backward(*factors)
        return torch.bmm(*factors).float().add_(bias.unsqueeze(1))

    @staticmethod
    def backward(ctx: Any, grad_output: Tensor) -> tuple[Tensor | None, Tensor, Tensor]:
        inputs, weight = ctx.saved_tensors
        rounded = grad_output.bfloat16()
        to_inputs = torch.bmm(rounded, weight.mT).float() if ctx.needs_input_grad[0] else None
        return to_inputs, torch.bmm(inputs.mT, rounded).float(), grad_output.sum(1)


def rounded_affine(inputs: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Return x W + b in float32, the product computed from factors rounded to bfloat16; so are its gradients.

    Args:
        inputs: Shape (n_seeds, n, n_in), float32.
        weight: Shape (n_seeds, n_in, n_out), float32.
        bias: Shape (n_seeds, n_out), float32; not rounded.

    Returns:
        Shape (n_seeds, n, n_out), float32.

    >>> x = torch.tensor([[[1.001, 2.0]]])
    >>> rounded_affine(x, torch.ones(1, 2, 1), torch.zeros(1, 1))
    tensor([[[3.]]])
    """
    return _RoundedAffine.apply(inputs, weight, bias)
