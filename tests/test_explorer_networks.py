"""The explorer in Chromium: its networks, its judge and its random numbers agree with the library's."""

from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
import torch

from autoencoders.judging.checkpoints import load_judge
from autoencoders.judging.judge import Judge
from autoencoders.judging.training import JudgePlan, train_judge
from autoencoders.learning.checkpoints import load_split
from autoencoders.learning.corruptions import CORRUPTIONS
from autoencoders.learning.layers import Dense
from foundation.paths import DATA_DIR, judge_path
from foundation.vocabulary import Activation, Likelihood
from tests.explorer_browser import Show, SmallPage, find, pixels_of, rounded, set_range
from tests.explorer_fixture import page_of, random_codec, small_export, small_params, small_study
from tests.generation_fixture import digits
from tests.import_closure import ROOT

pytestmark = pytest.mark.browser


ACTIVATIONS = get_args(Activation)


LIKELIHOODS = get_args(Likelihood)


ROUNDED = 1e-5  # against the library with the same 16-bit weights


EXACT = 0.02  # against its 32-bit weights: small random networks, weights of size 1


def outputs(page: Any, images: np.ndarray, codes: np.ndarray, name: str) -> dict[str, np.ndarray]:
    """What the page's network makes of images and codes."""
    script = """([name, images, codes]) => {
        const { networkOf, encode, decode } = window.study;
        const network = networkOf(name);
        const encoded = images.map((image) => encode(network, Float32Array.from(image)));
        return {
          mean: encoded.map(({ mean }) => Array.from(mean)),
          logVariance: encoded.map(({ logVariance }) => logVariance && Array.from(logVariance)),
          images: codes.map((code) => Array.from(decode(network, Float32Array.from(code)))),
        };
    }"""
    return {
        key: np.array(value) for key, value in page.evaluate(script, [name, images.tolist(), codes.tolist()]).items()
    }


IMAGES = np.random.default_rng(3).random((4, 784), dtype=np.float32)


CODES = np.random.default_rng(4).normal(0, 3, (4, 5)).astype(np.float32)


CASES = [*((name, "bernoulli") for name in ACTIVATIONS), *(("silu", name) for name in LIKELIHOODS[1:])]


def differences(page: Any, activation: str, likelihood: str, model: str, *, is_rounded: bool) -> float:
    """The largest difference of codes, log-variances and images between page and library."""
    codec = random_codec(model, 5, activation, likelihood, seed=["ae", "vae"].index(model))
    codec = rounded(codec) if is_rounded else codec
    found = outputs(page, IMAGES, CODES, model)
    pairs = [(found["mean"], codec.transform(IMAGES)), (found["images"], codec.inverse_transform(CODES))]
    if model == "vae":
        pairs.append((found["logVariance"], codec.encode(IMAGES)[1]))
    return max(float(np.abs(ours - theirs).max() / max(1, np.abs(theirs).max())) for ours, theirs in pairs)


@pytest.mark.parametrize("model", ["ae", "vae"])
@pytest.mark.parametrize(("activation", "likelihood"), CASES)
def test_the_page_computes_what_the_library_computes(
    chromium_page: Show, tmp_path: Path, activation: str, likelihood: str, model: str
) -> None:
    params = small_params()
    page = chromium_page(page_of(small_study(tmp_path, params, small_export(params, activation, likelihood))))
    assert differences(page, activation, likelihood, model, is_rounded=True) <= ROUNDED
    assert differences(page, activation, likelihood, model, is_rounded=False) <= EXACT


def test_a_disturbed_weight_is_noticed(chromium_page: Show, tmp_path: Path) -> None:
    params, export = small_params(), small_export(small_params())
    export.arrays["ae.decoder.0.weight"][0, 0] += np.float16(0.05)
    page = chromium_page(page_of(small_study(tmp_path, params, export)))
    assert differences(page, "silu", "bernoulli", "ae", is_rounded=True) > ROUNDED
    assert differences(page, "silu", "bernoulli", "vae", is_rounded=True) <= ROUNDED


def test_every_16_bit_float_is_read_rightly(chromium_page: Show, tmp_path: Path) -> None:
    params, export = small_params(), small_export(small_params())
    every = np.arange(65536, dtype=np.uint16).view(np.float16)
    every = every[np.isfinite(every)]
    export.arrays["every"] = every
    page = chromium_page(page_of(small_study(tmp_path, params, export)))
    assert np.array_equal(page.evaluate("Array.from(window.study.arrayOf('every'))"), every.astype(np.float64))


def test_the_error_function_is_right_to_a_millionth(shown: Any) -> None:
    x = np.linspace(-5, 5, 1001)
    found = shown.evaluate("xs => xs.map(window.study.erf)", x.tolist())
    assert np.abs(np.array(found) - torch.erf(torch.from_numpy(x)).numpy()).max() <= 1e-6


def verdict(page: Any, widget: str, selector: str = "[data-verdict]") -> str:
    return str(find(page, widget, selector).inner_text())


@pytest.mark.parametrize(
    ("logits", "said"),
    [
        ((9, 0, 0, 0, 0), "The judge reads a (100"),
        ((0, 0, 0, 0, 9), "The judge sees none of the classes (100"),
        ((1, 0.5, 0, 0, 0.9), "The judge is unsure; its best guess is a (31"),
    ],
)
def test_the_judge_names_a_class_or_none_or_is_unsure(
    chromium_page: Show, tmp_path: Path, logits: tuple[float, ...], said: str
) -> None:
    params, export = small_params(), small_export(small_params())
    export.arrays["judge.output.weight"][:] = 0
    export.arrays["judge.output.bias"][:] = logits
    page = chromium_page(page_of(small_study(tmp_path, params, export)))
    for widget, selector in (
        ("plane", "[data-status]"),
        ("image", "[data-verdict]"),
        ("image", ".coded [data-verdict]"),
    ):
        assert said in verdict(page, widget, selector)


