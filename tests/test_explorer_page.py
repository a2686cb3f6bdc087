"""The explorer in Chromium: its planes, its tour, its two editions."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stages.explorer import Export
from tests.explorer_browser import (
    Show,
    SmallPage,
    begin_all,
    choose,
    find,
    pixels_of,
    press,
    rounded,
    set_range,
    settle,
    show_edition,
    stroke,
)
from tests.explorer_fixture import page_of, random_codec, small_export, small_params, small_study

pytestmark = pytest.mark.browser


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
    find(shown, "plane", "[data-map]").click()  # the point lies in the middle
    before = pixels_of(shown, "plane", "[data-shown=image]")
    assert swipe(shown, start=0.5) == 0
    assert (pixels_of(shown, "plane", "[data-shown=image]") != before).any()


def test_a_finger_elsewhere_on_the_map_scrolls_the_page_and_moves_nothing(shown: Any) -> None:
    find(shown, "plane", "[data-map]").click()
    before = pixels_of(shown, "plane", "[data-shown=image]")
    assert swipe(shown, start=0.9) > 50
    assert np.array_equal(pixels_of(shown, "plane", "[data-shown=image]"), before)


def swipe(page: Any, start: float) -> float:
    """Swipe up over the map with one finger, from a share of its width and height; return how far the page scrolls."""
    touch = page.context.new_cdp_session(page)
    page.evaluate("document.querySelector('#en [data-map]').scrollIntoView({ block: 'center', behavior: 'instant' })")
    settle(page)
    box, scrolled = find(page, "plane", "[data-map]").bounding_box(), page.evaluate("scrollY")
    x, y = (box[place] + start * box[side] for place, side in (("x", "width"), ("y", "height")))
    for kind, distance in (("touchStart", 0), *(("touchMove", 20 * n) for n in range(1, 8)), ("touchEnd", None)):
        points = [] if distance is None else [{"x": x, "y": y - distance}]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        settle(page)
    return float(page.evaluate("scrollY") - scrolled)


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
    assert re.search(r"\d,\d\d[,;] .?\d,\d\d\)", status["pl"])


@pytest.fixture
def alike(chromium_page: Show, tmp_path: Path) -> Any:
    """A page whose two planes show the same part of the codes."""
    params, export = small_params(), small_export(small_params())
    planes = {name: {"x": [-3, 3], "y": [-2, 2]} for name in export.record["planes"]}
    record = {**export.record, "planes": planes}
    return chromium_page(page_of(small_study(tmp_path, params, Export(export.arrays, record))))


@pytest.mark.parametrize("is_coupled", [True, False])
def test_the_other_point_follows_only_where_both_are_coupled(alike: Any, is_coupled: bool) -> None:
    find(alike, "plane", "[data-couple]").set_checked(is_coupled)
    settle(alike)
    before = find(alike, "plane", "[data-codec=vae] [data-status]").inner_text()
    press(alike, "plane", "[data-codec=ae] [data-map]", "Shift+ArrowUp", "Shift+ArrowLeft", "Shift+ArrowDown")
    assert (find(alike, "plane", "[data-codec=vae] [data-status]").inner_text() != before) == is_coupled


def test_a_chosen_test_image_decodes_from_its_own_code(shown: Any, small_page: SmallPage) -> None:
    choose(shown, "plane", 3)
    image = rounded(random_codec("ae", 2)).inverse_transform(
        small_page.arrays["plane.ae.chosen"][3:4].astype(np.float32)
    )
    assert np.abs(pixels_of(shown, "plane", "[data-shown=image]") - 255 * image.reshape(28, 28)).max() <= 1


def test_a_closer_look_moves_the_point_in_smaller_steps(shown: Any) -> None:
    def step() -> float:
        choose(shown, "plane", 1)
        choose(shown, "plane", 0)
        places = []
        for key in ("ArrowLeft", "Shift+ArrowLeft"):
            press(shown, "plane", "[data-map]", key)
            text = find(shown, "plane", "[data-status]").inner_text().replace("\u2212", "-")
            places.append(float(re.search(r"-?\d+\.\d+", text)[0]))  # type: ignore[index]
        return places[0] - places[1]

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


def test_an_edition_that_was_hidden_draws_its_maps_once_it_is_shown(chromium_page: Show, tmp_path: Path) -> None:
    params = small_params()
    html = page_of(small_study(tmp_path, params, small_export(params)))
    page = chromium_page(html.replace('<div class="edition"', '<div hidden class="edition"'))
    page.evaluate("() => document.querySelectorAll('.edition').forEach((edition) => { edition.hidden = false; })")
    begin_all(page)
    page.wait_for_function("document.querySelector('#en [data-map]').width > 300")
    settle(page)
    assert len(np.unique(pixels_of(page, "plane", "[data-map]"))) > 10


STATE = """(language) => {
    const find = (selector) => document.querySelector(`#${language} ${selector}`);
    const canvases = [...document.querySelectorAll(`#${language} canvas.pixels`)]
        .filter((one) => one.checkVisibility({ visibilityProperty: true }));
    const controls = [...document.querySelectorAll(`#${language} [data-widget] :is(input, select)`)];
    return JSON.stringify({
        pictures: canvases.map((canvas) => canvas.toDataURL()),
        controls: controls.map((one) => (/radio|checkbox/.test(one.type) ? one.checked : one.value)),
        highlighted: [...document.querySelectorAll(`#${language} [data-class]`)].map((one) => one.ariaPressed),
        isEmpty: find("[data-widget=image]").classList.contains("empty"),
    });
}"""


def test_both_editions_share_the_state_of_every_widget(shown: Any) -> None:
    show_edition(shown, "en")
    first = shown.evaluate(STATE, "en")
    find(shown, "plane", "[data-class='2']").click()
    find(shown, "plane", "[data-couple]").check()
    press(shown, "plane", "[data-map]", "Shift+ArrowUp", "+")
    set_range(shown, "plane", "[data-moment]", 1)
    stroke(shown, (0.1, 0.1), (0.9, 0.9))
    find(shown, "image", "[data-draw]").click()
    find(shown, "image", "[data-noise]").select_option("masking")
    set_range(shown, "image", "[data-level]", 0.7)
    choose(shown, "path-end", 1)
    set_range(shown, "path", "[data-position]", 20)
    find(shown, "sampler", "[data-again]").click()
    settle(shown)
    changed = shown.evaluate(STATE, "en")
    assert changed != first
    show_edition(shown, "pl")
    assert shown.evaluate(STATE, "pl") == changed


def test_coupled_points_have_the_same_code(alike: Any) -> None:
    find(alike, "plane", "[data-couple]").check()
    press(alike, "plane", "[data-codec=vae] [data-map]", "Home", "Shift+ArrowUp", "ArrowLeft")
    places = {
        name: find(alike, "plane", f"[data-codec={name}] [data-status]").inner_text().split("\n")[0]
        for name in ("ae", "vae")
    }
    assert places["ae"] == places["vae"]


def test_images_to_choose_from_are_one_stop_of_the_keyboard_each(shown: Any) -> None:
    n_groups = shown.locator("#en [data-pick]").count()
    names = shown.locator("#en [data-pick] input").evaluate_all("all => all.map((one) => one.name)")
    assert len(set(names)) == n_groups == 4
    assert shown.locator("#en .thumbs button").count() == 0


def test_targets_are_large_enough_for_a_finger(shown: Any) -> None:
    shown.set_viewport_size({"width": 390, "height": 800})
    settle(shown)
    script = """all => all.filter((one) => one.checkVisibility()).map((one) => {
        const { width, height } = one.getBoundingClientRect();
        return Math.min(width, height);
    })"""
    sizes = shown.locator("#en :is(button, select, .thumbs label, summary, input[type=range])").evaluate_all(script)
    assert min(sizes) >= 44


def test_the_tour_leads_through_its_stops_and_is_offered_once(shown: Any) -> None:
    shown.emulate_media(reduced_motion="reduce")  # the buttons stand still
    find(shown, "tour", "[data-start]").click()
    n_stops = shown.locator("#en [data-stop]").count()
    visited = []
    for number in range(n_stops):
        assert shown.locator("#en [data-stop]:visible").count() == 1
        assert f"{number + 1} of {n_stops}" in find(shown, "tour", "[data-count]").inner_text()
        visited.append(shown.locator("#en .visited").get_attribute("data-widget"))
        find(shown, "tour", "[data-next]").click()
    assert visited == ["plane", "plane", "image", "image", "path", "sampler"]
    assert shown.locator("#en .visited").count() == 0
    assert find(shown, "tour", "[data-again]").is_visible()
    assert not find(shown, "tour", "[data-offer]").is_visible()


def test_the_map_is_drawn_anew_once_the_page_says_that_its_theme_changed(shown: Any) -> None:
    light = pixels_of(shown, "plane", "[data-map]")
    shown.emulate_media(color_scheme="dark")
    settle(shown)
    assert np.array_equal(pixels_of(shown, "plane", "[data-map]"), light)
    shown.evaluate("document.dispatchEvent(new Event('themechange'))")
    settle(shown)
    assert (pixels_of(shown, "plane", "[data-map]") != light).any()


def centres_of_dots(page: Any, codec: str) -> np.ndarray:
    """The mean place of what is drawn on a plane in the colours of classes, (x, y) in shares of its sides."""
    script = """(canvas) => {
        const { width, height } = canvas;
        const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
        let [n, x, y] = [0, 0, 0];
        for (let i = 0; i < data.length; i += 4) {
            const colour = data.subarray(i, i + 3);
            if (data[i + 3] < 200 || Math.max(...colour) - Math.min(...colour) < 60) continue;
            [n, x, y] = [n + 1, x + ((i / 4) % width) / width, y + Math.floor(i / 4 / width) / height];
        }
        return [x / n, y / n];
    }"""
    return np.array(find(page, "plane", f"[data-codec={codec}] [data-map]").evaluate(script))


PLANES = ("ae", "vae")
MOMENTS = ["before training", "after 1 epoch", "after 5 epochs", "after training"]


@pytest.fixture
def dotted(chromium_page: Show, tmp_path: Path) -> Any:
    """A page where all codes of a moment lie in one place: the later the further right, at last in the middle."""
    params, export = small_params(), small_export(small_params())
    export = Export(dict(export.arrays), {**export.record, "planes": {n: {"x": [-2, 2], "y": [-2, 2]} for n in PLANES}})
    for name in PLANES:
        for moment, x in (("codes.0", -1.5), ("codes.1", -1.0), ("codes.2", -0.5), ("codes", 0.0)):
            codes = export.arrays[f"plane.{name}.{moment}"]
            export.arrays[f"plane.{name}.{moment}"] = np.full_like(codes, x) * np.float16([1, 0])
    page = chromium_page(page_of(small_study(tmp_path, params, export)))
    page.emulate_media(reduced_motion="reduce")
    return page


def test_the_slider_moves_the_codes_of_both_planes_to_where_they_were(dotted: Any) -> None:
    slider = find(dotted, "plane", "[data-moment]")
    trained = [pixels_of(dotted, "plane", f"[data-codec={name}] [data-map]") for name in PLANES]
    for number, (name, share) in enumerate(zip(MOMENTS[:-1], (0.125, 0.25, 0.375), strict=True)):
        set_range(dotted, "plane", "[data-moment]", number)
        assert (
            find(dotted, "plane", "[data-moment-text]").inner_text() == name == slider.get_attribute("aria-valuetext")
        )
        for codec in PLANES:
            assert centres_of_dots(dotted, codec) == pytest.approx([share, 0.5], abs=0.02)
            assert not find(dotted, "plane", f"[data-codec={codec}] [data-shown=image]").is_visible()
            assert "trained model" in find(dotted, "plane", f"[data-codec={codec}] [data-status]").inner_text()
    press(dotted, "plane", "[data-moment]", "ArrowRight")
    assert find(dotted, "plane", "[data-moment-text]").inner_text() == MOMENTS[-1]
    for name, before in zip(PLANES, trained, strict=True):
        assert np.array_equal(pixels_of(dotted, "plane", f"[data-codec={name}] [data-map]"), before)
        assert find(dotted, "plane", f"[data-codec={name}] [data-shown=image]").is_visible()


def test_codes_glide_to_a_moment_unless_motion_is_to_be_reduced(dotted: Any) -> None:
    dotted.emulate_media(reduced_motion="no-preference")
    set_range(dotted, "plane", "[data-moment]", 0)
    on_the_way = centres_of_dots(dotted, "ae")[0]
    dotted.wait_for_timeout(1000)
    assert on_the_way > 0.14
    assert centres_of_dots(dotted, "ae")[0] == pytest.approx(0.125, abs=0.02)


def test_the_play_goes_from_the_start_of_training_to_its_end_and_stops(dotted: Any) -> None:
    button, text = find(dotted, "plane", "[data-play]"), "document.querySelector('#en [data-moment-text]').textContent"
    dotted.clock.install()
    button.click()
    for name in MOMENTS:
        dotted.clock.run_for(50)
        assert dotted.evaluate(text) == name
        dotted.clock.run_for(1150)
    assert button.inner_text() == "Play"


@pytest.mark.parametrize("action", ["move", "image", "zoom"])
def test_a_moved_point_leads_back_to_the_trained_models_and_a_zoom_does_not(dotted: Any, action: str) -> None:
    set_range(dotted, "plane", "[data-moment]", 1)
    if action == "image":
        choose(dotted, "plane", 3)
    else:
        press(dotted, "plane", "[data-map]", "ArrowUp" if action == "move" else "+")
    assert find(dotted, "plane", "[data-moment-text]").inner_text() == MOMENTS[1 if action == "zoom" else -1]


def test_two_editions_share_no_id_and_no_group_of_choices(shown: Any) -> None:
    ids, names = json.loads(
        shown.evaluate("""() => JSON.stringify([
            Array.from(document.querySelectorAll('[id]'), (e) => e.id),
            ['en', 'pl'].map((id) => Array.from(document.querySelectorAll(`#${id} input[name]`), (e) => e.name)),
        ])""")
    )
    assert len(ids) == len(set(ids))
    assert not set(names[0]) & set(names[1])
