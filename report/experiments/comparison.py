"""Rules of comparison between runs: which parameters differ, and which numbers.

Two numbers differ where their 95 % intervals lie apart; where the intervals overlap, this rule does not tell the two
apart.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from report.experiments.runs import Run

Difference = Literal["above", "below", "overlap", "unknown"]
ABSENT = object()  # the value of a parameter that a run does not have


def difference(entry: Mapping[str, Any] | None, baseline: Mapping[str, Any] | None) -> Difference:
    """Return where an interval lies beside the baseline's; touching intervals overlap, other metrics are unknown.

    >>> difference({"low": 3, "high": 4}, {"low": 1, "high": 2})
    'above'
    >>> difference({"low": 2, "high": 4}, {"low": 1, "high": 2})
    'overlap'
    """
    if entry is None or baseline is None or entry.get("metric") != baseline.get("metric"):
        return "unknown"
    if None in (entry["low"], entry["high"], baseline["low"], baseline["high"]):
        return "unknown"
    if entry["low"] > baseline["high"]:
        return "above"
    return "below" if entry["high"] < baseline["low"] else "overlap"


def differing(runs: Sequence[Run]) -> list[str]:
    """Return the parameters that are not the same in all runs whose parameters are known."""
    known = [run.params for run in runs if run.params]
    keys = dict.fromkeys(key for params in known for key in params)
    return [key for key in keys if any(params.get(key, ABSENT) != known[0].get(key, ABSENT) for params in known)]


def baseline_of(run: Run, runs: Sequence[Run]) -> Run | None:
    """Return the run of the commit that a run is compared with, None for commits and across datasets."""
    found = next((other for other in runs if other.origin.rev == run.origin.baseline), None)
    if found is None or run.params.get("dataset") != found.params.get("dataset"):
        return None
    return found


def differences(name: str, runs: Sequence[Run]) -> list[Difference]:
    """Return for each run how its number for a claim differs from that of its baseline."""
    pairs = [(run, baseline_of(run, runs)) for run in runs]
    return [difference(run.claims.get(name), base.claims.get(name) if base else None) for run, base in pairs]


def claim_names(runs: Sequence[Run]) -> list[str]:
    """Return the parts of claims that at least one run weighs, in order."""
    return sorted({name for run in runs for name in run.claims})
