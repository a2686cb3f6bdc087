"""One's own images: what is read, what is refused in one line, and how they become the splits of a study."""

import gzip
import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image

from autoencoders.evaluation.metrics import METRICS
from autoencoders.judging.judge import Judge
from autoencoders.judging.networks import NETWORKS, SMALLEST_SIDE, build_network, enlarge
from foundation import own_images
from foundation.datasets import RAW_NAMES, DataError
from foundation.idx import parse_idx, to_idx
from foundation.own_images import OWN_NAME, load_description, read_image, read_own
from foundation.parameters import Images, Params, list_misfits, parse_params
from foundation.progress import Progress
from foundation.vocabulary import OWN
from stages import fetch, prepare
from stages.protocol import sampling
from stages.protocol.context import with_equal_sizes
from tests import explorer_fixture
from tests.explorer_browser import Show
from tests.test_edges import raw
from tests.test_explorer_networks import assert_agreement

CLASSES = ("apple", "10", "9")
SHAPE = (9, 12)
Pixels = NDArray[np.uint8]


def drawn(n: int, shape: tuple[int, int] = SHAPE, seed: int = 0) -> Pixels:
    return np.random.default_rng(seed).integers(0, 256, (n, *shape), dtype=np.uint8)


def lay(folder: Path, counts: dict[str, int], suffix: str = "png", **keys: Any) -> Path:
    """Write class folders; a class's first pixel is the number of its image."""
    for name, n in counts.items():
        (folder / name).mkdir(parents=True, exist_ok=True)
        for number, image in enumerate(drawn(n, **keys)):
            image[0, 0] = number % 256
            Image.fromarray(image).save(folder / name / f"{number:04}.{suffix}")
    return folder


def whole(folder: Path) -> Path:
    return lay(folder, dict.fromkeys(CLASSES, 170))


def arrays_of(files: dict[str, bytes], part: str = "train") -> tuple[Pixels, Pixels]:
    return parse_idx(files[f"{part}-images-idx3-ubyte"], 3), parse_idx(files[f"{part}-labels-idx1-ubyte"], 1)


def names_of(files: dict[str, bytes], tmp_path: Path) -> list[str]:
    (tmp_path / OWN_NAME).write_bytes(files[OWN_NAME])
    return load_description(tmp_path / OWN_NAME).class_names


def save_npz(path: Path, **arrays: Any) -> Path:
    np.savez(path, **arrays)
    return path


def said_of(source: Path) -> str:
    with pytest.raises(DataError) as refused:
        read_own(source)
    assert "\n" not in str(refused.value)
    return str(refused.value)


def test_class_folders_become_raw_files_with_numbers_in_their_order(tmp_path: Path) -> None:
    files = read_own(whole(tmp_path / "fruit"))
    images, labels = arrays_of(files)
    assert set(files) == {*RAW_NAMES[:2], OWN_NAME}
    assert images.shape == (510, *SHAPE)
    assert np.array_equal(labels, np.repeat([0, 1, 2], 170))
    assert np.array_equal(images[:170, 0, 0], np.arange(170))
    assert names_of(files, tmp_path) == ["9", "10", "apple"]
    assert load_description(tmp_path / OWN_NAME).title == "fruit"


def test_a_folder_with_train_and_test_keeps_its_test_part(tmp_path: Path) -> None:
    lay(tmp_path / "train", dict.fromkeys(CLASSES, 160))
    lay(tmp_path / "test", dict.fromkeys(CLASSES, 20))
    files = read_own(tmp_path)
    assert [len(arrays_of(files, part)[0]) for part in ("train", "t10k")] == [480, 60]


def test_train_and_test_may_be_the_names_of_classes(tmp_path: Path) -> None:
    files = read_own(lay(tmp_path / "vehicles", {"test": 260, "train": 260}))
    assert names_of(files, tmp_path) == ["test", "train"]


