"""Rounded factors: what is rounded, what is not, and that only updates of stacked seeds round."""

import pytest
import torch
from torch import Tensor

from autoencoders.learning.estimators import fit_seeds
from autoencoders.learning.layers import Dense
from autoencoders.learning.mixed_precision import rounded_affine
from autoencoders.learning.models import MODELS
from autoencoders.learning.networks import AutoencoderNetwork, ImportanceWeightedNetwork, VariationalAutoencoderNetwork
from autoencoders.learning.stacked_network import StackedNetwork
from tests.test_training import NEEDS_UNITS

EPSILON = 2.0**-8  # of bfloat16: no number is rounded by more than half of it, relatively


def drawn(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def rounded(numbers: Tensor) -> Tensor:
    return numbers.detach().bfloat16().double()


@pytest.mark.parametrize(("n", "n_in", "n_out"), [(8, 48, 32), (5, 7, 3), (1, 1, 1)])
def test_outputs_and_gradients_are_products_of_rounded_factors_and_the_bias_is_not_rounded(
    n: int, n_in: int, n_out: int
) -> None:
    tensors = drawn(2, n, n_in), drawn(2, n_in, n_out, seed=1), 1000 + drawn(2, n_out, seed=2)
    inputs, weight, bias = (tensor.requires_grad_() for tensor in tensors)
    to_output = drawn(2, n, n_out, seed=3)
    output = rounded_affine(inputs, weight, bias)
    output.backward(to_output)
    x, w, g = rounded(inputs), rounded(weight), rounded(to_output)
    for found, first, second in (
        (output.detach().double() - bias.detach().double().unsqueeze(1), x, w),  # a rounded bias would be wrong by 2
        (inputs.grad, g, w.mT),
        (weight.grad, x.mT, g),
    ):
        assert ((found.double() - first @ second).abs() <= EPSILON * (first.abs() @ second.abs()) + 1e-4).all()
    assert {tensor.dtype for tensor in (output, inputs.grad, weight.grad)} == {torch.float32}
    torch.testing.assert_close(bias.grad, to_output.sum(1))


def test_images_get_no_gradient() -> None:
    inputs, weight = drawn(1, 4, 6), drawn(1, 6, 2, seed=1).requires_grad_()
    rounded_affine(inputs, weight, torch.zeros(1, 2)).sum().backward()
    assert inputs.grad is None


@pytest.mark.parametrize("kind", [AutoencoderNetwork, VariationalAutoencoderNetwork, ImportanceWeightedNetwork])
def test_factors_are_rounded_only_in_the_stack_and_where_gradients_are_recorded(kind: type[AutoencoderNetwork]) -> None:
    extra = {"n_samples": 2} if kind is ImportanceWeightedNetwork else {}
    network, pixels = kind([48, 32, 3], activation="silu", likelihood="bernoulli", **extra), drawn(2, 5, 48).sigmoid()
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.3, generator=torch.Generator().manual_seed(4))
    before = network(pixels[0]).logits.detach()
    exact, mixed = (StackedNetwork([network] * 2, torch.device("cpu"), each) for each in ("float32", "bfloat16"))
    logits = exact(pixels, None).logits.detach()
    assert not torch.equal(mixed(pixels, None).logits.detach(), logits)
    torch.testing.assert_close(mixed(pixels, None).logits.detach(), logits, rtol=0.05, atol=0.05)
    with torch.no_grad():
        torch.testing.assert_close(mixed(pixels, None).logits, logits, rtol=0, atol=0)
    assert torch.equal(network(pixels[0]).logits.detach(), before)


@pytest.mark.parametrize(
    ("latent_dim", "rounded_widths"), [(3, [(48, 32), (32, 48)]), (16, [(48, 32), (32, 16), (16, 32), (32, 48)])]
)
def test_layers_with_a_narrow_side_are_not_rounded(latent_dim: int, rounded_widths: list[tuple[int, int]]) -> None:
    network = AutoencoderNetwork([48, 32, latent_dim], activation="silu", likelihood="bernoulli")
    stacked = StackedNetwork([network], torch.device("cpu"), "bfloat16")
    layers = [layer for layer in stacked.network.modules() if isinstance(layer, Dense)]
    assert [tuple(layer.weight.shape[1:]) for layer in layers if layer.has_rounded_factors] == rounded_widths


@pytest.mark.parametrize(("latent_dim", "precision"), [(2, "float32"), (16, "bfloat16")])
def test_a_model_of_narrow_layers_alone_is_one_of_float32(latent_dim: int, precision: str) -> None:
    pixels = drawn(32, 48).sigmoid().numpy()
    estimator = MODELS["linear_ae"](latent_dim=latent_dim, epochs=1, batch_size=16)
    fitted, exact = (fit_seeds(estimator, pixels, [0], precision=each)[0] for each in ("bfloat16", "float32"))
    assert fitted.precision_ == precision
    assert (fitted.transform(pixels) == exact.transform(pixels)).all() == (precision == "float32")


@NEEDS_UNITS
@pytest.mark.parametrize(
    ("n", "n_in", "n_out"),
    [(32, 16, 16), (32, 48, 17), (32, 48, 50), (128, 784, 256), (128, 256, 1568), (128, 128, 32)],
)
def test_results_do_not_depend_on_seeds_beside_them_or_on_threads(n: int, n_in: int, n_out: int) -> None:
    inputs, weight, bias = drawn(4, n, n_in), drawn(4, n_in, n_out, seed=1), drawn(4, n_out, seed=2)
    found = []
    n_threads = torch.get_num_threads()
    for n_seeds, threads in ((4, 1), (1, 1), (2, 2), (4, 2)):
        torch.set_num_threads(threads)
        tensors = [tensor[:n_seeds].clone().requires_grad_() for tensor in (inputs, weight, bias)]
        output = rounded_affine(*tensors)
        gradients = torch.autograd.grad(output.square().sum(), tensors)
        found.append([tensor[0].detach() for tensor in (output, *gradients)])
    torch.set_num_threads(n_threads)
    for others in found[1:]:
        assert all(torch.equal(first, other) for first, other in zip(found[0], others, strict=True))
