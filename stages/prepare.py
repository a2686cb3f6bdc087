"""Split the raw images into train, validation and test, and describe them.

The training file gives train and validation by one random order; the test file gives test. Nothing is
selected on test anywhere in the study.
"""

import numpy as np
from numpy.typing import NDArray

from foundation.datasets import DATASETS, DataError, Dataset, raw_names
from foundation.idx import IdxError, parse_idx
from foundation.parameter_sections import PrepareParams
from foundation.parameters import Params
from foundation.paths import DATA_DIR, RAW_DIR, results_dir
from foundation.progress import Progress
from foundation.reproducibility.artifacts import DatasetInfo, read_bytes, write_arrays, write_csv, write_json
from foundation.reproducibility.randomness import numpy_stream
from foundation.stage import run_stage
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
    dataset = DATASETS[params.dataset]
    splits = split(read_raw(dataset, "train"), read_raw(dataset, "t10k"), params.prepare)
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
