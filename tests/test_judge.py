"""The judges: they learn, reject, repeat, do not depend on the batch; what they read is one pass and one softmax."""

import math
from pathlib import Path

import numpy as np
import pytest
import torch

from autoencoders.judging import training
from autoencoders.judging.checkpoints import load_judge, save_judge
from autoencoders.judging.judge import Judge
from autoencoders.judging.negatives import FOREIGN, LOOKALIKES, make_foreign
from autoencoders.judging.networks import MaxPool, build_network
from autoencoders.judging.training import JudgePlan, blur_images, train_judge
from foundation.datasets import DATASETS
from foundation.idx import parse_idx
from foundation.reproducibility.artifacts import ArtifactError, load_dataset_info, read_json
from foundation.vocabulary import JUDGES, JudgeName
from stages.fetch import DEBIAN_DATASETS, read_folder
from stages.train_judge import cut_photographs, measure
from tests.generation_fixture import digits
from tests.import_closure import ROOT

EACH = pytest.mark.parametrize("name", JUDGES)
PLANS = {
    "convolutional": JudgePlan("convolutional", epochs=8, batch_size=16, learning_rate=0.004, max_shift=1, seed=0),
    "strided": JudgePlan("strided", epochs=8, batch_size=16, learning_rate=0.01, max_shift=1, seed=0),
    "perceptron": JudgePlan("perceptron", epochs=12, batch_size=16, learning_rate=0.004, max_shift=1, seed=0),
}
SHORT = JudgePlan("perceptron", epochs=1, batch_size=16, learning_rate=0.004, max_shift=0, seed=0)
RECOGNISED = 0.5
MOST = 0.05  # of foreign images may be recognised


def trained(plan: JudgePlan, images: torch.Tensor, labels: torch.Tensor, n_classes: int = 10) -> Judge:
    return train_judge(images, labels, n_classes=n_classes, plan=plan, on_epoch=lambda epoch: None)


@pytest.fixture(scope="module")
def judges() -> dict[JudgeName, Judge]:
    """A judge of each architecture, trained for a moment on real digits."""
    return {name: trained(PLANS[name], *digits("train")) for name in JUDGES}


@EACH
def test_a_judge_reads_digits(judges: dict[JudgeName, Judge], name: JudgeName) -> None:
    test = digits("test")
    assert (judges[name].predict(test.images) == test.labels.numpy()).mean() > 0.88
    assert (judges[name].confidences(test.images) > RECOGNISED).mean() > 0.85


@EACH
@pytest.mark.parametrize("kind", ["uniform_noise", "shuffled", "inverted", "photographs"])
def test_a_judge_rejects_what_is_no_digit(judges: dict[JudgeName, Judge], name: JudgeName, kind: str) -> None:
    foreign = make_foreign(*digits("test"), torch.Generator().manual_seed(0))
    images = {**foreign, "photographs": cut_photographs(300, (28, 28))}[kind]
    assert (judges[name].confidences(images) > RECOGNISED).mean() <= MOST


@EACH
def test_what_is_blurred_is_not_rejected_for_that(judges: dict[JudgeName, Judge], name: JudgeName) -> None:
    images = blur_images(digits("test").images, torch.Generator().manual_seed(0))
    assert (judges[name].confidences(images) > RECOGNISED).mean() > 0.75


def test_without_negatives_photographs_and_noise_are_recognised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "NEGATIVES_PER_IMAGE", 0.0)
    judge = trained(PLANS["convolutional"], *digits("train"))
    assert (judge.confidences(cut_photographs(300, (28, 28))) > RECOGNISED).mean() > MOST


@EACH
def test_a_reading_is_what_its_parts_say(judges: dict[JudgeName, Judge], name: JudgeName) -> None:
    judge, images = judges[name], digits("test").images
    reading = judge.read(images)
    np.testing.assert_array_equal(reading.classes, judge.predict(images))
    np.testing.assert_array_equal(reading.confidences, judge.confidences(images))
    np.testing.assert_array_equal(reading.features, judge.features(images))
    assert {values.dtype for values in reading} == {np.dtype(np.float64), np.dtype(np.int64)}


@pytest.mark.parametrize(("evidence", "confidence"), [(0.0, 1 / 5), (math.log(6), 1 / 10), (-50.0, 1 / 4)])
def test_the_reject_class_is_in_the_denominator_and_never_the_answer(evidence: float, confidence: float) -> None:
    network = build_network("perceptron", (28, 28), 4)
    with torch.no_grad():
        network.output.weight.zero_()
        network.output.bias.copy_(torch.tensor([0.0, 0.0, 0.0, 0.0, evidence]))
    reading = Judge(network).read(torch.rand(3, 784))
    np.testing.assert_allclose(reading.confidences, confidence, rtol=1e-6)
    assert Judge(network).n_classes == 4
    assert set(reading.classes) == {0}


@EACH
def test_judgement_does_not_depend_on_the_batch(judges: dict[JudgeName, Judge], name: JudgeName) -> None:
    images = digits("test").images
    np.testing.assert_allclose(
        judges[name].features(images)[:3], judges[name].features(images[:3]), rtol=1e-4, atol=1e-5
    )


@EACH
def test_rows_and_images_are_judged_alike(judges: dict[JudgeName, Judge], name: JudgeName) -> None:
    test = digits("test")
    np.testing.assert_array_equal(judges[name].features(test.images), judges[name].features(test.pixels))


