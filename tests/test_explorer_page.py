"""The explorer in Chromium: its networks agree with the library's, and its widgets answer to their reader."""

import base64
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, get_args

import numpy as np
import pytest
import torch

from autoencoders.learning.corruptions import CORRUPTIONS
from autoencoders.learning.layers import Dense
from foundation.vocabulary import Activation, Likelihood
from tests.explorer_fixture import page_of, random_codec, small_export, small_params, small_study

ACTIVATIONS = get_args(Activation)
LIKELIHOODS = get_args(Likelihood)
ROUNDED = 1e-5  # against the library with the same 16-bit weights
EXACT = 0.02  # against its 32-bit weights: small random networks, weights of size 1
Show = Callable[[str], Any]
pytestmark = pytest.mark.browser


class SmallPage(NamedTuple):
    html: str
    arrays: dict[str, Any]
    mean: np.ndarray


@pytest.fixture
def chromium_page(browser: Any, tmp_path: Path) -> Iterator[Show]:
    """Shows HTML and returns the page; a script that fails fails the test."""
    failures: list[str] = []
    page = browser.new_page(viewport={"width": 1200, "height": 900})
    page.on("pageerror", lambda error: failures.append(str(error)))

    def show(html: str) -> Any:
        path = tmp_path / "page.html"
        path.write_text(html, encoding="utf-8")
        page.goto(path.as_uri())
        settle(page)
        return page

    yield show
    page.close()
    assert failures == []


def settle(page: Any) -> None:
    """Wait until everything asked for is drawn: widgets redraw in the next frame, some ask for one more."""
    page.evaluate(
        "() => new Promise((done) => { let n = 4; const f = () => (n-- ? requestAnimationFrame(f) : done()); f(); })"
    )


@pytest.fixture(scope="module")
def small_page(tmp_path_factory: pytest.TempPathFactory) -> SmallPage:
    """The page at the usual activation and likelihood, and the arrays it was made of."""
    params, export = small_params(), small_export(small_params())
    html = page_of(small_study(tmp_path_factory.mktemp("explorer"), params, export))
    return SmallPage(html, export.arrays, export.record["gaussian_mean"])


@pytest.fixture
def shown(chromium_page: Show, small_page: SmallPage) -> Any:
    return chromium_page(small_page.html)


def find(page: Any, widget: str, selector: str) -> Any:
    return page.locator(f"#en [data-widget={widget}] {selector}").first


READ_GREY = """(canvas) => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    let text = "";
    for (let i = 0; i < data.length; i += 4) text += String.fromCharCode(data[i]);
    return [canvas.width, canvas.height, btoa(text)];
}"""


def pixels_of(page: Any, widget: str, selector: str) -> np.ndarray:
    """The backing pixels of a canvas, grey (of colours the red), (h, w) in 0..255."""
    width, height, text = find(page, widget, selector).evaluate(READ_GREY)
    return np.frombuffer(base64.b64decode(text), np.uint8).reshape(height, width).astype(np.int64)


def press(page: Any, widget: str, selector: str, *keys: str) -> None:
    element = find(page, widget, selector)
    element.focus()
    for key in keys:
        element.press(key)
    settle(page)


def set_range(page: Any, widget: str, selector: str, value: float) -> None:
    script = "(e, v) => { e.value = v; e.dispatchEvent(new Event('input', {bubbles: true})); }"
    find(page, widget, selector).evaluate(script, value)
    settle(page)


def rounded(codec: Any) -> Any:
    codec.network_.half().float()
    return codec


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


def test_dragging_the_point_changes_the_image(shown: Any) -> None:
    before = pixels_of(shown, "plane", "[data-shown=image]")
    box = find(shown, "plane", "[data-map]").bounding_box()
    shown.mouse.move(box["x"] + 20, box["y"] + 20)
    shown.mouse.down()
    settle(shown)
    on_the_way = pixels_of(shown, "plane", "[data-shown=image]")
    shown.mouse.move(box["x"] + box["width"] - 20, box["y"] + box["height"] - 20)
    settle(shown)
    shown.mouse.up()
    after = pixels_of(shown, "plane", "[data-shown=image]")
    assert (before != on_the_way).any()
    assert (on_the_way != after).any()


