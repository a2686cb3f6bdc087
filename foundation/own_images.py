"""Reads a user's own images and writes them as other datasets have them: IDX files and a small description.

Three forms are read: folders of PNG or JPEG files, one per class; an ``.npz`` file with ``images`` and ``labels``; the
IDX files of MNIST with any content. Where a test part is given it stays one; without one there are no test files, and
``prepare`` draws the test images. Nothing is unpickled.
"""

import json
import unicodedata
import zipfile
import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from foundation.datasets import DataError, Dataset, raw_names
from foundation.idx import parse_idx, to_idx
from foundation.raw_files import MAX_BYTES, candidates, one_line, read_raw
from foundation.reproducibility.artifacts import ArtifactError, read_json

OWN_NAME = "own.json"  # of the description, beside the raw files
TRAIN, TEST = "train", "t10k"  # parts, as in the names of raw files
SIDES = (8, 64)  # pixels, height and width
N_CLASSES = (2, 50)
LEAST_IMAGES, LEAST_PER_CLASS = 500, 10
LEAST_CONTRAST = 64  # between the darkest and the brightest pixel of all images, of 255
NAME_LENGTH = 40  # characters of a class's name
SUFFIXES = (".png", ".jpg", ".jpeg")
IGNORED = ("desktop.ini", "thumbs.db")  # beside names that begin with a dot
DAMAGE = (
    OSError, EOFError, ValueError, KeyError, SyntaxError, RuntimeError, NotImplementedError, MemoryError,
    zipfile.BadZipFile, zlib.error, UnidentifiedImageError, Image.DecompressionBombError,
)  # fmt: skip
FORMS = "folders of PNG or JPEG files, one per class, an .npz file, or MNIST's IDX files"


@dataclass(frozen=True)
class Description:
    """What the images are.

    Attributes:
        title: Name of the folder or file.
        class_names: In the order of the labels.
        image_shape: Height and width, pixels.
    """

    title: str
    class_names: list[str]
    image_shape: list[int]


def load_description(path: Path) -> Description:
    """Return the stored description.

    Raises:
        ArtifactError: if the file is missing, damaged or has other keys.
    """
    try:
        return Description(**read_json(path))
    except TypeError as error:
        raise ArtifactError(f"{path}: expected the keys of Description, got: {error}") from error


class Part(NamedTuple):
    """Some images with the names of their classes, and where they come from."""

    pixels: NDArray[np.uint8]  # (n, h, w)
    classes: list[str]
    origin: Path


Parts = dict[str, Part]  # train, and t10k where there is a test part


def read_own(source: Path) -> dict[str, bytes]:
    """Return the raw files of a folder or file of images, and their description, by name.

    Raises:
        DataError: if the source is missing, or its images are damaged, coloured, of several sizes, too few, or of too
            few or too many classes; one line.
    """
    parts, order = _read_parts(source)
    _check_classes(source, parts, order)
    _check_pixels(source, parts)
    numbers = {name: number for number, name in enumerate(order)}
    files: dict[str, bytes] = {}
    for part, (pixels, classes, _) in parts.items():
        labels = np.array([numbers[name] for name in classes], dtype=np.uint8)
        files |= dict(zip(raw_names(part), (to_idx(pixels), to_idx(labels)), strict=True))
    title = " ".join(source.resolve().stem.split()) or "own"
    description = Description(title[:NAME_LENGTH], order, list(parts[TRAIN].pixels.shape[1:]))
    text = json.dumps(asdict(description), indent=1, sort_keys=True, ensure_ascii=False)
    return {**files, OWN_NAME: f"{text}\n".encode()}


def _read_parts(source: Path) -> tuple[Parts, list[str]]:
    """Return the parts and the names of the classes in their order."""
    if source.is_file() and source.suffix.lower() == ".npz":
        return _read_npz(source)
    if source.is_dir():
        if any(candidates(source, name) for name in raw_names(TRAIN)):
            return _read_idx_files(source)
        if folders := _folders(source):
            return _read_folders(source, folders)
    got = "other files" if source.is_dir() else "another file" if source.exists() else "nothing there"
    raise DataError(f"fetch.source: {source}: expected {FORMS}, got {got}")


def _read_folders(source: Path, folders: Mapping[str, Path]) -> tuple[Parts, list[str]]:
    inner = {name: _folders(folder) for name, folder in folders.items()}
    if set(folders) != {"train", "test"} or not all(inner.values()):
        return {TRAIN: _read_classes(source, folders)}, list(folders)
    if missing := sorted(set(inner["train"]) ^ set(inner["test"])):
        raise DataError(f"{source}: expected the same classes in train and test, got {missing[0]!r} in one of them")
    train, test = (_read_classes(folders[name], inner[name]) for name in ("train", "test"))
    return {TRAIN: train, TEST: test}, list(inner["train"])


