"""Networks: shapes, the lecture's architecture, gradients, the reparameterisation trick."""

from collections.abc import Callable
from functools import partial
from itertools import pairwise

import pytest
import torch

from autoencoders.learning.layers import ACTIVATIONS, Dense, encoder_widths, initialise
from autoencoders.learning.networks import (
    LARGEST_LOG_VARIANCE,
    AutoencoderNetwork,
    ImportanceWeightedNetwork,
    RegularisedAutoencoderNetwork,
    VariationalAutoencoderNetwork,
)

WIDTHS = [12, 8, 5, 3]
BOTH = pytest.mark.parametrize("network_class", [AutoencoderNetwork, VariationalAutoencoderNetwork])


def built(network_class: Callable[..., AutoencoderNetwork], seed: int = 0) -> AutoencoderNetwork:
    network = network_class(WIDTHS, activation="silu", likelihood="bernoulli")
    initialise(network, torch.Generator().manual_seed(seed))
    return network


def layer_shapes(block: torch.nn.Sequential) -> list[tuple[int, ...]]:
    return [tuple(layer.weight.shape) for layer in block if isinstance(layer, Dense)]


@pytest.mark.parametrize("latent_dim", [1, 2, 16, 128, 200, 700, 784])
def test_each_encoder_layer_is_narrower_than_the_one_before(latent_dim: int) -> None:
    widths = encoder_widths(784, (256, 128), latent_dim)
    assert widths[0] == 784
    assert widths[-1] == latent_dim
    assert all(after < before for before, after in pairwise(widths[:-1]))


@pytest.mark.parametrize("latent_dim", [0, -1, 785])
def test_a_code_that_does_not_fit_is_refused(latent_dim: int) -> None:
    with pytest.raises(ValueError, match=rf"latent_dim must be in 1\.\.784, got {latent_dim}"):
        encoder_widths(784, (256,), latent_dim)


def test_hidden_layers_that_widen_are_refused() -> None:
    with pytest.raises(ValueError, match="hidden_dims must fall strictly"):
        encoder_widths(784, (128, 256), 2)


def test_the_decoder_mirrors_the_encoder() -> None:
    network = built(AutoencoderNetwork)
    mirrored = [(n_out, n_in) for n_in, n_out in layer_shapes(network.encoder)[::-1]]
    assert layer_shapes(network.decoder) == mirrored


def test_the_variational_encoder_ends_in_mean_and_log_variance() -> None:
    assert layer_shapes(built(VariationalAutoencoderNetwork).encoder)[-1] == (5, 6)


@BOTH
def test_every_parameter_gets_a_gradient(network_class: type[AutoencoderNetwork]) -> None:
    network, images = built(network_class), torch.rand(6, 12)
    network.loss_terms(network(images, torch.randn(6, 3)), images).total(1.0).mean().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in network.parameters())


@BOTH
def test_same_stream_gives_same_weights_and_another_gives_others(network_class: type[AutoencoderNetwork]) -> None:
    first, again, other = built(network_class), built(network_class), built(network_class, seed=1)
    assert torch.equal(first.encoder[0].weight, again.encoder[0].weight)
    assert not torch.equal(first.encoder[0].weight, other.encoder[0].weight)


MEAN_IMAGE = torch.linspace(0, 1, 12)


@BOTH
def test_an_informed_start_is_the_mean_image_where_the_code_says_nothing(
    network_class: type[AutoencoderNetwork],
) -> None:
    network = built(network_class)
    network.start_from(MEAN_IMAGE)
    outputs = network.to_pixels(network.decoder[-1](torch.zeros(1, 8)))
    torch.testing.assert_close(outputs[0], MEAN_IMAGE.clamp(0.001, 0.999))