def test_a_finger_drags_the_point_and_leaves_the_page_where_it_is(shown: Any) -> None:
    touch = shown.context.new_cdp_session(shown)
    canvas = find(shown, "plane", "[data-map]")
    canvas.scroll_into_view_if_needed()
    settle(shown)
    box, scrolled = canvas.bounding_box(), shown.evaluate("scrollY")
    before = pixels_of(shown, "plane", "[data-shown=image]")
    for kind, y in (
        ("touchStart", 0.8),
        ("touchMove", 0.6),
        ("touchMove", 0.3),
        ("touchMove", 0.1),
        ("touchEnd", None),
    ):
        points = [] if y is None else [{"x": box["x"] + box["width"] * y, "y": box["y"] + box["height"] * y}]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    settle(shown)
    assert (pixels_of(shown, "plane", "[data-shown=image]") != before).any()
    assert shown.evaluate("scrollY") == scrolled


def test_moving_without_pressing_changes_nothing(shown: Any) -> None:
    before = pixels_of(shown, "plane", "[data-shown=image]")
    box = find(shown, "plane", "[data-map]").bounding_box()
    shown.mouse.move(box["x"] + 20, box["y"] + 20)
    shown.mouse.move(box["x"] + 90, box["y"] + 90)
    settle(shown)
    assert np.array_equal(before, pixels_of(shown, "plane", "[data-shown=image]"))


