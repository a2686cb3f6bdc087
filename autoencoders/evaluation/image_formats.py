"""Image file formats as lossy and lossless codecs of grey images, through Pillow, in memory.

``FORMATS`` is the registry: a new format is one entry. Rates are whole files, the header of each included.
"""

import gzip
import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, features

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class ImageFormat:
    """A file format.

    Attributes:
        pillow_name: Its name in Pillow.
        feature: What Pillow must have been built with.
        settings: Quality settings to try, from small files to good images; one for lossless formats.
        options: Pillow's options for a setting.
        is_lossless: Whether images come back unchanged.
    """

    pillow_name: str
    feature: str
    settings: tuple[float, ...]
    options: Callable[[float], dict[str, Any]]
    is_lossless: bool = False

    @property
    def is_available(self) -> bool:
        """Whether this Pillow can write it."""
        return bool(features.check(self.feature))


FORMATS: dict[str, ImageFormat] = {
    "jpeg": ImageFormat(
        "JPEG", "jpg", (1, 10, 25, 50, 75, 90), lambda q: {"quality": int(q), "optimize": True}
    ),
    "webp": ImageFormat("WEBP", "webp", (1, 10, 20, 40, 60, 80), lambda q: {"quality": q, "method": 4}),
    "jpeg2000": ImageFormat(
        "JPEG2000",
        "jpg_2000",
        (20, 25, 30, 35, 40),
        lambda psnr: {"quality_mode": "dB", "quality_layers": [psnr], "irreversible": True, "no_jp2": True},
    ),
    "avif": ImageFormat("AVIF", "avif", (10, 30, 50), lambda q: {"quality": int(q), "speed": 8}),
    "png": ImageFormat("PNG", "zlib", (9,), lambda level: {"optimize": True}, is_lossless=True),
    "webp_lossless": ImageFormat(
        "WEBP", "webp", (100,), lambda q: {"lossless": True, "quality": q, "method": 6},
        is_lossless=True,
    ),
}  # fmt: skip


def compress(image: Pixels, image_format: ImageFormat, setting: float) -> bytes:
    """Return the file of a grey image (h, w)."""
    stream = io.BytesIO()
    Image.fromarray(image).save(stream, format=image_format.pillow_name, **image_format.options(setting))
    return stream.getvalue()


def decompress(content: bytes) -> Pixels:
    """Return the grey image (h, w) of a file."""
    with Image.open(io.BytesIO(content)) as image:
        return np.asarray(image.convert("L"))


def header_bytes(image_shape: tuple[int, int], image_format: ImageFormat, setting: float) -> int:
    """Return the length of the file of an all-black image: what a format needs before any content."""
    return len(compress(np.zeros(image_shape, dtype=np.uint8), image_format, setting))


def gzip_bytes(images: Pixels) -> int:
    """Return the length of all images (n, h, w) in one gzip stream, as ``gzip -9`` makes it of the raw pixels."""
    return len(gzip.compress(np.ascontiguousarray(images).tobytes(), compresslevel=9, mtime=0))
