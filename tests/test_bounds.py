"""Bounds on log p(x) against a model whose likelihood is known, and against each other."""

import math

import numpy as np
import pytest
import torch

from autoencoders.evaluation.bounds import bits_per_pixel, bounds
from autoencoders.learning.losses import bernoulli_nll
from autoencoders.learning.networks import AutoencoderNetwork, VariationalAutoencoderNetwork

WIDTHS = [32, 24, 2]


def network(likelihood: str = "bernoulli", seed: int = 0) -> VariationalAutoencoderNetwork:
    torch.manual_seed(seed)
    built = VariationalAutoencoderNetwork(WIDTHS, activation="silu", likelihood=likelihood)  # type: ignore[arg-type]
    for parameter in built.decoder.parameters():
        torch.nn.init.normal_(parameter, std=0.4)
    for parameter in built.encoder.parameters():
        torch.nn.init.normal_(parameter, std=0.05)  # q(z | x) near the prior, so that draws reach all codes
    return built.requires_grad_(requires_grad=False)


def binary_images(n: int = 12) -> torch.Tensor:
    return torch.randint(0, 2, (n, 32), generator=torch.Generator().manual_seed(1)).float()


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def exact_log_likelihood(model: VariationalAutoencoderNetwork, images: torch.Tensor) -> np.ndarray:
    """Return log of the integral of p(x | z) N(z; 0, I) over a fine grid of the two-dimensional codes."""
    axis = torch.linspace(-6, 6, 241)
    codes = torch.cartesian_prod(axis, axis)
    log_prior = -0.5 * codes.square().sum(1) - math.log(2 * math.pi) + 2 * math.log(12 / 240)
    logits = model.decoder(codes)
    return np.array([(log_prior - bernoulli_nll(logits, x[None])).double().logsumexp(0).item() for x in images])


def test_the_importance_weighted_bound_reaches_the_likelihood_found_by_quadrature() -> None:
    found = bounds(network(), binary_images(), 20_000, generator())
    assert found.importance_weighted == pytest.approx(exact_log_likelihood(network(), binary_images()), abs=0.1)


def test_the_elbo_stays_below_the_likelihood() -> None:
    found = bounds(network(), binary_images(), 5000, generator())
    assert (found.elbo < exact_log_likelihood(network(), binary_images())).all()


def test_with_one_draw_both_bounds_are_the_same() -> None:
    found = bounds(network(), binary_images(), 1, generator())
    assert found.elbo == pytest.approx(found.importance_weighted)
    assert (found.standard_error == 0).all()


def test_a_decoder_that_ignores_the_code_has_the_likelihood_of_its_pixels() -> None:
    model = network()
    for parameter in model.decoder.parameters():
        torch.nn.init.zeros_(parameter)
    for parameter in model.encoder.parameters():
        torch.nn.init.zeros_(parameter)  # q(z | x) is the prior
    found = bounds(model, binary_images(), 7, generator())
    assert found.elbo == pytest.approx(np.full(12, -32 * math.log(2)))
    assert bits_per_pixel(-found.elbo, 32) == pytest.approx(np.ones(12))


def test_bounds_of_grey_values_use_the_discretized_logistic() -> None:
    images = torch.randint(0, 256, (5, 32), generator=generator()) / 255
    found = bounds(network("discretized_logistic"), images, 50, generator())
    assert np.isfinite(found.importance_weighted).all()
    assert (found.elbo <= found.importance_weighted).all()


@pytest.mark.parametrize(
    "model",
    [network("gaussian"), AutoencoderNetwork(WIDTHS, activation="silu", likelihood="bernoulli")],
    ids=["gaussian", "not variational"],
)
def test_a_likelihood_without_its_constant_is_refused(model: AutoencoderNetwork) -> None:
    with pytest.raises(ValueError, match="discrete likelihood"):
        bounds(model, binary_images(), 3, generator())


def test_no_draw_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1, got 0"):
        bounds(network(), binary_images(), 0, generator())