@pytest.mark.parametrize("key", ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"])
def test_arrow_keys_move_the_point_and_its_text(shown: Any, key: str) -> None:
    find(shown, "plane", "[data-map]").click()
    settle(shown)
    before = find(shown, "plane", "[data-status]").inner_text()
    press(shown, "plane", "[data-map]", f"Shift+{key}")
    assert find(shown, "plane", "[data-status]").inner_text() != before


def test_the_plane_announces_where_the_point_rests(shown: Any) -> None:
    press(shown, "plane", "[data-map]", "Home")
    status = find(shown, "plane", "[data-status]").inner_text()
    said = "said => document.querySelector('#en [data-widget=plane] [data-live]').textContent === said"
    shown.wait_for_function(said, arg=status)


def test_numbers_are_written_as_the_edition_does(shown: Any) -> None:
    status = {language: shown.locator(f"#{language} [data-status]").first.inner_text() for language in ("en", "pl")}
    assert re.search(r"\d\.\d\d, .?\d\.\d\d\)", status["en"])
    assert re.search(r"\d,\d\d, .?\d,\d\d\)", status["pl"])


@pytest.mark.parametrize("is_coupled", [True, False])
def test_the_other_point_follows_only_where_both_are_coupled(shown: Any, is_coupled: bool) -> None:
    find(shown, "plane", "[data-couple]").set_checked(is_coupled)
    settle(shown)
    before = find(shown, "plane", "[data-codec=vae] [data-status]").inner_text()
    press(shown, "plane", "[data-codec=ae] [data-map]", "Shift+ArrowUp", "Shift+ArrowLeft", "Shift+ArrowDown")
    assert (find(shown, "plane", "[data-codec=vae] [data-status]").inner_text() != before) == is_coupled


def test_a_chosen_test_image_decodes_from_its_own_code(shown: Any, small_page: SmallPage) -> None:
    find(shown, "plane", "[data-load='3']").click()
    settle(shown)
    image = rounded(random_codec("ae", 2)).inverse_transform(
        small_page.arrays["plane.ae.chosen"][3:4].astype(np.float32)
    )
    assert np.abs(pixels_of(shown, "plane", "[data-shown=image]") - 255 * image.reshape(28, 28)).max() <= 1


def test_a_closer_look_moves_the_point_in_smaller_steps(shown: Any) -> None:
    def step() -> float:
        find(shown, "plane", "[data-load='0']").click()
        settle(shown)
        places = []
        for key in ("ArrowLeft", "Shift+ArrowLeft"):
            press(shown, "plane", "[data-map]", key)
            text = find(shown, "plane", "[data-status]").inner_text().replace("\u2212", "-")
            places.append(float(re.search(r"-?\d+\.\d+", text)[0]))  # type: ignore[index]
        return places[0] - places[1]

    find(shown, "plane", "[data-load='0']").click()
    whole = step()
    find(shown, "plane", "[data-zoom='1']").click()
    assert step() == pytest.approx(whole / 2, abs=0.011)
    find(shown, "plane", "[data-zoom='-1']").click()
    assert step() == pytest.approx(whole, abs=0.011)


def test_zooming_keeps_the_image(shown: Any) -> None:
    image, ground = (pixels_of(shown, "plane", name) for name in ("[data-shown=image]", "[data-map]"))
    press(shown, "plane", "[data-map]", "+")
    assert (pixels_of(shown, "plane", "[data-map]") != ground).any()
    assert np.array_equal(pixels_of(shown, "plane", "[data-shown=image]"), image)


def test_highlighting_a_class_is_a_toggle(shown: Any) -> None:
    button = find(shown, "plane", "[data-class='1']")
    plain = pixels_of(shown, "plane", "[data-map]")
    button.click()
    settle(shown)
    assert button.get_attribute("aria-pressed") == "true"
    assert (pixels_of(shown, "plane", "[data-map]") != plain).any()
    button.click()
    settle(shown)
    assert np.array_equal(pixels_of(shown, "plane", "[data-map]"), plain)


def test_a_slider_changes_the_image_and_reset_brings_it_back(shown: Any) -> None:
    before = pixels_of(shown, "sliders", "[data-shown=image]")
    set_range(shown, "sliders", "[data-sliders] input", 4)
    assert (pixels_of(shown, "sliders", "[data-shown=image]") != before).any()
    find(shown, "sliders", "[data-reset]").click()
    settle(shown)
    assert np.array_equal(pixels_of(shown, "sliders", "[data-shown=image]"), before)


def test_the_origin_decodes_the_code_of_zeros(shown: Any) -> None:
    find(shown, "sliders", "[data-origin]").click()
    settle(shown)
    image = rounded(random_codec("ae", 5)).inverse_transform(np.zeros((1, 5), dtype=np.float32))
    assert np.abs(pixels_of(shown, "sliders", "[data-shown=image]") - 255 * image.reshape(28, 28)).max() <= 1


@pytest.mark.parametrize(("position", "pick"), [(0, "path-start"), (100, "path-end")])
def test_ends_of_a_path_are_the_reconstructions_of_the_chosen_images(
    shown: Any, small_page: SmallPage, position: int, pick: str
) -> None:
    find(shown, "path", f"[data-pick={pick}] input[value='5']").check(force=True)
    set_range(shown, "path", "[data-position]", position)
    image = small_page.arrays["images"][5].astype(np.float32).reshape(1, -1) / 255
    codec = rounded(random_codec("ae", 5))
    for name, wanted in (("ae", codec.inverse_transform(codec.transform(image))), ("pixels", image)):
        found = pixels_of(shown, "path", f"[data-codec={name}] [data-shown=image]")
        assert np.abs(found - 255 * wanted.reshape(28, 28)).max() <= 1


def test_playing_walks_the_path_until_paused(shown: Any) -> None:
    button, position = find(shown, "path", "[data-play]"), find(shown, "path", "[data-position]")
    before = position.input_value()
    button.click()
    settle(shown)
    walked = position.input_value()
    button.click()
    settle(shown)
    paused = position.input_value()
    settle(shown)
    assert before != walked
    assert position.input_value() == paused
    assert button.inner_text() == "Play"


def test_drawing_again_shows_other_samples_and_the_seed_brings_them_back(shown: Any) -> None:
    sheet = "[data-shown=vae_normal]"
    first = pixels_of(shown, "prior", sheet)
    find(shown, "prior", "[data-again]").click()
    settle(shown)
    assert (pixels_of(shown, "prior", sheet) != first).any()
    find(shown, "prior", "[data-seed]").fill("1")
    settle(shown)
    assert np.array_equal(pixels_of(shown, "prior", sheet), first)


def test_fitted_codes_are_the_mean_plus_the_root_times_the_noise(shown: Any, small_page: SmallPage) -> None:
    noise = np.random.default_rng(5).normal(size=5)
    found = shown.evaluate("noise => Array.from(window.study.fittedCode(Float32Array.from(noise)))", noise.tolist())
    wanted = small_page.mean + small_page.arrays["gaussian.root"].astype(np.float64) @ noise
    assert np.array(found) == pytest.approx(wanted, abs=1e-4)


def test_samples_are_the_decoder_s_images_of_the_draws(shown: Any) -> None:
    """The first image of the sheet that draws from the prior, from the page's own random numbers."""
    noise = np.array(
        shown.evaluate("Array.from(window.study.normals(5, window.study.uniformFrom(1)))"), dtype=np.float32
    )
    image = rounded(random_codec("vae", 5, seed=1)).inverse_transform(noise[None])
    sheet = pixels_of(shown, "prior", "[data-shown=vae_normal]")
    assert np.abs(sheet[:28, :28] - 255 * image.reshape(28, 28)).max() <= 1


def test_draws_are_standard_normal(shown: Any) -> None:
    script = "() => Array.from(window.study.normals(40000, window.study.uniformFrom(7)))"
    draws = np.array(shown.evaluate(script))
    assert abs(draws.mean()) < 0.02
    assert abs(draws.std() - 1) < 0.02
    assert abs(np.corrcoef(draws[:-1], draws[1:])[0, 1]) < 0.02


def stroke(page: Any, *places: tuple[float, float]) -> None:
    """Draw a line through places given as shares of the pad."""
    find(page, "draw", "[data-pad]").scroll_into_view_if_needed()
    box = find(page, "draw", "[data-pad]").bounding_box()
    points = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in places]
    page.mouse.move(*points[0])
    page.mouse.down()
    for point in points[1:]:
        page.mouse.move(*point, steps=4)
    page.mouse.up()
    settle(page)


