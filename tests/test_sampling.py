"""Samples against real images: which images are drawn, what is measured of them, shares of the way, claims."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from autoencoders.learning.checkpoints import Split
from foundation.models import MODELS
from foundation.vocabulary import FAMILIES, JUDGES
from stages.protocol import sampling
from stages.protocol.context import Context
from tests.readers_fixture import SHAPE, UntrainedReaders

SEEDS = (0, 1, 2)
PLAN = SimpleNamespace(
    n_samples=25, precision_neighbours=3, recognition_threshold=0.5, n_pictures=2, n_mixture_components=2
)
FRECHET = ("convolutional", "frechet")


def random_split(n: int, seed: int) -> Split:
    images = np.random.default_rng(seed).random((n, 1, *SHAPE), dtype=np.float32)
    return Split(torch.from_numpy(images), torch.arange(n) % 4)


SPLITS = {"train": random_split(70, 0), "test": random_split(60, 1)}


class Identity:
    """A codec that loses nothing."""

    def transform(self, X: np.ndarray) -> np.ndarray:
        return X

    inverse_transform = transform


def small_context(seeds: tuple[int, ...] = SEEDS, plan: Any = PLAN, **codecs: Any) -> Context:
    cells = {name: dict.fromkeys(seeds, codec) for name, codec in codecs.items()}
    return Context(plan, seeds, cells, UntrainedReaders(), SPLITS)


def places(rows: np.ndarray, images: np.ndarray) -> list[int]:
    """Where each row stands among the images."""
    return [int(np.flatnonzero((images == row).all(axis=1))[0]) for row in rows]


def test_fits_use_half_of_the_training_images_and_the_floor_the_others() -> None:
    context = small_context()
    used = set(places(context.training_references, context.train))
    assert len(used) == context.n_references == 35
    for seed in SEEDS:
        floor = places(context.floor_images(seed), context.train)
        assert len(set(floor)) == len(floor) == PLAN.n_samples
        assert not used & set(floor)


@pytest.mark.parametrize("drawn", ["training_references", "floor_images", "reference_images"])
def test_no_choice_of_images_is_the_first_ones(drawn: str) -> None:
    context = small_context()
    images = context.test.pixels if drawn == "reference_images" else context.train
    chosen = getattr(context, drawn)
    found = places(chosen if isinstance(chosen, np.ndarray) else chosen(0), images)
    assert max(found) > len(found)
    assert any(after < before for before, after in pairwise(found))


def test_each_seed_has_test_images_and_a_floor_of_its_own_whatever_other_seeds_there_are() -> None:
    context, fewer = small_context(), small_context(SEEDS[1:])
    for draw in ("reference_images", "floor_images"):
        first, second = getattr(context, draw)(1), getattr(context, draw)(2)
        assert len(first) == PLAN.n_samples
        assert set(places(first, first)) == set(range(PLAN.n_samples))  # none twice
        assert not np.array_equal(first, second)
        assert np.array_equal(first, getattr(fewer, draw)(1))


def test_where_more_samples_are_asked_for_than_there_are_test_images_all_are_compared() -> None:
    context = small_context(plan=SimpleNamespace(n_samples=1000))
    assert sorted(places(context.reference_images(0), context.test.pixels)) == list(range(60))


def test_a_seed_is_read_by_the_readers_of_its_place() -> None:
    context = small_context((7, 3, 5))
    references = sampling.References(context)
    for place, seed in enumerate((7, 3, 5)):
        expected = context.readers.features("strided", context.reference_images(seed), place)
        assert np.array_equal(references.features("strided", seed).features, expected)
    first, second = (context.readers.features("strided", context.reference_images(7), place) for place in (0, 1))
    assert not np.array_equal(first, second)


def test_training_codes_are_drawn_once_whichever_threads_ask_for_them() -> None:
    class Slow(Identity):
        n_calls = 0

        def transform(self, X: np.ndarray) -> np.ndarray:
            self.n_calls += 1
            time.sleep(0.05)
            return X

    codec = Slow()
    context = small_context(ae=codec)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: context.training_codes("ae", 0), range(4)))
    assert codec.n_calls == 1


def test_what_is_known_of_the_test_images_is_computed_once_whichever_threads_ask() -> None:
    context = small_context()
    references = sampling.References(context)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: references.features("pixels", 1), range(4)))
        searches = list(pool.map(lambda _: references.training(), range(4)))
    assert len(set(map(id, found))) == len(set(map(id, searches))) == 1


def test_models_with_hidden_layers_are_all_sampled_in_the_same_ways() -> None:
    words: dict[str, set[str]] = {}
    for codec, word in sampling.GENERATORS.values():
        words.setdefault(codec, set()).add(word)
    assert words.pop("pca") == {"gaussian"}
    assert set(words) == {name for name, model in MODELS.items() if not model.is_linear}
    assert set(map(frozenset, words.values())) == {frozenset({"normal", "gaussian", "mixture", "reconstructions"})}
    assert set(sampling.DISTRIBUTIONS.values()) <= set(sampling.SAMPLERS)


def test_reconstructions_without_loss_score_as_the_floor_does() -> None:
    context = small_context(ae=Identity())
    references = sampling.References(context)
    scores, shown = sampling.score_generator(context, references, "ae_reconstructions", 1)
    assert scores == sampling.score_images(context, context.floor_images(1), references, 1)
    assert np.array_equal(shown, context.floor_images(1)[:4])


def test_reconstructions_are_clipped_as_samples_are() -> None:
    class Beyond(Identity):
        def inverse_transform(self, Z: np.ndarray) -> np.ndarray:
            return 3 * Z - 1

    images = sampling.draw_images(small_context(ae=Beyond()), "ae_reconstructions", 0)[1]
    assert (images.min(), images.max()) == (0, 1)


def test_every_measure_of_samples_is_taken_in_every_family() -> None:
    context = small_context(ae=Identity())
    scores, _ = sampling.score_generator(context, sampling.References(context), "ae_gaussian", 0)
    assert set(sampling.GRID) < set(scores)
    others = {*((name, "recognised") for name in JUDGES), (JUDGES[0], "class_balance")}
    assert set(scores) - set(sampling.GRID) == others | {("pixels", "nearest_train"), ("codes", "classifier_accuracy")}
    assert all(np.isfinite(value) for value in scores.values())


def test_a_distance_taken_alone_is_that_of_all_measures_together() -> None:
    context = small_context(vae=Identity())
    references = sampling.References(context)
    scores, _ = sampling.score_generator(context, references, "vae_normal", 2)
    images = sampling.draw_images(context, "vae_normal", 2)[1]
    assert sampling.frechet(context, images, references, 2) == scores[FRECHET]


def test_test_images_are_not_compared_with_themselves() -> None:
    context = small_context()
    images, references = context.reference_images(0), sampling.References(context)
    scores = sampling.score_images(context, images, references, 0, are_test_images=True)
    assert not set(scores) & set(sampling.GRID)
    assert len(scores) == len(JUDGES) + 2


def test_real_training_images_that_are_searched_lie_at_no_distance() -> None:
    context = small_context()
    scores = sampling.score_images(context, context.training_references[:30], sampling.References(context), 0)
    assert scores["pixels", "nearest_train"] == 0


@pytest.mark.parametrize(("sure_of", "recognised"), [(2, 1.0), (-1, 0.0)])  # a class; the reject class
def test_images_are_recognised_where_the_judge_is_sure_of_a_class_and_not_where_it_rejects(
    sure_of: int, recognised: float
) -> None:
    context = small_context()
    for name in JUDGES:
        context.readers.judge(name, 0).network.output.bias[sure_of] = 100.0
    scores = sampling.score_images(context, context.floor_images(0), sampling.References(context), 0)
    assert {scores[name, "recognised"] for name in JUDGES} == {recognised}
    if recognised:
        assert scores["convolutional", "class_balance"] == 0


def planted(better: dict[str, float], spread: float = 0.01) -> sampling.Scores:
    """Scores of sources that have come a share of the way in every measure and family, four seeds."""
    noise = spread * np.random.default_rng(0).normal(size=4)

    def values(share: float, measure: str) -> list[float]:
        if measure in {"frechet", "kernel"}:
            return list((3 - share + noise) ** 2)
        return list(0.2 + 0.5 * share + noise)

    sources = {"floor": 1.0, "pca_gaussian": 0.0, **better}
    return {source: {key: values(share, key[1]) for key in sampling.GRID} for source, share in sources.items()}


@pytest.mark.parametrize(("measured", "expected"), [(16.0, 0.0), (4.0, 1.0), (9.0, 0.5), (25.0, -0.5)])
def test_the_share_of_the_way_is_that_of_the_roots_of_squared_distances(measured: float, expected: float) -> None:
    frechet = {"pca_gaussian": 16.0, "floor": 4.0, "vae_normal": measured}
    scores = {source: {FRECHET: [value, value]} for source, value in frechet.items()}
    assert sampling.share(scores, "vae_normal", FRECHET) == pytest.approx([expected] * 2)


def test_the_share_of_the_way_is_each_seed_s_own() -> None:
    key = ("pixels", "coverage")
    scores = {"pca_gaussian": {key: [0.1, 0.3]}, "floor": {key: [0.9, 0.8]}, "ae_mixture": {key: [0.5, 0.8]}}
    assert sampling.share(scores, "ae_mixture", key) == pytest.approx([0.5, 1.0])


def test_an_unbiased_distance_below_nothing_counts_as_nothing() -> None:
    key = ("pixels", "kernel")
    scores = {"pca_gaussian": {key: [4.0]}, "floor": {key: [-0.1]}, "ae_mixture": {key: [-0.3]}}
    assert sampling.share(scores, "ae_mixture", key).tolist() == [1.0]


@pytest.mark.parametrize("key", sampling.GRID)
def test_no_share_depends_on_the_unit_of_the_measure(key: sampling.Key) -> None:
    scores = planted({"ae_mixture": 0.7})
    scaled = {source: {key: list(9.0 * np.array(values[key]))} for source, values in scores.items()}
    assert sampling.share(scaled, "ae_mixture", key) == pytest.approx(sampling.share(scores, "ae_mixture", key))


def test_a_measure_votes_where_it_tells_the_control_from_real_images() -> None:
    assert all(sampling.is_telling(planted({}), key) for key in sampling.GRID)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda scores: scores | {"floor": scores["pca_gaussian"], "pca_gaussian": scores["floor"]},  # the wrong way
        lambda scores: scores | {"floor": scores["pca_gaussian"]},  # not at all
        lambda scores: {source: {key: v[:1] for key, v in of.items()} for source, of in scores.items()},  # one seed
    ],
)
def test_a_measure_that_does_not_tell_them_apart_is_silent(spoil: Callable[[Any], Any]) -> None:
    scores = spoil(planted({}))
    assert not any(sampling.is_telling(scores, key) for key in sampling.GRID)


@pytest.mark.parametrize("model", ["ae", "vae", "rae"])
def test_a_measure_that_puts_samples_before_reconstructions_is_silent(model: str) -> None:
    behind, before = (planted({f"{model}_reconstructions": 0.8, f"{model}_gaussian": share}) for share in (0.8, 0.81))
    assert all(sampling.is_telling(behind, key) for key in sampling.GRID)
    assert not any(sampling.is_telling(before, key) for key in sampling.GRID)


def test_a_measure_is_silent_alone() -> None:
    scores = planted({"ae_reconstructions": 0.8, "ae_gaussian": 0.3})
    key = ("strided", "recall")
    scores["ae_gaussian"][key] = [value + 0.1 for value in scores["ae_reconstructions"][key]]
    assert [other for other in sampling.GRID if not sampling.is_telling(scores, other)] == [key]
    rows = [row for row in sampling.shares(scores) if not row["votes"]]
    assert {(row["family"], row["measure"]) for row in rows} == {key}


@pytest.mark.parametrize(("ceiling", "votes"), [([0.5, 0.9], True), ([0.5, 0.7], False)])
def test_the_order_of_samples_and_reconstructions_is_that_of_their_means(ceiling: list[float], votes: bool) -> None:
    key = ("pixels", "recall")
    values = {
        "floor": [0.95, 0.9],
        "pca_gaussian": [0.15, 0.1],
        "vae_gaussian": [0.6, 0.7],
        "vae_reconstructions": ceiling,
    }
    assert sampling.is_telling({source: {key: found} for source, found in values.items()}, key) is votes


def test_samples_are_compared_with_the_same_model_s_reconstructions_and_others_with_none() -> None:
    shares = {"ae_reconstructions": 0.5, "ae_gaussian": 0.1, "ae_mixture": 0.9, "ae_normal": 0.9}
    shares |= {"vae_reconstructions": 0.9, "vae_gaussian": 0.8}
    assert all(sampling.is_telling(planted(shares), key) for key in sampling.GRID)


def test_a_measure_whose_seeds_disagree_is_silent() -> None:
    key = ("pixels", "recall")
    scores = {"floor": {key: [0.9, 0.2, 0.8]}, "pca_gaussian": {key: [0.3, 0.4, 0.7]}}
    assert not sampling.is_telling(scores, key)


MODELS_SHARES = {"vae_normal": 0.6, "ae_mixture": 0.9, "vae_mixture": 0.8, "vae_gaussian": 0.5}
MODELS_SHARES |= {"rae_gaussian": 0.7, "rae_mixture": 0.45}


def test_the_claims_are_the_shares_and_their_differences() -> None:
    claims = sampling.claims(planted(MODELS_SHARES | {"ae_normal": -2.0}, spread=0))
    expected = {"C6d": 0.6, "C8a": 0.3, "C8b": 0.2}
    assert set(claims) == {*expected, "C8c"}
    for part, number in expected.items():
        cells: Any = claims[part]["cells"]
        assert [(cell["family"], cell["measure"]) for cell in cells] == sampling.GRID
        assert [cell["mean"] for cell in cells] == pytest.approx([number] * len(cells))
        assert all(cell["votes"] is True for cell in cells)
        assert not any("sampler" in cell for cell in cells)


def test_regularised_and_variational_autoencoders_are_compared_with_two_samplers() -> None:
    cells: Any = sampling.claims(planted(MODELS_SHARES, spread=0))["C8c"]["cells"]
    keys = [(cell["sampler"], cell["family"], cell["measure"]) for cell in cells]
    assert keys == [(sampler, *key) for sampler in ("gaussian", "mixture") for key in sampling.GRID]
    n_keys = len(sampling.GRID)
    assert [cell["mean"] for cell in cells] == pytest.approx([-0.2] * n_keys + [0.35] * n_keys)
    assert all(cell["votes"] is True for cell in cells)


@pytest.mark.parametrize("absent", ["vae_gaussian", "rae_gaussian", "vae_mixture", "rae_mixture"])
def test_without_one_of_its_samplers_the_comparison_is_not_made(absent: str) -> None:
    scores = planted({name: share for name, share in MODELS_SHARES.items() if name != absent})
    assert "C8c" not in sampling.claims(scores)


def test_the_first_cell_is_the_frechet_distance_of_the_convolutional_judge() -> None:
    assert sampling.GRID[0] == FRECHET
    assert len(sampling.GRID) == len(FAMILIES) * len(sampling.FIDELITIES)


def test_beside_the_vae_s_prior_stand_control_floor_ceiling_and_the_ae() -> None:
    shares = {"vae_normal": 0.5, "ae_normal": -2.0, "ae_gaussian": 0.3, "vae_reconstructions": 0.9}
    controls = sampling.claims(planted(shares, spread=0))["C6d"]["controls"]
    assert controls == pytest.approx(
        {"ae_gaussian": 0.3, "ae_normal": -2, "vae_reconstructions": 0.9, "pca_gaussian": 0, "floor": 1}
    )


@pytest.mark.parametrize(
    ("absent", "parts"),
    [("rae", {"C6d", "C8a", "C8b"}), ("vae", set()), ("ae", {"C6d", "C8b", "C8c"})],
)
def test_a_part_without_its_model_has_no_entry(absent: str, parts: set[str]) -> None:
    scores = planted({name: share for name, share in MODELS_SHARES.items() if not name.startswith(f"{absent}_")})
    assert set(sampling.claims(scores)) == parts


def test_the_order_of_seeds_changes_no_number() -> None:
    scores = planted(MODELS_SHARES)
    turned = {source: {key: values[::-1] for key, values in of.items()} for source, of in scores.items()}
    for first, second in zip(sampling.shares(scores), sampling.shares(turned), strict=True):
        assert first == pytest.approx(second)


def test_where_control_and_floor_are_equal_there_is_no_share_and_no_vote() -> None:
    scores = planted(MODELS_SHARES)
    key = ("pixels", "precision")
    for source in ("floor", "pca_gaussian"):
        scores[source][key] = [1.0] * 4
    row = next(row for row in sampling.shares(scores) if (row["family"], row["measure"]) == key)
    assert row == {"source": "vae_normal", "family": "pixels", "measure": "precision", "votes": False} | dict.fromkeys(
        ("mean", "low", "high")
    )
    cell: Any = next(
        cell for cell in sampling.claims(scores)["C8a"]["cells"] if (cell["family"], cell["measure"]) == key
    )
    assert (cell["mean"], cell["by_seed"], cell["votes"]) == (None, [], False)


def test_shares_are_given_of_generators_alone() -> None:
    sources = {row["source"] for row in sampling.shares(planted({"vae_normal": 0.5, "ae_mixture": 0.6}))}
    assert sources == {"vae_normal", "ae_mixture"}


def test_stored_measures_come_back_by_source_and_seed_in_the_order_of_the_generators() -> None:
    key = ("strided", "recognised")

    def stored(source: str, value: float) -> list[dict[str, object]]:
        return [row for seed in (3, 1) for row in sampling.list_values(source, seed, {key: value + seed, FRECHET: 0.5})]

    scores = sampling.gather(
        [*stored("test", 0), *stored("vae_normal", 10), *stored("ae_normal", 20), *stored("floor", 0)]
    )
    assert list(scores) == ["floor", "ae_normal", "vae_normal", "test"]
    assert scores["vae_normal"] == {key: [13, 11], FRECHET: [0.5, 0.5]}


def test_every_measure_has_its_bounds() -> None:
    context = small_context(ae=Identity())
    scores, _ = sampling.score_generator(context, sampling.References(context), "ae_normal", 0)
    table = sampling.tabulate(sampling.gather(sampling.list_values("ae_normal", 0, scores)))
    assert {row["measure"] for row in table} == set(sampling.BOUNDS)
    assert len(table) == len(scores)
