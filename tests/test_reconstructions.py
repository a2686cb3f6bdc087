"""Quality of reconstructions and the claims that rest on it, on data whose answer is known."""

from typing import Any

import numpy as np
import pytest
import torch

from autoencoders.learning.checkpoints import Split
from foundation.vocabulary import JUDGES
from stages import compression
from stages.protocol import reconstructions
from stages.protocol.tables import matched

RNG = np.random.default_rng(0)
TEST = Split(torch.from_numpy(RNG.random((40, 1, 14, 14), dtype=np.float32)), torch.arange(40) % 4)
MEAN = TEST.pixels.mean(axis=0)


class Identity:
    """A codec that loses nothing."""

    def transform(self, X: np.ndarray) -> np.ndarray:
        return X

    inverse_transform = transform


class Constant(Identity):
    """A codec that keeps nothing: every image comes back as the mean."""

    def inverse_transform(self, Z: np.ndarray) -> np.ndarray:
        return np.broadcast_to(Z.mean(axis=0), Z.shape)


class OneClass:
    """A judge that names one class whatever it sees."""

    def __init__(self, named: int) -> None:
        self.named = named

    def predict(self, images: Any) -> np.ndarray:
        return np.full(len(images), self.named)


class OneClassReaders:
    """Judges of two seeds; that of place i names class i."""

    judge_seeds = (0, 1)

    def judge(self, name: str, place: int) -> OneClass:
        return OneClass(place % 2)


def codecs(**named: Any) -> Any:
    return {name: {0: codec, 1: codec, 2: codec} for name, codec in named.items()}


def score(found: Any) -> tuple[reconstructions.Scores, reconstructions.Readings]:
    return reconstructions.score(found, TEST, MEAN, OneClassReaders())  # type: ignore[arg-type]


def everywhere(value: list[list[float]]) -> dict[str, np.ndarray]:
    return dict.fromkeys(JUDGES, np.array(value))


def test_identity_has_no_error_and_a_constant_the_variance() -> None:
    scores, _ = score(codecs(same=Identity(), mean=Constant()))
    assert scores["same"]["se"].max() == 0
    assert scores["mean"]["se"].mean() == pytest.approx(TEST.pixels.var(axis=0).sum(), rel=1e-5)


def test_seed_number_i_is_read_by_judge_seed_number_i_modulo_their_number() -> None:
    _, readings = score(codecs(ae=Identity()))
    labels = TEST.labels.numpy()
    expected = np.stack([labels == 0, labels == 1, labels == 0])
    assert all(np.array_equal(readings["ae"][judge], expected) for judge in JUDGES)


def test_what_has_no_seeds_is_read_once_by_every_judge_seed() -> None:
    found = codecs(ae=Identity())
    found["pca"] = {0: Identity()}
    scores, readings = score(found)
    expected = np.stack([TEST.labels.numpy() == place for place in (0, 1)])
    assert scores["pca"]["se"].shape == (1, 40)
    for name in ("pca", "original", "mean_image"):
        assert np.array_equal(readings[name]["strided"], expected)


def test_a_blind_judge_retains_all_of_its_accuracy() -> None:
    found = codecs(ae=Identity())
    found["pca"] = {0: Constant()}
    part = reconstructions.claims(*score(found))["C2"]
    assert [(cell["family"], cell["mean"], cell["votes"]) for cell in part["cells"]] == [(j, 1.0, True) for j in JUDGES]
    assert part["controls"] == {"pca": 1.0, "mean_image": 1.0}


def test_retained_accuracy_is_over_that_of_the_same_judge_seed() -> None:
    original = everywhere([[1, 1, 1, 0], [1, 1, 0, 0]])
    ae = everywhere([[1, 1, 1, 0], [1, 0, 0, 0], [0, 0, 0, 0]])
    retained = reconstructions.retained_accuracy({"original": original, "ae": ae}, "ae", "strided")
    assert retained.mean(axis=1).tolist() == pytest.approx([1.0, 0.5, 0.0])


