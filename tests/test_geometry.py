"""Completeness, continuity and distribution of codes, on codecs whose answers are known."""

from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest
from sklearn.preprocessing import FunctionTransformer

from autoencoders.judging.negatives import LOOKALIKES
from foundation.vocabulary import JUDGES
from stages import generation
from stages.protocol import completeness, continuity, geometry, sampling
from stages.protocol.completeness import CONTROLS
from stages.protocol.context import Context
from tests.generation_fixture import PLAN, SEEDS, digits, readers, small_context, trained

N_PIXELS = 784
THRESHOLD = PLAN.recognition_threshold
LOOSE, STRICT = THRESHOLD, completeness.STRICT_THRESHOLD


class Given:
    """A codec with given codes of every image, whose decoder gives one image of everything."""

    def __init__(self, image: np.ndarray, codes: Any = lambda n: np.random.default_rng(n).normal(size=(n, 3))) -> None:
        self.image, self.codes = image, codes

    def transform(self, images: np.ndarray) -> np.ndarray:
        return self.codes(len(images)).astype(np.float32)

    def inverse_transform(self, codes: np.ndarray) -> np.ndarray:
        return np.broadcast_to(self.image, (len(codes), N_PIXELS))


def seen_image() -> np.ndarray:
    """An image that every judge recognises."""
    pixels = digits("train").pixels
    sure = np.min([judge.confidences(pixels) for judge in readers().judges.values()], axis=0)
    assert sure.max() > PLAN.recognition_threshold
    return pixels[sure.argmax()]


class Brightness:
    """Judges that are as sure as an image is bright."""

    def judge(self, name: str, place: int) -> "Brightness":
        return self

    def confidences(self, images: np.ndarray) -> np.ndarray:
        return np.asarray(images.mean(axis=1), dtype=np.float64)


class TwoCodes:
    """A codec with codes 1 and -1 by turns, whose decoder gives even images, as bright as it is said for each code.

    Codes that are neither are as bright as their sign says: drawn codes, but for a negligible part.
    """

    def __init__(self, encoded: tuple[float, float], drawn: tuple[float, float]) -> None:
        self.encoded, self.drawn = encoded, drawn

    def transform(self, images: np.ndarray) -> np.ndarray:
        return np.where(np.arange(len(images))[:, None] % 2, -1, 1).astype(np.float32)

    def inverse_transform(self, codes: np.ndarray) -> np.ndarray:
        bright, dark = (np.where(np.abs(codes) == 1, *levels) for levels in zip(self.encoded, self.drawn, strict=True))
        return np.broadcast_to(np.where(codes > 0, bright, dark), (len(codes), N_PIXELS))


def measure_two_codes(encoded: tuple[float, float], drawn: tuple[float, float]) -> tuple[Any, list[float]]:
    """The scores of such a codec, and the share of positive codes among those drawn, by seed."""
    context = replace(context_of(ae=TwoCodes(encoded, drawn)), readers=Brightness())  # type: ignore[arg-type]
    codes = [completeness.region_codes(context, "ae", "normal", seed) for seed in SEEDS]
    assert not any((np.abs(drawn) == 1).any() for drawn in codes)
    return completeness.measure(context, "ae"), [float((drawn > 0).mean()) for drawn in codes]


def context_of(**codecs: Any) -> Context:
    return small_context(
        {"pca": trained("pca"), **{name: dict.fromkeys(SEEDS, codec) for name, codec in codecs.items()}}
    )


def controls(**changes: float) -> dict[tuple[str, ...], list[float]]:
    shares = dict.fromkeys(CONTROLS, 0.0) | {"test": 1.0} | changes
    return {(kind, judge, "recognised"): [share, share] for kind, share in shares.items() for judge in JUDGES}


def test_a_space_in_which_everything_is_an_image_is_complete() -> None:
    scores = completeness.measure(context_of(ae=Given(seen_image())), "ae")
    assert {key[1] for key in scores} == {*completeness.REGIONS, "reconstructions"}
    assert all(values == [1.0, 1.0] for values in scores.values())


def test_shares_are_relative_to_those_of_reconstructions() -> None:
    class Half(Given):
        def inverse_transform(self, codes: np.ndarray) -> np.ndarray:
            return np.where(codes[:, :1] > 0, self.image, 0).astype(np.float32)

    scores = completeness.measure(context_of(ae=Half(seen_image())), "ae")
    own, share = (scores["ae", region, JUDGES[0], "recognised"] for region in ("reconstructions", "normal"))
    assert share == pytest.approx([0.5, 0.5], abs=0.15)
    assert scores["ae", "normal", JUDGES[0], "relative"] == pytest.approx(np.divide(share, own))


