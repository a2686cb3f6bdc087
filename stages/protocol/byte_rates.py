"""Codes as bytes: rate and distortion of entropy-coded codes, beside image file formats.

Part of compression. Every codec's codes are quantised with one step per dimension, inversely proportional
to how much the decoded image changes along it (measured on validation images), so that all dimensions add
alike to the error; a list of widths gives the curve. The entropy model is fitted to training codes. Rates
are of test images.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from autoencoders.evaluation.entropy_coding import (
    EntropyModel,
    decode,
    dequantise,
    encode,
    fit_entropy_model,
    information_bits,
    quantise,
)
from autoencoders.evaluation.image_formats import FORMATS, ImageFormat, compress, decompress, gzip_bytes, header_bytes
from autoencoders.evaluation.metrics import METRICS
from autoencoders.learning.checkpoints import Split
from foundation.parameter_sections import CompressionParams
from foundation.reproducibility.artifacts import ArtifactError
from stages.protocol.dimension_reduction import choose
from stages.protocol.tables import NOT_NEGATIVE, Rows, Table, Values, with_interval
from stages.protocol.trained import Codecs, list_compared

SCORED = ("psnr", "ssim")
N_PROBED_IMAGES = 200  # validation images for the sensitivity
N_FITTED_IMAGES = 20000  # training images for the entropy model
PROBE_SHARE = 0.1  # of a dimension's deviation, the finite difference
SMALLEST_SENSITIVITY = 1e-3  # of the largest one: a dimension the decoder ignores gets one level


class Images(NamedTuple):
    """Rows of the three splits that coding uses, and the shape of an image."""

    train: Rows
    validation: Rows
    test: Rows
    shape: tuple[int, int]


def choose_images(splits: Mapping[str, Split], n_test: int) -> Images:
    """Return the images coding uses: of every split some, drawn by a named stream."""
    counts = {"train": N_FITTED_IMAGES, "validation": N_PROBED_IMAGES, "test": n_test}
    rows = {name: choose(splits[name], n, f"compression/rates/{name}").pixels for name, n in counts.items()}
    return Images(**rows, shape=splits["test"].image_shape)


def sensitivities(codec: Any, images: Rows) -> Values:
    """Return how much the image changes per unit of each code dimension, (latent_dim,), RMS over images."""
    codes = np.asarray(codec.transform(images), dtype=np.float32)
    decoded = codec.inverse_transform(codes)
    changes = np.empty(codes.shape[1])
    for dimension, spread in enumerate(codes.std(axis=0)):
        width = np.float32(PROBE_SHARE * spread or PROBE_SHARE)
        moved = codes.copy()
        moved[:, dimension] += width
        squares = np.square(codec.inverse_transform(moved) - decoded).sum(axis=1, dtype=np.float64)
        changes[dimension] = np.sqrt(squares.mean()) / width
    return np.maximum(changes, SMALLEST_SENSITIVITY * max(changes.max(), 1e-9))


class Coder(NamedTuple):
    """A codec with what its codes' bytes depend on."""

    codec: Any
    training_codes: Rows
    test_codes: Rows
    sensitivities: Values

    def model(self, width: float) -> EntropyModel:
        """Return the entropy model at a width, the error in the image that one step makes."""
        return fit_entropy_model(self.training_codes, width / self.sensitivities)


Coders = dict[str, list[Coder]]  # codec -> one per seed


def coders(codecs: Codecs, images: Images) -> Coders:
    """Return one coder per codec and seed."""
    return {
        name: [
            Coder(
                codec,
                np.asarray(codec.transform(images.train), dtype=np.float32),
                np.asarray(codec.transform(images.test), dtype=np.float32),
                sensitivities(codec, images.validation),
            )
            for codec in codecs[name].values()
        ]
        for name in list_compared(codecs)
    }


def measure_rates(coded: Coders, images: Images, widths: tuple[float, ...], latent_dim: int) -> Table:
    """Return rate, PSNR and SSIM of every coded codec at every width, with intervals.

    Raises:
        ArtifactError: if a stream does not decode to the levels it was made of.
    """
    rows: Table = []
    for name, of_seeds in coded.items():
        for width in widths:
            measured = [measure_coder(coder, images, width) for coder in of_seeds]
            keys = {"latent_dim": latent_dim, "codec": name, "width": width}
            for measure, bounds in (("bits_per_pixel", (0.0, np.inf)), *((m, METRICS[m].bounds) for m in SCORED)):
                found = np.stack([values[measure] for values in measured])
                rows.append({**keys, "measure": measure, **with_interval(found, bounds)})
            for measure in ("stream_bits_per_pixel", "model_bytes"):
                sizes = [values[measure].item() for values in measured]
                rows.append({**keys, "measure": measure, **with_interval(sizes, NOT_NEGATIVE)})
    return rows


