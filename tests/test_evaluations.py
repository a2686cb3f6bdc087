"""The pure parts of the evaluations on data whose answer is known."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA

from autoencoders.checkpoints import Split
from autoencoders.parameters import load_params
from stages import compression, denoising, pca_comparison, sampling
from stages.cells import per_seed
from tests.import_closure import ROOT

RNG = np.random.default_rng(0)
TEST = Split(torch.from_numpy(RNG.random((40, 1, 14, 14), dtype=np.float32)), torch.arange(40) % 4)
SHAPE = (14, 14)


class Identity:
    """A codec that loses nothing."""

    def transform(self, X: np.ndarray) -> np.ndarray:
        return X

    inverse_transform = transform


class Constant(Identity):
    """A codec that keeps nothing: every image comes back as the mean."""

    def inverse_transform(self, Z: np.ndarray) -> np.ndarray:
        return np.broadcast_to(Z.mean(axis=0), Z.shape)


class Blind:
    """A judge that says class 0 of everything."""

    def predict(self, images: Any) -> np.ndarray:
        return np.zeros(len(images), dtype=np.int64)


def codecs(**named: Any) -> Any:
    return {name: {0: codec, 1: codec} for name, codec in named.items()}


def test_identity_has_no_error_and_a_constant_the_variance() -> None:
    scores = compression.score(codecs(same=Identity(), mean=Constant()), TEST, SHAPE)
    assert scores["same"]["se"].max() == 0
    assert scores["mean"]["se"].mean() == pytest.approx(TEST.pixels.var(axis=0).sum(), rel=1e-5)


def test_the_vae_s_cost_is_paired_with_the_ae() -> None:
    scores = {"ae": {"se": np.array([[1.0, 2.0]])}, "vae": {"se": np.array([[2.0, 3.0]])}}
    claims = compression.judge_claims(codecs(ae=Identity(), vae=Identity()), scores, TEST, Blind())  # type: ignore[arg-type]
    assert claims["C7"]["vae_se_cost"] == {"mean": 1.0, "low": 1.0, "high": 1.0}


def test_a_blind_judge_retains_all_of_its_accuracy() -> None:
    scores = {"ae": {"se": np.zeros((2, 40))}}
    claims = compression.judge_claims(codecs(ae=Identity()), scores, TEST, Blind())  # type: ignore[arg-type]
    assert claims["C2"]["retained_accuracy"]["mean"] == pytest.approx(1)
    assert claims["C1"]["explained_variance"]["mean"] == pytest.approx(1)


def test_the_error_curve_of_pca_is_its_reconstruction_error() -> None:
    pca = PCA(8).fit(TEST.pixels)
    curve = pca_comparison.error_curve(pca, TEST.pixels)
    made = pca.inverse_transform(pca.transform(TEST.pixels))
    assert curve[8] == pytest.approx(np.square(TEST.pixels - made).sum(axis=1).mean(), rel=1e-5)
    assert (np.diff(curve) <= 0).all()


def test_no_linear_codec_beats_pca_on_its_own_training_set() -> None:
    pca = PCA(5).fit(TEST.pixels)
    basis = np.linalg.qr(RNG.normal(size=(196, 5)))[0]
    centred = TEST.pixels - TEST.pixels.mean(axis=0)
    error = np.square(centred - centred @ basis @ basis.T).sum(axis=1).mean()
    assert error > pca_comparison.error_curve(pca, TEST.pixels)[5]


def test_components_needed_are_none_where_all_are_not_enough() -> None:
    assert pca_comparison.components_to_match(np.array([9.0, 4.0]), 1.0) is None


def test_the_gain_over_pca_is_paired_per_image() -> None:
    rows = pca_comparison.tabulate_differences({"pca": np.array([[3.0, 9.0]]), "ae": np.array([[2.0, 8.0]])}, 4)
    gain = next(row for row in rows if row["measure"] == "se_gain")
    assert (gain["mean"], gain["low"], gain["high"]) == (1.0, 1.0, 1.0)


def test_the_noise_pattern_does_not_depend_on_the_level() -> None:
    weak, strong = (
        denoising.corrupted(TEST.pixels, denoising.Condition("masking", level), "test") == 0 for level in (0.2, 0.4)
    )
    assert (strong | ~weak).all()


def test_validation_and_test_noise_differ() -> None:
    condition = denoising.Condition("gaussian", 0.3)
    first, second = (denoising.corrupted(TEST.pixels, condition, split) for split in ("test", "validation"))
    assert not np.array_equal(first, second)


def test_doing_nothing_gains_nothing() -> None:
    noisy = TEST.pixels * 0.5
    made = denoising.denoise_all(denoising.Methods(codecs(ae=Identity()), {}), noisy, {}, SHAPE)
    scores = denoising.score(made, TEST, Blind(), SHAPE)  # type: ignore[arg-type]
    gains = denoising.tabulate(scores, denoising.Condition("masking", 0.5))[1]
    assert {row["mean"] for row in gains} == {0.0}


def test_the_gap_is_closed_by_real_images_and_open_for_naive_samples() -> None:
    def scores(prior: float) -> Any:
        frechet = {"floor": 1.0, "ae_normal": 101.0, "ae_gaussian": 51.0, "vae_prior": prior}
        return {source: {"frechet": [value, value]} for source, value in frechet.items()}

    assert sampling.claims(scores(1.0))["C6"]["gap_closed"]["mean"] == 1.0  # type: ignore[index]
    assert sampling.claims(scores(101.0))["C6"]["gap_closed"]["mean"] == 0.0  # type: ignore[index]
    assert sampling.claims(scores(41.0))["C5"]["frechet_difference"]["mean"] == 10.0  # type: ignore[index]


def test_every_generator_names_a_known_distribution() -> None:
    assert {distribution for _, distribution in sampling.GENERATORS.values()} <= set(sampling.SAMPLERS)


def test_a_measure_sees_its_seed() -> None:
    values = per_seed({3: None, 5: None}, lambda codec, seed: np.array([seed, 2.0 * seed]))  # type: ignore[dict-item, arg-type]
    assert values.tolist() == [[3.0, 6.0], [5.0, 10.0]]


def test_conditions_cover_every_kind_and_level() -> None:
    plan = load_params(ROOT / "params.yaml").denoising
    assert len(denoising.conditions(plan)) == sum(map(len, plan.levels.values()))


def test_setting_uses_at_most_half_of_the_training_images_for_fits() -> None:
    from stages.setting import Setting  # noqa: PLC0415 -- beside its use

    setting = Setting(SimpleNamespace(), (0,), {}, Blind(), np.zeros((10, 4), np.float32), TEST)  # type: ignore[arg-type]
    assert setting.n_references == 5