def test_nothing_is_said_relative_to_reconstructions_of_which_none_is_recognised() -> None:
    scores = completeness.measure(context_of(ae=Given(np.zeros(N_PIXELS, np.float32))), "ae")
    assert {key[3] for key in scores} == {"recognised"}
    assert not any(sum(values) for values in scores.values())
    assert completeness.claims(scores, controls(), THRESHOLD) == {}


def test_a_judge_is_asked_at_two_thresholds_each_relative_to_reconstructions_at_the_same() -> None:
    scores, positive = measure_two_codes(encoded=(0.95, 0.7), drawn=(0.95, 0.2))
    for judge in JUDGES:
        assert scores["ae", "reconstructions", judge, "recognised"] == [1.0, 1.0]
        assert scores["ae", "normal", judge, "recognised"] == pytest.approx(positive)
        assert scores["ae", "normal", judge, "relative"] == pytest.approx(positive)
        assert scores["ae", "normal", judge, "relative_strict"] == pytest.approx([share / 0.5 for share in positive])


def test_what_is_recognised_but_not_surely_is_lost_at_the_strict_threshold_alone() -> None:
    scores, _ = measure_two_codes(encoded=(0.95, 0.95), drawn=(0.7, 0.7))
    found = completeness.claims(scores, controls(), THRESHOLD)["C5b"]["cells"]
    means = {cell["confidence"]: cell["mean"] for cell in found if cell["region"] == "normal"}
    assert means == {LOOSE: 1.0, STRICT: 0.0}
    assert [found[0][key] for key in ("region", "family", "confidence")] == ["normal", "convolutional", LOOSE]


def test_where_no_reconstruction_is_recognised_surely_there_is_no_strict_share() -> None:
    scores, _ = measure_two_codes(encoded=(0.7, 0.7), drawn=(0.95, 0.95))
    assert {key[3] for key in scores} == {"recognised", "relative"}
    cells = completeness.claims(scores, controls(), THRESHOLD)["C5b"]["cells"]
    assert {cell["confidence"] for cell in cells} == {LOOSE}


def test_the_loose_threshold_is_that_of_the_study() -> None:
    assert completeness.STRICT_THRESHOLD == 0.9
    scores = {("vae", "ball", "strided", name): [x, x] for name, x in (("relative", 0.4), ("relative_strict", 0.6))}
    cells = completeness.claims(scores, controls(), 0.3)["C6b"]["cells"]
    assert [(cell["confidence"], cell["mean"]) for cell in cells] == [(0.3, 0.4), (0.9, 0.6)]
    assert {(cell["region"], cell["family"]) for cell in cells} == {("ball", "strided")}


def test_codes_between_lie_half_way_between_codes_of_different_classes() -> None:
    context = context_of()
    pairs, test = completeness.draw_pairs(context, 0), digits("test")
    ends = trained("pca")[0].transform(test.pixels[pairs.T.ravel()]).reshape(2, len(pairs), -1)
    assert completeness.region_codes(context, "pca", "between", 0) == pytest.approx(ends.mean(axis=0), abs=1e-4)
    assert (test.labels[pairs[:, 0]] != test.labels[pairs[:, 1]]).all()


@pytest.mark.parametrize("region", completeness.REGIONS)
def test_each_seed_draws_codes_of_its_own(region: str) -> None:
    first, second = (completeness.region_codes(context_of(), "pca", region, seed) for seed in SEEDS)
    assert first.shape == second.shape
    assert not np.array_equal(first, second)


def test_control_images_are_what_they_are_called() -> None:
    context = context_of()
    images = {kind: completeness.control_images(context, kind, 0) for kind in completeness.CHECKED}
    assert all(rows.min() >= 0 and rows.max() <= 1 for rows in images.values())
    real = {as_bytes(row) for row in digits("test").pixels}
    for kind, rows in images.items():
        is_real = [as_bytes(row) in real for row in rows]
        assert all(is_real) if kind == "test" else not any(is_real)
    assert all(as_bytes(1 - row) in real for row in images["inverted"])
    histograms = {tuple(np.sort(np.rint(255 * row))) for row in digits("test").pixels}
    assert all(tuple(np.sort(np.rint(255 * row))) in histograms for row in images["shuffled"])
    pairs = digits("test").pixels[completeness.draw_pairs(context, 0)]
    assert images["average_of_two"] == pytest.approx((pairs[:, 0] + pairs[:, 1]) / 2, abs=1e-6)
    assert images["uniform_noise"].mean() == pytest.approx(0.5, abs=0.01)
    drawn = pairs.reshape(-1, 2, 28, 28)
    assert np.array_equal(images["turned"].reshape(-1, 28, 28), np.rot90(drawn[:, 0], axes=(1, 2)))
    lower, right = drawn[:, 0].copy(), drawn[:, 0].copy()
    lower[:, 14:], right[:, :, 14:] = drawn[:, 1, 14:], drawn[:, 1, :, 14:]
    made = images["halves"].reshape(-1, 28, 28)
    is_lower, is_right = ((made == expected).all(axis=(1, 2)) for expected in (lower, right))
    assert (is_lower | is_right).all()
    assert is_lower.any()
    assert is_right.any()


