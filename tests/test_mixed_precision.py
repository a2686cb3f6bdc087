"""Rounded products: what is rounded, what is not, and that only updates of stacked seeds round."""

import threading

import pytest
import torch
from torch import Tensor

from autoencoders.learning import mixed_precision
from autoencoders.learning.estimators import fit_seeds
from autoencoders.learning.mixed_precision import alone, rounded_affine, rounds_inside
from autoencoders.learning.models import MODELS
from autoencoders.learning.networks import (
    AutoencoderNetwork,
    Dense,
    ImportanceWeightedNetwork,
    VariationalAutoencoderNetwork,
)
from autoencoders.learning.stacked_network import StackedNetwork
from autoencoders.reproducibility.numerics import has_bfloat16_units

EPSILON = 2.0**-8  # of bfloat16: no number is rounded by more than half of it, relatively
NEEDS_MATRIX_UNITS = pytest.mark.skipif(not rounds_inside(), reason="a processor without AMX rounds no float32 itself")
EACH_WAY = pytest.mark.parametrize(
    "way", ["converted", pytest.param("inside", marks=NEEDS_MATRIX_UNITS)], indirect=True
)
SETTING = torch.backends.mkldnn.matmul  # type: ignore[attr-defined]  # put there when the module is loaded
SHAPES = pytest.mark.parametrize(("n", "n_in", "n_out"), [(8, 48, 32), (5, 7, 3), (1, 1, 1)])


@pytest.fixture
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    name: str = request.param
    monkeypatch.setattr(mixed_precision, "rounds_inside", lambda: name == "inside")
    return name


def drawn(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def rounded(numbers: Tensor) -> Tensor:
    return numbers.bfloat16().double()


@EACH_WAY
@SHAPES
@pytest.mark.usefixtures("way")
def test_the_product_is_that_of_rounded_factors_and_the_bias_is_not_rounded(n: int, n_in: int, n_out: int) -> None:
    inputs, weight, bias = drawn(2, n, n_in), drawn(2, n_in, n_out, seed=1), 1000 + drawn(2, n_out, seed=2)
    product = rounded(inputs) @ rounded(weight)
    result = rounded_affine(inputs, weight, bias)
    assert result.dtype == torch.float32
    error = (result.double() - product - bias.double().unsqueeze(1)).abs()
    scale = rounded(inputs).abs() @ rounded(weight).abs()
    assert (error <= EPSILON * scale + 1e-4).all()  # a rounded bias would be wrong by 2


@EACH_WAY
@SHAPES
@pytest.mark.usefixtures("way")
def test_gradients_are_products_of_rounded_factors(n: int, n_in: int, n_out: int) -> None:
    tensors = drawn(2, n, n_in), drawn(2, n_in, n_out, seed=1), drawn(2, n_out, seed=2)
    inputs, weight, bias = (tensor.requires_grad_() for tensor in tensors)
    to_output = drawn(2, n, n_out, seed=3)
    rounded_affine(inputs, weight, bias).backward(to_output)
    expected = {
        "inputs": (
            rounded(to_output) @ rounded(weight.detach()).mT,
            rounded(to_output).abs() @ weight.abs().double().mT,
        ),
        "weight": (
            rounded(inputs.detach()).mT @ rounded(to_output),
            inputs.abs().double().mT @ to_output.abs().double(),
        ),
    }
    for (product, scale), found in zip(expected.values(), (inputs.grad, weight.grad), strict=True):
        assert found.dtype == torch.float32
        assert ((found.double() - product).abs() <= 2 * EPSILON * scale).all()
    torch.testing.assert_close(bias.grad, to_output.sum(1))


def test_images_get_no_gradient() -> None:
    inputs, weight = drawn(1, 4, 6), drawn(1, 6, 2, seed=1).requires_grad_()
    rounded_affine(inputs, weight, torch.zeros(1, 2)).sum().backward()
    assert inputs.grad is None


def network_of(kind: type[AutoencoderNetwork]) -> AutoencoderNetwork:
    extra = {"n_samples": 2} if kind is ImportanceWeightedNetwork else {}
    network = kind([48, 32, 3], activation="silu", likelihood="bernoulli", **extra)
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.3, generator=torch.Generator().manual_seed(4))
    return network


EACH_KIND = pytest.mark.parametrize(
    "kind", [AutoencoderNetwork, VariationalAutoencoderNetwork, ImportanceWeightedNetwork]
)


