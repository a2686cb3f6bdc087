"""A small world of real digits to measure code spaces in: small trained models, and linear judges and features."""

import gzip
from functools import cache
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from scipy.special import softmax
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression

from autoencoders.judging.judge import Reading
from autoencoders.learning.checkpoints import Split
from autoencoders.learning.estimators import fit_seeds
from autoencoders.learning.models import MODELS
from foundation.idx import parse_idx
from foundation.vocabulary import JUDGES
from stages.protocol.context import Context
from tests.import_closure import ROOT

SLICE = ROOT / "tests" / "data" / "mnist-slice"
SEEDS = (0, 1)
LATENT_DIM = 4
N_CLASSES = 10
PLAN = SimpleNamespace(
    n_samples=200,
    n_mixture_components=3,
    recognition_threshold=0.5,
    n_completeness_codes=200,
    n_paths=40,
    path_steps=8,
    scales=(1.0, 3.0),
    precision_neighbours=3,
    n_pictures=2,
    manifold_size=3,
)


@cache
def digits(name: str) -> Split:
    """The slice's images of a split: train or test."""
    kind = {"train": "train", "test": "t10k"}[name]
    images, labels = (
        parse_idx(gzip.decompress((SLICE / f"{kind}-{part}-idx{n_axes}-ubyte.gz").read_bytes()), n_axes)
        for part, n_axes in (("images", 3), ("labels", 1))
    )
    return Split(torch.from_numpy(images / np.float32(255)).unsqueeze(1), torch.from_numpy(labels.astype(np.int64)))


class LinearJudge:
    """Reads images by logistic regression on pixels; what noise, shuffled and inverted images are is its last class."""

    def __init__(self, seed: int) -> None:
        generator = np.random.default_rng(seed)
        pixels, labels = digits("train").pixels, digits("train").labels.numpy()
        chosen = generator.permutation(len(pixels))[: len(pixels) // 2]
        others = np.concatenate([generator.random(pixels[chosen].shape), generator.permuted(pixels[chosen], axis=1)])
        rows = np.concatenate([pixels[chosen], others[::4], 1 - pixels[chosen][::4]])
        classes = np.concatenate([labels[chosen], np.full(len(rows) - len(chosen), N_CLASSES)])
        self.model = LogisticRegression(C=0.01, tol=0.01).fit(rows, classes)
        self.n_classes = N_CLASSES

    def read(self, images: Any) -> Reading:
        logits = self.model.decision_function(np.asarray(images, dtype=np.float64).reshape(len(images), -1))
        probabilities = softmax(logits, axis=1)[:, :-1]
        return Reading(logits, probabilities.max(axis=1), probabilities.argmax(axis=1))

    def predict(self, images: Any) -> np.ndarray:
        return self.read(images).classes

    def confidences(self, images: Any) -> np.ndarray:
        return self.read(images).confidences


class LinearReaders:
    """Readers as a run has them, all linear."""

    judge_seeds = SEEDS

    def __init__(self) -> None:
        self.judges = {
            (name, seed): LinearJudge(10 * number + seed) for number, name in enumerate(JUDGES) for seed in SEEDS
        }
        self.projections = {
            "denoising_code": PCA(8, svd_solver="full").fit(digits("test").pixels),
            "pixels": PCA(16, svd_solver="full").fit(digits("train").pixels),
        }

    def judge(self, name: str, place: int) -> LinearJudge:
        return self.judges[name, SEEDS[place % len(SEEDS)]]

    def features(self, family: str, images: Any, place: int) -> np.ndarray:
        if family in JUDGES:
            return self.judge(family, place).read(images).features
        return np.asarray(self.projections[family].transform(images), dtype=np.float64)


@cache
def readers() -> LinearReaders:
    return LinearReaders()


@cache
def trained(model: str) -> dict[int, Any]:
    """A model trained on the slice for a moment, by seed."""
    settings = {"hidden_dims": (32,), "epochs": 12, "learning_rate": 0.01, "batch_size": 64}
    if model == "pca":
        return {0: PCA(LATENT_DIM, svd_solver="full").fit(digits("train").pixels)}
    return fit_seeds(MODELS[model](LATENT_DIM, **settings), digits("train").pixels, SEEDS)


def small_context(codecs: dict[str, dict[int, Any]], **changes: Any) -> Context:
    """What is measured of some codecs, with the linear readers."""
    plan: Any = SimpleNamespace(**{**vars(PLAN), **changes})
    splits = {"train": digits("train"), "test": digits("test")}
    return Context(plan, SEEDS, codecs, readers(), splits)  # type: ignore[arg-type]
