"""Three ways to train the same network on the same loss: this study's, a textbook loop, Pythae's.

All have the layers, the loss and the batch size of ``params.yaml``, products in float32, and Adam. This study has its
own first weights, Adam's second decay and schedule as ``params.yaml`` has them. The textbook loop and Pythae have
PyTorch's first weights, Adam as it ships and a constant learning rate, so one training passes through all shorter ones.
Seconds are those of the whole training from images in memory to weights; between two lengths the others wait, Pythae
goes on.
"""

import time
from collections.abc import Generator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

from autoencoders.arrays import Rows
from autoencoders.learning.estimators import fit_seeds
from autoencoders.learning.layers import encoder_widths
from autoencoders.learning.networks import AutoencoderNetwork
from benchmarks.peer import train_peer
from benchmarks.settings import LATENT_DIM, build_estimator
from foundation.reproducibility.randomness import torch_stream

ACTIVATIONS = {"relu": "ReLU", "silu": "SiLU"}  # PyTorch's names


class Trained(NamedTuple):
    """What a training has reached after some epochs: one network per seed."""

    epochs: int
    seconds: float
    networks: list[AutoencoderNetwork]


class Order(NamedTuple):
    """What to train, and after how many epochs to look at it."""

    model: str
    seeds: Sequence[int]
    learning_rate: float
    lengths: Sequence[int]  # ascending


@torch.no_grad()
def measure_loss(network: AutoencoderNetwork, pixels: Tensor) -> float:
    """Return the mean loss of images (n, n_pixels) in nats, one code drawn an image; of a VAE minus its bound."""
    noise = torch.randn(len(pixels), network.latent_dim, generator=torch_stream(0, "benchmarks/loss"))
    return float(network.loss_terms(network(pixels, noise), pixels).total(network.beta).double().mean())


def train_ours(order: Order, train: Rows, validation: Rows | None = None) -> Generator[Trained]:
    """Train all seeds at once, anew for each length: the schedule ends where the training does."""
    for epochs in order.lengths:
        estimator = build_estimator(order.model, epochs=epochs, learning_rate=order.learning_rate)
        start = time.perf_counter()
        cell = fit_seeds(estimator, train, order.seeds, X_validation=validation, precision="float32")
        yield Trained(epochs, time.perf_counter() - start, [one.network_ for one in cell.values()])


class TextbookModel(nn.Module):
    """The same network in ``nn.Linear``, as a tutorial writes it."""

    def __init__(self, model: str, n_pixels: int) -> None:
        super().__init__()
        estimator = build_estimator(model)
        self.is_variational = model == "vae"
        activation = getattr(nn, ACTIVATIONS[estimator.activation])
        *hidden, code = encoder_widths(n_pixels, estimator.hidden_dims, LATENT_DIM)
        encoder, decoder = [*hidden, code * (2 if self.is_variational else 1)], [code, *reversed(hidden)]
        self.encoder, self.decoder = (
            nn.Sequential(*[layer for pair in pairwise(widths) for layer in (nn.Linear(*pair), activation())][:-1])
            for widths in (encoder, decoder)
        )

    def loss(self, pixels: Tensor) -> Tensor:
        """Return the mean loss of pixels (n, n_pixels) in nats an image."""
        codes, divergence = self.encoder(pixels), torch.zeros(())
        if self.is_variational:
            means, log_variances = codes.chunk(2, dim=-1)
            codes = means + torch.exp(0.5 * log_variances) * torch.randn_like(means)
            divergence = -0.5 * (1 + log_variances - means.pow(2) - log_variances.exp()).sum(-1).mean()
        logits = self.decoder(codes)
        error = functional.binary_cross_entropy_with_logits(logits, pixels, reduction="sum") / len(pixels)
        return error + divergence


def train_textbook(order: Order, train: Rows) -> Generator[Trained]:
    """Train one seed by the loop every tutorial has: DataLoader, one model, Adam."""
    torch.manual_seed(order.seeds[0])
    seconds, epoch, start = 0.0, 0, time.perf_counter()
    model = TextbookModel(order.model, train.shape[1])
    optimiser = torch.optim.Adam(model.parameters(), lr=order.learning_rate)
    batches = DataLoader(
        TensorDataset(torch.from_numpy(train)), batch_size=build_estimator(order.model).batch_size, shuffle=True
    )
    for length in order.lengths:
        for _ in range(epoch, length):
            for (batch,) in batches:
                optimiser.zero_grad()
                model.loss(batch).backward()
                optimiser.step()
        seconds, epoch = seconds + time.perf_counter() - start, length
        yield Trained(epoch, seconds, [as_library_network(order.model, model.state_dict(), train.shape[1])])
        start = time.perf_counter()


def train_pythae(order: Order, train: Rows) -> Generator[Trained]:
    """Train one seed by Pythae, in a process and an environment of its own."""
    estimator = build_estimator(order.model)
    what = {
        "model": order.model, "seed": order.seeds[0], "learning_rate": order.learning_rate,
        "lengths": list(order.lengths), "batch_size": estimator.batch_size,
        "activation": ACTIVATIONS[estimator.activation],
        "widths": encoder_widths(train.shape[1], estimator.hidden_dims, LATENT_DIM),
    }  # fmt: skip
    for epochs, (seconds, weights) in zip(order.lengths, train_peer(what, train), strict=True):
        yield Trained(epochs, seconds, [as_library_network(order.model, weights, train.shape[1])])


def as_library_network(model: str, weights: Mapping[str, Tensor], n_pixels: int) -> AutoencoderNetwork:
    """Return the library's network with weights of ``nn.Linear``, which stores the transpose, in the same layers."""
    network = build_estimator(model).build_network(n_pixels)
    network.load_state_dict({name: value.detach().T if value.dim() == 2 else value for name, value in weights.items()})
    return network.eval().requires_grad_(requires_grad=False)
