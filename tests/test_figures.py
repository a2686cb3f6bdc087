"""The report's figures: colours that can be told names that do not overlap, numbers of the language, the SVG."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from itertools import combinations, pairwise
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.lines import Line2D
from numpy.typing import NDArray
from skimage.color import deltaE_ciede2000, rgb2lab

from foundation.models import MODELS
from foundation.parameters import load_params
from foundation.paths import PARAMS_PATH, RESULTS_DIR
from report.catalogues import extracted
from report.drawing import charts
from report.drawing.charts import draw
from report.drawing.line_labels import MAX_LABELS, broken, named_lines, push_apart, spread
from report.drawing.sheet import HALO, MIN_WIDTH, SENTINELS, Sheet, drawing
from report.page import read_assets
from report.texts.labels import CODECS
from report.texts.language import LANGUAGES, speaking
from report.texts.roles import DASHES, HOLLOW, MARKERS, N_CLASS_COLOURS, ROLES, SAME_COLOUR, variable
from report.views.code_spaces import PATH_CONTROLS
from report.views.denoising import LINES
from report.views.figures import (
    Architecture,
    Cloud,
    Clouds,
    Figure,
    IntervalDots,
    Layers,
    LinePanels,
    Panel,
    Series,
    figures_of,
)
from report.views.method import WORDS
from report.views.sections import SECTIONS, show
from report.views.study import Study
from stages.report import STYLES
from tests import study_fixture
from tests.hostile import UGLY
from tests.import_closure import ROOT

THEMES = ("light", "dark")
SERIES = Series("ae", "AE & co", [1, 2, 4], [3.0, 2.0, 1.0], [2.5, 1.5, 0.5], [3.5, 2.5, 1.5])
DOT = Series("vae", "the VAE", [1.0], [0.0], [0.5], [1.5])

# Deficiencies of full strength on linear RGB. Source: Machado, Oliveira and Fernandes, 2009, A Physiologically-based
# Model for Simulation of Color Vision Deficiency.
VISION = {
    "normal": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
# Series that share a figure, and the least CIEDE2000 between any two of them. More lines leave less room.
TOGETHER = {
    "models": (["pca", "linear_ae", "ae", "vae", "rae", "iwae", "pixels"], 16.0),
    "rates": (["pca", "linear_ae", "ae", "vae", "jpeg", "webp", "jpeg2000", "avif"], 11.0),
    "denoising": ([name for name in LINES if not name.startswith(("iwae", "rae"))], 10.0),
    "paths": (["pca", "ae", "vae", "rae", "iwae", *PATH_CONTROLS], 9.0),
    "training": (["muted", "vae"], 16.0),
    "posterior": (["muted", "vae_range"], 9.0),
}


@cache
def palette(theme: str) -> dict[str, str]:
    """Return the colours of colours.css by variable."""
    style = read_assets(ROOT / "report" / "assets", STYLES, ()).style
    place = THEMES.index(theme) + 2
    return {found[1]: found[place] for found in re.finditer(r"(--[\w-]+): light-dark\((#\w{6}), (#\w{6})\);", style)}


def linear(colour: str) -> NDArray[np.float64]:
    """Return linear RGB in [0, 1]."""
    values = np.array([int(colour[place : place + 2], 16) for place in (1, 3, 5)]) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def seen(colour: str, vision: str) -> NDArray[np.float64]:
    """Return L*a*b* of a colour under a kind of vision."""
    values = np.clip(VISION[vision] @ linear(colour), 0, 1)
    return rgb2lab(np.where(values <= 0.0031308, 12.92 * values, 1.055 * values ** (1 / 2.4) - 0.055))


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of WCAG 2.1."""
    dark, light = sorted(float(linear(colour) @ [0.2126, 0.7152, 0.0722]) for colour in (one, other))
    return (light + 0.05) / (dark + 0.05)


def colour(role: str, theme: str) -> str:
    return palette(theme)[variable(SAME_COLOUR.get(role, role))]


def line_panels(panels: list[Panel], name: str = "test", **options: float) -> str:
    return draw(LinePanels(name, panels, **options))


def line_figure(name: str = "test") -> str:
    return line_panels([Panel("title", "x", "y", [SERIES], [1, 2, 4], log_x=True)], name)


