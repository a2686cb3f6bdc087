"""One epoch of our training and of a textbook loop, timed: all seconds of the call count."""

import time
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

from autoencoders.learning.layers import encoder_widths
from autoencoders.learning.training_loop import train
from benchmarks.settings import LATENT_DIM, N_PIXELS, Contest
from foundation.vocabulary import ProductPrecision

LEARNING_RATE = 0.001


def time_our_epoch(contest: Contest, pixels: Tensor, n_seeds: int, precision: ProductPrecision) -> float:
    """Return the seconds of one epoch over pixels (n, n_pixels) of n_seeds networks trained at once."""
    plan = contest.build_estimator(epochs=1, learning_rate=LEARNING_RATE)
    start = time.perf_counter()
    train(contest.build_network, pixels, plan=plan, seeds=range(n_seeds), precision=precision)
    return time.perf_counter() - start


class TextbookModel(nn.Module):
    """The same network in ``nn.Linear``, as a tutorial writes it."""

    def __init__(self, contest: Contest) -> None:
        super().__init__()
        self.contest = contest
        activation = {"relu": nn.ReLU, "silu": nn.SiLU}[contest.activation]
        *hidden, code = encoder_widths(N_PIXELS, contest.hidden_dims, LATENT_DIM)
        ends = (code * (2 if contest.model == "vae" else 1), code)
        encoder, decoder = [*hidden, ends[0]], [ends[1], *reversed(hidden)]
        self.encoder, self.decoder = (
            nn.Sequential(
                *[layer for before, after in pairwise(widths) for layer in (nn.Linear(before, after), activation())][
                    :-1
                ]
            )
            for widths in (encoder, decoder)
        )

    def loss(self, pixels: Tensor) -> Tensor:
        """Return the mean loss of pixels (n, n_pixels) in nats an image."""
        codes, divergence = self.encoder(pixels), torch.zeros(())
        if self.contest.model == "vae":
            means, log_variances = codes.chunk(2, dim=-1)
            codes = means + torch.exp(0.5 * log_variances) * torch.randn_like(means)
            divergence = -0.5 * (1 + log_variances - means.pow(2) - log_variances.exp()).sum(-1).mean()
        logits = self.decoder(codes)
        if self.contest.likelihood == "gaussian":
            error = 0.5 * functional.mse_loss(torch.sigmoid(logits), pixels, reduction="sum") / len(pixels)
        else:
            error = functional.binary_cross_entropy_with_logits(logits, pixels, reduction="sum") / len(pixels)
        return error + divergence


def time_textbook_epoch(contest: Contest, pixels: Tensor) -> float:
    """Return the seconds of one epoch of the loop every tutorial has: DataLoader, one model, Adam."""
    start = time.perf_counter()
    model = TextbookModel(contest)
    optimiser = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE)
    for (batch,) in DataLoader(TensorDataset(pixels), batch_size=contest.batch_size, shuffle=True):
        optimiser.zero_grad()
        model.loss(batch).backward()
        optimiser.step()
    return time.perf_counter() - start
