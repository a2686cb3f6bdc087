"""What the measures of samples and of code spaces share: codecs, judge, images, and how codes are drawn and decoded.

Fits and searches use the first half of the training images, at most N_REFERENCES; real images for the floor come from
the rest. A VAE's training codes are drawn from q(z | x), one per image: the aggregate posterior, in which a
dimension without content keeps the prior's spread. Decoded images are clipped to [0, 1].
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from autoencoders.learning.checkpoints import Split
from autoencoders.learning.judge import Judge
from autoencoders.parameter_sections import GenerationParams
from autoencoders.reproducibility.randomness import numpy_stream
from autoencoders.statistics import UNBOUNDED, interval
from stages.protocol.codecs import Codecs

Rows = NDArray[np.float32]
Values = NDArray[np.float64]
Table = list[dict[str, object]]
Splits = dict[str, Split]
N_REFERENCES = 20000
SHARE = (0.0, 1.0)
NOT_NEGATIVE = (0.0, np.inf)


@dataclass(frozen=True, eq=False)
class Setting:
    """What is measured, with which judge, on which images."""

    plan: GenerationParams
    seeds: tuple[int, ...]
    codecs: Codecs
    judge: Judge
    train: Rows
    test: Split
    training_codes: dict[tuple[str, int], Rows] = field(default_factory=dict)  # those drawn so far

    @property
    def n_references(self) -> int:
        """How many training images fits and nearest-neighbour searches use."""
        return min(N_REFERENCES, len(self.train) // 2)

    def codec(self, name: str, seed: int) -> Any:
        """Return a codec under a seed; one that knows no seeds (PCA) under any."""
        cell = self.codecs[name]
        return cell.get(seed, next(iter(cell.values())))


def decode(codec: Any, codes: Rows) -> Rows:
    """Return the images (n, n_pixels) of codes, clipped to [0, 1]."""
    return np.clip(codec.inverse_transform(codes), 0, 1).astype(np.float32)


def draw_training_codes(setting: Setting, name: str, seed: int) -> Rows:
    """Return codes (n, latent_dim) of training images, drawn from q(z | x) where the code is distributed.

    Each is drawn once; that of a codec which knows no seeds is the same under all.
    """
    cell = setting.codecs[name]
    key = (name, seed if seed in cell else next(iter(cell)))
    if key not in setting.training_codes:
        setting.training_codes[key] = _draw_training_codes(setting, name, seed)
    return setting.training_codes[key]


def _draw_training_codes(setting: Setting, name: str, seed: int) -> Rows:
    codec, images = setting.codec(name, seed), setting.train[: setting.n_references]
    if not hasattr(codec, "encode"):
        return np.asarray(codec.transform(images), dtype=np.float32)
    means, log_variances = codec.encode(images)
    noise = numpy_stream(seed, f"generation/codes/{name}").standard_normal(means.shape, dtype=np.float32)
    return np.asarray(means + np.exp(log_variances / 2) * noise, dtype=np.float32)


def read(judge: Judge, images: Rows) -> tuple[Values, Values]:
    """Return the judge's features and class probabilities, both from one pass."""
    features = judge.features(images)
    with torch.no_grad():
        logits = judge.network.output(torch.from_numpy(features).float())
    return features, logits.softmax(-1).double().numpy()


def stated(values: ArrayLike, bounds: tuple[float, float] = UNBOUNDED) -> dict[str, float | None]:
    """Return mean and interval of values (n_seeds,) or (n_seeds, n), as stored."""
    return interval(values, bounds).as_dict()