def crowd(n: int) -> list[Series]:
    """Return lines that all end at the same place."""
    roles = [role for role in MARKERS if not role.endswith("_bare")]
    return [Series(roles[place], f"method {place}", [0.5, 1.5], [float(place), 1.0]) for place in range(n)]


@contextmanager
def kept_sheets(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Sheet]]:
    """Yield the sheets drawn within the block, their figures left as they are when the drawing is done."""
    sheets: list[Sheet] = []

    @contextmanager
    def recording(*args: object, **options: object) -> Iterator[Sheet]:
        with drawing(*args, **options) as sheet:  # type: ignore[arg-type]
            sheets.append(sheet)
            yield sheet

    monkeypatch.setattr(charts, "drawing", recording)
    yield sheets


def texts(svg: str) -> list[str]:
    return re.findall(r"<text[^>]*>([^<]*)</text>", svg)


@pytest.mark.parametrize("theme", THEMES)
def test_every_role_of_a_figure_has_its_colour(theme: str) -> None:
    assert {variable(SAME_COLOUR.get(role, role)) for role in [*ROLES, *LINES, *MODELS, *PATH_CONTROLS]} <= set(
        palette(theme)
    )


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("surface", ["ground", "raised"])
def test_text_can_be_read_on_every_surface(theme: str, surface: str) -> None:
    colours = palette(theme)
    names = ("--ink", "--muted", "--accent", "--good", "--bad", "--open")
    ratios = {name: contrast(colours[name], colours[f"--{surface}"]) for name in names}
    assert min(ratios.values()) >= 4.5, ratios


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("surface", ["ground", "raised"])
def test_lines_and_points_stand_out_from_every_surface(theme: str, surface: str) -> None:
    colours = palette(theme)
    marks = [variable(role) for role in ROLES if role not in ("ground", "grid")]
    ratios = {name: contrast(colours[name], colours[f"--{surface}"]) for name in marks}
    assert min(ratios.values()) >= 3, ratios


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("figure", TOGETHER)
def test_series_of_one_figure_can_be_told_apart(figure: str, theme: str, vision: str) -> None:
    roles, least = TOGETHER[figure]
    lab = {role: seen(colour(role, theme), vision) for role in roles}
    distances = {pair: float(deltaE_ciede2000(lab[pair[0]], lab[pair[1]])) for pair in combinations(roles, 2)}
    assert min(distances.values()) >= least, min(distances.items(), key=lambda entry: entry[1])


@pytest.mark.parametrize("figure", TOGETHER)
def test_series_of_one_figure_differ_in_grey(figure: str) -> None:
    looks = [(MARKERS.get(role, "."), role in HOLLOW, tuple(DASHES.get(role, ()))) for role in TOGETHER[figure][0]]
    assert len(set(looks)) == len(looks)


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("theme", THEMES)
def test_classes_can_be_told_apart(theme: str, vision: str) -> None:
    least = {"normal": 20.0, "tritanopia": 8.0}.get(vision, 10.0)
    lab = [seen(colour(f"class-{label}", theme), vision) for label in range(N_CLASS_COLOURS)]
    assert min(float(deltaE_ciede2000(one, other)) for one, other in combinations(lab, 2)) >= least


def test_figures_use_the_page_s_colours_only() -> None:
    svg = line_figure()
    assert "var(--ae)" in svg
    assert not [colour for colour in [*SENTINELS, HALO] if colour in svg]
    assert not re.search(r"#[0-9a-f]{6}\b", svg.replace("url(#", ""))


def test_figures_keep_text_as_text_and_escape_it() -> None:
    assert "AE &amp; co" in line_figure()


def test_figures_are_the_same_bytes_each_time_and_share_no_id() -> None:
    assert line_figure() == line_figure()
    ids = [set(re.findall(r' id="([^"]+)"', line_figure(name))) for name in ("one", "two")]
    assert ids[0]
    assert not ids[0] & ids[1]


def test_settings_of_the_user_change_no_byte_of_a_figure(tmp_path: Path) -> None:
    (tmp_path / "matplotlibrc").write_text(UGLY)
    plain = line_figure()
    with mpl.rc_context(fname=tmp_path / "matplotlibrc"):
        assert line_figure() == plain


