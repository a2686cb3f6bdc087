"""The ledger: verdicts of cells, parts and claims by rule, from made-up metrics."""

from typing import Any

import pytest

from stages.summary import CLAIMS, PARTS, measure, numbers, verdicts, weigh
from tests.claims_fixture import KEYS, cells, metrics, stored


def verdict(name: str, found: dict[str, Any]) -> str:
    return str(weigh(name, found)["verdict"])


def claims(**sides: int) -> dict[str, Any]:
    found: dict[str, Any] = measure(metrics(**sides), 16)["claims"]
    return found


@pytest.mark.parametrize("name", PARTS)
def test_cells_on_the_claimed_side_support_a_part(name: str) -> None:
    assert verdict(name, metrics()) == "supported"


@pytest.mark.parametrize("name", PARTS)
def test_cells_on_the_other_side_refute_it(name: str) -> None:
    assert verdict(name, metrics(**{name: -1})) == "refuted"


@pytest.mark.parametrize("name", PARTS)
def test_intervals_that_hold_the_threshold_decide_nothing(name: str) -> None:
    assert verdict(name, metrics(**{name: 0})) == "undecided"


@pytest.mark.parametrize("name", PARTS)
def test_a_part_without_measurement_is_not_judged(name: str) -> None:
    found = metrics()
    found[PARTS[name].stage]["claims"].pop(name)
    weighed = weigh(name, found)
    assert (weighed["verdict"], weighed["primary"], weighed["cells"]) == ("not_judged", None, [])


@pytest.mark.parametrize("name", PARTS)
def test_a_part_without_intervals_is_not_judged(name: str) -> None:
    found = metrics()
    for cell in cells(found, name):
        cell.update({"low": None, "high": None})
    assert verdict(name, found) == "not_judged"


@pytest.mark.parametrize("name", [name for name, keys in KEYS.items() if keys])
def test_one_cell_on_the_other_side_makes_a_part_depend(name: str) -> None:
    found, other = metrics(), metrics(**{name: -1})
    cells(found, name)[-1].update(cells(other, name)[-1])
    weighed = weigh(name, found)
    assert weighed["verdict"] == "depends"
    assert set(weighed["depends_on"]) <= set(KEYS[name])
    assert weighed["depends_on"]


@pytest.mark.parametrize("name", ["C6d", "C5b"])
def test_a_cell_that_does_not_vote_changes_no_verdict(name: str) -> None:
    found, other = metrics(), metrics(**{name: -1})
    cells(found, name)[-1].update({**cells(other, name)[-1], "votes": False})
    weighed = weigh(name, found)
    assert (weighed["verdict"], weighed["n_silent"]) == ("supported", 1)
    assert weighed["cells"][-1]["verdict"] == "not_judged"


def test_without_a_vote_a_part_is_not_judged() -> None:
    found = metrics()
    for cell in cells(found, "C6d"):
        cell["votes"] = False
    assert verdict("C6d", found) == "not_judged"


def test_every_cell_is_counted_once() -> None:
    found, other = metrics(), metrics(C6d=0)
    cells(found, "C6d")[0].update(cells(other, "C6d")[0])
    cells(found, "C6d")[1]["votes"] = False
    weighed = weigh("C6d", found)
    counts = [weighed[f"n_{side}"] for side in ("supported", "refuted", "undecided", "silent")]
    assert counts == [28, 0, 1, 1]
    assert sum(counts) == weighed["n_cells"] == 30


@pytest.mark.parametrize(
    ("name", "key", "refuted"), [("C5b", "confidence", 0.9), ("C6b", "confidence", 0.9), ("C8c", "sampler", "mixture")]
)
def test_a_part_depends_on_how_it_is_asked_where_that_alone_tells_its_cells_apart(
    name: str, key: str, refuted: object
) -> None:
    found, other = metrics(), metrics(**{name: -1})
    for cell, turned in zip(cells(found, name), cells(other, name), strict=True):
        if cell[key] == refuted:
            cell.update(turned)
    weighed = weigh(name, found)
    assert (weighed["verdict"], weighed["depends_on"]) == ("depends", [key])


@pytest.mark.parametrize(("mean", "expected"), [(0.77, "supported"), (0.73, "refuted"), (0.75, "undecided")])
def test_c1_asks_for_three_quarters_of_the_way_to_the_best_codes(mean: float, expected: str) -> None:
    found = metrics()
    cells(found, "C1")[0].update(stored(mean))
    assert verdict("C1", found) == expected


def test_the_first_cell_is_the_primary_one() -> None:
    found = weigh("C3a", metrics())
    assert found["primary"]["keys"] == {"level": 0.4, "measure": "psnr"}
    assert found["primary"]["mean"] == found["cells"][0]["mean"]


def test_below_a_threshold_is_the_claimed_side_where_the_claim_says_so() -> None:
    found = metrics()
    for name in ("C5a", "C6a"):
        for cell in cells(found, name):
            cell.update(stored(0.9))
    assert (verdict("C5a", found), verdict("C6a", found)) == ("supported", "refuted")


