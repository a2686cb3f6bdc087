"""Matrix multiplications of training with factors rounded to bfloat16: the range of float32, eight bits of precision.

Processors with units for them take half of the time of float32's or less. Weights, activations, losses and the
optimiser stay in float32, and a trained network knows nothing of it.

Source: Kalamkar et al. 2019, A Study of BFLOAT16 for Deep Learning Training, section 3; Micikevicius et al. 2018, Mixed
Precision Training, section 3.1 (weights kept in float32).
"""

from typing import Any

import torch
from torch import Tensor

NARROWEST = 16  # of a narrower matrix, the last bits depend on how many are multiplied together


class _RoundedAffine(torch.autograd.Function):
    """x W + b and its gradients, each from one multiplication of rounded factors."""

    @staticmethod
    def forward(ctx: Any, inputs: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        factors = inputs.bfloat16(), weight.bfloat16()
        ctx.save_for_backward(*factors)
        return torch.bmm(*factors).float().add_(bias.unsqueeze(1))

    @staticmethod
    def backward(ctx: Any, grad_output: Tensor) -> tuple[Tensor | None, Tensor, Tensor]:
        inputs, weight = ctx.saved_tensors
        factor = grad_output.bfloat16()
        to_inputs = torch.bmm(factor, weight.mT).float() if ctx.needs_input_grad[0] else None
        return to_inputs, torch.bmm(inputs.mT, factor).float(), grad_output.sum(1)


def rounded_affine(inputs: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Return x W + b (n_seeds, n, n_out) in float32; the factors, also those of its gradients, rounded to bfloat16.

    >>> x = torch.full((1, 32, 32), 1.001)
    >>> rounded_affine(x, torch.ones(1, 32, 32), torch.zeros(1, 32))[0, 0, 0]
    tensor(32.)
    """
    return _RoundedAffine.apply(inputs, weight, bias)