def readings(page: Any, images: np.ndarray) -> np.ndarray:
    """Class, its probability and that of none of the classes, for images (n, n_pixels) of whole grey values."""
    script = """images => images.map((image) => {
        const { best, confidence, none } = window.study.readImage(Float32Array.from(image, (grey) => grey / 255));
        return [best, confidence, none];
    })"""
    return np.array(page.evaluate(script, np.rint(255 * images).astype(int).tolist()))


def assert_agreement(page: Any, judge: Judge, images: np.ndarray) -> None:
    found, wanted = readings(page, images), judge.read(images.astype(np.float32))
    assert (found[:, 0] == wanted.classes).mean() >= 0.999
    assert np.abs(found[:, 1] - wanted.confidences).max() <= 0.01


def test_the_page_s_judge_reads_what_the_library_s_reads(chromium_page: Show, tmp_path: Path) -> None:
    """A judge trained in passing, on 1,000 images: digits, and digits in noise, about which it is unsure."""
    images, labels = digits("train")
    plan = JudgePlan("convolutional", seed=0, epochs=3, batch_size=16, learning_rate=0.004, max_shift=1)
    judge = train_judge(images, labels, n_classes=10, plan=plan, on_epoch=lambda epoch: None)
    params = small_params()
    page = chromium_page(page_of(small_study(tmp_path, params, small_export(params, judge=judge))))
    clean = np.rint(255 * images.flatten(1).numpy()[:1000]) / 255
    noise = np.random.default_rng(0).uniform(0, 1, clean[:500].shape)
    shown = np.concatenate([clean[:500], np.rint(255 * (0.5 * clean[500:] + 0.5 * noise)) / 255])
    assert_agreement(page, judge, shown)


def test_the_page_s_judge_reads_the_study_s_test_images_as_the_library_s_does(
    chromium_page: Show, tmp_path: Path
) -> None:
    path = ROOT / judge_path("convolutional", 0)
    if not path.exists() or not (ROOT / DATA_DIR).exists():
        pytest.skip("no judges, or no data, of this study")
    judge, params = load_judge(path, "convolutional"), small_params()
    page = chromium_page(page_of(small_study(tmp_path, params, small_export(params, judge=judge))))
    assert_agreement(page, judge, load_split(ROOT / DATA_DIR, "test").pixels[:1000])


def test_fitted_codes_are_mean_plus_noise_times_root_of_the_component_drawn(shown: Any, small_page: SmallPage) -> None:
    noise = np.random.default_rng(5).normal(size=5)
    weights = small_page.export.record["distributions"]["ae_mixture"]
    means, roots = (small_page.arrays[f"distribution.ae_mixture.{part}"].astype(float) for part in ("means", "roots"))
    for component, choice in enumerate(np.cumsum(weights) - np.asarray(weights) / 2):
        script = """([noise, choice]) => {
            const draw = { noise: Float32Array.from(noise), choice };
            return Array.from(window.study.drawnCode("ae_mixture", draw));
        }"""
        found = shown.evaluate(script, [noise.tolist(), choice])
        assert np.array(found) == pytest.approx(means[component] + noise @ roots[component].reshape(5, 5), abs=1e-4)


def test_draws_are_standard_normal(shown: Any) -> None:
    script = "() => Array.from(window.study.normals(40000, window.study.uniformFrom(7)))"
    draws = np.array(shown.evaluate(script))
    assert abs(draws.mean()) < 0.02
    assert abs(draws.std() - 1) < 0.02
    assert abs(np.corrcoef(draws[:-1], draws[1:])[0, 1]) < 0.02


@pytest.mark.parametrize("kind", CORRUPTIONS)
def test_noise_is_that_of_the_study(shown: Any, kind: str) -> None:
    """Mean and deviation over the pixels of one grey image, against the library's on many."""
    level, grey, n = 0.4, 0.6, 40000
    script = """([kind, level, grey, n]) => {
        const draws = window.study.noiseDraws(n, 1);
        return Array.from(window.study.corrupted(new Float32Array(n).fill(grey), kind, level, draws));
    }"""
    found = np.array(shown.evaluate(script, [kind, level, grey, n]))
    stream = torch.Generator().manual_seed(0)
    wanted = CORRUPTIONS[kind](torch.full((1, n), grey), level, stream).numpy()  # type: ignore[index]
    assert found.mean() == pytest.approx(wanted.mean(), abs=0.01)
    assert found.std() == pytest.approx(wanted.std(), abs=0.01)


@pytest.mark.parametrize("likelihood", LIKELIHOODS)
def test_codes_of_one_number_and_no_plane_still_play(chromium_page: Show, tmp_path: Path, likelihood: str) -> None:
    params = small_params(latent_dim=1, latent_sweep=[1] * 5)
    page = chromium_page(page_of(small_study(tmp_path, params, small_export(params, likelihood=likelihood))))
    before = pixels_of(page, "image", "[data-shown=image]")
    set_range(page, "image", "[data-dimension] input", 4)
    assert (pixels_of(page, "image", "[data-shown=image]") != before).any()
    assert page.locator("#en [data-widget]").count() == 4


def test_the_exported_layers_are_all_that_the_network_has() -> None:
    codec = random_codec("vae", 5)
    dense = [layer for layer in codec.network_.modules() if isinstance(layer, Dense)]
    record = small_export(small_params()).record["models"]["vae"]
    assert sum(record["n_layers"].values()) == len(dense)
