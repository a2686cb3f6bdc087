"""The architectures of the judges. ``NETWORKS`` is the registry: a new one is a class, a line and parameters.

They differ in kind: convolutions with pooling; convolutions with strides and a mean over the image; no convolution.
"""

from abc import abstractmethod

import torch
from torch import Tensor, nn
from torch.nn import functional

from foundation.vocabulary import JudgeName

SMALLEST_SIDE = 16  # pixels that the convolutions need in height and width


class MaxPool(nn.Module):
    """Maximum over squares of two by two, (n, c, h, w) to (n, c, h // 2, w // 2).

    Without gradients by maxima of rows and columns, a fifth of the time of PyTorch's pooling and the same numbers.
    """

    def forward(self, maps: Tensor) -> Tensor:
        """Return the pooled maps."""
        if torch.is_grad_enabled():
            return functional.max_pool2d(maps, 2)
        height, width = (2 * (side // 2) for side in maps.shape[-2:])
        rows = torch.maximum(maps[..., 0:height:2, :], maps[..., 1:height:2, :])
        return torch.maximum(rows[..., 0:width:2], rows[..., 1:width:2])


def enlarge(images: Tensor) -> Tensor:
    """Return images (n, 1, h, w) with every pixel repeated so often that both sides have at least SMALLEST_SIDE."""
    for axis in (-2, -1):
        if images.shape[axis] < SMALLEST_SIDE:
            images = images.repeat_interleave(-(-SMALLEST_SIDE // images.shape[axis]), axis)
    return images


class JudgeNetwork(nn.Module):
    """Features of images, and one output per class and one more, the last: "none of the classes"."""

    def __init__(self, image_shape: tuple[int, int], n_classes: int, *, n_features: int, dropout: float) -> None:
        super().__init__()
        self.register_buffer("image_shape", torch.tensor(image_shape))
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Linear(n_features, n_classes + 1)

    @abstractmethod
    def features(self, images: Tensor) -> Tensor:
        """Return the last hidden layer (n, n_features) of images (n, 1, height, width)."""

    def forward(self, images: Tensor) -> Tensor:
        """Return logits (n, n_classes + 1) of images (n, 1, height, width)."""
        logits: Tensor = self.output(self.dropout(self.features(images)))
        return logits


class ConvolutionalNetwork(JudgeNetwork):
    """Two convolutions with pooling, one hidden layer.

    Source: LeCun et al. 1998, Gradient-Based Learning Applied to Document Recognition (LeNet-5), with
    more channels, rectifiers, maximum pooling, batch normalisation and dropout in place of its tanh and averages.
    """

    def __init__(self, image_shape: tuple[int, int], n_classes: int) -> None:
        super().__init__(image_shape, n_classes, n_features=128, dropout=0.2)
        sides = enlarge(torch.zeros(1, 1, *image_shape)).shape[-2:]
        height, width = (((side - 4) // 2 - 4) // 2 for side in sides)
        self.convolutions = nn.Sequential(
            nn.Conv2d(1, 8, 5), MaxPool(), nn.BatchNorm2d(8), nn.ReLU(),
            nn.Conv2d(8, 24, 5), MaxPool(), nn.BatchNorm2d(24), nn.ReLU(),
        ).to(memory_format=torch.channels_last)  # fmt: skip
        self.hidden = nn.Linear(24 * height * width, 128)

    def features(self, images: Tensor) -> Tensor:
        """Return the last hidden layer (n, 128) of images (n, 1, height, width).

        Channels lie innermost in memory: convolutions and pooling then take less than half the time.
        """
        maps = self.convolutions(enlarge(images).contiguous(memory_format=torch.channels_last))
        return functional.relu(self.hidden(maps.flatten(1)))


class StridedNetwork(JudgeNetwork):
    """Convolutions with strides in place of pooling, the mean over the image.

    Source: Springenberg et al. 2015, Striving for Simplicity: The All Convolutional Net.
    """

    def __init__(self, image_shape: tuple[int, int], n_classes: int) -> None:
        super().__init__(image_shape, n_classes, n_features=64, dropout=0.0)
        self.convolutions = nn.Sequential(
            nn.Conv2d(1, 16, 4, stride=2), nn.BatchNorm2d(16), nn.ReLU(),
            nn.Conv2d(16, 32, 3, stride=2), nn.BatchNorm2d(32), nn.ReLU(),
            nn.Conv2d(32, 64, 3), nn.BatchNorm2d(64), nn.ReLU(),
        ).to(memory_format=torch.channels_last)  # fmt: skip

    def features(self, images: Tensor) -> Tensor:
        """Return the means (n, 64) of the last maps of images (n, 1, height, width)."""
        maps: Tensor = self.convolutions(enlarge(images).contiguous(memory_format=torch.channels_last))
        return maps.mean(dim=(2, 3))


class PerceptronNetwork(JudgeNetwork):
    """Fully connected layers with batch normalisation."""

    def __init__(self, image_shape: tuple[int, int], n_classes: int) -> None:
        super().__init__(image_shape, n_classes, n_features=128, dropout=0.2)
        height, width = image_shape
        self.layers = nn.Sequential(
            nn.Linear(height * width, 512), nn.BatchNorm1d(512), nn.ReLU(), nn.Dropout(0.2),
            nn.Linear(512, 256), nn.BatchNorm1d(256), nn.ReLU(), nn.Dropout(0.2),
            nn.Linear(256, 128), nn.BatchNorm1d(128), nn.ReLU(),
        )  # fmt: skip

    def features(self, images: Tensor) -> Tensor:
        """Return the last hidden layer (n, 128) of images (n, 1, height, width)."""
        hidden: Tensor = self.layers(images.flatten(1))
        return hidden


NETWORKS: dict[JudgeName, type[JudgeNetwork]] = {
    "convolutional": ConvolutionalNetwork,
    "strided": StridedNetwork,
    "perceptron": PerceptronNetwork,
}


def build_network(name: JudgeName, image_shape: tuple[int, int], n_classes: int) -> JudgeNetwork:
    """Return an untrained network of an architecture."""
    return NETWORKS[name](image_shape, n_classes)  # type: ignore[call-arg]  # n_features is and dropout are each one's own
