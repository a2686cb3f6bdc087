"""What the curves of a figure state, as places and sentences: said from the same rows that are drawn.

Two means differ here where their intervals lie apart; overlapping intervals are no finding.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from report.texts.language import _, ngettext
from report.texts.tables import find, listed, matches

Row = Mapping[str, Any]


def lies_below(first: Row | None, second: Row | None) -> bool:
    """Return whether the first interval ends below the start of the second; a mean without interval is its own."""
    if first is None or second is None or first["mean"] is None or second["mean"] is None:
        return False
    return bool(_bound(first, "high") < _bound(second, "low"))


def _bound(row: Row, side: str) -> float:
    return float(row["mean"] if row[side] is None else row[side])


def places_below(
    rows: Sequence[Row], place: str, first: Mapping[str, Any], second: Mapping[str, Any]
) -> tuple[list[float], list[float]]:
    """Return where the first of two curves lies below the second, and where both were measured.

    Args:
        rows: Stored entries with mean, low and high.
        place: The entry along which the curves run.
        first: Entries that select the first curve.
        second: Entries that select the second.
    """
    places = sorted(
        {row[place] for row in rows if matches(row, first)} & {row[place] for row in rows if matches(row, second)}
    )
    below = [
        where
        for where in places
        if lies_below(find(rows, **first, **{place: where}), find(rows, **second, **{place: where}))
    ]
    return below, places


def at_latent_dims(found: Sequence[float], among: Sequence[float]) -> str:
    """Return in words at which latent dimensions something holds.

    >>> at_latent_dims([2, 4], [2, 4, 8]), at_latent_dims([], [2, 4]), at_latent_dims([2, 4], [2, 4])
    ('at latent dimensions 2 and 4', 'at no latent dimension', 'at every latent dimension')
    """
    if not found:
        return _("at no latent dimension")
    if len(found) == len(among) and len(among) > 1:
        return _("at every latent dimension")
    return ngettext(
        "at latent dimension %(places)s", "at latent dimensions %(places)s", len(found), places=listed(found)
    )


def best_group(rows: Sequence[Row], key: str, labels: Mapping[str, str], direction: str, **select: Any) -> list[Row]:
    """Return the selected row with the best mean, then those whose intervals are not apart from its."""
    rivals = [row for row in rows if matches(row, select) and row[key] in labels and row["mean"] is not None]
    if not rivals:
        return []
    best = (min if direction == "lower" else max)(rivals, key=lambda row: row["mean"])
    near = [
        r
        for r in rivals
        if r is not best and not (lies_below(best, r) if direction == "lower" else lies_below(r, best))
    ]
    return [best, *near]