def _folders(folder: Path) -> dict[str, Path]:
    """Return the folders inside by name, numbers in their order."""
    found = {unicodedata.normalize("NFC", path.name): path for path in _visible(folder) if path.is_dir()}
    return {name: found[name] for name in sorted(found, key=_natural)}


def _visible(folder: Path) -> list[Path]:
    names = (path for path in folder.iterdir() if path.name[0] != "." and path.name.lower() not in IGNORED)
    return sorted(names, key=lambda path: path.name)


def _natural(name: str) -> tuple[bool, int, str]:
    is_number = name.isascii() and name.isdecimal()
    return not is_number, int(name[:18]) if is_number else 0, name


def _read_classes(origin: Path, folders: Mapping[str, Path]) -> Part:
    images, classes, n_pixels = [], [], 0
    for name, folder in folders.items():
        for path in _visible(folder):
            images.append(read_image(path))
            classes.append(name)
            n_pixels += images[-1].size
            if images[-1].shape != images[0].shape:
                expected, got = (" x ".join(map(str, image.shape)) for image in (images[0], images[-1]))
                raise DataError(f"{path}: expected {expected} pixels like the first image, got {got}")
            _refuse_size(origin, n_pixels)
    if not images:
        raise DataError(f"{origin}: expected PNG or JPEG files in its folders, got none")
    return Part(np.stack(images), classes, origin)


def _refuse_size(origin: Path, n_bytes: int) -> None:
    if n_bytes > MAX_BYTES:
        raise DataError(f"{origin}: expected at most {MAX_BYTES} bytes of pixels, got more")


def read_image(path: Path) -> NDArray[np.uint8]:
    """Return the grey values (h, w) of a PNG or JPEG file of 8 bits; colours are taken where they all are grey.

    Raises:
        DataError: if it is another file, damaged, coloured, transparent, or has another depth or size.
    """
    if path.suffix.lower() not in SUFFIXES or not path.is_file():
        raise DataError(f"{path}: expected a file {', '.join(SUFFIXES)}, got another")
    try:
        with Image.open(path, formats=("PNG", "JPEG")) as image:
            _refuse_sides(path, image.size[::-1])
            if image.mode in {"1", "L"}:
                return np.asarray(image.convert("L"))
            mode, colours = image.mode, np.asarray(image.convert("RGB"))
            is_opaque = "transparency" not in image.info
    except DataError:
        raise
    except DAMAGE as error:
        raise DataError(f"{path}: expected a PNG or JPEG image, got: {one_line(error)}") from error
    if mode not in {"P", "RGB"} or not is_opaque or (colours != colours[..., :1]).any():
        got = "colours" if mode in {"P", "RGB"} and is_opaque else f"mode {mode}"
        raise DataError(f"{path}: expected a grey image of 8 bits without transparency, got {got}")
    return np.ascontiguousarray(colours[..., 0])


def _refuse_sides(origin: Path, shape: Sequence[int]) -> None:
    low, high = SIDES
    if not all(low <= side <= high for side in shape):
        got = " x ".join(map(str, shape))
        raise DataError(f"{origin}: expected images from {low} x {low} to {high} x {high} pixels, got {got}")


def _read_npz(path: Path) -> tuple[Parts, list[str]]:
    try:
        with zipfile.ZipFile(path) as archive:
            _refuse_size(path, sum(member.file_size for member in archive.infolist()))
        with np.load(path, allow_pickle=False) as arrays:
            found = {name: np.asarray(arrays[name]) for name in arrays.files}
    except DataError:
        raise
    except DAMAGE as error:
        raise DataError(f"{path}: expected an .npz file of plain arrays, got: {one_line(error)}") from error
    prefixes = {TRAIN: "", TEST: "test_"}
    wanted = {part: (f"{prefix}images", f"{prefix}labels") for part, prefix in prefixes.items()}
    given = found.get("class_names")
    names = None if given is None else [str(name) for name in given.ravel()]
    parts = {}
    for part, keys in wanted.items():
        if part == TRAIN or any(name.startswith(prefixes[TEST]) for name in found):
            if not set(keys) <= set(found):
                got = ", ".join(sorted(found)) or "none"
                raise DataError(f"{path}: expected arrays named {keys[0]} and {keys[1]}, got {got}")
            pixels, labels = (found[key] for key in keys)
            parts[part] = Part(_pixels_of(path, keys[0], pixels), _classes_of(path, keys[1], labels, names), path)
            if len(labels) != len(pixels):
                raise DataError(f"{path}: {keys[1]}: expected {len(pixels)} labels as images, got {len(labels)}")
    return parts, names or _ordered(parts)


