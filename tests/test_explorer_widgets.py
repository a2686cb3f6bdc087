"""The explorer in Chromium: codes, drawings, noise, paths and samples answer to their reader."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.explorer_browser import (
    Show,
    SmallPage,
    choose,
    find,
    numbers,
    pixels_of,
    press,
    rounded,
    set_range,
    settle,
    stroke,
)
from tests.explorer_fixture import page_of, random_codec, small_export, small_params, small_study

pytestmark = pytest.mark.browser


def test_a_slider_changes_the_image_and_reset_brings_it_back(shown: Any) -> None:
    before = pixels_of(shown, "image", "[data-shown=image]")
    set_range(shown, "image", "[data-dimension] input", 4)
    assert (pixels_of(shown, "image", "[data-shown=image]") != before).any()
    find(shown, "image", "[data-reset]").click()
    settle(shown)
    assert np.array_equal(pixels_of(shown, "image", "[data-shown=image]"), before)


def test_the_origin_decodes_the_code_of_zeros(shown: Any) -> None:
    find(shown, "image", "[data-origin]").click()
    settle(shown)
    image = rounded(random_codec("ae", 5)).inverse_transform(np.zeros((1, 5), dtype=np.float32))
    assert np.abs(pixels_of(shown, "image", "[data-shown=image]") - 255 * image.reshape(28, 28)).max() <= 1


def test_mean_and_deviation_of_the_code_are_those_of_the_image(shown: Any, small_page: SmallPage) -> None:
    choose(shown, "image", 3)
    image = small_page.arrays["images"][3].astype(np.float32).reshape(1, -1) / 255
    mean, log_variance = rounded(random_codec("vae", 5, seed=1)).encode(image)
    assert numbers(shown, "mean") == pytest.approx(mean[0], abs=0.006)
    assert numbers(shown, "deviation") == pytest.approx(np.exp(log_variance[0] / 2), abs=0.006)


def test_drawing_epsilon_moves_the_code_and_the_image_of_the_vae_alone(shown: Any) -> None:
    parts = [f".coded[data-codec={name}] [data-shown=image]" for name in ("ae", "vae")]
    before = [pixels_of(shown, "image", part) for part in parts]
    for _ in range(2):
        find(shown, "image", "[data-draw]").click()
        settle(shown)
        drawn = numbers(shown, "mean") + numbers(shown, "deviation") * numbers(shown, "noise")
        assert numbers(shown, "z") == pytest.approx(drawn, abs=0.05)
    after = [pixels_of(shown, "image", part) for part in parts]
    assert [bool((old != new).any()) for old, new in zip(before, after, strict=True)] == [False, True]
    strip = pixels_of(shown, "image", "[data-shown=draws]")
    assert np.array_equal(strip[:, :28], after[1])
    assert not np.array_equal(strip[:, :28], strip[:, 29:57])


@pytest.mark.parametrize(("position", "pick"), [(0, "path-start"), (100, "path-end")])
def test_ends_of_a_path_are_the_reconstructions_of_the_chosen_images(
    shown: Any, small_page: SmallPage, position: int, pick: str
) -> None:
    choose(shown, pick, 5)
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


def test_real_images_stand_beside_the_samples(shown: Any, small_page: SmallPage) -> None:
    sheet = pixels_of(shown, "sampler", "[data-shown=real]")
    assert any(np.array_equal(sheet[:28, :28], image) for image in small_page.arrays["real"])
    find(shown, "sampler", "[data-again]").click()
    settle(shown)
    assert (pixels_of(shown, "sampler", "[data-shown=real]") != sheet).any()


def test_the_judge_counts_what_it_recognises(chromium_page: Show, tmp_path: Path) -> None:
    params, export = small_params(), small_export(small_params())
    export.arrays["judge.output.weight"][:] = 0
    export.arrays["judge.output.bias"][:] = (9, 0, 0, 0, 0)
    page = chromium_page(page_of(small_study(tmp_path, params, export)))
    assert find(page, "sampler", "figure:has([data-shown=vae_normal]) [data-count]").inner_text() == (
        "recognised: 36 of 36"
    )


def test_drawing_again_shows_other_samples_and_the_seed_brings_them_back(shown: Any) -> None:
    sheet = "[data-shown=vae_normal]"
    first = pixels_of(shown, "sampler", sheet)
    find(shown, "sampler", "[data-again]").click()
    settle(shown)
    assert (pixels_of(shown, "sampler", sheet) != first).any()
    find(shown, "sampler", "[data-seed]").fill("1")
    settle(shown)
    assert np.array_equal(pixels_of(shown, "sampler", sheet), first)


def test_samples_are_the_decoder_s_images_of_the_draws(shown: Any) -> None:
    """The first image of the sheet that draws from the prior, from the page's own random numbers."""
    noise = np.array(
        shown.evaluate("Array.from(window.study.normals(5, window.study.uniformFrom(1)))"), dtype=np.float32
    )
    image = rounded(random_codec("vae", 5, seed=1)).inverse_transform(noise[None])
    sheet = pixels_of(shown, "sampler", "[data-shown=vae_normal]")
    assert np.abs(sheet[:28, :28] - 255 * image.reshape(28, 28)).max() <= 1


