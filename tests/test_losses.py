"""Losses against values computed by hand and against PyTorch's own."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.distributions import Bernoulli, Normal, kl_divergence
from torch.nn import functional

from autoencoders.learning.losses import bernoulli_nll, discretized_logistic_nll, gaussian_kl, gaussian_nll

finite = st.floats(-5, 5)


@given(finite, finite)
def test_kl_is_zero_only_at_the_prior(mean: float, log_variance: float) -> None:
    kl = gaussian_kl(torch.tensor(mean, dtype=torch.float64), torch.tensor(log_variance, dtype=torch.float64)).item()
    is_prior = abs(mean) < 1e-6 and abs(log_variance) < 1e-6
    assert kl >= 0
    assert is_prior or kl > 0


def test_kl_equals_the_closed_form_of_torch_distributions() -> None:
    means, log_variances = torch.randn(2, 5, 4, dtype=torch.float64)
    expected = kl_divergence(Normal(means, (0.5 * log_variances).exp()), Normal(0.0, 1.0))
    torch.testing.assert_close(gaussian_kl(means, log_variances), expected)


def test_bernoulli_nll_is_the_negative_log_probability_of_binary_targets() -> None:
    logits = torch.randn(6, 9, dtype=torch.float64)
    targets = torch.randint(0, 2, (6, 9)).double()
    expected = -Bernoulli(logits=logits).log_prob(targets).sum(-1)
    torch.testing.assert_close(bernoulli_nll(logits, targets), expected)


def test_bernoulli_nll_of_an_undecided_model_is_log_two_a_pixel() -> None:
    assert bernoulli_nll(torch.zeros(2, 7), torch.rand(2, 7)).tolist() == pytest.approx([7 * math.log(2)] * 2)


def test_bernoulli_nll_has_the_gradient_of_the_plain_formula() -> None:
    logits = torch.randn(4, 8, dtype=torch.float64, requires_grad=True)
    targets = torch.rand(4, 8, dtype=torch.float64)
    weights = torch.rand(4, dtype=torch.float64)
    plain = functional.binary_cross_entropy_with_logits(logits, targets, reduction="none").sum(-1)
    (expected,) = torch.autograd.grad((weights * plain).sum(), logits)
    (actual,) = torch.autograd.grad((weights * bernoulli_nll(logits, targets)).sum(), logits)
    torch.testing.assert_close(actual, expected)


def test_bernoulli_nll_stays_finite_for_extreme_logits() -> None:
    assert torch.isfinite(bernoulli_nll(torch.tensor([[1e4, -1e4]]), torch.tensor([[0.0, 1.0]]))).all()


def test_losses_keep_the_leading_axes() -> None:
    batch = torch.rand(2, 3, 5)
    assert bernoulli_nll(batch, batch).shape == gaussian_nll(batch, batch).shape == (2, 3)


def logistic_parameters(locations: list[float], log_scales: list[float]) -> torch.Tensor:
    return torch.tensor([*locations, *log_scales], dtype=torch.float64)


@given(st.floats(-1, 2), st.floats(-8, 2))
def test_the_discretized_logistic_s_256_probabilities_add_up_to_one(location: float, log_scale: float) -> None:
    grey_values = torch.arange(256, dtype=torch.float64)[:, None] / 255
    parameters = logistic_parameters([location], [log_scale]).expand(256, 2)
    assert discretized_logistic_nll(parameters, grey_values).neg().exp().sum().item() == pytest.approx(1)


def test_the_discretized_logistic_is_a_difference_of_two_cumulative_probabilities() -> None:
    locations, log_scales, target = torch.tensor([0.3]), torch.tensor([-3.0]), torch.tensor([100 / 255])
    upper, lower = (((target + half - locations) / log_scales.exp()).sigmoid() for half in (1 / 510, -1 / 510))
    found = discretized_logistic_nll(torch.cat([locations, log_scales]), target)
    assert found.item() == pytest.approx(-math.log((upper - lower).item()), rel=1e-3)


def test_the_discretized_logistic_stays_finite_with_gradients_for_extreme_parameters() -> None:
    parameters = logistic_parameters([1e3, -1e3, 0.5, 0.5], [-40.0, -40.0, 20.0, -40.0]).requires_grad_()
    loss = discretized_logistic_nll(parameters, torch.tensor([0.0, 1.0, 0.2, 0.9], dtype=torch.float64))
    (gradient,) = torch.autograd.grad(loss, parameters)
    assert loss.isfinite()
    assert gradient.isfinite().all()


@pytest.mark.parametrize("log_scale", [39.0, 95.0, 1e4])
def test_a_discretized_logistic_of_any_width_has_a_finite_loss_whose_gradient_narrows_it(log_scale: float) -> None:
    parameters = logistic_parameters([0.5], [log_scale]).float().requires_grad_()
    loss = discretized_logistic_nll(parameters, torch.tensor([0.2]))
    (gradient,) = torch.autograd.grad(loss, parameters)
    assert loss.item() == pytest.approx(min(log_scale, 40.0) + math.log(4 * 255), rel=1e-6)
    assert gradient.tolist() == pytest.approx([0.0, 1.0])


def test_the_discretized_logistic_has_the_gradient_of_finite_differences() -> None:
    targets = torch.tensor([[0.0, 1.0, 100 / 255, 3 / 255]], dtype=torch.float64)
    parameters = torch.randn(1, 8, dtype=torch.float64, generator=torch.Generator().manual_seed(0)).requires_grad_()
    assert torch.autograd.gradcheck(lambda p: discretized_logistic_nll(p, targets), (parameters,))