def test_hidden_files_are_passed_over(tmp_path: Path) -> None:
    folder = whole(tmp_path)
    (folder / ".git").mkdir()
    for name in (".DS_Store", "Thumbs.db"):
        (folder / "apple" / name).write_bytes(b"x")
    assert len(arrays_of(read_own(folder))[0]) == 510


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB"])
def test_grey_images_of_any_mode_are_read(tmp_path: Path, mode: str) -> None:
    image = Image.fromarray(drawn(1)[0] // 128 * 255)
    image.convert(mode).save(tmp_path / "one.png")
    assert np.array_equal(read_image(tmp_path / "one.png"), np.asarray(image))


@pytest.mark.parametrize("scale", [1, 255], ids=["floats", "integers"])
def test_arrays_of_an_npz_are_read(tmp_path: Path, scale: int) -> None:
    images, labels = drawn(510), np.arange(510) % 3
    values = images / 255 if scale == 1 else images.astype(np.int64)
    files = read_own(save_npz(tmp_path / "x.npz", images=values, labels=labels, class_names=["a", "b", "c"]))
    assert all(np.array_equal(*pair) for pair in zip(arrays_of(files), (images, labels), strict=True))
    assert names_of(files, tmp_path) == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("labels", "names"), [([26, 1, 7], ["1", "7", "26"]), (["c", "ä", "b"], ["b", "c", "ä"])], ids=["numbers", "texts"]
)
def test_labels_without_names_are_their_own_names(tmp_path: Path, labels: list[Any], names: list[str]) -> None:
    files = read_own(save_npz(tmp_path / "x.npz", images=drawn(510), labels=np.array(labels * 170)))
    assert names_of(files, tmp_path) == names
    assert arrays_of(files)[1][0] == 2 - (labels[0] == "c")


def test_idx_files_with_any_checksum_are_read(tmp_path: Path) -> None:
    images, labels = drawn(600), np.arange(600, dtype=np.uint8) % 2
    (tmp_path / "train-images.idx3-ubyte").write_bytes(to_idx(images))
    (tmp_path / f"{RAW_NAMES[1]}.gz").write_bytes(gzip.compress(to_idx(labels)))
    files = read_own(tmp_path)
    assert set(files) == {*RAW_NAMES[:2], OWN_NAME}
    assert all(np.array_equal(*pair) for pair in zip(arrays_of(files), (images, labels), strict=True))


def coloured(path: Path) -> None:
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (*SHAPE, 3), dtype=np.uint8)).save(path)


def transparent(path: Path) -> None:
    Image.fromarray(drawn(1)[0]).convert("RGBA").save(path)


def deep(path: Path) -> None:
    Image.fromarray(drawn(1)[0].astype(np.uint16) * 256).save(path)


SPOILT: dict[str, tuple[Callable[[Path], Any], str]] = {
    "colours": (coloured, r"zz\.png: expected a grey image of 8 bits without transparency, got colours"),
    "transparency": (transparent, r"zz\.png: expected a grey image .* got mode RGBA"),
    "16 bits": (deep, r"zz\.png: expected a grey image .* got mode I;16"),
    "another size": (
        lambda path: Image.fromarray(drawn(1, (9, 9))[0]).save(path),
        r"zz\.png: expected 9 x 12 pixels like the first image, got 9 x 9",
    ),
    "too large": (
        lambda path: Image.fromarray(drawn(1, (9, 65))[0]).save(path),
        r"zz\.png: expected images from 8 x 8 to 64 x 64 pixels, got 9 x 65",
    ),
    "no image": (lambda path: path.write_bytes(b"not an image"), r"zz\.png: expected a PNG or JPEG image, got"),
    "half": (
        lambda path: path.write_bytes((path.parent / "0000.png").read_bytes()[:60]),
        r"zz\.png: expected a PNG or JPEG image, got",
    ),
    "a folder": (lambda path: path.mkdir(), r"zz\.png: expected a file \.png, \.jpg, \.jpeg, got another"),
}


@pytest.mark.parametrize(("spoil", "said"), SPOILT.values(), ids=SPOILT)
def test_one_wrong_file_among_many_is_named(tmp_path: Path, spoil: Callable[[Path], Any], said: str) -> None:
    spoil(whole(tmp_path) / "apple" / "zz.png")
    assert re.search(f"{said}", said_of(tmp_path))


