"""The pure parts of the evaluations on data whose answer is known."""

import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA

from autoencoders.learning.checkpoints import Split
from foundation.parameters import load_params
from stages import denoising, vae_anatomy
from stages.protocol import dimension_reduction, reconstructions, sampling
from stages.protocol.context import Context
from stages.protocol.trained import per_seed
from stages.sweep import Measured
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
    scores, _ = reconstructions.score(codecs(same=Identity(), mean=Constant()), TEST, Blind())  # type: ignore[arg-type]
    assert scores["same"]["se"].max() == 0
    assert scores["mean"]["se"].mean() == pytest.approx(TEST.pixels.var(axis=0).sum(), rel=1e-5)


def test_the_vae_s_cost_is_paired_with_the_ae() -> None:
    scores = {"ae": {"se": np.array([[1.0, 2.0]])}, "vae": {"se": np.array([[2.0, 3.0]])}}
    accuracy = dict.fromkeys(("original", "ae"), np.ones((1, 40)))
    claims = reconstructions.judge_claims(scores, accuracy, TEST)
    assert claims["C7"]["vae_se_cost"] == {"mean": 1.0, "low": 1.0, "high": 1.0, "by_seed": [1.0]}


def test_a_blind_judge_retains_all_of_its_accuracy() -> None:
    scores, judge_hits = reconstructions.score(codecs(ae=Identity()), TEST, Blind())  # type: ignore[arg-type]
    assert judge_hits["original"].mean() == (TEST.labels == 0).double().mean()
    claims = reconstructions.judge_claims(scores, judge_hits, TEST)
    assert claims["C2"]["retained_accuracy"]["mean"] == pytest.approx(1)
    assert claims["C1"]["explained_variance"]["mean"] == pytest.approx(1)


def test_parts_of_one_evaluation_are_joined_row_below_row() -> None:
    first = Measured({"n": 1}, {"rows": [{"source": "a"}], "own": []}, {})
    second = Measured({"m": 2}, {"rows": [{"source": "b"}], "other": [{"x": 0}]}, {})
    joined = first.joined(second)
    assert joined.metrics == {"n": 1, "m": 2}
    assert joined.tables == {"rows": [{"source": "a"}, {"source": "b"}], "own": [], "other": [{"x": 0}]}


def test_the_error_curve_of_pca_is_its_reconstruction_error() -> None:
    pca = PCA(8).fit(TEST.pixels)
    curve = dimension_reduction.error_curve(pca, TEST.pixels)
    made = pca.inverse_transform(pca.transform(TEST.pixels))
    assert curve[8] == pytest.approx(np.square(TEST.pixels - made).sum(axis=1).mean(), rel=1e-5)
    assert (np.diff(curve) <= 0).all()


def test_no_linear_codec_beats_pca_on_its_own_training_set() -> None:
    pca = PCA(5).fit(TEST.pixels)
    basis = np.linalg.qr(RNG.normal(size=(196, 5)))[0]
    centred = TEST.pixels - TEST.pixels.mean(axis=0)
    error = np.square(centred - centred @ basis @ basis.T).sum(axis=1).mean()
    assert error > dimension_reduction.error_curve(pca, TEST.pixels)[5]


def test_components_needed_are_none_where_all_are_not_enough() -> None:
    assert dimension_reduction.components_to_match(np.array([9.0, 4.0]), 1.0) is None


def test_the_gain_over_pca_is_paired_per_image() -> None:
    rows = dimension_reduction.tabulate_differences({"pca": np.array([[3.0, 9.0]]), "ae": np.array([[2.0, 8.0]])}, 4)
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


def test_a_method_s_break_even_level_lies_between_the_levels_where_its_gain_changes_sign() -> None:
    gains = [
        {
            "method": "ae",
            "corruption": "masking",
            "level": level,
            "metric": "psnr",
            "mean": g,
            "low": g - 0.5,
            "high": g + 0.5,
        }
        for level, g in ((0.1, -1.0), (0.2, 1.0), (0.3, 2.0))
    ]
    (row,) = denoising.break_evens(gains, {"masking": (0.1, 0.2, 0.3)})
    assert row["trend"] == "above"
    assert [row[key] for key in ("mean", "low", "high")] == pytest.approx([0.15, 0.125, 0.175])


def test_a_method_that_always_helps_has_no_break_even_level() -> None:
    gains = [
        {
            "method": "ae",
            "corruption": "masking",
            "level": level,
            "metric": "psnr",
            "mean": 1.0,
            "low": None,
            "high": None,
        }
        for level in (0.1, 0.2)
    ]
    (row,) = denoising.break_evens(gains, {"masking": (0.1, 0.2)})
    assert (row["trend"], row["mean"], row["low"]) == ("always", None, None)


def test_kernel_pca_is_measured_on_the_images_pca_is_fitted_to() -> None:
    splits = dict.fromkeys(("train", "validation", "test"), TEST)
    rows = dimension_reduction.measure_kernel_pca(splits, {"ae": np.full((2, 40), 3.0)}, 30, 2)
    found = {row["measure"]: row for row in rows}
    assert {row["n_fitted"] for row in rows} == {30}
    difference = found["pca_se"]["mean"] - found["kernel_pca_se"]["mean"]
    assert found["gain_over_pca"]["mean"] == pytest.approx(difference)
    assert found["gain_of_ae"]["mean"] == pytest.approx(found["kernel_pca_se"]["mean"] - 3.0)


def test_the_bounds_are_stated_in_nats_and_in_bits_per_pixel() -> None:
    one = vae_anatomy.Bounds(np.full(5, -80.0), np.full(5, -70.0), np.full(5, 2.0))
    rows = vae_anatomy.tabulate_bounds("bernoulli", [one, one], 100, 7)
    found = {row["measure"]: row["mean"] for row in rows}
    assert (found["elbo_nats"], found["gap_nats"]) == (80.0, 10.0)
    assert found["importance_weighted_bits_per_pixel"] == pytest.approx(0.7 / np.log(2))
    assert rows[0]["sampling_error_nats"] == pytest.approx(2 / np.sqrt(10))


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


def test_at_most_half_of_the_training_images_are_used_for_fits() -> None:
    splits = {"train": Split(torch.zeros(10, 1, 2, 2), torch.zeros(10)), "test": TEST}
    assert Context(SimpleNamespace(), (0,), {}, Blind(), splits).n_references == 5  # type: ignore[arg-type]


def test_training_codes_are_drawn_once_whichever_threads_ask_for_them() -> None:
    class Slow(Identity):
        n_calls = 0

        def transform(self, X: np.ndarray) -> np.ndarray:
            self.n_calls += 1
            time.sleep(0.05)
            return X

    codec = Slow()
    context = Context(SimpleNamespace(), (0,), codecs(ae=codec), Blind(), dict.fromkeys(("train", "test"), TEST))  # type: ignore[arg-type]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: context.training_codes("ae", 0), range(4)))
    assert codec.n_calls == 1


def test_stored_measures_come_back_by_source_and_seed_in_the_order_of_the_generators() -> None:
    def stored(source: str, value: float) -> list[dict[str, object]]:
        return [row for seed in (3, 1) for row in sampling.list_values(source, seed, {"frechet": value + seed})]

    of_test = sampling.list_values(sampling.TEST, None, {"recognised": 0.5})
    scores = sampling.gather([*of_test, *stored("vae_prior", 10), *stored("ae_normal", 20), *stored("floor", 0)])
    assert list(scores) == ["floor", "ae_normal", "vae_prior", "test"]
    assert scores["vae_prior"] == {"frechet": [13, 11]}
    assert scores["test"] == {"recognised": [0.5]}
