"""Split the raw images into train, validation and test, and describe them.

The training file gives train and validation by one random order; the test file gives test. One's own images are spread
over the splits class by class, and where there are fewer than asked for, the numbers are shares of what there is.
Nothing is selected on test anywhere in the study.
"""

import hashlib

import numpy as np
from numpy.typing import NDArray

from foundation.datasets import DATASETS, RAW_NAMES, DataError, Dataset, raw_names
from foundation.idx import IdxError, parse_idx
from foundation.own_images import OWN_NAME, load_description
from foundation.parameter_sections import PrepareParams
from foundation.parameters import Images, Params, list_misfits
from foundation.paths import DATA_DIR, PARAMS_PATH, RAW_DIR, results_dir
from foundation.progress import Progress
from foundation.reproducibility.artifacts import DatasetInfo, read_bytes, write_arrays, write_csv, write_json
from foundation.reproducibility.randomness import numpy_stream
from foundation.stage import run_stage
from foundation.vocabulary import OWN
from stages.protocol.pictures import Picture, mosaic, write_pictures

Pixels = NDArray[np.uint8]
Raw = tuple[Pixels, Pixels]
N_SAMPLES_PER_CLASS = 10


def read_raw(dataset: Dataset, split: str) -> Raw:
    """Return images (n, h, w) and labels (n,) of a raw split, train or t10k.

    Raises:
        DataError: if a file is not IDX, or images, labels and dataset do not fit together.
    """
    images_name, labels_name = raw_names(split)
    images, labels = _read_idx(images_name, 3), _read_idx(labels_name, 1)
    if images.shape[1:] != dataset.image_shape or len(images) != len(labels):
        raise DataError(
            f"{RAW_DIR / images_name}: expected {len(labels)} images of {dataset.image_shape}, got {images.shape}"
        )
    if labels.max(initial=0) >= len(dataset.class_names):
        raise DataError(
            f"{RAW_DIR / labels_name}: expected labels below {len(dataset.class_names)}, got {labels.max()}"
        )
    return images, labels


def _read_idx(name: str, n_axes: int) -> Pixels:
    try:
        return parse_idx(read_bytes(RAW_DIR / name), n_axes)
    except IdxError as error:
        raise DataError(f"{RAW_DIR / name}: {error}") from error


def split(raw_train: Raw, raw_test: Raw, plan: PrepareParams) -> dict[str, Raw]:
    """Return the three splits.

    Raises:
        DataError: if the raw files hold fewer images than asked for.
    """
    wanted, available = plan.n_train + plan.n_validation, len(raw_train[0])
    if wanted > available:
        raise DataError(f"prepare: n_train + n_validation must be at most {available}, got {wanted}")
    if plan.n_test > len(raw_test[0]):
        raise DataError(f"prepare: n_test must be at most {len(raw_test[0])}, got {plan.n_test}")
    order = numpy_stream(plan.split_seed, "prepare/split").permutation(available)
    parts = {"train": order[: plan.n_train], "validation": order[plan.n_train : wanted]}
    splits = {name: (raw_train[0][chosen], raw_train[1][chosen]) for name, chosen in parts.items()}
    return {**splits, "test": (raw_test[0][: plan.n_test], raw_test[1][: plan.n_test])}


def split_own(raw_train: Raw, raw_test: Raw | None, plan: PrepareParams) -> dict[str, Raw]:
    """Return the three splits of one's own images; without a test part test images are drawn from all.

    Every split has the classes in the proportions of all images. Where there are fewer images than asked for, the
    numbers asked for are shares.
    """
    asked = {"validation": plan.n_validation, "train": plan.n_train}
    sizes = share_out(len(raw_train[1]), asked if raw_test else {"test": plan.n_test, **asked})
    order = spread_classes(raw_train[1], plan.split_seed, "prepare/own")
    pieces = dict(zip(sizes, np.split(order, np.cumsum(list(sizes.values()))), strict=False))
    splits = {name: (raw_train[0][chosen], raw_train[1][chosen]) for name, chosen in pieces.items()}
    if raw_test:
        chosen = spread_classes(raw_test[1], plan.split_seed, "prepare/own/test")[: plan.n_test]
        splits["test"] = (raw_test[0][chosen], raw_test[1][chosen])
    return {name: splits[name] for name in ("train", "validation", "test")}


