"""Set our numbers beside the published ones, with a verdict by rule.

reproduced: ours is within the row's tolerance of the published number (or below it, where the row is a bound).
direction: it is not, or cannot be compared, but every difference that the row names lies above 0 with its interval.
not reproduced: neither.
"""

from typing import Any, TypeAlias

from foundation.progress import Progress
from foundation.reproducibility.artifacts import ArtifactError, read_csv, write_json
from replications.parameters import Params
from replications.published import PUBLISHED, Published
from replications.stage import RESULTS_DIR, run_stage

Row: TypeAlias = dict[str, Any]
SETTINGS = ("epochs", "batch_size", "learning_rate")
TABLES = ("squared_errors", "likelihoods", "likelihood_differences", "classifier", "samples")


def read_measured() -> dict[str, Row]:
    """Return the rows of all our tables by what they are about; no two tables have the same."""
    return {row["what"]: row for name in TABLES for row in read_csv(RESULTS_DIR / f"{name}.csv")}


def decide(published: Published, difference: float, lows: list[float | None]) -> str:
    """Return the verdict on a difference to the published number, and on the low ends of the row's directions."""
    distance = difference if published.is_bound else abs(difference)
    if published.tolerance is not None and distance <= published.tolerance:
        return "reproduced"
    is_direction_right = bool(lows) and all(low is not None and low > 0 for low in lows)
    return "direction" if is_direction_right else "not_reproduced"


def weigh(published: Published, measured: dict[str, Row]) -> Row:
    """Return ours with its interval, the difference (0 within the published range) and the verdict.

    Raises:
        ArtifactError: if a row is missing.
    """
    if missing := {published.row, *published.directions} - set(measured):
        raise ArtifactError(f"{RESULTS_DIR}: expected rows {sorted(missing)}")
    found = measured[published.row]
    ours, has_interval = found[published.field], published.field == "mean"
    difference = ours - min(max(ours, published.low), published.high)
    return {
        "key": published.key,
        "published": [published.low, published.high],
        "ours": {"mean": ours, **{bound: found[bound] if has_interval else None for bound in ("low", "high")}},
        "difference": difference,
        "verdict": decide(published, difference, [measured[name]["low"] for name in published.directions]),
    }


def list_settings(params: Params) -> dict[str, Row]:
    """Return what the page says of every configuration's training."""
    plans = {name: params.plan(name) for name in params.configurations}
    return {
        name: {"n_seeds": len(plan.seeds), **{key: plan.settings[key] for key in SETTINGS}}
        for name, plan in plans.items()
    }


def main(params: Params, progress: Progress) -> None:
    """Weigh every published number and say the verdicts."""
    measured = read_measured()
    rows = [weigh(published, measured) for published in PUBLISHED]
    record = {"preset": params.preset, "extent": params.extent.model_dump(), "configurations": list_settings(params)}
    write_json(RESULTS_DIR / "rows.json", {**record, "rows": rows})
    progress.say(", ".join(f"{row['key']} {row['verdict']}" for row in rows))


if __name__ == "__main__":
    run_stage("rows", main)