def test_a_file_of_another_kind_is_named(tmp_path: Path) -> None:
    (whole(tmp_path) / "apple" / "notes.txt").write_text("x")
    assert said_of(tmp_path).endswith("notes.txt: expected a file .png, .jpg, .jpeg, got another")


COUNTS: dict[str, tuple[dict[str, int], str]] = {
    "one class": ({"a": 510}, "expected 2 to 50 classes, got 1"),
    "many classes": ({f"{number}": 10 for number in range(51)}, "expected 2 to 50 classes, got 51"),
    "few images": ({"a": 250, "b": 249}, "expected at least 500 images, got 499"),
    "a class of one image": ({"a": 510, "b": 1}, "class 'b': expected at least 10 images, got 1"),
    "a long name": ({"a": 255, "b" * 41: 255}, "expected distinct names of classes, 1 to 40 characters, got 'bbbb"),
}


@pytest.mark.parametrize(("counts", "said"), COUNTS.values(), ids=COUNTS)
def test_too_few_or_too_many_are_refused(tmp_path: Path, counts: dict[str, int], said: str) -> None:
    assert said in said_of(lay(tmp_path, counts))


GOOD = {"images": drawn(510), "labels": np.arange(510) % 3}
ARRAYS: dict[str, tuple[dict[str, Any], str]] = {
    "no labels": ({"labels": None}, "expected arrays named images and labels, got images"),
    "half a test part": ({"test_images": drawn(20)}, "expected arrays named test_images and test_labels, got images"),
    "a misspelt test part": ({"test_label": np.arange(20)}, "expected arrays named test_images and test_labels, got"),
    "colours": ({"images": np.zeros((510, 9, 9, 3), np.uint8)}, "expected grey images (n, height, width), got shape"),
    "another range": ({"images": np.full((510, 9, 9), 16.0)}, "or floats from 0 to 1, got float64 from 16.0 to 16.0"),
    "not a number": ({"images": np.full((510, 9, 9), np.nan)}, "floats from 0 to 1, got float64 from nan to nan"),
    "complex": ({"images": np.zeros((510, 9, 9), complex)}, "floats from 0 to 1, got complex128"),
    "small": ({"images": drawn(510, (9, 7))}, "expected images from 8 x 8 to 64 x 64 pixels, got 9 x 7"),
    "dark": ({"images": drawn(510) // 16}, "expected grey values that use 0 to 255, got 0 to 15"),
    "fewer labels": ({"labels": np.arange(509) % 3}, "labels: expected 510 labels as images, got 509"),
    "a label too high": ({"class_names": ["a", "b"]}, "labels: expected labels of 2 class_names, got 2"),
    "two names alike": ({"class_names": ["a", "a", "b"]}, "expected distinct names of classes"),
    "objects": ({"labels": np.array([{}] * 510)}, "expected an .npz file of plain arrays, got"),
}


@pytest.mark.parametrize(("changes", "said"), ARRAYS.values(), ids=ARRAYS)
def test_arrays_that_cannot_be_used_are_refused(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    arrays = {name: array for name, array in {**GOOD, **changes}.items() if array is not None}
    assert said in said_of(save_npz(tmp_path / "x.npz", **arrays))


def test_a_damaged_npz_is_refused(tmp_path: Path) -> None:
    stream = io.BytesIO()
    np.savez_compressed(stream, **GOOD)
    content = stream.getvalue()
    for spoilt in (b"", content[:-100], content[:500] + b"\xff" * 20 + content[520:]):
        (tmp_path / "x.npz").write_bytes(spoilt)
        assert "x.npz: expected an .npz file of plain arrays, got" in said_of(tmp_path / "x.npz")


def test_a_small_file_that_unpacks_to_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_images, "MAX_BYTES", 10_000)
    np.savez_compressed(tmp_path / "x.npz", images=np.zeros((510, 9, 9), np.uint8), labels=GOOD["labels"])
    assert "expected at most 10000 bytes of pixels, got more" in said_of(tmp_path / "x.npz")


@pytest.mark.parametrize("name", ["nowhere", "file.txt", "empty"])
def test_another_source_says_what_is_expected(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file.txt").write_text("x")
    assert f"{name}: expected folders of PNG or JPEG files, one per class, an .npz file, or" in said_of(tmp_path / name)


@pytest.mark.parametrize("source", ["auto", "npm"])
def test_own_images_need_a_path(source: str) -> None:
    with pytest.raises(
        DataError, match=rf"^fetch\.source: expected a folder or a file .*dataset: own.*got '{source}'$"
    ):
        fetch.obtain_own(source)


def own_params(**changes: Any) -> Params:
    return parse_params(raw(dataset=OWN, **changes))


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(source: Path, **changes: Any) -> dict[str, prepare.Raw]:
    params = own_params(fetch={"source": str(source)}, **changes)
    fetch.main(params, Progress("fetch"))
    _, splits = prepare.split_dataset(params)
    return splits


ROOMY = {
    "network": {"hidden_dims": [60, 30]},
    "train_ceiling": {"hidden_dims": [60]},
    "train_features": {"hidden_dim": 60},
    "fit_pca": {"max_components": 99},
}


def test_fewer_images_than_asked_for_are_shared_out(study: Path) -> None:
    splits = run(lay(study / "fruit", dict.fromkeys(CLASSES, 700)), **ROOMY)
    assert {name: len(labels) for name, (_, labels) in splits.items()} == {
        "train": 1650,
        "validation": 150,
        "test": 300,
    }
    for _, labels in splits.values():
        assert np.ptp(np.bincount(labels)) <= 2


def test_no_image_is_in_two_splits(study: Path) -> None:
    numbers = np.arange(600).astype(np.uint16).view(np.uint8).reshape(600, 2)
    images = drawn(600)
    images[:, 0, :2] = numbers
    splits = run(save_npz(study / "x.npz", images=images, labels=np.arange(600) % 4), **ROOMY)
    found = [image[0, :2].copy().view(np.uint16)[0] for images, _ in splits.values() for image in images]
    assert sorted(found) == list(range(600))


def test_numbers_that_fit_are_kept(study: Path) -> None:
    plan = {"n_train": 300, "n_validation": 50, "n_test": 60}
    splits = run(lay(study / "fruit", dict.fromkeys(CLASSES, 170)), prepare=plan, **ROOMY)
    assert [len(labels) for _, labels in splits.values()] == [300, 50, 60]


def test_a_given_test_part_is_the_test_split(study: Path) -> None:
    lay(study / "fruit" / "train", dict.fromkeys(CLASSES, 160))
    lay(study / "fruit" / "test", dict.fromkeys(CLASSES, 20), seed=1)
    splits = run(study / "fruit", **ROOMY)
    assert [len(labels) for _, labels in splits.values()] == [440, 40, 60]


def test_rare_classes_are_in_every_split(study: Path) -> None:
    splits = run(lay(study / "fruit", {"a": 600, "b": 10}), **ROOMY)
    assert all(set(labels) == {0, 1} for name, (_, labels) in splits.items() if name != "validation")


def test_parameters_that_do_not_fit_are_one_line_with_values_that_work(study: Path) -> None:
    lay(study / "fruit", dict.fromkeys(CLASSES, 170), shape=(8, 8))
    with pytest.raises(DataError) as refused:
        run(study / "fruit")
    said = str(refused.value)
    assert said.startswith(
        "params.yaml: fit_pca.max_components must be in 32..64 (the largest latent dimension .. pixels)"
    )
    assert "network.hidden_dims must be below 64, got [256, 128]" in said
    assert "\n" not in said
    found = dict(re.findall(r"-S '([a-z_.]+)=([^']+)'", said))
    assert found == {
        "fit_pca.max_components": "64",
        "network.hidden_dims": "[48,32]",
        "train_ceiling.hidden_dims": "[48,32]",
        "train_features.hidden_dim": "48",
    }


ODD: dict[str, tuple[dict[str, Any], tuple[int, int]]] = {
    "long codes": (
        {"latent_dim": 90, "latent_sweep": [2, 90, 4, 4, 4], **ROOMY, "fit_pca": {"max_components": 64}},
        (8, 8),
    ),
    "an odd side": ({"network": {"architecture": "convolutional"}}, (30, 30)),
    "not square": ({"network": {"architecture": "convolutional"}}, (32, 40)),
    "many neighbours": ({"generation": {"precision_neighbours": 400}}, (28, 28)),
}


@pytest.mark.parametrize(("changes", "shape"), ODD.values(), ids=ODD)
def test_the_values_that_are_said_to_work_do(changes: dict[str, Any], shape: tuple[int, int]) -> None:
    images, params = Images(shape, 400, 70), own_params(**changes)
    first = list(list_misfits(params, images))
    for misfit in first:
        section, _, key = misfit.key.rpartition(".")
        changes |= {section: {**changes.get(section, {}), key: misfit.works}} if section else {key: misfit.works}
    assert first
    assert list(list_misfits(own_params(**changes), images)) == []


def test_nothing_is_written_where_something_is_refused(study: Path) -> None:
    coloured(whole(study / "fruit") / "apple" / "zz.png")
    with pytest.raises(DataError):
        fetch.main(own_params(fetch={"source": str(study / "fruit")}), Progress("fetch"))
    assert not (study / "data").exists()


def test_files_of_earlier_images_are_removed(study: Path) -> None:
    (study / "data" / "raw").mkdir(parents=True)
    (study / "data" / "raw" / RAW_NAMES[2]).write_bytes(b"old")
    fetch.main(own_params(fetch={"source": str(whole(study / "fruit"))}), Progress("fetch"))
    assert sorted(path.name for path in (study / "data" / "raw").iterdir()) == sorted([*RAW_NAMES[:2], OWN_NAME])


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("shape", [(8, 8), (8, 64), (15, 9), (64, 64)], ids=str)
def test_every_judge_reads_images_of_any_size(name: Any, shape: tuple[int, int]) -> None:
    judge = Judge(build_network(name, shape, 50))
    reading = judge.read(torch.rand(3, 1, *shape))
    assert reading.classes.max() < 50
    assert np.isfinite(reading.features).all()


def test_images_that_are_large_enough_are_left_as_they_are() -> None:
    images = torch.rand(2, 1, SMALLEST_SIDE, 28)
    assert enlarge(images) is images
    assert enlarge(torch.rand(2, 1, 15, 8)).shape == (2, 1, 30, 16)


def test_similarity_has_a_smaller_window_in_small_images() -> None:
    images = drawn(2, (8, 8)).reshape(2, -1) / 255
    ssim = METRICS["ssim"].function
    assert np.allclose(ssim(images, images, (8, 8)), 1)
    assert (ssim(images, 1 - images, (8, 8)) < 0.5).all()


def test_samples_and_real_images_are_compared_in_equal_numbers() -> None:
    plan = own_params().generation
    assert with_equal_sizes(plan, 55_000, 10_000) == plan
    assert with_equal_sizes(plan, 400, 70).n_samples == 70
    assert with_equal_sizes(plan, 100, 70).n_samples == 50


def test_a_distance_with_too_few_images_has_no_vote() -> None:
    rows = [
        {"family": family, "measure": measure, "votes": True} for family in "ab" for measure in ("frechet", "kernel")
    ]
    silent = sampling.silence(rows, [("a", "frechet")])
    assert [row["votes"] for row in silent] == [False, True, True, True]


def test_the_page_s_judge_reads_small_images_as_the_library_s_does(
    chromium_page: Show, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(explorer_fixture, "SHAPE", SHAPE)
    torch.manual_seed(0)
    judge = Judge(build_network("convolutional", SHAPE, 4))
    params = explorer_fixture.small_params()
    export = explorer_fixture.small_export(params, judge=judge)
    page = chromium_page(explorer_fixture.page_of(explorer_fixture.small_study(tmp_path, params, export)))
    assert_agreement(page, judge, drawn(50).reshape(50, -1) / 255)
