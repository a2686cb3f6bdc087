"""What curves state: a difference is one only where intervals lie apart."""

from typing import Any

import pytest

from report.texts.language import speaking
from report.texts.tables import listed
from report.views.findings import at_latent_dims, best_group, lies_below, places_below


def row(codec: str, latent_dim: int, mean: float | None, half_width: float | None = 1.0) -> dict[str, Any]:
    bounds = (None, None) if mean is None or half_width is None else (mean - half_width, mean + half_width)
    return {"codec": codec, "latent_dim": latent_dim, "mean": mean, "low": bounds[0], "high": bounds[1]}


ROWS = [row("ae", 2, 10), row("pca", 2, 20), row("ae", 4, 9), row("pca", 4, 10), row("ae", 8, 5)]
AE, PCA = {"codec": "ae"}, {"codec": "pca"}


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (row("a", 1, 1.0), row("b", 1, 4.0), True),
        (row("a", 1, 1.0), row("b", 1, 2.5), False),
        (row("a", 1, 4.0), row("b", 1, 1.0), False),
        (row("a", 1, 1.0, None), row("b", 1, 2.5), True),
        (row("a", 1, None), row("b", 1, 2.5), False),
        (None, row("b", 1, 2.5), False),
    ],
)
def test_one_lies_below_another_where_intervals_are_apart(first: Any, second: Any, expected: bool) -> None:
    assert lies_below(first, second) is expected


def test_places_are_those_where_both_curves_were_measured() -> None:
    assert places_below(ROWS, "latent_dim", AE, PCA) == ([2], [2, 4])


def test_no_place_is_claimed_for_the_other_curve() -> None:
    assert places_below(ROWS, "latent_dim", PCA, AE)[0] == []


def test_one_place_of_one_is_named_and_not_called_every() -> None:
    assert at_latent_dims([8], [8]) == "at latent dimension 8"


def test_places_are_listed_in_words_of_the_language() -> None:
    assert listed([2, 4, 8]) == "2, 4 and 8"
    with speaking("pl"):
        assert listed([0.5, 4]) == "0,5 i 4"


def test_the_leader_follows_the_direction() -> None:
    labels = {"ae": "AE", "pca": "PCA"}
    assert best_group(ROWS, "codec", labels, "lower", latent_dim=2)[0] == ROWS[0]
    assert best_group(ROWS, "codec", labels, "higher", latent_dim=2)[0] == ROWS[1]


def test_there_is_no_leader_among_none() -> None:
    assert best_group([row("ae", 2, None)], "codec", {"ae": "AE"}, "lower") == []