def test_a_stroke_changes_input_code_and_reconstruction(shown: Any) -> None:
    find(shown, "image", "[data-clear]").click()
    settle(shown)
    stroke(shown, (0.2, 0.2), (0.8, 0.2))
    parts = ("[data-shown=input]", ".coded[data-codec=ae] .pixels", ".coded[data-codec=vae] .pixels")
    before, code = [pixels_of(shown, "image", part) for part in parts], numbers(shown, "mean")
    stroke(shown, (0.4, 0.2), (0.6, 0.8))
    assert all((pixels_of(shown, "image", part) != old).any() for part, old in zip(parts, before, strict=True))
    assert (numbers(shown, "mean") != code).any()


def test_an_empty_pad_asks_for_a_drawing_and_shows_no_image(shown: Any) -> None:
    find(shown, "image", "[data-clear]").click()
    settle(shown)
    assert find(shown, "image", ".pad-hint").is_visible()
    assert not [canvas for canvas in shown.locator("#en [data-widget=image] .pixels").all() if canvas.is_visible()]
    choose(shown, "image", 1)
    assert not find(shown, "image", ".pad-hint").is_visible()
    assert find(shown, "image", "[data-shown=noisy]").is_visible()


def test_drawings_are_scaled_into_the_box_and_centred_by_mass(shown: Any) -> None:
    find(shown, "image", "[data-clear]").click()
    stroke(shown, (0.05, 0.05), (0.05, 0.35), (0.2, 0.35))
    image = pixels_of(shown, "image", "[data-shown=input]").astype(float)
    rows, columns = np.flatnonzero(image.sum(axis=1)), np.flatnonzero(image.sum(axis=0))
    assert max(np.ptp(rows), np.ptp(columns)) + 1 == 20
    centre = (
        np.array([(image.sum(axis=1) * np.arange(28)).sum(), (image.sum(axis=0) * np.arange(28)).sum()]) / image.sum()
    )
    assert np.abs(centre - 13.5).max() <= 0.51


def test_a_test_image_reaches_the_networks_unchanged(shown: Any, small_page: SmallPage) -> None:
    choose(shown, "image", 2)
    assert np.array_equal(pixels_of(shown, "image", "[data-shown=input]"), small_page.arrays["images"][2])


def test_the_keyboard_draws(shown: Any) -> None:
    press(shown, "image", "[data-pad]", "Escape")
    press(shown, "image", "[data-pad]", "ArrowUp")
    assert find(shown, "image", ".pad-hint").is_visible()
    press(shown, "image", "[data-pad]", "Space", "ArrowDown", "ArrowDown", "ArrowDown", "Space")
    assert pixels_of(shown, "image", "[data-shown=input]").max() > 200


def test_noise_stays_until_new_noise_is_asked_for(shown: Any) -> None:
    noisy = "[data-shown=noisy]"
    set_range(shown, "image", "[data-level]", 0.3)
    first = pixels_of(shown, "image", noisy)
    set_range(shown, "image", "[data-level]", 0.6)
    assert (pixels_of(shown, "image", noisy) != first).any()
    set_range(shown, "image", "[data-level]", 0.3)
    assert np.array_equal(pixels_of(shown, "image", noisy), first)
    find(shown, "image", "[data-new-noise]").click()
    settle(shown)
    assert (pixels_of(shown, "image", noisy) != first).any()


def test_noise_draws_nothing_but_the_noisy_image_and_what_is_made_of_it(shown: Any) -> None:
    """What a level does not change is not computed again in every frame of a drag: white stays where it is put."""
    parts = [".coded[data-codec=ae] .pixels", ".coded[data-codec=vae] .pixels", "[data-pad]", "[data-shown=noisy]"]
    whiten = "(one) => { one.getContext('2d').fillStyle = '#fff'; one.getContext('2d').fillRect(0, 0, 999, 999); }"
    for part in parts:
        find(shown, "image", part).evaluate(whiten)
    set_range(shown, "image", "[data-level]", 0.7)
    assert [bool((pixels_of(shown, "image", part) == 255).all()) for part in parts] == [True, True, True, False]


def test_every_model_restores_the_noisy_image(shown: Any) -> None:
    noisy_level, cards = "[data-level]", ("ae", "vae", "ae_range")
    set_range(shown, "image", noisy_level, 0)
    before = [pixels_of(shown, "image", f"[data-restorer={name}] canvas") for name in cards]
    set_range(shown, "image", noisy_level, 1)
    after = [pixels_of(shown, "image", f"[data-restorer={name}] canvas") for name in cards]
    assert all((old != new).any() for old, new in zip(before, after, strict=True))


def test_the_level_of_the_noise_says_whether_the_denoisers_know_it(shown: Any) -> None:
    high = small_params().train_denoiser.max_levels["gaussian"]
    set_range(shown, "image", "[data-level]", high)
    assert find(shown, "image", "[data-training]").inner_text().startswith("within")
    set_range(shown, "image", "[data-level]", high + 0.01)
    assert find(shown, "image", "[data-training]").inner_text().startswith("outside")
    assert find(shown, "image", ".slide .track").evaluate("one => Number(one.style.getPropertyValue('--high'))") == high