def test_a_linear_start_and_a_logistic_one_are_the_mean_image_itself() -> None:
    linear = AutoencoderNetwork([12, 3], activation="relu", likelihood="gaussian", is_linear=True)
    logistic = AutoencoderNetwork(WIDTHS, activation="relu", likelihood="discretized_logistic")
    for network in (linear, logistic):
        network.start_from(MEAN_IMAGE)
        bias = network.decoder[-1].bias
        assert torch.equal(bias[:12], MEAN_IMAGE)
        assert not bias[12:].any()


def test_an_informed_variational_start_has_narrow_codes_with_means_that_differ() -> None:
    network = built(VariationalAutoencoderNetwork)
    pixels = torch.rand(5, 12, generator=torch.Generator().manual_seed(1))
    before, _ = network.encode(pixels)
    network.start_from(MEAN_IMAGE)
    means, log_variances = network.encode(pixels)
    assert torch.equal(log_variances, torch.full_like(means, -3.0))
    torch.testing.assert_close(means, before * 2**0.5)


@pytest.mark.parametrize(
    "network_class", [VariationalAutoencoderNetwork, partial(ImportanceWeightedNetwork, n_samples=2)]
)
def test_an_image_far_from_all_others_cannot_make_the_loss_infinite(
    network_class: Callable[..., VariationalAutoencoderNetwork],
) -> None:
    """Its log-variance is bounded, and the gradient still leads back."""
    network = built(network_class)
    network.encoder[-1].bias.data[3:] = 500.0
    images = torch.rand(100, 12)  # a weighted draw of a single image can lead either way
    losses = network.loss_terms(network(images, torch.randn(100, network.noise_dim)), images).total(1.0)
    assert losses.isfinite().all()
    losses.sum().backward()
    assert (network.encoder[-1].bias.grad[3:] > 0).all()
    assert network.encode(images)[1].max() <= LARGEST_LOG_VARIANCE  # type: ignore[union-attr]


def test_without_noise_the_variational_network_decodes_the_mean() -> None:
    network, images = built(VariationalAutoencoderNetwork), torch.rand(4, 12)
    torch.testing.assert_close(network.to_pixels(network(images).logits), network.decode(network.encode(images)[0]))


def test_the_regularisation_is_half_the_squared_code_or_the_divergence_from_the_prior() -> None:
    images = torch.rand(4, 12)
    regularised = partial(RegularisedAutoencoderNetwork, code_weight=0.5, decoder_decay=0.0)
    for network_class, noise in ((regularised, None), (VariationalAutoencoderNetwork, torch.randn(4, 3))):
        network = built(network_class)
        means, log_variances = network.encode(images)
        expected = means.square().sum(1) / 2
        if log_variances is not None:
            expected = expected + (log_variances.exp() - 1 - log_variances).sum(1) / 2
        terms = network.loss_terms(network(images, noise), images)
        torch.testing.assert_close(terms.regularisation, expected)
        torch.testing.assert_close(terms.total(0.5), terms.reconstruction + expected / 2)


def test_drawn_codes_have_the_encoder_s_mean_and_deviation() -> None:
    network, image = built(VariationalAutoencoderNetwork), torch.rand(1, 12)
    drawn: list[torch.Tensor] = []
    network.decoder = torch.nn.Sequential(torch.nn.Identity())
    means, log_variances = network.encode(image)
    noise = torch.randn(40_000, 3, generator=torch.Generator().manual_seed(0))
    drawn = network(image.expand(40_000, -1), noise).logits
    torch.testing.assert_close(drawn.mean(0), means[0], atol=0.03, rtol=0)
    torch.testing.assert_close(drawn.std(0), (0.5 * log_variances[0]).exp(), atol=0.03, rtol=0)


def test_images_lie_between_zero_and_one() -> None:
    decoded = built(AutoencoderNetwork).decode(100 * torch.randn(50, 3))
    assert decoded.min() >= 0
    assert decoded.max() <= 1


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation_of_the_registry_trains(activation: str) -> None:
    network = AutoencoderNetwork(WIDTHS, activation=activation, likelihood="gaussian")  # type: ignore[arg-type]
    assert network(torch.rand(2, 12)).logits.shape == (2, 12)
