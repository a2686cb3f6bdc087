"""Convolutional networks: patches against PyTorch's own convolutions, gradients, seeds at once, images refused."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from autoencoders.learning.convolutions import Convolution, TransposedConvolution
from autoencoders.learning.estimators import BaseAutoencoder, fit_seeds
from autoencoders.learning.layers import Dense, initialise
from autoencoders.learning.models import MODELS, build_model
from autoencoders.learning.networks import AutoencoderNetwork
from foundation.vocabulary import Likelihood

SIDE, N_IN, N_OUT = 8, 3, 5
SMALL = {"architecture": "convolutional", "channels": (16, 16), "epochs": 2, "batch_size": 16}
HIDDEN = [name for name in MODELS if name != "linear_ae"]
EACH_MODEL = pytest.mark.parametrize("name", HIDDEN)


def drawn(layer: Dense) -> Dense:
    for parameter in layer.parameters():
        nn.init.normal_(parameter, generator=torch.Generator().manual_seed(parameter.numel()))
    return layer


def channels_first(rows: Tensor, side: int) -> Tensor:
    return rows.unflatten(-1, (side, side, -1)).movedim(-1, -3)


def kernel_of(layer: Dense) -> Tensor:
    return layer.weight.unflatten(0, (4, 4, N_IN)).permute(3, 2, 0, 1)


def images(n: int = 64, side: int = SIDE) -> np.ndarray:
    rng = np.random.default_rng(0)
    return rng.integers(0, 2, (4, side**2)).astype(np.float32)[np.arange(n) % 4]


def built(name: str, likelihood: Likelihood = "bernoulli") -> AutoencoderNetwork:
    network = build_model(name, 3, {**SMALL, "likelihood": likelihood}).build_network(SIDE**2)
    initialise(network, torch.Generator().manual_seed(0))
    return network


def test_patches_times_weights_are_pytorch_s_convolution() -> None:
    layer, rows = drawn(Convolution(SIDE, N_IN, N_OUT)), torch.randn(4, SIDE**2 * N_IN)
    expected = functional.conv2d(channels_first(rows, SIDE), kernel_of(layer), layer.bias, stride=2, padding=1)
    torch.testing.assert_close(channels_first(layer(rows), SIDE // 2), expected, atol=1e-4, rtol=1e-4)


def test_products_laid_over_each_other_are_pytorch_s_transposed_convolution() -> None:
    layer, rows = drawn(TransposedConvolution(SIDE, N_IN, N_OUT, is_last=False)), torch.randn(4, SIDE**2 * N_IN)
    kernel = layer.weight.unflatten(1, (4, 4, N_OUT)).permute(0, 3, 1, 2)
    expected = functional.conv_transpose2d(channels_first(rows, SIDE), kernel, stride=2, padding=1)
    found = channels_first(layer(rows) - layer.bias, 2 * SIDE)
    torch.testing.assert_close(found, expected, atol=1e-4, rtol=1e-4)


def test_the_last_layer_returns_channels_first() -> None:
    last, inner = (drawn(TransposedConvolution(SIDE, N_IN, N_OUT, is_last=is_last)) for is_last in (True, False))
    rows = torch.randn(4, SIDE**2 * N_IN)
    found, expected = last(rows) - last.bias, inner(rows) - inner.bias
    torch.testing.assert_close(found, channels_first(expected, 2 * SIDE).flatten(1))


@pytest.mark.parametrize(
    "make",
    [
        lambda: Convolution(4, 2, 3),
        lambda: TransposedConvolution(2, 2, 3, is_last=False),
        lambda: TransposedConvolution(2, 2, 3, is_last=True),
    ],
)
def test_gradients_are_those_of_finite_differences(make: Callable[[], Dense]) -> None:
    layer = drawn(make()).double()
    n_in, n_out = layer.widths
    rows = torch.randn(2, n_in, dtype=torch.float64, requires_grad=True)
    assert layer(rows).shape == (2, n_out)
    assert torch.autograd.gradcheck(layer, (rows,))


@EACH_MODEL
def test_every_parameter_gets_a_gradient(name: str) -> None:
    network, pixels = built(name), torch.from_numpy(images(6))
    noise = torch.randn(6, network.noise_dim) if network.noise_dim else None
    network.loss_terms(network(pixels, noise), pixels).total(1.0).mean().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in network.parameters())


@EACH_MODEL
def test_the_first_layers_keep_the_scale_of_what_they_are_given(name: str) -> None:
    network = built(name)
    codes = torch.randn(500, 3, generator=torch.Generator().manual_seed(1))
    outputs = network.decoder(codes).unflatten(-1, (SIDE, SIDE))[:, 2:-2, 2:-2]
    assert 0.3 < outputs.std() < 3


@EACH_MODEL
@pytest.mark.parametrize("latent_dim", [1, 3])
def test_seeds_together_equal_seeds_alone(name: str, latent_dim: int) -> None:
    model = build_model(name, latent_dim, SMALL)
    for seed, fitted_beside in fit_seeds(model, images(), [0, 5, 7]).items():
        alone = model.set_params(random_state=seed).fit(images())
        np.testing.assert_array_equal(fitted_beside.transform(images()), alone.transform(images()))


@EACH_MODEL
def test_training_lowers_the_loss(name: str) -> None:
    model = build_model(name, 3, {**SMALL, "epochs": 12, "learning_rate": 0.01}).fit(images())
    losses = [record.train_reconstruction for record in model.history_]
    assert losses[-1] < 0.8 * losses[0]


def test_an_informed_start_is_the_mean_image_also_of_a_likelihood_with_two_parameters() -> None:
    mean = torch.linspace(0, 1, SIDE**2)
    for likelihood, expected in (("bernoulli", mean.clamp(0.001, 0.999)), ("discretized_logistic", mean)):
        network = built("ae", likelihood)  # type: ignore[arg-type]
        network.start_from(mean)
        nn.init.zeros_(network.decoder[-1].weight)  # type: ignore[arg-type]
        torch.testing.assert_close(network.decode(torch.randn(2, 3)), expected.expand(2, -1))


def test_a_convolutional_network_is_not_called_fully_connected() -> None:
    assert not built("ae").is_fully_connected
    assert build_model("ae", 3, {"hidden_dims": (8,)}).build_network(SIDE**2).is_fully_connected


@pytest.mark.parametrize("n_pixels", [48, 36, 30])
def test_images_that_cannot_be_halved_are_refused(n_pixels: int) -> None:
    model: BaseAutoencoder = build_model("vae", 2, SMALL)
    with pytest.raises(ValueError, match=rf"square images whose side is a multiple of 4, got {n_pixels} pixels"):
        model.build_network(n_pixels)
