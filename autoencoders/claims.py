"""The verdict of a part of a claim from those of its cells, and of a claim from those of its parts, as stored."""

from collections.abc import Mapping, Sequence
from typing import Any

from autoencoders.statistics import BOUNDS, Judged, agreed

LEAST_ACCURACY = 0.8  # on test images, of a judge that has a vote anywhere
OUTCOMES = ("supported", "refuted", "undecided")


def poor_judges(judges: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return which judges, given with what was measured of each, classify too few test images correctly to vote."""
    return [name for name, measured in judges.items() if measured["accuracy_test"]["mean"] < LEAST_ACCURACY]


def keys_of(cell: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a cell is about: a measure, a family of features, ...; empty for the only cell of a part."""
    return {key: value for key, value in cell.items() if key not in {*BOUNDS, "by_seed", "votes", "verdict"}}


def weigh_cells(cells: Sequence[Mapping[str, Any]], *, but: str = "") -> dict[str, Any]:
    """Return the verdict that the cells with a vote come to, what it depends on, and how many are on which side.

    Args:
        cells: Each with a verdict; those without a vote are counted only.
        but: A key that all cells share, on which the verdict cannot depend.
    """
    voting = [cell for cell in cells if cell["votes"]]
    keys = [{key: value for key, value in keys_of(cell).items() if key != but} for cell in voting]
    decided, axes = agreed([Judged(own, cell["verdict"]) for own, cell in zip(keys, voting, strict=True)])
    counts = {f"n_{outcome}": sum(cell["verdict"] == outcome for cell in voting) for outcome in OUTCOMES}
    return {"verdict": decided, "depends_on": axes, **counts, "n_silent": len(cells) - len(voting)}


def parts_of(claims: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return the parts of all claims by name."""
    return {name: part for claim in claims.values() for name, part in claim["parts"].items()}


def conclude(parts: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return the verdict of a claim, what it depends on, and its parts; a claim of one part has that part's verdict.

    Args:
        parts: By name, each with the entries ``verdict`` and ``depends_on``.
    """
    if len(parts) == 1:
        (only,) = parts.values()
        return {"verdict": only["verdict"], "depends_on": only["depends_on"], "parts": parts}
    decided, axes = agreed([Judged({"part": name}, part["verdict"]) for name, part in parts.items()])
    return {"verdict": decided, "depends_on": axes, "parts": parts}
