"""Set our numbers beside the published ones, with a verdict by rule.

reproduced: ours is within the row's tolerance of the published number (or below it, where the row is a bound).
direction: it is not, or cannot be compared, but every difference that the row names lies above 0 with its interval.
not reproduced: neither.
"""

from typing import Any, TypeAlias

from autoencoders.reproducibility.artifacts import ArtifactError, read_csv, write_json
from replications.console import run_stage
from replications.parameters import Params
from replications.paths import RESULTS_DIR
from replications.published import PUBLISHED, Published
from stages.console import Progress

Row: TypeAlias = dict[str, Any]
TABLES = ("squared_errors", "likelihoods", "likelihood_differences", "classifier", "samples")


def entry_of(tables: dict[str, list[Row]], table: str, what: str) -> Row:
    """Return one row of one of our tables.

    Raises:
        ArtifactError: if there is no such row.
    """
    found = next((row for row in tables[table] if row["what"] == what), None)
    if found is None:
        raise ArtifactError(f"{RESULTS_DIR / table}.csv: expected a row {what!r}")
    return found


def difference_of(published: Published, ours: float) -> float:
    """Return ours minus the published number, 0 within its range."""
    return ours - min(max(ours, published.low), published.high)


def verdict_of(published: Published, ours: float, *, is_direction_right: bool) -> str:
    """Return reproduced, direction or not_reproduced."""
    difference = difference_of(published, ours)
    if published.tolerance is not None:
        distance = difference if published.is_bound else abs(difference)
        if distance <= published.tolerance:
            return "reproduced"
    return "direction" if published.directions and is_direction_right else "not_reproduced"


def weigh(published: Published, tables: dict[str, list[Row]]) -> Row:
    """Return ours with its interval, the difference and the verdict of one published number."""
    found = entry_of(tables, published.table, published.entry)
    ours = found[published.field]
    has_interval = published.field == "mean"
    lows = [entry_of(tables, *direction)["low"] for direction in published.directions]
    return {
        "key": published.key,
        "published": [published.low, published.high],
        "ours": {
            "mean": ours,
            "low": found["low"] if has_interval else None,
            "high": found["high"] if has_interval else None,
        },
        "difference": difference_of(published, ours),
        "verdict": verdict_of(published, ours, is_direction_right=all(low is not None and low > 0 for low in lows)),
    }


def settings_of(params: Params) -> dict[str, Row]:
    """Return what the page says of every cell's training."""
    plans = {name: params.plan(name) for name in params.cells}
    return {
        name: {"epochs": plan.epochs, "n_seeds": len(plan.seeds), "batch_size": plan.cell.batch_size}
        for name, plan in plans.items()
    }


def main(params: Params, progress: Progress) -> None:
    """Weigh every published number and say the verdicts."""
    tables = {name: read_csv(RESULTS_DIR / f"{name}.csv") for name in TABLES}
    rows = [weigh(published, tables) for published in PUBLISHED]
    extent = params.extent.model_dump()
    write_json(
        RESULTS_DIR / "rows.json",
        {"preset": params.preset, "extent": extent, "cells": settings_of(params), "rows": rows},
    )
    progress.say(", ".join(f"{row['key']} {row['verdict']}" for row in rows))


if __name__ == "__main__":
    run_stage("rows", main)
