"""Classical denoisers, each with one strength to tune. ``DENOISERS`` is the registry.

They take rows (n, n_pixels) in [0, 1] and return rows in [0, 1]. Which strength is used is chosen on other
images than those scored: ``tuned_strength``.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from scipy.ndimage import median_filter
from skimage.restoration import denoise_nl_means, denoise_tv_chambolle

from autoencoders.arrays import Rows
from autoencoders.evaluation.metrics import Shape, mean_squared_error

Denoise = Callable[[Rows, Shape, float], Rows]


def median(noisy: Rows, image_shape: Shape, strength: float) -> Rows:
    """Return images filtered with the median over a square of ``strength`` pixels' side; 1 changes nothing."""
    size = int(strength)
    images = median_filter(noisy.reshape(-1, *image_shape), size=(1, size, size), mode="constant")
    return images.reshape(noisy.shape)


def non_local_means(noisy: Rows, image_shape: Shape, strength: float) -> Rows:
    """Return images averaged over similar 5 x 5 patches within 6 pixels; ``strength`` is the cut-off distance h.

    Source: Buades et al. 2005, A Non-Local Algorithm for Image Denoising.
    """
    filtered = partial(denoise_nl_means, patch_size=5, patch_distance=6, h=strength, fast_mode=True)
    return _each(filtered, noisy, image_shape)


def total_variation(noisy: Rows, image_shape: Shape, strength: float) -> Rows:
    """Return images with squared error plus ``strength`` times total variation minimised.

    Source: Chambolle 2004, An Algorithm for Total Variation Minimization and Applications.
    """
    return _each(partial(denoise_tv_chambolle, weight=strength, eps=1e-3), noisy, image_shape)


def _each(function: Callable[[Any], Any], noisy: Rows, image_shape: Shape) -> Rows:
    images = np.stack([function(image) for image in noisy.reshape(-1, *image_shape)])
    return np.clip(images, 0, 1).reshape(noisy.shape).astype(np.float32)


class Denoiser(NamedTuple):
    """A classical denoiser and the strengths to choose from."""

    strengths: tuple[float, ...]
    function: Denoise


DENOISERS: dict[str, Denoiser] = {
    "median": Denoiser((1, 2, 3, 5), median),
    "non_local_means": Denoiser((0.02, 0.1, 0.2, 0.3, 0.45, 0.6, 0.8), non_local_means),
    "total_variation": Denoiser((0.02, 0.1, 0.2, 0.35, 0.5, 0.8, 1.2), total_variation),
}
PROJECTION_STRENGTHS = (2.0, 4.0, 8.0, 16.0, 24.0, 32.0, 48.0, 64.0, 96.0, 128.0, 256.0)
SHRINKAGE_STRENGTHS = tuple(percent / 100 for percent in range(0, 105, 5))


def projection_denoiser(components: Rows, mean: Rows, tried: tuple[float, ...] = PROJECTION_STRENGTHS) -> Denoiser:
    """Return PCA as a denoiser: its strength is how many of the components (n, n_pixels) are kept."""

    def project(noisy: Rows, image_shape: Shape, strength: float) -> Rows:  # noqa: ARG001 -- one signature
        kept = components[: int(strength)]
        return np.clip((noisy - mean) @ kept.T @ kept + mean, 0, 1).astype(np.float32)

    return Denoiser(tuple(strength for strength in tried if strength <= len(components)), project)


def shrinkage_denoiser(mean: Rows, tried: tuple[float, ...] = SHRINKAGE_STRENGTHS) -> Denoiser:
    """Return a denoiser that moves images towards the mean image (n_pixels,): mean + a (noisy - mean).

    Its strength is a: 1 changes nothing, 0 answers every image with the mean image.
    """

    def shrink(noisy: Rows, image_shape: Shape, strength: float) -> Rows:  # noqa: ARG001 -- one signature
        return np.clip(mean + np.float32(strength) * (noisy - mean), 0, 1).astype(np.float32)

    return Denoiser(tried, shrink)


def tuned_strength(denoiser: Denoiser, clean: Rows, noisy: Rows, image_shape: Shape) -> float:
    """Return the strength with the smallest mean squared error on pairs of clean and noisy images."""

    def error(strength: float) -> float:
        denoised = denoiser.function(noisy, image_shape, strength)
        return float(mean_squared_error(clean, denoised, image_shape).mean())

    return min(denoiser.strengths, key=error)