def test_the_editions_of_a_figure_share_no_id() -> None:
    ids = []
    for language in ("en", "pl"):
        with speaking(language):
            ids.append(set(re.findall(r' id="([^"]+)"', line_figure())))
    assert not ids[0] & ids[1]


def test_every_reference_within_a_figure_has_its_target() -> None:
    svg = line_figure()
    referenced = set(re.findall(r"(?:url\(#|href=\"#)([\w-]+)", svg))
    assert referenced <= set(re.findall(r' id="([\w-]+)"', svg))


def test_a_figure_has_no_size_of_its_own() -> None:
    assert not re.search(r'^<svg[^>]* (width|height)="', line_figure())


def test_the_smallest_text_has_eleven_pixels_on_a_narrow_page() -> None:
    panels = [Panel("title", "x", "y", crowd(3), log_y=True)] * 3
    svg = line_panels(panels) + draw(IntervalDots("dots", [Panel("", "x", "", [DOT], log_x=True)]))
    sizes = [float(size) for size in re.findall(r"font-size: ([\d.]+)px", svg)]
    width = float(re.findall(r'viewBox="0 0 ([\d.]+)', svg)[0])
    assert min(sizes) * 16 * MIN_WIDTH / width >= 11
    assert f"min-width: {MIN_WIDTH}rem" in svg


def test_numbers_of_axes_have_the_language_s_decimal_mark() -> None:
    half = Series("ae", "", [-0.5, 0.0, 0.5], [0.5, 1.5, 5.0])
    panels = [
        Panel("", "", "", [half]),
        Panel("", "", "", [half], [-0.5, 0.5], log_y=True),
        Panel("", "", "", [Series("ae", "", [0.25, 0.5], [0.5, 0.75])], log_x=True),
    ]
    with speaking("pl"):
        shown = texts(line_panels(panels))
        shown += texts(
            draw(IntervalDots("dots", [Panel("", "", "", [Series("ae", "", [0.5], [0.0], [0.1], [5.0])], log_x=True)]))
        )
    assert "0,5" in shown
    assert "−0,5" in shown
    assert not [text for text in shown if re.search(r"\d\.\d|-\d", text)]


def test_a_line_is_named_once_and_beside_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    panel = Panel("", "x", "y", [Series("ae", "AE", [0, 1], [0.0, 9.0]), Series("vae", "VAE", [0, 1], [9.0, 1.0])])
    with kept_sheets(monkeypatch) as sheets:
        svg = line_panels([panel, panel])
    assert [texts(svg).count(name) for name in ("AE", "VAE")] == [1, 1]
    places = {text.get_text(): text.xy[1] for text in sheets[0].axes[1].texts}
    assert places["AE"] > 0.9
    assert places["VAE"] < 0.2


@pytest.mark.parametrize("n", [2, MAX_LABELS])
def test_names_of_lines_overlap_neither_each_other_nor_the_edge(n: int, monkeypatch: pytest.MonkeyPatch) -> None:
    with kept_sheets(monkeypatch) as sheets:
        line_panels([Panel("", "x", "y", crowd(n))], height=3.5)
    figure = sheets[0].figure
    FigureCanvasAgg(figure)
    boxes = sorted((text.get_window_extent() for text in sheets[0].axes[0].texts), key=lambda box: box.y0)
    assert len(boxes) == n
    assert all(below.y1 <= above.y0 for below, above in pairwise(boxes))
    assert all(box.x0 >= 0 and box.x1 <= figure.bbox.width and box.y0 >= 0 for box in boxes)


def test_more_lines_than_have_room_get_a_legend(monkeypatch: pytest.MonkeyPatch) -> None:
    with kept_sheets(monkeypatch) as sheets:
        line_panels([Panel("", "x", "y", crowd(MAX_LABELS + 1))], height=6.0)
    assert len(sheets[0].figure.legends[0].get_texts()) == MAX_LABELS + 1
    assert not sheets[0].axes[0].texts


