"""What judges learn to reject: images of no class, made at random of a batch. ``NEGATIVES`` is the registry of kinds.

Every kind takes images (n, 1, h, w) in [0, 1], as many partners, each of another class than its image, and a generator,
and returns images alike. ``FOREIGN`` are the kinds that judges are checked with, made without variation.
"""

import math
from collections.abc import Callable

import torch
from torch import Generator, Tensor
from torch.nn import functional

Kind = Callable[[Tensor, Tensor, Generator], Tensor]
N_BANDS = 4  # of rows and of columns, that are put in another order


def uniform_noise(images: Tensor, _: Tensor, generator: Generator) -> Tensor:
    """Return pixels drawn independently from 0 to 1."""
    return torch.rand(images.shape, generator=generator)


def gaussian_noise(images: Tensor, _: Tensor, generator: Generator) -> Tensor:
    """Return pixels drawn independently from a normal distribution, its mean and deviation drawn for each image."""
    means, deviations = between(0, 1, images, generator), between(0.1, 0.6, images, generator)
    return (means + deviations * torch.randn(images.shape, generator=generator)).clamp(0, 1)


def smooth_noise(images: Tensor, _: Tensor, generator: Generator) -> Tensor:
    """Return random clouds: normal draws on a grid of three to eight points, interpolated."""
    n_points = int(torch.randint(3, 9, (), generator=generator))
    drawn = torch.randn(len(images), 1, n_points, n_points, generator=generator)
    clouds = functional.interpolate(drawn, images.shape[-2:], mode="bilinear", align_corners=True)
    return (between(0, 1, images, generator) + between(0.1, 1, images, generator) * clouds).clamp(0, 1)


def gratings(images: Tensor, _: Tensor, generator: Generator) -> Tensor:
    """Return waves of brightness: direction, one to eight periods over the image, phase and contrast drawn."""
    rows, columns = (torch.linspace(0, 1, side) for side in images.shape[-2:])
    angles, frequencies = between(0, math.pi, images, generator), between(1, 8, images, generator)
    along = rows[:, None] * angles.sin() + columns * angles.cos()
    waves = (2 * math.pi * (frequencies * along + between(0, 1, images, generator))).sin()
    return (between(0, 1, images, generator) + between(0.1, 1, images, generator) * waves).clamp(0, 1)


def silhouettes(images: Tensor, _: Tensor, generator: Generator) -> Tensor:
    """Return rectangles, or clouds cut off at a height, filled with clouds, on black."""
    rows, columns = (torch.linspace(-1, 1, side) for side in images.shape[-2:])
    heights, widths = between(0.2, 1, images, generator), between(0.2, 1, images, generator)
    inside = (rows[:, None].abs() < heights) & (columns.abs() < widths)
    cut = smooth_noise(images, images, generator) > between(0, 0.6, images, generator)
    is_cut = between(0, 1, images, generator) < 0.5
    filling = between(0.2, 0.9, images, generator) + 0.3 * smooth_noise(images, images, generator)
    return (inside & (cut | ~is_cut)) * filling.clamp(0, 1)


def averages(images: Tensor, partners: Tensor, generator: Generator) -> Tensor:
    """Return weighted means of two images, either weight at least 0.4."""
    return torch.lerp(images, partners, between(0.4, 0.6, images, generator))


def unions(images: Tensor, partners: Tensor, _: Generator) -> Tensor:
    """Return the brighter one of two images' pixels."""
    return torch.maximum(images, partners)


def halves(images: Tensor, partners: Tensor, generator: Generator) -> Tensor:
    """Return images whose lower half, or right half, is that of another image."""
    height, width = images.shape[-2:]
    is_lower = between(0, 1, images, generator) < 0.5
    lower, right = torch.arange(height)[:, None] >= height // 2, torch.arange(width) >= width // 2
    return torch.where(torch.where(is_lower, lower, right), partners, images)


def shuffled_pixels(images: Tensor, _: Tensor, generator: Generator) -> Tensor:
    """Return images whose pixels stand in a random order, another one for each."""
    order = torch.rand(images.flatten(1).shape, generator=generator).argsort(dim=1)
    return images.flatten(1).gather(1, order).view_as(images)


