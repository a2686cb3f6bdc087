from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autoencoders.statistics import (
    Agreement,
    Interval,
    Judged,
    Verdict,
    agreed,
    claim_entry,
    compare,
    interval,
    seed_means,
    verdict,
)

N_REPETITIONS = 1000
CELLS = st.dictionaries(
    st.tuples(st.sampled_from("abc"), st.sampled_from("xy")), st.sampled_from(get_args(Verdict)), min_size=1
).map(lambda table: [Judged({"row": row, "column": column}, one) for (row, column), one in table.items()])


def simulated(generator: np.random.Generator, n_seeds: int, n_images: int, seed_scale: float = 0.5) -> np.ndarray:
    """Values around 5 with effects of seeds, of images and of neither."""
    seeds = generator.normal(scale=seed_scale, size=(n_seeds, 1))
    images = generator.normal(scale=2.0, size=(1, n_images))
    return 5 + seeds + images + generator.normal(size=(n_seeds, n_images))


def bootstrap(values: np.ndarray, generator: np.random.Generator, n_draws: int = 300) -> tuple[float, float]:
    """Percentile bootstrap over seeds and images."""
    n_seeds, n_images = values.shape
    means = [
        values[generator.integers(n_seeds, size=n_seeds)][:, generator.integers(n_images, size=n_images)].mean()
        for _ in range(n_draws)
    ]
    low, high = np.percentile(means, [2.5, 97.5])
    return float(low), float(high)


@pytest.mark.parametrize("n_seeds", [3, 4, 8])
def test_the_interval_covers_a_planted_mean_about_95_percent_of_the_time(n_seeds: int) -> None:
    generator = np.random.default_rng(n_seeds)
    intervals = [interval(simulated(generator, n_seeds, 200)) for _ in range(N_REPETITIONS)]
    covered = np.mean([found.low <= 5 <= found.high for found in intervals])
    assert 0.915 <= covered <= 0.975


def test_a_percentile_bootstrap_covers_less_than_it_says_with_three_seeds() -> None:
    generator = np.random.default_rng(0)
    bounds = [bootstrap(simulated(generator, 3, 60, seed_scale=2.0), generator) for _ in range(150)]
    assert np.mean([low <= 5 <= high for low, high in bounds]) < 0.9


def test_with_many_seeds_it_agrees_with_the_bootstrap() -> None:
    generator = np.random.default_rng(1)
    values = simulated(generator, 40, 400)
    found, (low, high) = interval(values), bootstrap(values, generator, 2000)
    assert found.high - found.low == pytest.approx(high - low, rel=0.12)


def test_one_value_a_seed_gives_student_s_interval() -> None:
    found = interval([1.0, 2.0, 3.0])
    assert found.high - found.mean == pytest.approx(4.302653 * 1 / np.sqrt(3), rel=1e-6)


def test_one_seed_gives_the_interval_over_images() -> None:
    values = np.random.default_rng(0).normal(size=(1, 50))
    found = interval(values)
    assert found.high - found.mean == pytest.approx(2.009575 * values.std(ddof=1) / np.sqrt(50), rel=1e-6)


def test_a_single_value_has_no_interval() -> None:
    assert interval([3.0]) == Interval(3.0, None, None)


def test_equal_values_have_an_interval_of_no_width() -> None:
    assert interval(np.full((3, 5), 2.0)) == Interval(2.0, 2.0, 2.0)


def test_the_interval_stays_within_the_bounds() -> None:
    assert interval([0.99, 1.0, 0.9], (0.0, 1.0)).high == 1.0


@given(st.permutations(range(4)), st.permutations(range(6)))
def test_the_order_of_seeds_and_images_does_not_matter(seeds: list[int], images: list[int]) -> None:
    values = simulated(np.random.default_rng(5), 4, 6)
    assert interval(values[seeds][:, images]) == pytest.approx(interval(values))


