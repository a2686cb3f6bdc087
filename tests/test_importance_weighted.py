"""The importance-weighted loss: known answers, gradients, seeds at once; its bound where the likelihood is known."""

import math

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.distributions import Bernoulli, MultivariateNormal, Normal

from autoencoders.evaluation.bounds import bounds
from autoencoders.learning.layers import initialise
from autoencoders.learning.models import ImportanceWeightedAutoencoder
from autoencoders.learning.networks import ImportanceWeightedNetwork, Output, VariationalAutoencoderNetwork
from autoencoders.learning.training_loop import present_binarised

WIDTHS = [32, 16, 2]
N_IMAGES = 6


def network(n_samples: int = 5, *, is_averaged: bool = False) -> ImportanceWeightedNetwork:
    built = ImportanceWeightedNetwork(
        WIDTHS, activation="tanh", likelihood="bernoulli", n_samples=n_samples, is_averaged=is_averaged
    )
    initialise(built, generator(3))
    return built


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def binary_images(n: int = N_IMAGES) -> Tensor:
    return torch.randint(0, 2, (n, 32), generator=generator(1)).float()


def loss(model: ImportanceWeightedNetwork, noise: Tensor) -> Tensor:
    images = binary_images(len(noise))
    return model.loss_terms(model(images, noise), images).total(1.0)


def test_the_loss_is_the_log_mean_of_weights_written_out() -> None:
    model, noise, images = network(), torch.randn(N_IMAGES, 10, generator=generator()), binary_images()
    means, log_variances = model.encode(images)
    assert log_variances is not None
    weights = []
    for draw in noise.split(2, dim=1):
        codes = means + torch.exp(log_variances / 2) * draw
        log_p = Bernoulli(logits=model.decoder(codes)).log_prob(images).sum(1) + Normal(0, 1).log_prob(codes).sum(1)
        weights.append(torch.exp(log_p - Normal(means, torch.exp(log_variances / 2)).log_prob(codes).sum(1)))
    expected = -torch.stack(weights).mean(0).log()
    assert loss(model, noise).detach().numpy() == pytest.approx(expected.detach().numpy(), rel=1e-4)


def test_with_one_sample_the_loss_is_in_the_mean_the_vae_s() -> None:
    model, images = network(1), binary_images(1).expand(20_000, 32)
    vae = VariationalAutoencoderNetwork(WIDTHS, activation="tanh", likelihood="bernoulli")
    vae.load_state_dict(model.state_dict())
    noise = torch.randn(20_000, 2, generator=generator())
    with torch.no_grad():
        ours = model.loss_terms(model(images, noise), images).total(1.0).double()
        theirs = vae.loss_terms(vae(images, noise), images).total(1.0).double()
    error = (ours - theirs).std() / math.sqrt(len(noise))
    assert abs(ours.mean() - theirs.mean()) < 4 * error


def test_the_averaged_loss_is_the_mean_of_the_losses_of_its_single_draws() -> None:
    noise = torch.randn(N_IMAGES, 5, 2, generator=generator())
    single = torch.stack([loss(network(1), draw) for draw in noise.unbind(1)])
    averaged = loss(network(is_averaged=True), noise.flatten(1))
    assert torch.allclose(averaged, single.mean(0), atol=1e-4)
    assert (averaged >= loss(network(), noise.flatten(1))).all()  # the importance-weighted bound is the tighter one


def test_the_order_of_the_draws_does_not_matter() -> None:
    noise = torch.randn(N_IMAGES, 5, 2, generator=generator())
    assert torch.allclose(loss(network(), noise.flatten(1)), loss(network(), noise.flip(1).flatten(1)), atol=1e-4)


def test_more_samples_lower_the_loss_in_the_mean() -> None:
    noise = torch.randn(2000, 50, 2, generator=generator())
    means = [loss(network(k), noise[:, :k].flatten(1)).mean().item() for k in (1, 5, 50)]
    assert means == sorted(means, reverse=True)


def test_the_loss_s_gradient_reaches_every_parameter() -> None:
    model = network()
    loss(model, torch.randn(N_IMAGES, 10, generator=generator())).sum().backward()
    without = [name for name, p in model.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0]
    assert without == []


