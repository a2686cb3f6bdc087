"""Image quality, one value per image. ``METRICS`` is the registry: a new metric is a function and one line.

Arguments are rows: images and reconstructions (n, n_pixels), reference range [0, 1]. Reconstructions are
taken as they come, not clipped; who clips says so.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, wraps
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from autoencoders.arrays import Rows, Values

Shape = tuple[int, int]
Trend = Literal["always", "never", "above", "below", "varies"]

SMALLEST_MSE = 1e-10  # PSNR ends at 100 dB, so that a perfect reconstruction has a finite value
SSIM_SIGMA, SSIM_RADIUS = 1.5, 5
SSIM_K1, SSIM_K2 = 0.01, 0.03
IMAGES_AT_A_TIME = 200  # keeps intermediate images in the processor's cache, changes no result


def _in_chunks(metric: Callable[[Rows, Rows, Shape], Values]) -> Callable[[Rows, Rows, Shape], Values]:
    """Return the metric computed on a few images at a time."""

    @wraps(metric)
    def chunked(images: Rows, reconstructions: Rows, image_shape: Shape) -> Values:
        starts = range(0, max(1, len(images)), IMAGES_AT_A_TIME)
        parts = [slice(start, start + IMAGES_AT_A_TIME) for start in starts]
        return np.concatenate([metric(images[part], reconstructions[part], image_shape) for part in parts])

    return chunked


@_in_chunks
def squared_error(images: Rows, reconstructions: Rows, image_shape: Shape) -> Values:  # noqa: ARG001 -- one signature
    """Return the squared error summed over the pixels of each image, (n,).

    Source: Hinton & Salakhutdinov 2006, Reducing the Dimensionality of Data, Fig. 2 (the unit used there).
    """
    difference = images.astype(np.float64) - reconstructions
    return np.einsum("ij,ij->i", difference, difference)


def total_variance(images: Rows) -> float:
    """Return the squared error per image of always giving the mean image: the variance summed over pixels."""
    return float(images.var(axis=0, dtype=np.float64).sum())


def mean_squared_error(images: Rows, reconstructions: Rows, image_shape: Shape) -> Values:
    """Return the squared error per pixel of each image, (n,)."""
    return squared_error(images, reconstructions, image_shape) / images.shape[1]


def psnr(images: Rows, reconstructions: Rows, image_shape: Shape) -> Values:
    """Return the peak signal-to-noise ratio of each image, 10 log10(1 / MSE) in dB, at most 100, (n,).

    >>> psnr(np.zeros((1, 4)), np.full((1, 4), 0.1), (2, 2)).round(6).tolist()
    [20.0]
    """
    errors = np.maximum(mean_squared_error(images, reconstructions, image_shape), SMALLEST_MSE)
    return -10 * np.log10(errors)


@cache
def _blur(side: int, radius: int) -> Values:
    """Return the Gaussian window as a banded matrix (side - 2 radius, side): positions wholly inside the image."""
    offsets = np.arange(-radius, radius + 1)
    window = np.exp(-0.5 * np.square(offsets / SSIM_SIGMA))
    n_positions = side - 2 * radius
    band = np.zeros((n_positions, side))
    for position in range(n_positions):
        band[position, position : position + len(window)] = window / window.sum()
    return band


@_in_chunks
def ssim(images: Rows, reconstructions: Rows, image_shape: Shape) -> Values:
    """Return the structural similarity of each image, mean over all windows, in [-1, 1], (n,).

    Gaussian window of deviation 1.5 over 11 x 11 pixels wholly inside the image, data range 1, K = (0.01, 0.03). In
    smaller images the window is the largest with a middle pixel that fits, 7 x 7 in 8 x 8 pixels.

    Source: Wang et al. 2004, Image Quality Assessment: From Error Visibility to Structural Similarity, eq. 13.
    """
    radius = min(SSIM_RADIUS, (min(image_shape) - 1) // 2)
    down, right = (_blur(side, radius) for side in image_shape)

    def blurred(rows: Values) -> Values:
        return down @ rows.reshape(-1, *image_shape) @ right.T

    x, y = images.astype(np.float64), reconstructions.astype(np.float64)
    mean_x, mean_y = blurred(x), blurred(y)
    variances = blurred(x * x + y * y) - mean_x**2 - mean_y**2
    covariance = blurred(x * y) - mean_x * mean_y
    c1, c2 = SSIM_K1**2, SSIM_K2**2
    luminance = (2 * mean_x * mean_y + c1) / (mean_x**2 + mean_y**2 + c1)
    structure = (2 * covariance + c2) / (variances + c2)
    return (luminance * structure).mean(axis=(1, 2))


def upper_hull(rates: ArrayLike, qualities: ArrayLike) -> NDArray[np.bool_]:
    """Return which points lie on the upper convex hull of quality over rate, rising part only, (n,).

    What mixing two neighbours of the hull reaches, no point below it does.

    >>> upper_hull([1, 2, 3, 4], [1.0, 1.2, 3.0, 2.0]).tolist()
    [True, False, True, False]
    """
    x, y = np.asarray(rates, dtype=np.float64), np.asarray(qualities, dtype=np.float64)
    hull: list[int] = []
    for index in np.lexsort((-y, x)):
        if hull and y[index] <= y[hull[-1]]:
            continue
        while len(hull) > 1 and _turns_up(x, y, hull[-2], hull[-1], int(index)):
            hull.pop()
        hull.append(int(index))
    result = np.zeros(len(x), dtype=np.bool_)
    result[hull] = True
    return result


def _turns_up(x: Values, y: Values, first: int, middle: int, last: int) -> bool:
    return bool((y[middle] - y[first]) * (x[last] - x[first]) <= (y[last] - y[first]) * (x[middle] - x[first]))


def break_even(levels: Sequence[float], gains: Sequence[float]) -> tuple[Trend, float | None]:
    """Return on which side of a level something gains, and that level, where the straight line of gains is 0.

    always or never where the gains have one sign (a gain of 0 is none), above or below where it changes once,
    varies where it changes more often; a level only with the two middle ones.

    Args:
        levels: Rising.
        gains: One for each level.

    >>> break_even([0.0, 1.0, 2.0], [-1.0, 1.0, 3.0])
    ('above', 0.5)
    """
    is_gain = np.asarray(gains) > 0
    changes = np.flatnonzero(is_gain[1:] != is_gain[:-1])
    if len(changes) == 0:
        return ("always" if is_gain[0] else "never"), None
    if len(changes) > 1:
        return "varies", None
    before, after = int(changes[0]), int(changes[0]) + 1
    share = gains[before] / (gains[before] - gains[after])
    level = levels[before] + share * (levels[after] - levels[before])
    return ("above" if is_gain[after] else "below"), float(level)


@dataclass(frozen=True)
class Metric:
    """A metric and how to read it.

    Attributes:
        label: Its name in the report.
        unit: Of its values.
        direction: Which values are better.
        bounds: Smallest and largest possible value.
        digits: Decimal places in the report.
        function: (images, reconstructions, image_shape) to one value per image.
    """

    label: str
    unit: str
    direction: Literal["lower", "higher"]
    bounds: tuple[float, float]
    digits: int
    function: Callable[[Rows, Rows, Shape], Values]


METRICS: dict[str, Metric] = {
    "se": Metric("SE", "per image", "lower", (0.0, math.inf), 2, squared_error),
    "mse": Metric("MSE", "per pixel", "lower", (0.0, math.inf), 5, mean_squared_error),
    "psnr": Metric("PSNR", "dB", "higher", (-math.inf, -10 * math.log10(SMALLEST_MSE)), 2, psnr),
    "ssim": Metric("SSIM", "", "higher", (-1.0, 1.0), 3, ssim),
}