def shuffled_bands(images: Tensor, _: Tensor, generator: Generator) -> Tensor:
    """Return images whose bands of rows and of columns stand in a random order."""
    rows, columns = (_band_order(side, generator) for side in images.shape[-2:])
    return images[..., rows[:, None], columns]


def inverted(images: Tensor, _: Tensor, generator: Generator) -> Tensor:
    """Return images with dark and bright exchanged, with less contrast or full."""
    low, high = between(0, 0.3, images, generator), between(0.6, 1, images, generator)
    return torch.lerp(high, low, images)


def raised(images: Tensor, _: Tensor, generator: Generator) -> Tensor:
    """Return images on a grey background."""
    return torch.lerp(between(0.2, 0.7, images, generator), torch.ones(()), images)


def between(low: float, high: float, images: Tensor, generator: Generator) -> Tensor:
    """Return numbers drawn from low to high, one for each image, (n, 1, 1, 1)."""
    return torch.rand(len(images), 1, 1, 1, generator=generator) * (high - low) + low


def _band_order(side: int, generator: Generator) -> Tensor:
    bands = torch.arange(side).tensor_split(N_BANDS)
    return torch.cat([bands[i] for i in torch.randperm(N_BANDS, generator=generator)])


NEGATIVES: dict[str, Kind] = {
    "uniform_noise": uniform_noise,
    "gaussian_noise": gaussian_noise,
    "smooth_noise": smooth_noise,
    "gratings": gratings,
    "silhouettes": silhouettes,
    "averages": averages,
    "unions": unions,
    "halves": halves,
    "shuffled_pixels": shuffled_pixels,
    "shuffled_bands": shuffled_bands,
    "inverted": inverted,
    "raised": raised,
}
HARD = {"averages": 20.0, "halves": 4.0, "silhouettes": 3.0}  # kinds shown more often: the others are learnt at once
SHARES = torch.tensor([HARD.get(name, 1.0) for name in NEGATIVES])
FOREIGN: dict[str, Kind] = {
    "uniform_noise": uniform_noise,
    "average_of_two": lambda images, partners, _: (images + partners) / 2,
    "shuffled": shuffled_pixels,
    "inverted": lambda images, _, __: 1 - images,
}
LOOKALIKES: dict[str, Kind] = {  # of no class, though some look like one; no judge learnt to reject the turned ones
    "halves": halves,
    "turned": lambda images, _, __: functional.interpolate(images.rot90(dims=(-2, -1)), images.shape[-2:]),
}


def pair_classes(labels: Tensor, generator: Generator) -> tuple[Tensor, Tensor]:
    """Return the places of images and of a partner for each, drawn among those of other classes' images, (m,) each.

    Images that are paired with one of their own class are left out.
    """
    partners = torch.randperm(len(labels), generator=generator)
    places = (labels != labels[partners]).nonzero().squeeze(1)
    return places, partners[places]


def make_negatives(images: Tensor, labels: Tensor, n: int, generator: Generator) -> Tensor:
    """Return at most n images of no class, each of a random kind, made of images (m, 1, h, w) with labels (m,)."""
    places, partners = (indices[:n] for indices in pair_classes(labels, generator))
    kinds = torch.multinomial(SHARES, len(images), replacement=True, generator=generator)[: len(places)]
    made = []
    for number, kind in enumerate(NEGATIVES.values()):
        chosen = (kinds == number).nonzero().squeeze(1)
        made.append(kind(images[places[chosen]], images[partners[chosen]], generator))
    return torch.cat(made)


def make_foreign(images: Tensor, labels: Tensor, generator: Generator) -> dict[str, Tensor]:
    """Return the images of every kind that judges are checked with, made of images (n, 1, h, w) with labels (n,)."""
    places, partners = pair_classes(labels, generator)
    kinds = {**FOREIGN, **LOOKALIKES}
    return {name: kind(images[places], images[partners], generator) for name, kind in kinds.items()}