def test_c1_needs_the_architecture() -> None:
    found = metrics()
    found["learning_curves"]["cells"][0]["is_narrowing"] = False
    weighed = weigh("C1", found)
    assert (weighed["verdict"], weighed["is_condition_met"]) == ("undecided", False)


def test_another_architecture_does_not_save_c1_from_being_refuted() -> None:
    found = metrics(C1=-1)
    found["learning_curves"]["cells"][0]["is_narrowing"] = False
    assert verdict("C1", found) == "refuted"


@pytest.mark.parametrize("control", [stored(0.02), None])
def test_c4a_needs_the_linear_control(control: dict[str, Any] | None) -> None:
    found = metrics()
    found["pca_comparison"]["claims"]["C4a"]["linear_excess"] = control
    assert verdict("C4a", found) == "undecided"


def test_seeds_that_disagree_are_counted() -> None:
    found = metrics()
    cells(found, "C7")[0]["by_seed"] = [1.0, -1.0, 2.0]
    primary = weigh("C7", found)["primary"]
    assert (primary["n_seeds"], primary["n_seeds_above"]) == (3, 2)


@pytest.mark.parametrize(
    ("sides", "expected"),
    [
        ({}, ("supported", [])),
        ({"C5a": -1, "C5b": -1, "C5c": -1}, ("refuted", [])),
        ({"C5b": -1}, ("depends", ["part"])),
        ({"C5b": 0}, ("undecided", [])),
    ],
)
def test_a_claim_follows_from_its_parts(sides: dict[str, int], expected: tuple[str, list[str]]) -> None:
    found = claims(**sides)["C5"]
    assert (found["verdict"], found["depends_on"]) == expected


def test_a_claim_with_a_part_that_was_not_judged_is_not_supported() -> None:
    found = metrics()
    found["generation"]["claims"].pop("C8c")
    assert measure(found, 16)["claims"]["C8"]["verdict"] == "undecided"


def test_a_claim_of_one_part_depends_on_what_its_part_depends_on() -> None:
    found, other = metrics(), metrics(C7=-1)
    cells(found, "C7")[1].update(cells(other, "C7")[1])
    claim = measure(found, 16)["claims"]["C7"]
    assert (claim["verdict"], claim["depends_on"]) == ("depends", ["measure"])


def test_the_summary_holds_the_headline_and_every_part() -> None:
    summary = measure(metrics(), 16)
    assert summary["headline"]["latent_dim"] == 16
    assert summary["headline"]["se"]["ae"] == 5.5
    assert {name: list(claim["parts"]) for name, claim in summary["claims"].items()} == CLAIMS
    assert [part for parts in CLAIMS.values() for part in parts] == list(PARTS)


def test_dvc_shows_one_number_of_each_part_and_the_squared_errors() -> None:
    found = metrics()
    found["generation"]["claims"].pop("C8c")
    shown = numbers(measure(found, 16))
    assert list(shown) == [*PARTS, "se"]
    assert shown["C6d"] == pytest.approx(0.8)
    assert shown["C8c"] is None
    assert shown["se"]["ae"] == 5.5


def test_the_table_of_verdicts_has_a_line_for_each_part() -> None:
    found = metrics()
    found["generation"]["claims"].pop("C8c")
    rows = {row["part"]: row for row in verdicts(measure(found, 16))}
    assert list(rows) == list(PARTS)
    assert rows["C6d"]["verdict"] == "supported"
    assert rows["C6d"]["low"] <= rows["C6d"]["mean"] <= rows["C6d"]["high"]
    assert rows["C8c"] == {
        "part": "C8c",
        "metric": "share_of_way_gain",
        "verdict": "not_judged",
        "threshold": 0.0,
        **dict.fromkeys(("mean", "low", "high")),
    }


def test_a_judge_that_reads_few_test_images_has_no_vote_anywhere() -> None:
    found = metrics()
    found["judges"] = {"convolutional": {"accuracy_test": {"mean": 0.99}}, "strided": {"accuracy_test": {"mean": 0.79}}}
    ledger = measure(found, 16)["claims"]
    cells = [cell for claim in ledger.values() for part in claim["parts"].values() for cell in part["cells"]]
    silent = [cell for cell in cells if "strided" in {cell.get("family"), str(cell.get("measure")).rpartition("_")[2]}]
    assert silent
    assert all(cell["votes"] == (cell not in silent) for cell in cells)
    assert all(cell["verdict"] == "not_judged" for cell in silent)


def test_a_part_that_poor_judges_alone_measure_is_not_judged() -> None:
    found = metrics()
    found["judges"] = {name: {"accuracy_test": {"mean": 0.5}} for name in ("convolutional", "strided", "perceptron")}
    assert measure(found, 16)["claims"]["C2"]["verdict"] == "not_judged"