def test_a_stroke_changes_input_code_and_reconstruction(shown: Any) -> None:
    find(shown, "draw", "[data-clear]").click()
    settle(shown)
    parts = ("[data-shown=input]", "[data-shown=reconstruction]", "[data-bars]")
    before = [pixels_of(shown, "draw", part) for part in parts]
    stroke(shown, (0.4, 0.2), (0.6, 0.8))
    assert all((pixels_of(shown, "draw", part) != old).any() for part, old in zip(parts, before, strict=True))


def test_drawings_are_scaled_into_the_box_and_centred_by_mass(shown: Any) -> None:
    find(shown, "draw", "[data-clear]").click()
    stroke(shown, (0.05, 0.05), (0.05, 0.35), (0.2, 0.35))
    image = pixels_of(shown, "draw", "[data-shown=input]").astype(float)
    rows, columns = np.flatnonzero(image.sum(axis=1)), np.flatnonzero(image.sum(axis=0))
    assert max(np.ptp(rows), np.ptp(columns)) + 1 == 20
    centre = (
        np.array([(image.sum(axis=1) * np.arange(28)).sum(), (image.sum(axis=0) * np.arange(28)).sum()]) / image.sum()
    )
    assert np.abs(centre - 13.5).max() <= 0.51


def test_a_test_image_reaches_the_networks_unchanged(shown: Any, small_page: SmallPage) -> None:
    find(shown, "draw", "[data-load='2']").click()
    settle(shown)
    assert np.array_equal(pixels_of(shown, "draw", "[data-shown=input]"), small_page.arrays["images"][2])


def test_the_keyboard_draws(shown: Any) -> None:
    press(shown, "draw", "[data-pad]", "Escape")
    assert pixels_of(shown, "draw", "[data-shown=input]").max() == 0
    press(shown, "draw", "[data-pad]", "ArrowUp")
    assert pixels_of(shown, "draw", "[data-shown=input]").max() == 0
    press(shown, "draw", "[data-pad]", "Space", "ArrowDown", "ArrowDown", "ArrowDown", "Space")
    assert pixels_of(shown, "draw", "[data-shown=input]").max() > 200


