"""Readers to test with: real architectures with random weights, in place of trained ones."""

import numpy as np
import torch

from autoencoders.arrays import Rows, Values
from autoencoders.judging.judge import Judge
from autoencoders.judging.networks import build_network
from foundation.vocabulary import JUDGES, JudgeName
from stages.protocol.readers import Readers

SHAPE = (28, 28)
N_FEATURES = 6


class UntrainedReaders(Readers):
    """Judges with random weights, and random projections as features that know no label."""

    def __init__(self, n_classes: int = 4) -> None:
        super().__init__((0, 1), (0, 1))
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            self.judges = {
                (name, seed): Judge(build_network(name, SHAPE, n_classes))
                for name in JUDGES
                for seed in self.judge_seeds
            }

    def judge(self, name: JudgeName, place: int) -> Judge:
        return self.judges[name, self.judge_seeds[place % len(self.judge_seeds)]]

    def features(self, family: str, images: Rows, place: int) -> Values:
        if family in JUDGES:
            return super().features(family, images, place)
        stream = np.random.default_rng(len(family) + place % len(self.feature_seeds))
        return images.astype(np.float64) @ stream.normal(size=(images.shape[1], N_FEATURES))