def test_every_kind_is_shown_and_lookalikes_decide_no_vote() -> None:
    pieces = generation.list_pieces(context_of())
    shown = {name.removeprefix("controls of ") for name in pieces if name.startswith("controls of ")}
    assert shown == {*CONTROLS, *LOOKALIKES}
    assert not {*CONTROLS} & {*LOOKALIKES}
    assert completeness.is_fit_to_vote(controls(**dict.fromkeys(LOOKALIKES, 1.0)), JUDGES[0])


def as_bytes(row: np.ndarray) -> bytes:
    return np.rint(255 * row).astype(np.uint8).tobytes()


@pytest.mark.parametrize("kind", CONTROLS[1:])
def test_a_judge_that_recognises_more_than_a_few_of_what_shows_nothing_does_not_vote(kind: str) -> None:
    assert completeness.is_fit_to_vote(controls(**{kind: 0.05}), JUDGES[0])
    assert not completeness.is_fit_to_vote(controls(**{kind: 0.06}), JUDGES[0])


def test_a_judge_that_does_not_recognise_real_images_does_not_vote() -> None:
    assert completeness.is_fit_to_vote(controls(test=0.97), JUDGES[0])
    assert not completeness.is_fit_to_vote(controls(test=0.96), JUDGES[0])


def test_a_judge_is_shut_out_of_its_own_cells_alone() -> None:
    scores = completeness.measure(context_of(ae=Given(seen_image())), "ae")
    found = completeness.claims(scores, {**controls(), ("inverted", JUDGES[1], "recognised"): [0.5, 0.5]}, THRESHOLD)
    assert {cell["family"] for cell in found["C5b"]["cells"] if not cell["votes"]} == {JUDGES[1]}


def test_completeness_is_claimed_of_the_models_that_are_there_the_normal_region_first() -> None:
    scores, _ = measure_two_codes(encoded=(0.95, 0.95), drawn=(0.95, 0.95))
    scores["pca", "normal", "convolutional", "relative"] = [0.25, 0.75]
    found = completeness.claims(scores, controls(uniform_noise=0.02), THRESHOLD)
    assert list(found) == ["C5b"]
    keys = [(cell["region"], cell["family"], cell["confidence"]) for cell in found["C5b"]["cells"]]
    assert set(keys) == set(product(completeness.REGIONS, JUDGES, (LOOSE, STRICT)))
    assert len(keys) == len(set(keys))
    first = found["C5b"]["cells"][0]
    assert (first["region"], first["family"], first["mean"]) == ("normal", "convolutional", 1.0)
    assert found["C5b"]["controls"] == {"pca": 0.5, "uniform_noise": 0.02}


def test_a_cross_fade_changes_evenly_and_has_no_code_space() -> None:
    paths = continuity.measure(context_of(), continuity.CROSS_FADE)["paths"]
    assert paths[continuity.CROSS_FADE, "", "largest_share_95"] == pytest.approx([1 / PLAN.path_steps] * 2, rel=1e-3)
    assert not any(key[2].startswith("change") for key in paths)


def test_the_nearest_code_decodes_to_training_images() -> None:
    context = context_of()
    codec, _ = continuity.codec_of(context, continuity.NEAREST_CODE, 0)
    _, images = continuity.paths_of(context, codec, continuity.draw_pairs(context, 0))
    real = {tuple(row) for row in context.training_references}
    assert all(tuple(row) in real for row in images.reshape(-1, N_PIXELS))


def test_the_nearest_code_of_a_training_image_is_its_own() -> None:
    context = context_of()
    codec, _ = continuity.codec_of(context, continuity.NEAREST_CODE, 0)
    own = context.training_references[:50]
    assert np.array_equal(codec.inverse_transform(codec.transform(own)), own)