def test_an_output_of_another_network_is_refused() -> None:
    with pytest.raises(TypeError, match="WeightedOutput, got Output"):
        network().loss_terms(Output(torch.zeros(1, 32), torch.zeros(1, 2), torch.zeros(1, 2)), torch.zeros(1, 32))


def test_training_lowers_the_loss_and_the_model_samples_and_has_bounds() -> None:
    grey = np.random.default_rng(0).random((96, 32), dtype=np.float32)
    model = ImportanceWeightedAutoencoder(3, n_samples=4, hidden_dims=(16,), epochs=8, batch_size=32)
    model.fit(grey, X_validation=grey[:32], present=present_binarised)
    first, last = model.history_[0], model.history_[-1]
    assert (
        last.train_reconstruction + last.train_regularisation < first.train_reconstruction + first.train_regularisation
    )
    assert model.sample(5, generator()).shape == (5, 32)
    assert bounds(model.network_, binary_images(4), 3, generator()).elbo.shape == (4,)


class LinearGaussian(VariationalAutoencoderNetwork):
    """Probabilistic PCA: x = W z + b + N(0, I). Its likelihood is known, and so is its posterior."""

    n_pixels = 12

    def __init__(self, widening: float) -> None:
        super().__init__([self.n_pixels, 2], activation="tanh", likelihood="bernoulli")
        basis = torch.linalg.qr(torch.randn(self.n_pixels, 2, generator=generator(5)))[0].T
        weights, offset = torch.tensor([[2.0], [1.0]]) * basis, torch.linspace(-1, 1, self.n_pixels)
        precision = 1 + weights.square().sum(1)  # of the posterior, diagonal: the rows of W are orthogonal
        encoder = torch.cat([weights / precision[:, None], torch.zeros_like(weights)]).T
        self.decoder[0].weight.data, self.decoder[0].bias.data = weights, offset
        self.encoder[0].weight.data = encoder
        self.encoder[0].bias.data = torch.cat([-weights @ offset / precision, math.log(widening) - precision.log()])
        self.requires_grad_(requires_grad=False)
        self.exact = MultivariateNormal(offset, weights.T @ weights + torch.eye(self.n_pixels))

    def reconstruction_loss(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Return -log N(x; W z + b, I) with its constant."""
        return 0.5 * (logits - targets).square().sum(-1) + self.n_pixels / 2 * math.log(2 * math.pi)


def drawn_from(model: LinearGaussian, n: int) -> tuple[Tensor, np.ndarray]:
    torch.manual_seed(2)
    images = model.exact.sample((n,))
    return images, model.exact.log_prob(images).double().numpy()


def test_with_the_exact_posterior_one_sample_gives_the_likelihood_of_probabilistic_pca() -> None:
    model = LinearGaussian(widening=1.0)
    images, exact = drawn_from(model, 50)
    assert bounds(model, images, 1, generator()).importance_weighted == pytest.approx(exact, abs=1e-4)


def test_the_bound_reaches_the_likelihood_of_probabilistic_pca_within_its_standard_error() -> None:
    model = LinearGaussian(widening=3.0)
    images, exact = drawn_from(model, 100)
    found = bounds(model, images, 5000, generator())
    off = (found.importance_weighted - exact) / found.standard_error
    assert off.std() == pytest.approx(1, abs=0.25)
    assert abs(off.mean()) < 3 / math.sqrt(len(off))


def test_the_bound_never_exceeds_the_likelihood_of_probabilistic_pca_on_average_and_grows_with_samples() -> None:
    model = LinearGaussian(widening=3.0)
    images, exact = drawn_from(model, 4000)
    gaps = [bounds(model, images, k, generator()).importance_weighted - exact for k in (1, 2, 5, 20, 100)]
    means = [gap.mean() for gap in gaps]
    assert means == sorted(means)
    assert all(gap.mean() < 3 * gap.std() / math.sqrt(len(gap)) for gap in gaps)
    assert means[0] == pytest.approx(-(3 - 1 - math.log(3)), abs=0.1)  # KL(q || posterior) of two dimensions
