"""What the measures of samples and of code spaces share: codecs, judge, images, and how codes are drawn and decoded.

Fits and searches use the first half of the training images, at most N_REFERENCES; real images for the floor come from
the rest. A VAE's training codes are drawn from q(z | x), one per image: the aggregate posterior, in which a
dimension without content keeps the prior's spread. Decoded images are clipped to [0, 1].
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import numpy as np
import torch

from autoencoders.learning.checkpoints import Split, load_judge, load_split
from autoencoders.learning.judge import Judge
from foundation.parameter_sections import GenerationParams
from foundation.parameters import Params
from foundation.paths import DATA_DIR, JUDGE_PATH
from foundation.reproducibility.randomness import numpy_stream
from stages.protocol.tables import Rows, Values
from stages.protocol.trained import Codecs

N_REFERENCES = 20000


@dataclass(frozen=True, eq=False)
class Context:
    """What is measured, with which judge, on which images."""

    plan: GenerationParams
    seeds: tuple[int, ...]
    codecs: Codecs
    judge: Judge
    splits: Mapping[str, Split]  # train, validation, test
    _training_codes: dict[tuple[str, int], Rows] = field(default_factory=dict, init=False)  # those drawn so far
    _lock: Any = field(default_factory=Lock, init=False)  # pieces in other threads draw, too

    @property
    def train(self) -> Rows:
        """The training images as rows."""
        return self.splits["train"].pixels

    @property
    def test(self) -> Split:
        """The test images with their labels."""
        return self.splits["test"]

    @property
    def n_references(self) -> int:
        """How many training images fits and nearest-neighbour searches use."""
        return min(N_REFERENCES, len(self.train) // 2)

    @property
    def image_shape(self) -> tuple[int, int]:
        """Height and width of an image."""
        return self.test.image_shape

    def codec(self, name: str, seed: int) -> Any:
        """Return a codec under a seed; one that knows no seeds (PCA) under any."""
        cell = self.codecs[name]
        return cell.get(seed, next(iter(cell.values())))

    def training_codes(self, name: str, seed: int) -> Rows:
        """Return codes (n, latent_dim) of training images, drawn from q(z | x) where the code is distributed.

        Each is drawn once; that of a codec which knows no seeds is the same under all.
        """
        cell = self.codecs[name]
        key = (name, seed if seed in cell else next(iter(cell)))
        with self._lock:
            if key not in self._training_codes:
                self._training_codes[key] = self._draw_training_codes(name, seed)
            return self._training_codes[key]

    def _draw_training_codes(self, name: str, seed: int) -> Rows:
        codec, images = self.codec(name, seed), self.train[: self.n_references]
        if not hasattr(codec, "encode"):
            return np.asarray(codec.transform(images), dtype=np.float32)
        means, log_variances = codec.encode(images)
        noise = numpy_stream(seed, f"generation/codes/{name}").standard_normal(means.shape, dtype=np.float32)
        return np.asarray(means + np.exp(log_variances / 2) * noise, dtype=np.float32)


def load_context(params: Params, codecs: Codecs) -> Context:
    """Return the context of some codecs of a run, with its judge and its images."""
    splits = {name: load_split(DATA_DIR, name) for name in ("train", "validation", "test")}
    return Context(params.generation, params.seeds, codecs, load_judge(JUDGE_PATH), splits)


def decode(codec: Any, codes: Rows) -> Rows:
    """Return the images (n, n_pixels) of codes, clipped to [0, 1]."""
    return np.clip(codec.inverse_transform(codes), 0, 1).astype(np.float32)


def judge_images(judge: Judge, images: Rows) -> tuple[Values, Values]:
    """Return the judge's features and class probabilities, both from one pass."""
    features = judge.features(images)
    with torch.no_grad():
        logits = judge.network.output(torch.from_numpy(features).float())
    return features, logits.softmax(-1).double().numpy()
