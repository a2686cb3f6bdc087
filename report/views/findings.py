"""What the curves of a figure state, as places and sentences: said from the same rows that are drawn.

Two means differ here where their intervals lie apart; overlapping intervals are no finding.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from report.texts.labels import CODECS
from report.texts.language import _, ngettext
from report.texts.tables import find, general
from report.views.study import Study

Row = Mapping[str, Any]
COMPARED = {"C1": ("ae",), "C2": ("ae",), "C3": ("ae",), "C4": ("ae",)} | dict.fromkeys(
    ("C5", "C6", "C7"), ("ae", "vae")
)


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
        {row[place] for row in rows if _fits(row, first)} & {row[place] for row in rows if _fits(row, second)}
    )
    below = [
        where
        for where in places
        if lies_below(find(rows, **first, **{place: where}), find(rows, **second, **{place: where}))
    ]
    return below, places


def _fits(row: Row, select: Mapping[str, Any]) -> bool:
    return all(row[name] == value for name, value in select.items())


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


def listed(values: Sequence[float | str]) -> str:
    """Return values as words of a sentence.

    >>> listed([1, 2, 4]), listed(["a"])
    ('1, 2 and 4', 'a')
    """
    texts = [value if isinstance(value, str) else general(value) for value in values]
    if len(texts) < 2:
        return "".join(texts)
    return _("%(first)s and %(last)s", first=", ".join(texts[:-1]), last=texts[-1])


def lacking(study: Study, *models: str) -> str:
    """Return in words which of some models the run does not have; nothing where it has all."""
    absent = [CODECS[model] for model in models if model not in study.params.models]
    return _("this run is without %(models)s", models=listed(absent)) if absent else ""


def unjudged(study: Study) -> dict[str, str]:
    """Return for each claim why it is not judged; nothing where it is."""
    whole = _("one seed gives no interval for a number of a whole set of images")
    return {
        name: lacking(study, *COMPARED[name]) or whole if claim["verdict"] == "not_judged" else ""
        for name, claim in study.summary()["claims"].items()
    }


def named_entries(entries: Mapping[str, Any], labels: Mapping[str, str]) -> list[tuple[str, Any]]:
    """Return label and entry of those that are there, in the order of the labels."""
    return [(labels[name], entries[name]) for name in labels if name in entries]


def leader(rows: Sequence[Row], key: str, labels: Mapping[str, str], direction: str, **select: Any) -> Row | None:
    """Return the selected row with the best mean among the labelled ones; None where there is none."""
    rivals = [r for r in rows if _fits(r, select) and r[key] in labels and r["mean"] is not None]
    if not rivals:
        return None
    return (min if direction == "lower" else max)(rivals, key=lambda row: row["mean"])