def measure_coder(coder: Coder, images: Images, width: float) -> dict[str, Values]:
    """Return bits per pixel, PSNR and SSIM per image, and the rate of one stream of all images, headers included."""
    model = coder.model(width)
    levels = quantise(coder.test_codes, model)
    stream = encode(levels, model)
    if not np.array_equal(decode(stream, model), levels):
        raise ArtifactError(f"compression: expected a stream of width {width} to decode to its levels, got others")
    made = np.clip(coder.codec.inverse_transform(dequantise(levels, model)), 0, 1).astype(np.float32)
    n_pixels = images.test.shape[1]
    return {
        "bits_per_pixel": information_bits(levels, model) / n_pixels,
        "stream_bits_per_pixel": np.array(8 * len(stream) / images.test.size),
        "model_bytes": np.array(float(len(model.content))),
        **{metric: METRICS[metric].function(images.test, made, images.shape) for metric in SCORED},
    }


def measure_formats(images: Images) -> Table:
    """Return rate with and without header, PSNR and SSIM of every lossy format that is there, at every setting."""
    pixels = to_bytes(images.test, images.shape)
    rows: Table = []
    for name, image_format in available(is_lossless=False):
        for setting in image_format.settings:
            files = [compress(image, image_format, setting) for image in pixels]
            made = np.stack([decompress(file) for file in files]).reshape(len(pixels), -1).astype(
                np.float32
            ) / np.float32(255)
            lengths = np.array([len(file) for file in files], dtype=np.float64)
            header = header_bytes(images.shape, image_format, setting)
            values = {
                "bits_per_pixel": 8 * lengths / images.test.shape[1],
                "bits_per_pixel_without_header": 8 * np.maximum(lengths - header, 0) / images.test.shape[1],
                **{metric: METRICS[metric].function(images.test, made, images.shape) for metric in SCORED},
            }
            rows += [
                {"format": name, "setting": setting, "measure": measure, **with_interval(found[None])}
                for measure, found in values.items()
            ]
    return rows


def measure_lossless(images: Images, all_test: Rows) -> Table:
    """Return the rate of every lossless format per file, and of gzip over all test images at once."""
    pixels = to_bytes(images.test, images.shape)
    rows: Table = []
    for name, image_format in available(is_lossless=True):
        lengths = [len(compress(image, image_format, image_format.settings[0])) for image in pixels]
        rates = 8 * np.array(lengths, dtype=np.float64) / images.test.shape[1]
        rows.append({"format": name, **with_interval(rates[None]), "n_images": len(pixels)})
    rate = 8 * gzip_bytes(to_bytes(all_test, images.shape)) / all_test.size
    return [*rows, {"format": "gzip", "mean": rate, "low": None, "high": None, "n_images": len(all_test)}]


def to_bytes(rows: Rows, shape: tuple[int, int]) -> NDArray[np.uint8]:
    """Return images (n, h, w) as the bytes they were read from."""
    return np.rint(rows * 255).astype(np.uint8).reshape(-1, *shape)


def available(*, is_lossless: bool) -> Iterator[tuple[str, ImageFormat]]:
    """Yield the formats this machine's imaging library can write."""
    return ((name, one) for name, one in FORMATS.items() if one.is_available and one.is_lossless == is_lossless)


def round_trip(coded: Coders, images: Images, plan: CompressionParams, all_test: Rows) -> dict[str, Any]:
    """Return the rate of each codec's first seed over all test images in one stream that decodes to the same levels.

    Raises:
        ArtifactError: if it does not.
    """
    width = plan.widths[len(plan.widths) // 2]
    rates: dict[str, Any] = {"width": width, "n_images": len(all_test)}
    for name, of_seeds in coded.items():
        test_codes = np.asarray(of_seeds[0].codec.transform(all_test), dtype=np.float32)
        coder = of_seeds[0]._replace(test_codes=test_codes)
        measured = measure_coder(coder, images._replace(test=all_test), width)
        rates[name] = {key: measured[key].item() for key in ("stream_bits_per_pixel", "model_bytes")}
    return rates