def test_noise_stays_until_new_noise_is_asked_for(shown: Any) -> None:
    noisy = "[data-shown=noisy]"
    set_range(shown, "draw", "[data-level]", 0.3)
    first = pixels_of(shown, "draw", noisy)
    set_range(shown, "draw", "[data-level]", 0.6)
    assert (pixels_of(shown, "draw", noisy) != first).any()
    set_range(shown, "draw", "[data-level]", 0.3)
    assert np.array_equal(pixels_of(shown, "draw", noisy), first)
    find(shown, "draw", "[data-new-noise]").click()
    settle(shown)
    assert (pixels_of(shown, "draw", noisy) != first).any()


def test_every_model_restores_the_noisy_image(shown: Any) -> None:
    noisy_level, cards = "[data-level]", ("ae", "vae", "ae_range")
    set_range(shown, "draw", noisy_level, 0)
    before = [pixels_of(shown, "draw", f"[data-restorer={name}] canvas") for name in cards]
    set_range(shown, "draw", noisy_level, 1)
    after = [pixels_of(shown, "draw", f"[data-restorer={name}] canvas") for name in cards]
    assert all((old != new).any() for old, new in zip(before, after, strict=True))


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
    wanted = CORRUPTIONS[kind].function(torch.full((1, n), grey), level, stream).numpy()  # type: ignore[index]
    assert found.mean() == pytest.approx(wanted.mean(), abs=0.01)
    assert found.std() == pytest.approx(wanted.std(), abs=0.01)


@pytest.mark.parametrize("likelihood", LIKELIHOODS)
def test_codes_of_one_number_and_no_plane_still_play(chromium_page: Show, tmp_path: Path, likelihood: str) -> None:
    params = small_params(latent_dim=1, latent_sweep=[1] * 5)
    page = chromium_page(page_of(small_study(tmp_path, params, small_export(params, likelihood=likelihood))))
    before = pixels_of(page, "sliders", "[data-shown=image]")
    set_range(page, "sliders", "[data-sliders] input", 4)
    assert (pixels_of(page, "sliders", "[data-shown=image]") != before).any()
    assert page.locator("#en [data-widget]").count() == 4


def test_an_edition_that_was_hidden_draws_its_maps_once_it_is_shown(chromium_page: Show, tmp_path: Path) -> None:
    params = small_params()
    html = page_of(small_study(tmp_path, params, small_export(params)))
    page = chromium_page(html.replace('<div class="edition"', '<div hidden class="edition"'))
    page.evaluate("() => document.querySelectorAll('.edition').forEach((edition) => { edition.hidden = false; })")
    settle(page)
    page.wait_for_function("document.querySelector('#en [data-map]').width > 300")
    settle(page)
    assert len(np.unique(pixels_of(page, "plane", "[data-map]"))) > 10


def test_the_map_is_drawn_anew_when_the_theme_changes(shown: Any) -> None:
    light = pixels_of(shown, "plane", "[data-map]")
    shown.emulate_media(color_scheme="dark")
    settle(shown)
    assert (pixels_of(shown, "plane", "[data-map]") != light).any()


def test_two_editions_share_no_id_and_no_group_of_choices(shown: Any) -> None:
    ids, names = json.loads(
        shown.evaluate("""() => JSON.stringify([
            Array.from(document.querySelectorAll('[id]'), (e) => e.id),
            ['en', 'pl'].map((id) => Array.from(document.querySelectorAll(`#${id} input[name]`), (e) => e.name)),
        ])""")
    )
    assert len(ids) == len(set(ids))
    assert not set(names[0]) & set(names[1])


def test_the_exported_layers_are_all_that_the_network_has() -> None:
    codec = random_codec("vae", 5)
    dense = [layer for layer in codec.network_.modules() if isinstance(layer, Dense)]
    record = small_export(small_params()).record["models"]["vae"]
    assert sum(record["n_layers"].values()) == len(dense)