@pytest.mark.parametrize("values", [[], [[]], np.zeros((2, 2, 2)), [1.0, float("nan")], [float("inf")]])
def test_what_has_no_mean_is_refused(values: object) -> None:
    with pytest.raises(ValueError, match="values must"):
        interval(values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("bounds", "expected"),
    [
        ((0.1, 0.9), "supported"),
        ((-0.9, -0.1), "refuted"),
        ((-0.1, 0.1), "undecided"),
        ((0.0, 0.1), "undecided"),
        ((None, None), "not_judged"),
    ],
)
def test_the_verdict_looks_at_the_interval_only(bounds: tuple[float | None, float | None], expected: str) -> None:
    assert verdict(Interval(0.5, *bounds), 0.0) == expected


@pytest.mark.parametrize("bounds", [(0.1, 0.9), (-0.9, -0.1), (-0.1, 0.1), (0.0, 0.1), (None, None)])
def test_below_a_threshold_is_above_it_with_the_signs_changed(bounds: tuple[Any, Any]) -> None:
    low, high = bounds
    mirrored = Interval(-0.5, *(None if end is None else -end for end in (high, low)))
    assert verdict(Interval(0.5, low, high), 0.0, "below") == verdict(mirrored, 0.0)


def table(**verdicts: Verdict) -> list[Judged]:
    """Cells by row and column: ``a_x`` is row a, column x."""
    return [
        Judged(dict(zip(("row", "column"), name, strict=True)), one)
        for name, one in ((name.split("_"), one) for name, one in verdicts.items())
    ]


@given(CELLS, st.randoms())
def test_the_order_of_cells_does_not_matter_to_what_they_agree_on(cells: list[Judged], random: Any) -> None:
    shuffled = list(cells)
    random.shuffle(shuffled)
    assert agreed(shuffled) == agreed(cells)


@given(CELLS, st.sampled_from(["supported", "refuted"]))
def test_a_side_is_agreed_on_only_if_all_cells_take_it(cells: list[Judged], side: Verdict) -> None:
    assert (agreed(cells).verdict == side) == ({cell.verdict for cell in cells} == {side})


@given(CELLS)
def test_only_a_contradiction_makes_it_depend(cells: list[Judged]) -> None:
    found = {cell.verdict for cell in cells}
    contradicts = "depends" in found or {"supported", "refuted"} <= found
    assert (agreed(cells).verdict == "depends") == contradicts == bool(agreed(cells).axes)


@given(CELLS)
def test_it_is_not_judged_only_if_no_cell_is(cells: list[Judged]) -> None:
    assert (agreed(cells).verdict == "not_judged") == ({cell.verdict for cell in cells} == {"not_judged"})


def test_nothing_at_all_is_not_judged() -> None:
    assert agreed([]) == Agreement("not_judged", [])


@pytest.mark.parametrize(
    ("verdicts", "axes"),
    [
        ({"a_x": "supported", "a_y": "supported", "b_x": "refuted", "b_y": "refuted"}, ["row"]),
        ({"a_x": "supported", "a_y": "refuted", "b_x": "supported", "b_y": "undecided"}, ["column"]),
        ({"a_x": "supported", "a_y": "refuted", "b_x": "refuted", "b_y": "supported"}, ["column", "row"]),
        ({"a_x": "supported", "b_y": "refuted"}, ["column", "row"]),
        ({"a_x": "supported", "b_x": "supported", "c_x": "refuted"}, ["row"]),
        ({"a_x": "depends", "b_x": "undecided"}, ["column", "row"]),
    ],
)
def test_the_axes_are_those_that_tell_the_sides_apart(verdicts: dict[str, Verdict], axes: list[str]) -> None:
    assert agreed(table(**verdicts)) == Agreement("depends", axes)


def test_seeds_that_disagree_on_the_sign_are_counted() -> None:
    found = compare(np.array([[1.0, 3.0], [-1.0, -3.0], [2.0, 2.0]]))
    assert (found["n_seeds"], found["n_seeds_above"]) == (3, 2)


def test_a_claim_keeps_each_seed_s_own_mean() -> None:
    assert claim_entry(np.array([[1.0, 3.0], [-1.0, -3.0]]))["by_seed"] == [2.0, -2.0]
    assert seed_means([1.0, 2.0]).tolist() == [1.0, 2.0]
