"""What the measures of samples and of code spaces share: codecs, readers, images, and how codes are drawn and decoded.

All choices of images are drawn by named streams. Fits and searches use half of the training images, at most
N_REFERENCES, the same under every seed; real images for the floor come from the rest. Each seed is measured against
test images of its own. A VAE's training codes are drawn from q(z | x), one per image: the aggregate posterior, in
which a dimension without content keeps the prior's spread. Decoded images are clipped to [0, 1].
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autoencoders.learning.checkpoints import Split, load_split
from foundation.parameter_sections import GenerationParams
from foundation.parameters import Params
from foundation.paths import DATA_DIR
from foundation.reproducibility.randomness import numpy_stream
from foundation.reproducibility.workers import Once
from stages.protocol.readers import Readers, load_readers
from stages.protocol.tables import Rows
from stages.protocol.trained import Codecs

N_REFERENCES = 20000
SPLIT_SEED = 0  # of what is drawn once for all seeds


@dataclass(frozen=True, eq=False)
class Context:
    """What is measured, with which readers, on which images."""

    plan: GenerationParams
    seeds: tuple[int, ...]
    codecs: Codecs
    readers: Readers
    splits: Mapping[str, Split]  # train, validation, test
    _training_codes: Once = field(default_factory=Once, init=False)  # pieces in other threads draw, too

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
    def n_compared(self) -> int:
        """How many test images each seed is measured against."""
        return min(int(self.plan.n_samples), len(self.test.labels))

    @property
    def image_shape(self) -> tuple[int, int]:
        """Height and width of an image."""
        return self.test.image_shape

    @cached_property
    def _order(self) -> NDArray[np.int64]:
        """The training images in random order: first those of fits and searches, then the held-out ones."""
        return numpy_stream(SPLIT_SEED, "generation/split").permutation(len(self.train))

    @cached_property
    def training_references(self) -> Rows:
        """The training images that fits and searches use, (n_references, n_pixels)."""
        return self.train[self._order[: self.n_references]]

    def floor_images(self, seed: int) -> Rows:
        """Return training images that no fit used, drawn for a seed, (n_samples, n_pixels) or as many as there are."""
        held_out = self._order[self.n_references :]
        drawn = numpy_stream(seed, "generation/floor").permutation(len(held_out))[: self.plan.n_samples]
        return self.train[held_out[drawn]]

    def reference_images(self, seed: int) -> Rows:
        """Return the test images drawn for a seed, (n_compared, n_pixels)."""
        drawn = numpy_stream(seed, "generation/references").permutation(len(self.test.labels))
        return self.test.pixels[drawn[: self.n_compared]]

    def place(self, seed: int) -> int:
        """Return where a seed stands among the run's: its readers are those of this place."""
        return self.seeds.index(seed)

    def codec(self, name: str, seed: int) -> Any:
        """Return a codec under a seed; one that knows no seeds (PCA) under any."""
        cell = self.codecs[name]
        return cell.get(seed, next(iter(cell.values())))

    def training_codes(self, name: str, seed: int) -> Rows:
        """Return codes (n_references, latent_dim) of the training images of fits, drawn where the code is distributed.

        They are drawn once, from q(z | x); those of a codec that knows no seeds are the same under all.
        """
        cell = self.codecs[name]
        key = (name, seed if seed in cell else next(iter(cell)))
        codes: Rows = self._training_codes.get(key, lambda: self._draw_training_codes(name, seed))
        return codes

    def _draw_training_codes(self, name: str, seed: int) -> Rows:
        codec, images = self.codec(name, seed), self.training_references
        if not hasattr(codec, "encode"):
            return np.asarray(codec.transform(images), dtype=np.float32)
        means, log_variances = codec.encode(images)
        noise = numpy_stream(seed, f"generation/codes/{name}").standard_normal(means.shape, dtype=np.float32)
        return np.asarray(means + np.exp(log_variances / 2) * noise, dtype=np.float32)


def load_context(params: Params, codecs: Codecs) -> Context:
    """Return the context of some codecs of a run, with its readers and its images."""
    splits = {name: load_split(DATA_DIR, name) for name in ("train", "validation", "test")}
    plan = with_equal_sizes(params.generation, len(splits["train"].labels), len(splits["test"].labels))
    return Context(plan, params.seeds, codecs, load_readers(params), splits)


def with_equal_sizes(plan: GenerationParams, n_train: int, n_test: int) -> GenerationParams:
    """Return the plan with no more samples than there are test images and training images held out from fits.

    A distance between sets depends on their sizes: samples and real images are compared in equal numbers.
    """
    n_held_out = n_train - min(N_REFERENCES, n_train // 2)
    return plan.model_copy(update={"n_samples": min(plan.n_samples, n_test, n_held_out)})


def decode(codec: Any, codes: Rows) -> Rows:
    """Return the images (n, n_pixels) of codes, clipped to [0, 1]."""
    return np.clip(codec.inverse_transform(codes), 0, 1).astype(np.float32)