def _ordered(parts: Parts) -> list[str]:
    return sorted({name for part in parts.values() for name in part.classes}, key=_natural)


def _pixels_of(path: Path, key: str, values: NDArray[Any]) -> NDArray[np.uint8]:
    """Return grey values (n, h, w) of an array (n, h, w) or (n, h, w, 1): integers 0..255, or floats 0..1."""
    expected = "integers from 0 to 255 or floats from 0 to 1"
    if values.ndim == 4 and values.shape[-1] == 1:
        values = values[..., 0]
    if values.ndim != 3 or not values.size:
        raise DataError(f"{path}: {key}: expected grey images (n, height, width), got shape {values.shape}")
    if values.dtype.kind not in "uif":
        raise DataError(f"{path}: {key}: expected {expected}, got {values.dtype}")
    low, high, is_float = values.min(), values.max(), values.dtype.kind == "f"
    if not (low >= 0 and high <= (1 if is_float else 255)):
        raise DataError(f"{path}: {key}: expected {expected}, got {values.dtype} from {low} to {high}")
    return np.rint(values * 255).astype(np.uint8) if is_float else values.astype(np.uint8)


def _classes_of(path: Path, key: str, labels: NDArray[Any], names: Sequence[str] | None) -> list[str]:
    """Return the class of each label: the number is the place of its name where names are given."""
    if labels.ndim != 1 or labels.dtype.kind not in "uiU":
        raise DataError(f"{path}: {key}: expected integers or texts (n,), got {labels.dtype} {labels.shape}")
    if names is None:
        return [str(label) for label in labels]
    known = dict(enumerate(names)) if labels.dtype.kind != "U" else {name: name for name in names}
    try:
        return [known[label] for label in labels.tolist()]
    except KeyError as error:
        raise DataError(f"{path}: {key}: expected labels of {len(names)} class_names, got {error}") from error


def _read_idx_files(folder: Path) -> tuple[Parts, list[str]]:
    anything = Dataset(title="own", image_shape=(0, 0), class_names=(), checksums={}, licence="", url="")
    parts = {}
    for part in (TRAIN, TEST):
        images_name, labels_name = raw_names(part)
        if part == TRAIN or candidates(folder, images_name) or candidates(folder, labels_name):
            contents = read_raw(anything, folder, images_name), read_raw(anything, folder, labels_name)
            try:
                pixels, labels = parse_idx(contents[0], 3), parse_idx(contents[1], 1)
            except ValueError as error:
                raise DataError(f"{folder}: {images_name}: {error}") from error
            if len(pixels) != len(labels):
                raise DataError(f"{folder}: {labels_name}: expected {len(pixels)} labels, got {len(labels)}")
            parts[part] = Part(pixels, [str(label) for label in labels], folder)
    return parts, _ordered(parts)


def _check_classes(source: Path, parts: Parts, order: Sequence[str]) -> None:
    least, most = N_CLASSES
    if not least <= len(order) <= most:
        raise DataError(f"{source}: expected {least} to {most} classes, got {len(order)}")
    for name in order:
        if not 1 <= len(name) <= NAME_LENGTH or not name.isprintable() or order.count(name) > 1:
            raise DataError(
                f"{source}: expected distinct names of classes, 1 to {NAME_LENGTH} characters, got {name!r}"
            )
    n_images = sum(len(part.classes) for part in parts.values())
    if n_images < LEAST_IMAGES:
        raise DataError(f"{source}: expected at least {LEAST_IMAGES} images, got {n_images}")
    for key, part in parts.items():
        counts, wanted = Counter(part.classes), LEAST_PER_CLASS if key == TRAIN else 1
        for name in order:
            if counts[name] < wanted:
                what = "images" if key == TRAIN else "test images"
                raise DataError(f"{part.origin}: class {name!r}: expected at least {wanted} {what}, got {counts[name]}")


def _check_pixels(source: Path, parts: Parts) -> None:
    shape = parts[TRAIN].pixels.shape[1:]
    for part in parts.values():
        _refuse_sides(part.origin, part.pixels.shape[1:])
        if part.pixels.shape[1:] != shape:
            expected, got = (" x ".join(map(str, one)) for one in (shape, part.pixels.shape[1:]))
            raise DataError(f"{part.origin}: expected {expected} pixels as for training, got {got}")
    pixels = parts[TRAIN].pixels
    contrast = int(pixels.max()) - int(pixels.min())
    if contrast < LEAST_CONTRAST:
        raise DataError(f"{source}: expected grey values that use 0 to 255, got {pixels.min()} to {pixels.max()}")