@EACH
def test_images_of_another_shape_are_judged_and_their_shape_is_known(name: JudgeName) -> None:
    images = torch.rand(33, 1, 20, 25, generator=torch.Generator().manual_seed(0))  # a last batch of one, too
    judge = trained(JudgePlan(name, 1, 16, 0.004, 1, 0), images, torch.arange(33) % 3, n_classes=3)
    assert judge.image_shape == (20, 25)
    assert len(judge.features(images.flatten(1))) == 33


@pytest.mark.parametrize("shape", [(3, 12, 24, 24), (2, 5, 7, 9)])
def test_pooling_is_the_same_with_and_without_gradients(shape: tuple[int, ...]) -> None:
    maps = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        pooled = MaxPool()(maps)
    assert torch.equal(pooled, MaxPool()(maps))
    assert torch.equal(pooled, torch.nn.functional.max_pool2d(maps, 2))


@EACH
def test_training_repeats_to_the_byte_and_seeds_differ(name: JudgeName) -> None:
    def weights(seed: int) -> list[bytes]:
        judge = trained(JudgePlan(name, 1, 50, 0.004, 1, seed), *(part[:200] for part in digits("train")))
        return [tensor.numpy().tobytes() for tensor in judge.network.state_dict().values()]

    assert weights(0) == weights(0)
    assert weights(0) != weights(1)


def test_training_leaves_the_global_random_state_alone() -> None:
    before = torch.random.get_rng_state()
    trained(SHORT, *(part[:20] for part in digits("train")))
    assert torch.equal(before, torch.random.get_rng_state())


def test_a_training_that_diverges_is_refused_before_it_is_kept() -> None:
    images, labels = (part[:20] for part in digits("train"))
    with pytest.raises(FloatingPointError, match=r"diverged: .* in epoch 1, seeds \[0\]; lower learning_rate"):
        train_judge(images * math.inf, labels, n_classes=10, plan=SHORT, on_epoch=lambda epoch: pytest.fail("went on"))


@EACH
def test_a_loaded_judge_judges_as_before(tmp_path: Path, judges: dict[JudgeName, Judge], name: JudgeName) -> None:
    save_judge(tmp_path / "judge.safetensors", judges[name])
    for read, expected in zip(
        load_judge(tmp_path / "judge.safetensors", name).read(digits("test").images),
        judges[name].read(digits("test").images),
        strict=True,
    ):
        np.testing.assert_array_equal(read, expected)


def test_a_judge_of_another_architecture_is_refused_in_one_line(tmp_path: Path, judges: dict[JudgeName, Judge]) -> None:
    save_judge(tmp_path / "judge.safetensors", judges["strided"])
    with pytest.raises(ArtifactError, match="expected a judge's weights") as caught:
        load_judge(tmp_path / "judge.safetensors", "perceptron")
    assert len(str(caught.value).splitlines()) == 1


def test_what_is_measured_counts_judges_and_images(judges: dict[JudgeName, Judge]) -> None:
    test = digits("test")
    found: dict[str, dict[str, float]] = measure([judges["strided"]] * 2, {"test": test})  # type: ignore[assignment]
    rightly = judges["strided"].predict(test.images) == test.labels.numpy()
    assert found["accuracy_test"]["mean"] == rightly.mean()
    assert set(found["recognised"]) == {"test", *FOREIGN, *LOOKALIKES, "photographs"}


def test_photographs_are_grey_pieces_of_both() -> None:
    pieces = cut_photographs(40, (28, 20))
    assert pieces.shape == (40, 1, 28, 20)
    assert 0 <= pieces.min() < 0.2
    assert 0.8 < pieces.max() <= 1
    assert torch.equal(pieces, cut_photographs(40, (28, 20)))


def stored(name: JudgeName) -> dict[str, dict[str, dict[str, float]]]:
    """What the committed study measured of an architecture on MNIST."""
    path = ROOT / "results" / "train_judge" / f"{name}.json"
    if not path.is_file():
        pytest.skip("no results of this study")
    return read_json(path)  # type: ignore[no-any-return]


@EACH
def test_the_study_s_judges_recognise_digits_and_nothing_else_but_lookalikes(name: JudgeName) -> None:
    found = stored(name)
    assert found["accuracy_test"]["mean"] >= (0.98 if name == "perceptron" else 0.99)  # type: ignore[operator]
    shares = {kind: entry["mean"] for kind, entry in found["recognised"].items() if kind not in LOOKALIKES}
    assert shares.pop("test") >= 0.97
    assert {kind: share for kind, share in shares.items() if share > MOST} == {}


@EACH
def test_the_study_s_judges_reject_fashion_where_it_is_at_hand(name: JudgeName) -> None:
    dataset, folder = DATASETS["fashion-mnist"], DEBIAN_DATASETS / "fashion-mnist"
    paths = sorted((ROOT / "checkpoints" / "judges" / name).glob("*.safetensors"))
    if not (folder.is_dir() and paths and load_dataset_info(ROOT / "data" / "prepared").name == "mnist"):
        pytest.skip("no Fashion-MNIST, or no judges of digits")
    images = parse_idx(read_folder(dataset, folder)["t10k-images-idx3-ubyte"], 3) / np.float32(255)
    for path in paths:
        assert (load_judge(path, name).confidences(images) > RECOGNISED).mean() <= MOST