def test_the_vae_s_costs_are_paired_with_the_ae() -> None:
    scores = {
        "ae": {"se": np.array([[1.0, 3.0]]), "ssim": np.array([[0.9, 0.8]])},
        "vae": {"se": np.array([[2.0, 4.0]]), "ssim": np.array([[0.8, 0.7]])},
    }
    whole, half = everywhere([[1.0, 1.0]]), everywhere([[1.0, 0.0]])
    readings = {"ae": whole, "vae": half, "original": whole, "pca": half, "mean_image": half}
    claims = reconstructions.claims(scores, readings)
    cells = {cell["measure"]: cell for cell in claims["C7"]["cells"]}
    assert list(cells) == ["se", "ssim", *(f"reading_{judge}" for judge in JUDGES)]
    assert [cells["se"][key] for key in ("mean", "low", "high")] == [0.5, 0.5, 0.5]
    assert cells["ssim"]["mean"] == pytest.approx(0.1)
    assert cells["reading_perceptron"]["mean"] == 0.5


def test_beside_the_vae_s_costs_stand_those_of_an_ae_that_is_regularised_otherwise() -> None:
    ssim = {"ssim": np.array([[0.9, 0.9]])}
    scores = {
        "ae": {"se": np.array([[1.0, 3.0]]), **ssim},
        "vae": {"se": np.array([[2.0, 6.0]]), **ssim},
        "rae": {"se": np.array([[2.0, 3.0], [2.0, 3.0]]), **ssim},
    }
    readings = dict.fromkeys(("original", "pca", "mean_image", *scores), everywhere([[1.0, 1.0]]))
    part = reconstructions.claims(scores, readings)["C7"]
    assert part["controls"] == {"rae": 0.25}
    assert part["cells"][0]["mean"] == 1.0
    del scores["rae"]
    assert reconstructions.claims(scores, readings)["C7"]["controls"] == {}


@pytest.mark.parametrize(("models", "parts"), [(["vae"], []), (["ae"], ["C2"]), (["ae", "vae"], ["C2", "C7"])])
def test_a_part_is_there_where_its_models_are(models: list[str], parts: list[str]) -> None:
    found = codecs(**dict.fromkeys(models, Constant()))
    found["pca"] = {0: Identity()}
    assert list(reconstructions.claims(*score(found))) == parts


def test_the_way_to_the_best_code_is_0_at_pca_and_1_at_the_ceiling() -> None:
    errors = {
        "pca": np.array([[20.0, 24.0]]),
        "ceiling": np.array([[2.0, 4.0]]),
        "ae": np.array([[4.0, 6.0], [2.0, 4.0]]),
        "mean_image": np.array([[40.0, 42.0]]),
    }
    assert compression.reached(errors, "pca").mean() == pytest.approx(0)
    assert (compression.reached(errors, "ceiling") == 1).all()
    part = compression.claim(errors)["C1"]
    assert part["cells"][0]["by_seed"] == pytest.approx([1 - 2 / 19, 1.0])
    assert part["controls"] == pytest.approx({"mean_image": 1 - 38 / 19, "pca": 0.0})


def test_there_is_no_way_to_a_ceiling_that_is_no_better_than_pca() -> None:
    errors = dict.fromkeys(("pca", "ceiling", "ae", "mean_image"), np.array([[3.0, 5.0]]))
    assert compression.claim(errors) == {}


def test_a_ceiling_that_the_ae_itself_passes_is_none() -> None:
    errors = {"pca": np.array([[9.0, 9.0]]), "ceiling": np.array([[2.0, 4.0]]), "ae": np.array([[2.0, 3.0]])}
    assert compression.claim(errors) == {}


def test_without_an_ae_there_is_no_way_to_measure() -> None:
    assert compression.claim({"pca": np.array([[3.0]]), "ceiling": np.array([[1.0]])}) == {}


def test_matched_rows_repeat_in_turn() -> None:
    assert matched(np.array([[0.0, 1.0], [2.0, 3.0]]), 3).tolist() == [[0, 1], [2, 3], [0, 1]]
