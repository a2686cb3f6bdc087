"""All seeds of one network side by side, as training sees them: one module, parameters with a leading axis of seeds."""

import copy
import math
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from autoencoders.learning.layers import Dense
from autoencoders.learning.networks import AutoencoderNetwork, Output
from foundation.vocabulary import ProductPrecision

ALIGNMENT = 16  # float32 numbers: one cache line


class StackedNetwork:
    """All seeds of one network side by side: parameters gain a leading axis of length n_seeds.

    Each parameter is a view into rows (n_seeds, n_padded), which the optimiser sees; n_padded is a multiple of
    ALIGNMENT. Vectorised kernels treat a remainder differently in the last bit, and so there is none, however many
    seeds there are. A gradient without padding is handed on as it is: copying them all cost 8 % of a step.

    Args:
        networks: One per seed, of one architecture; copied.
        device: Where parameters and inputs lie.
        precision: Of the factors of multiplications while gradients are recorded, of layers that are wide enough.
    """

    def __init__(
        self, networks: Sequence[AutoencoderNetwork], device: torch.device, precision: ProductPrecision = "float32"
    ) -> None:
        self.network = copy.deepcopy(networks[0])
        for layer in self.network.modules():
            if isinstance(layer, Dense):
                layer.has_rounded_factors = precision == "bfloat16" and layer.can_round
        self.device = device
        self.rows: dict[str, Tensor] = {}
        self.parameters: dict[str, Tensor] = {}
        for name, parameter in list(self.network.named_parameters()):
            n_padded = ALIGNMENT * math.ceil(parameter.numel() / ALIGNMENT)
            rows = torch.zeros(len(networks), n_padded, device=device)
            view = rows[:, : parameter.numel()].view(len(networks), *parameter.shape)
            view.copy_(torch.stack([network.get_parameter(name).detach() for network in networks]))
            self.rows[name], self.parameters[name] = rows, view.requires_grad_()
            module, _, leaf = name.rpartition(".")
            layer = self.network.get_submodule(module)
            delattr(layer, leaf)
            setattr(layer, leaf, view)

    def __call__(self, pixels: Tensor, noise: Tensor | None) -> Output:
        """Return the outputs for pixels (n_seeds, n, n_pixels) and noise (n_seeds, n, noise_dim) or None."""
        output: Output = self.network(pixels, noise)
        return output

    def backward(self, loss: Tensor) -> None:
        """Give the rows of every parameter the gradient of a scalar loss."""
        for rows in self.rows.values():
            rows.grad = None  # its memory holds the next one
        gradients = torch.autograd.grad(loss, list(self.parameters.values()))
        for rows, gradient in zip(self.rows.values(), gradients, strict=True):
            flat = gradient.reshape(len(rows), -1)
            rows.grad = functional.pad(flat, (0, rows.shape[1] - flat.shape[1])) if flat.shape != rows.shape else flat

    def noise(self, n_images: int, generators: Sequence[torch.Generator]) -> Tensor | None:
        """Return N(0, I) draws (n_seeds, n_images, noise_dim), one generator per seed; None where none are needed."""
        shape = (n_images, self.network.noise_dim)
        if not self.network.noise_dim:
            return None
        return torch.stack([torch.randn(shape, generator=one, device=self.device) for one in generators])
