"""How many floating-point operations the matrix products of training need, counted from the layers."""

from typing import NamedTuple

from autoencoders.learning.layers import Dense
from autoencoders.learning.networks import AutoencoderNetwork


class Layer(NamedTuple):
    """One affine layer: its widths, and whether the gradient of its inputs is needed (not of an image's)."""

    n_in: int
    n_out: int
    needs_input_gradient: bool


def list_layers(network: AutoencoderNetwork) -> list[Layer]:
    """Return the affine layers of a network from image to image; the first needs no gradient of its inputs."""
    dense = [module for module in network.modules() if isinstance(module, Dense)]
    return [
        Layer(layer.weight.shape[-2], layer.weight.shape[-1], needs_input_gradient=i > 0)
        for i, layer in enumerate(dense)
    ]


def count_flop_per_image(layers: list[Layer]) -> int:
    """Return the operations (a multiplication and an addition are two) that one image needs in one training step.

    Each layer: the forward product, the gradient of its weights, and that of its inputs where needed, all of
    2 n_in n_out. Biases, activations, loss and optimiser are not counted.

    >>> count_flop_per_image([Layer(4, 2, False), Layer(2, 4, True)])
    80
    """
    return sum(2 * layer.n_in * layer.n_out * (3 if layer.needs_input_gradient else 2) for layer in layers)
