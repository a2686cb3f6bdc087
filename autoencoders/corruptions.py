"""Noise of several kinds at a level. ``CORRUPTIONS`` is the registry: a new kind is a function and one line.

All take images as rows (n, n_pixels) in [0, 1], a level (one, or one per image as (n, 1)) and a generator,
and return rows in [0, 1]. Draws do not depend on the level: the same generator gives the same pattern,
stronger or weaker.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from autoencoders.vocabulary import CorruptionName

Level = float | Tensor


def gaussian(images: Tensor, level: Level, generator: Generator) -> Tensor:
    """Return images with Gaussian noise of deviation ``level`` added, clipped to [0, 1]."""
    return torch.randn(images.shape, generator=generator).mul_(level).add_(images).clamp_(0, 1)


def salt_and_pepper(images: Tensor, level: Level, generator: Generator) -> Tensor:
    """Return images whose pixels became, each with probability ``level``, 0 or 1 with equal chance."""
    draws = torch.rand(images.shape, generator=generator)
    return torch.where(draws < level, (2 * draws < level).to(images.dtype), images)


def masking(images: Tensor, level: Level, generator: Generator) -> Tensor:
    """Return images whose pixels were set to 0, each with probability ``level``.

    Source: Vincent et al. 2010, Stacked Denoising Autoencoders, section 3.3.
    """
    return images * (torch.rand(images.shape, generator=generator) >= level)


@dataclass(frozen=True)
class Corruption:
    """A kind of noise and what its level means."""

    label: str
    level_label: str
    function: Callable[[Tensor, Level, Generator], Tensor]


CORRUPTIONS: dict[CorruptionName, Corruption] = {
    "gaussian": Corruption("Gaussian", "standard deviation", gaussian),
    "salt_and_pepper": Corruption("Salt and pepper", "share of pixels replaced", salt_and_pepper),
    "masking": Corruption("Masking", "share of pixels set to 0", masking),
}


def random_corruption(
    images: Tensor, levels: Mapping[CorruptionName, float], generator: Generator, *, is_range: bool
) -> Tensor:
    """Return images (n, n_pixels), each with one of the kinds of noise at random.

    Its level is the stated one, or with ``is_range`` uniform between 0 and it.
    """
    kinds = torch.randint(len(levels), (len(images),), generator=generator)
    shares = torch.rand(len(images), 1, generator=generator) if is_range else torch.ones(len(images), 1)
    result = torch.empty_like(images)
    for number, (name, level) in enumerate(levels.items()):
        chosen = (kinds == number).nonzero().squeeze(1)
        result[chosen] = CORRUPTIONS[name].function(images[chosen], shares[chosen] * level, generator)
    return result