def share_out(available: int, asked: dict[str, int]) -> dict[str, int]:
    """Return the numbers asked for, or shares in their proportions where there are fewer; train has what is left.

    >>> share_out(700, {"test": 10000, "validation": 5000, "train": 55000})
    {'test': 100, 'validation': 50, 'train': 550}
    """
    total = sum(asked.values())
    if total <= available:
        return asked
    others = {name: max(1, available * n // total) for name, n in asked.items() if name != "train"}
    return {**others, "train": available - sum(others.values())}


def spread_classes(labels: Pixels, seed: int, stream: str) -> NDArray[np.int64]:
    """Return the places of labels (n,) in a random order whose every beginning has all classes in proportion, (n,)."""
    order = numpy_stream(seed, stream).permutation(len(labels))
    shuffled = labels[order]
    places = np.empty(len(labels))
    for label in np.unique(labels):
        own = np.flatnonzero(shuffled == label)
        places[own] = (np.arange(len(own)) + 0.5) / len(own)
    return np.asarray(order[np.argsort(places, kind="stable")])


def load_own() -> tuple[Dataset, Raw, Raw | None]:
    """Return what one's own images are, those of the training files, and those of the test files if there are any.

    Raises:
        ArtifactError: if the description is missing or damaged.
        DataError: as ``read_raw``.
    """
    description = load_description(RAW_DIR / OWN_NAME)
    height, width = description.image_shape
    paths = [RAW_DIR / name for name in RAW_NAMES if (RAW_DIR / name).is_file()]
    dataset = Dataset(
        title=description.title,
        image_shape=(height, width),
        class_names=tuple(description.class_names),
        checksums={path.name: hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest() for path in paths},
        licence="",
        url="",
    )
    has_test = len(paths) == len(RAW_NAMES)
    return dataset, read_raw(dataset, "train"), read_raw(dataset, "t10k") if has_test else None


def refuse_misfits(params: Params, splits: dict[str, Raw]) -> None:
    """Refuse parameters that do not fit one's own images.

    Raises:
        DataError: if there are any: one line with every rule, and values that work.
    """
    images, n_test = splits["train"][0], len(splits["test"][0])
    height, width = images.shape[1:]
    misfits = list(list_misfits(params, Images((height, width), len(images), n_test)))
    if misfits:
        size = f"images of {height} x {width} pixels, {len(images)} for training, {n_test} for testing"
        works = [f"-S '{one.key}={str(one.works).replace(' ', '')}'" for one in misfits if one.key]
        remedy = f"; values that work: {' '.join(works)}" if works else ""
        raise DataError(f"{PARAMS_PATH}: {'; '.join(one.message for one in misfits)} ({size}){remedy}")


def split_dataset(params: Params) -> tuple[Dataset, dict[str, Raw]]:
    """Return the dataset of the run and its splits.

    Raises:
        DataError: if raw files are damaged, or parameters ask for what the images do not have.
    """
    if params.dataset == OWN:
        dataset, raw_train, raw_test = load_own()
        splits = split_own(raw_train, raw_test, params.prepare)
        refuse_misfits(params, splits)
        return dataset, splits
    dataset = DATASETS[params.dataset]
    return dataset, split(read_raw(dataset, "train"), read_raw(dataset, "t10k"), params.prepare)


def measure(splits: dict[str, Raw], class_names: tuple[str, ...]) -> list[dict[str, object]]:
    """Return for each split and class the number of images and the mean grey value, 0..1."""
    return [
        {
            "split": name,
            "class": class_name,
            "n_images": int((labels == number).sum()),
            "mean_grey": float(images[labels == number].mean() / 255) if (labels == number).any() else None,
        }
        for name, (images, labels) in splits.items()
        for number, class_name in enumerate(class_names)
    ]


def samples(images: Pixels, labels: Pixels, class_names: tuple[str, ...]) -> Picture:
    """Return the first training images of each class, one class a row."""
    rows = [images[labels == number][:N_SAMPLES_PER_CLASS] for number in range(len(class_names))]
    filled = [[*row, *np.zeros((N_SAMPLES_PER_CLASS - len(row), *images.shape[1:]), np.uint8)] for row in rows]
    return Picture(mosaic(np.array(filled) / 255), list(class_names), [])


def main(params: Params, progress: Progress) -> None:
    """Write the splits, their description and the samples."""
    dataset, splits = split_dataset(params)
    for name, (images, labels) in splits.items():
        write_arrays(DATA_DIR / f"{name}.safetensors", {"images": images, "labels": labels})
    info = DatasetInfo(
        name=params.dataset,
        title=dataset.title,
        class_names=list(dataset.class_names),
        image_shape=list(dataset.image_shape),
        **{f"n_{name}": len(images) for name, (images, _) in splits.items()},
        checksums=dataset.checksums,
        licence=dataset.licence,
        url=dataset.url,
    )
    write_json(DATA_DIR / "dataset.json", vars(info))
    results = results_dir("prepare")
    write_json(results / "metrics.json", vars(info))
    write_csv(results / "classes.csv", measure(splits, dataset.class_names))
    write_pictures(results / "figures", {"samples": samples(*splits["train"], dataset.class_names)})
    progress.say(", ".join(f"{len(images)} {name}" for name, (images, _) in splits.items()))


if __name__ == "__main__":
    run_stage("prepare", main)
