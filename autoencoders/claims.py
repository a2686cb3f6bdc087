"""The verdict of a claim from those of its parts."""

from collections.abc import Mapping
from typing import Any

from autoencoders.statistics import Judged, agreed


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