def test_jumps_hold_more_of_the_change_than_what_a_model_does() -> None:
    context = small_context({name: trained(name) for name in ("pca", "ae")})
    share = {
        name: np.mean(continuity.measure(context, name)["paths"][name, "", "largest_share_95"])
        for name in continuity.list_codecs(context)
    }
    assert share["cross_fade"] < share["pca"] < share["ae"] < share["nearest_code"]


def test_a_decoder_that_jumps_in_one_step_puts_all_change_there() -> None:
    class Jump(Given):
        def inverse_transform(self, codes: np.ndarray) -> np.ndarray:
            return np.repeat(codes[:, :1] > 0, N_PIXELS, axis=1).astype(np.float32)

    halves = Jump(seen_image(), lambda n: np.where(np.arange(n)[:, None] < n / 2, -1.0, 1.0) + np.zeros((n, 2)))
    found = continuity.claims(continuity.measure(context_of(vae=halves), "vae")["paths"])
    assert found["C6c"]["cells"][0]["by_seed"] == [1.0, 1.0]


def test_positions_start_and_end_at_reconstructions() -> None:
    context = context_of(ae=FunctionTransformer())
    positions = continuity.measure(context, "ae")["positions"]
    assert [key[1] for key in positions] == pytest.approx(np.linspace(0, 1, PLAN.path_steps + 1))
    ends = digits("test").pixels[continuity.draw_pairs(context, 0)]
    seen = [completeness.is_recognised(context, ends[:, side], 0, JUDGES[0]).mean() for side in (0, 1)]
    assert [positions["ae", position][0] for position in (0.0, 1.0)] == seen


def test_codes_that_are_normal_are_told_from_normal_draws_by_chance_only() -> None:
    context = context_of(ae=Given(seen_image()))
    for name in ("ae", geometry.NORMAL_DRAWS):
        for accuracy in geometry.compare_codes(context, name).values():
            assert accuracy == pytest.approx([0.5, 0.5], abs=0.08)


def test_normal_codes_of_another_scale_and_origin_are_told_as_they_stand_only() -> None:
    moved = Given(seen_image(), lambda n: 5 + 0.2 * np.random.default_rng(n).normal(size=(n, 3)))
    found = geometry.compare_codes(context_of(ae=moved), "ae")
    assert found["ae", "whitened"] == pytest.approx([0.5, 0.5], abs=0.08)
    assert min(found["ae", "as_they_stand"]) > 0.95


def test_codes_of_another_shape_are_told_in_whitened_coordinates_too() -> None:
    two = Given(seen_image(), lambda n: np.random.default_rng(n).choice([-1.0, 1.0], size=(n, 3)))
    found = geometry.compare_codes(context_of(ae=two), "ae")
    assert min(found["ae", "whitened"]) > 0.7
    cell = geometry.claims(found)["C5a"]["cells"][0]
    assert cell["by_seed"] == found["ae", "whitened"]


def test_draws_of_the_codes_own_scale_are_nearest_to_real_images() -> None:
    class Whitened(Given):
        def inverse_transform(self, codes: np.ndarray) -> np.ndarray:
            pca = trained("pca")[0]
            return pca.inverse_transform(codes * np.sqrt(pca.explained_variance_))

    context = context_of(ae=Whitened(seen_image(), lambda n: np.zeros((n, 4))))
    object.__setattr__(context.plan, "scales", (0.25, 1.0, 4.0))
    scores = geometry.draw_at_scales(sampling.References(context), context, "ae")
    frechet = {key[1]: np.mean(values) for key, values in scores.items() if key[2:] == ("pixels", "frechet")}
    assert min(frechet, key=frechet.get) == 1.0  # type: ignore[arg-type]
    assert {key[2:] for key in scores} == {
        ("convolutional", "frechet"),
        ("convolutional", "recognised"),
        ("pixels", "frechet"),
    }


def test_every_table_of_the_code_spaces_is_measured_of_whom_it_should_be() -> None:
    context = small_context({name: trained(name) for name in ("pca", "rae")})
    pieces = generation.list_pieces(context)
    assert {name.split(" of ")[0] for name in pieces} == {*generation.LAYOUTS} - {"positions"}
    assert {name.split(" of ")[1] for name in pieces if name.startswith("scales")} == {"rae"}
    assert {name.split(" of ")[1] for name in pieces if name.startswith("completeness")} == {"pca", "rae"}


def test_a_run_without_ae_and_vae_claims_nothing_of_them() -> None:
    spaces: dict[str, Any] = {table: {} for table in generation.LAYOUTS}
    spaces["codes"] = {("pca", "whitened"): [0.8, 0.8]}
    spaces["paths"] = {("pca", "", "largest_share_95"): [0.1, 0.1]}
    assert generation.claims(spaces, {}, THRESHOLD) == {}
