"""A trained judge: what it reads in images. Knows no file."""

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from autoencoders.arrays import Labels, Values
from autoencoders.judging.networks import JudgeNetwork

BATCH_SIZE = 250  # images at a time when judging: their maps take memory that is at hand; changes no result


class Reading(NamedTuple):
    """What a judge reads in images.

    Attributes:
        features: The last hidden layer, (n, n_features).
        confidences: The probability of the likeliest class, (n,), in 0..1; the reject class is in the denominator.
        classes: The likeliest class, (n,), the reject class left out.
    """

    features: Values
    confidences: Values
    classes: Labels


class Judge:
    """A trained classifier with a reject class; all methods take images (n, 1, h, w), (n, h, w) or (n, n_pixels)."""

    def __init__(self, network: JudgeNetwork) -> None:
        self.network = network.eval().requires_grad_(requires_grad=False)

    @property
    def image_shape(self) -> tuple[int, int]:
        """Height and width of the images the judge was trained on."""
        height, width = self.network.get_buffer("image_shape").tolist()
        return height, width

    @property
    def n_classes(self) -> int:
        """How many classes it tells apart, the reject class left out."""
        return self.network.output.out_features - 1

    @torch.no_grad()
    def read(self, images: Tensor | NDArray[np.floating]) -> Reading:
        """Return features, confidences and classes, all from one pass."""
        stack = torch.as_tensor(images, dtype=torch.float32).reshape(-1, 1, *self.image_shape)
        features = torch.cat([self.network.features(batch) for batch in stack.split(BATCH_SIZE)])
        probabilities = self.network.output(features).double().softmax(-1)[:, :-1]
        confidences, classes = probabilities.max(dim=-1)
        return Reading(features.double().numpy(), confidences.numpy(), classes.numpy())

    def predict(self, images: Tensor | NDArray[np.floating]) -> Labels:
        """Return the likeliest class (n,), the reject class left out."""
        return self.read(images).classes

    def confidences(self, images: Tensor | NDArray[np.floating]) -> Values:
        """Return the probability of the likeliest class, (n,), in 0..1."""
        return self.read(images).confidences

    def features(self, images: Tensor | NDArray[np.floating]) -> Values:
        """Return the last hidden layer (n, n_features)."""
        return self.read(images).features