@EACH_WAY
@EACH_KIND
@pytest.mark.usefixtures("way")
def test_only_where_gradients_are_recorded_factors_are_rounded(kind: type[AutoencoderNetwork]) -> None:
    networks, pixels = [network_of(kind)] * 2, drawn(2, 5, 48).sigmoid()
    exact, mixed = (StackedNetwork(networks, torch.device("cpu"), each) for each in ("float32", "bfloat16"))
    logits = exact(pixels, None).logits.detach()
    assert not torch.equal(mixed(pixels, None).logits.detach(), logits)
    torch.testing.assert_close(mixed(pixels, None).logits.detach(), logits, rtol=0.05, atol=0.05)
    with torch.no_grad():
        torch.testing.assert_close(mixed(pixels, None).logits, logits, rtol=0, atol=0)


@EACH_KIND
def test_the_networks_given_stay_as_they_are(kind: type[AutoencoderNetwork]) -> None:
    network, pixels = network_of(kind), drawn(5, 48).sigmoid()
    before = network(pixels).logits.detach()
    StackedNetwork([network], torch.device("cpu"), "bfloat16")(pixels.unsqueeze(0), None)
    assert torch.equal(network(pixels).logits.detach(), before)


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


@pytest.mark.skipif(not has_bfloat16_units(), reason="promised where bfloat16 has units of its own")
@pytest.mark.parametrize("width", [16, 17, 32, 50])
def test_wide_products_do_not_depend_on_how_many_there_are(width: int) -> None:
    for seed in range(50):
        inputs, weight, bias = drawn(4, 32, 48, seed=seed), drawn(4, 48, width, seed=100 + seed), drawn(4, width)
        together = [tensor.clone().requires_grad_() for tensor in (inputs, weight, bias)]
        alone = [tensor[2:3].clone().requires_grad_() for tensor in (inputs, weight, bias)]
        for tensors in (together, alone):
            rounded_affine(*tensors).square().sum().backward()
        assert all(torch.equal(many.grad[2], one.grad[0]) for many, one in zip(together, alone, strict=True))


@EACH_WAY
@pytest.mark.parametrize("n_seeds", [1, 2, 4])
@pytest.mark.parametrize(("n", "n_in", "n_out"), [(128, 784, 256), (128, 256, 1568), (128, 128, 32)])
def test_results_do_not_depend_on_seeds_beside_them_or_on_threads(
    n: int, n_in: int, n_out: int, n_seeds: int, way: str
) -> None:
    if way == "converted" and (rounds_inside() or not has_bfloat16_units()):
        pytest.skip("promised where bfloat16 has units of its own, and AMX none of this way")
    inputs, weight, bias = drawn(4, n, n_in), drawn(4, n_in, n_out, seed=1), drawn(4, n_out, seed=2)
    found = []
    n_threads = torch.get_num_threads()
    for n_each, threads in ((4, 1), (n_seeds, 1), (n_seeds, 2)):
        torch.set_num_threads(threads)
        tensors = [tensor[:n_each].clone().requires_grad_() for tensor in (inputs, weight, bias)]
        output = rounded_affine(*tensors)
        gradients = torch.autograd.grad(output.square().sum(), tensors)
        found.append([tensor[:n_seeds].detach() for tensor in (output, *gradients)])
    torch.set_num_threads(n_threads)
    for others in found[1:]:
        assert all(torch.equal(first, other) for first, other in zip(found[0], others, strict=True))


@EACH_WAY
def test_where_rounding_concerns_the_process_trainings_take_turns(way: str) -> None:
    entered = threading.Event()

    def enter() -> None:
        with alone("bfloat16"):
            entered.set()

    other = threading.Thread(target=enter)
    with alone("float32"), alone("bfloat16"):
        other.start()
        assert entered.wait(0.2) == (way == "converted")
    other.join()
    assert entered.is_set()


@NEEDS_MATRIX_UNITS
def test_the_setting_of_the_process_is_as_it_was_after_each_product() -> None:
    before = SETTING.fp32_precision
    inputs, weight = drawn(1, 32, 48), drawn(1, 48, 32, seed=1)
    exact = torch.bmm(inputs, weight)
    assert not torch.equal(rounded_affine(inputs, weight, torch.zeros(1, 32)), exact)
    assert torch.equal(torch.bmm(inputs, weight), exact)
    assert SETTING.fp32_precision == before


def test_a_layer_of_products_too_small_to_be_rounded_inside_is_not_rounded() -> None:
    assert [Dense(*widths).can_round for widths in [(16, 16), (32, 16), (16, 32), (64, 8)]] == [
        False,
        True,
        True,
        False,
    ]