def test_nothing_that_looks_like_data_leads_from_a_far_end_to_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    early = Series("vae", "early", [1, 2], [3.0, 2.0])
    with kept_sheets(monkeypatch) as sheets:
        line_panels([Panel("", "x", "y", [SERIES, early])])
    sheet, axes = sheets[0], sheets[0].axes[0]
    edge = sheet.figure.transFigure.inverted().transform(axes.get_window_extent())[1, 0]
    starts = [min(line.get_xdata()) for line in sheet.figure.artists if isinstance(line, Line2D)]
    assert len(starts) == 3  # a sample of each line, and the leader of the one that ends at the edge
    assert all(start > 0.9 * edge for start in starts)


def test_a_panel_names_its_lines_only_if_no_later_panel_shows_them() -> None:
    one, two, three = (Series("ae", name, [0], [0.0]) for name in ("one", "two", "three"))
    assert named_lines([[one, two], [two, three], [two, three]]) == [[one, two], [], [two, three]]


def test_lines_of_one_name_are_named_once() -> None:
    panel = Panel("", "x", "y", [Series("vae", "one line per seed", [0, 1], [0.0, place]) for place in (1.0, 2.0, 3.0)])
    assert texts(line_panels([panel])).count("one line per seed") == 1


def test_spread_intervals_do_not_overlap_and_stay_where_they_have_room() -> None:
    wanted, heights = np.array([5.0, 1.0, 5.2, 5.1]), np.full(4, 1.0)
    placed = spread(wanted, heights, 0.0, 10.0)
    assert placed[1] == pytest.approx(1.0)
    assert (np.diff(np.sort(placed)) >= 1 - 1e-9).all()
    assert placed[[0, 2, 3]].mean() == pytest.approx(5.1)


def test_spread_intervals_stay_within_their_bounds() -> None:
    placed = spread(np.array([0.0, 0.0, 9.0]), np.full(3, 2.0), 0.0, 6.0)
    assert placed.tolist() == pytest.approx([1.0, 3.0, 5.0])


def test_boxes_pushed_apart_do_not_overlap() -> None:
    centres, sizes = np.random.default_rng(0).uniform(40, 60, size=(10, 2)), np.tile([12.0, 8.0], (10, 1))
    placed = push_apart(centres, sizes, np.zeros((10, 2)), np.full((10, 2), 100.0))
    gaps = [np.abs(placed[i] - placed[j]) - sizes[0] for i, j in combinations(range(10), 2)]
    assert all(gap.max() >= -1e-6 for gap in gaps)


def test_a_formula_in_a_name_is_not_broken() -> None:
    assert broken("AE, codes from N(0, I)").split("\n")[-1].endswith("N(0, I)")


def test_tick_labels_do_not_touch(monkeypatch: pytest.MonkeyPatch) -> None:
    many = Series("ae", "", list(range(1, 41)), [100.0 * value for value in range(40)])
    with kept_sheets(monkeypatch) as sheets:
        line_panels([Panel("", "x", "y", [many], many.x)] * 4)
    for axes in sheets[0].axes:
        low, high = axes.get_xlim()
        ticks = [label for label in axes.get_xticklabels() if low <= label.get_position()[0] <= high]
        boxes = [label.get_window_extent() for label in ticks]
        assert len(boxes) >= 2
        assert all(left.x1 < right.x0 for left, right in pairwise(boxes))


def test_few_points_show_their_intervals_and_many_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    x = list(range(20))
    many = Series("ae", "", x, [1.0] * 20, [0.0] * 20, [2.0] * 20)
    with kept_sheets(monkeypatch) as sheets:
        line_panels([Panel("", "x", "y", [SERIES]), Panel("", "x", "y", [many])])
    assert [len(axes.containers) for axes in sheets[0].axes] == [1, 0]


def test_a_cloud_draws_every_point() -> None:
    points = np.random.default_rng(0).normal(size=(30, 2))
    svg = draw(Clouds("test", [Cloud("title", points, np.arange(30) % 2)], ["zero", "one"]))
    paths = re.findall(r'<path d="([^"]*)"[^>]*var\(--class-', svg)
    assert sum(path.count("M") for path in paths) >= 30


def test_a_map_names_its_classes_with_an_outline() -> None:
    points = np.array([[0.0, 0.0], [0.0, 0.0], [9.0, 9.0]])
    svg = draw(Clouds("test", [Cloud("title", points, np.array([0, 0, 1]))], ["zero", "one"]))
    assert len(re.findall(r"paint-order: stroke[^>]*>(?:zero|one)<", svg)) == 2


