"""Run by the interpreter of the peer's environment: train one Pythae model by its own trainer.

    python pythae_worker.py FOLDER

FOLDER holds order.json and train.npy, (n, n_pixels) float32. After each length of the order the weights are written to
weights_LENGTH.npz, by the names of ``nn.Linear``'s parameters, and the seconds so far go to stdout as a line. Network,
loss, batch size, learning rate and seed are the order's; all else is Pythae's default. A training that diverges ends
with exit code DIVERGED.
"""

import json
import os
import sys
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from pythae.data.datasets import BaseDataset
from pythae.models import AE, VAE, AEConfig, VAEConfig
from pythae.models.base.base_utils import ModelOutput
from pythae.models.nn import BaseDecoder, BaseEncoder
from pythae.trainers import BaseTrainer, BaseTrainerConfig
from pythae.trainers.training_callbacks import TrainingCallback
from torch import nn
from torch.nn import functional

DIVERGED = 3
SIGNS = "NaN detected", "elements of input should be between 0 and 1"  # Pythae's of a loss, PyTorch's of an image


def stack(widths, activation):
    """Return linear layers with the activation between them."""
    return [layer for pair in pairwise(widths) for layer in (nn.Linear(*pair), activation())][:-1]


class Encoder(BaseEncoder):
    """Images to codes, or to their means and log-variances."""

    def __init__(self, widths, activation, is_variational):
        super().__init__()
        *hidden, code = widths
        self.is_variational = is_variational
        self.layers = nn.Sequential(*stack([*hidden, code * (2 if is_variational else 1)], activation))

    def forward(self, x):
        codes = self.layers(x)
        if not self.is_variational:
            return ModelOutput(embedding=codes)
        means, log_variances = codes.chunk(2, dim=-1)
        return ModelOutput(embedding=means, log_covariance=log_variances)


class Decoder(BaseDecoder):
    """Codes to images."""

    def __init__(self, widths, activation):
        super().__init__()
        self.layers = nn.Sequential(*stack(widths[::-1], activation), nn.Sigmoid())

    def forward(self, z):
        return ModelOutput(reconstruction=self.layers(z))


class CrossEntropyAE(AE):
    """Pythae's AE, which has the squared error only, with the loss that its VAE calls bce."""

    def loss_function(self, recon_x, x):
        return functional.binary_cross_entropy(recon_x, x, reduction="none").sum(-1).mean()


def build_model(order):
    """Return the untrained model."""
    widths, activation = order["widths"], getattr(nn, order["activation"])
    is_variational = order["model"] == "vae"
    networks = Encoder(widths, activation, is_variational), Decoder(widths, activation)
    shape = {"input_dim": (widths[0],), "latent_dim": widths[-1]}
    if is_variational:
        return VAE(VAEConfig(**shape, reconstruction_loss="bce"), *networks)
    return CrossEntropyAE(AEConfig(**shape), *networks)


class Notes(TrainingCallback):
    """Writes weights and seconds after each of the lengths; Pythae itself keeps its best epoch on training images."""

    def __init__(self, model, lengths, folder, answers):
        self.model, self.lengths, self.folder, self.answers = model, lengths, folder, answers
        self.epoch, self.start = 0, 0.0

    def on_train_begin(self, training_config, **kwargs):
        self.start = time.perf_counter()

    def on_epoch_end(self, training_config, **kwargs):
        self.epoch += 1
        if self.epoch in self.lengths:
            seconds = time.perf_counter() - self.start
            parts = {"encoder": self.model.encoder.layers, "decoder": self.model.decoder.layers}
            weights = {f"{part}.{n}": w.numpy() for part, one in parts.items() for n, w in one.state_dict().items()}
            np.savez(self.folder / f"weights_{self.epoch}.npz", **weights)
            self.answers.write(f"{seconds}\n")
            self.answers.flush()


def main() -> None:
    """Train the model that the folder named on the command line describes."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever the library prints goes to stderr
    folder = Path(sys.argv[1])
    order = json.loads((folder / "order.json").read_text(encoding="utf-8"))
    images = torch.from_numpy(np.load(folder / "train.npy"))
    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    torch.manual_seed(order["seed"])
    notes = Notes(model := build_model(order), order["lengths"], folder, answers)
    plan = BaseTrainerConfig(
        output_dir=str(folder / "trained"), num_epochs=max(order["lengths"]), no_cuda=True, seed=order["seed"],
        learning_rate=order["learning_rate"], per_device_train_batch_size=order["batch_size"],
    )  # fmt: skip
    trainer = BaseTrainer(model, BaseDataset(images, torch.zeros(len(images))), training_config=plan, callbacks=[notes])
    try:
        trainer.train()
    except (ArithmeticError, RuntimeError) as error:
        if not any(sign in str(error) for sign in SIGNS):
            raise
        print(error, file=sys.stderr)
        sys.exit(DIVERGED)


main()
