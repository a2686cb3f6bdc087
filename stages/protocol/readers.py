"""What reads images: judges of several architectures, features of several families; loaded when first asked for.

A model's seed is measured with a reader of its own: seed number i with reader number i modulo their number.
"""

from typing import Any

import numpy as np

from autoencoders.arrays import Rows, Values
from autoencoders.judging.checkpoints import load_judge
from autoencoders.judging.judge import Judge
from autoencoders.learning.checkpoints import load_cell, load_pca
from foundation.parameters import Params
from foundation.paths import FEATURES_DIR, PCA_PATH, judge_path
from foundation.reproducibility.workers import Once
from foundation.vocabulary import JUDGES, JudgeName

N_PIXEL_COMPONENTS = 64  # of the family "pixels", at most
PCA_SEED = 0


class Readers:
    """The judges and features of a run; threads may share it."""

    def __init__(
        self,
        judge_seeds: tuple[int, ...],
        feature_seeds: tuple[int, ...],
        n_components: int = N_PIXEL_COMPONENTS,
    ) -> None:
        self.judge_seeds, self.feature_seeds, self.n_components = judge_seeds, feature_seeds, n_components
        self._loaded = Once()

    def judge(self, name: JudgeName, place: int) -> Judge:
        """Return the judge of an architecture that measures a model's seed, which stands in params.seeds at a place.

        Raises:
            ArtifactError: if its file is missing or damaged.
        """
        seed = self.judge_seeds[place % len(self.judge_seeds)]
        judge: Judge = self._loaded.get((name, seed), lambda: load_judge(judge_path(name, seed), name))
        return judge

    def features(self, family: str, images: Rows, place: int) -> Values:
        """Return the features (n, d) of images (n, n_pixels) in a family; ``place`` as for ``judge``.

        Raises:
            ArtifactError: if a file is missing or damaged.
        """
        if family in JUDGES:
            return self.judge(family, place).features(images)
        return np.asarray(self._codec(family, place).transform(images), dtype=np.float64)

    def _codec(self, family: str, place: int) -> Any:
        if family == "pixels":
            return self._loaded.get((family, PCA_SEED), lambda: load_pca(PCA_PATH, self.n_components))
        seed = self.feature_seeds[place % len(self.feature_seeds)]
        return self._loaded.get((family, seed), lambda: load_cell(FEATURES_DIR)[seed])


def load_readers(params: Params) -> Readers:
    """Return the readers of a run; a file is read when the first images are."""
    n_components = min(N_PIXEL_COMPONENTS, params.fit_pca.max_components)
    return Readers(params.train_judge.seeds, params.train_features.seeds, n_components)