def test_dots_name_their_series() -> None:
    svg = draw(IntervalDots("test", [Panel("", "x", "", [DOT])]))
    assert "the VAE" in svg


def test_dots_of_one_row_each_have_a_mark_that_is_named_and_none_where_there_is_no_number() -> None:
    nothing = float("nan")
    row = Series("vae", "the VAE", [1.0, nothing], [], [0.5, nothing], [1.5, nothing])
    panel = Panel("", "x", "", [row], x_marks=(0.0, 1.0))
    svg = draw(IntervalDots("test", [panel], marks=["one judge", "another judge"]))
    assert {"the VAE", "one judge", "another judge"} <= set(texts(svg))
    assert "nan" not in svg
    both = replace(row, x=[1.0, 2.0], low=[0.5, 1.5], high=[1.5, 2.5])
    more = draw(IntervalDots("test", [replace(panel, series=[both])], marks=["one judge", "another judge"]))
    assert more.count("var(--vae)") > svg.count("var(--vae)")


def test_places_of_a_panel_are_pointed_out() -> None:
    panel = Panel("", "x", "y", [SERIES])
    assert line_panels([replace(panel, x_marks=(2,))]).count("var(--muted)") > line_panels([panel]).count(
        "var(--muted)"
    )


def test_an_architecture_shows_the_width_of_every_layer() -> None:
    layers = Layers("vae", "VAE", [784, 20, 4], [4, 20, 784], 4, is_variational=True)
    svg = draw(Architecture("test", [layers], dict(WORDS)))
    assert [texts(svg).count(width) for width in ("784", "20", "z: 4")] == [2, 2, 1]


def test_a_network_alone_takes_half_a_sheet_so_that_it_fits_a_phone() -> None:
    layers = Layers("ae", "AE", [784, 4], [4, 784], 4, is_variational=False)
    one, two = (draw(Architecture("test", [layers] * n, dict(WORDS))) for n in (1, 2))
    assert ["min-width: 20rem" in svg for svg in (one, two)] == [True, False]
    assert "min-width: 40rem" in two


def test_noise_and_divergence_enter_where_the_code_is_drawn_only() -> None:
    networks = [Layers(name, name, [784, 4], [4, 784], 4, is_variational=name == "vae") for name in ("ae", "vae")]
    ae, vae = (texts(draw(Architecture("test", [one], dict(WORDS)))) for one in networks)
    assert [(shown.count("ε ∼ N(0, I)"), shown.count("μ"), shown.count("σ")) for shown in (ae, vae)] == [
        (0, 0, 0),
        (1, 1, 1),
    ]
    assert all(shown.count(WORDS["loss"]) == 1 for shown in (ae, vae))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_codec_and_model_has_a_colour_and_a_label(language: str) -> None:
    assert set(CODECS) - {"original"} <= {*ROLES, *SAME_COLOUR}
    catalogue = [message.id for message in extracted()]
    assert {model.label for model in MODELS.values()} <= set(catalogue)
    with speaking(language):
        assert all(CODECS[name] for name in MODELS)


def test_figures_are_found_wherever_a_section_shows_them_and_each_has_a_name_of_its_own(tmp_path: Path) -> None:
    one, two = Figure("one"), Figure("two")
    assert list(figures_of({"a": one, "b": [{"c": two}, None, "text"]})) == [one, two]
    folder = study_fixture.build(tmp_path)
    study = Study(load_params(folder / PARAMS_PATH), folder / RESULTS_DIR)
    names = [figure.name for slug in SECTIONS for figure in figures_of(show(study, slug))]
    assert len(names) == len(set(names)) > 1


def test_the_page_has_as_many_class_colours_in_its_style_sheet_and_in_its_scripts() -> None:
    in_styles = re.findall(r"--class-(\d+):", (ROOT / "report/assets/colours.css").read_text(encoding="utf-8"))
    (in_scripts,) = re.findall(
        r"const N_CLASS_COLOURS = (\d+);", (ROOT / "report/assets/plane.js").read_text(encoding="utf-8")
    )
    assert [int(number) for number in in_styles] == list(range(N_CLASS_COLOURS)) == list(range(int(in_scripts)))
