"""What the curves of a figure state, as places and sentences: said from the same rows that are drawn.

Two means differ here where their intervals lie apart; overlapping intervals are no finding.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from report.texts.labels import CODECS
from report.texts.language import _, ngettext
from report.texts.tables import find, general, matches
from report.views.study import Study
from robustness.table import final_claims

Row = Mapping[str, Any]
COMPARED = {
    **dict.fromkeys(("C1", "C2", "C3a", "C3b", "C3c", "C4a", "C4b", "C5a", "C5b", "C5c"), ("ae",)),
    **dict.fromkeys(("C6a", "C6b", "C6c", "C6d", "C8b"), ("vae",)),
    **dict.fromkeys(("C7", "C8a"), ("ae", "vae")),
    "C8c": ("vae", "rae"),
}  # the models that each part of a claim speaks of


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


def claims_of(study: Study) -> dict[str, Row]:
    """Return the claims by name, with the final verdicts: those that longer training turns round depend on it."""
    return final_claims(study.robustness, study.summary())


def parts_of(study: Study) -> dict[str, Row]:
    """Return the parts of all claims by name, with the final verdicts; a claim without parts is its own."""
    return {name: part for claim in claims_of(study).values() for name, part in claim["parts"].items()}


def leaning(part: Row) -> str:
    """Return the verdict of a part, or "leaning" where it is undecided with numbers for it and none against."""
    is_leaning = part["verdict"] == "undecided" and part["n_supported"] and not part["n_refuted"]
    return "leaning" if is_leaning and len(part["cells"]) > 1 else str(part["verdict"])


def votes(part: Row) -> dict[str, int]:
    """Return how many numbers speak for a part, and how many vote."""
    return {"n": part["n_supported"], "all": part["n_cells"] - part["n_silent"]}


def primary_of(study: Study, part: str) -> Row | None:
    """Return the stored entry of a part's primary number, None where the run has none."""
    found: Row | None = parts_of(study)[part]["primary"]
    return found


def unjudged(study: Study) -> dict[str, str]:
    """Return for each claim and each part of one why it is not judged; nothing where it is."""
    reasons: dict[str, str] = {}
    for name, claim in claims_of(study).items():
        parts = {part: _why(study, part, found) for part, found in claim["parts"].items()}
        models = dict.fromkeys(model for part in parts for model in COMPARED[part])
        whole = lacking(study, *models) or next(iter(parts.values()))
        reasons |= parts | ({name: whole if claim["verdict"] == "not_judged" else ""})
    return reasons


def _why(study: Study, name: str, part: Row) -> str:
    """Return why a part is not judged: a model is missing, a second seed, or what could judge it."""
    if part["verdict"] != "not_judged":
        return ""
    if lack := lacking(study, *COMPARED[name]):
        return lack
    if part["primary"] is None:
        return _("it was not measured in this run")
    if part["primary"]["n_seeds"] == 1:
        return _("one seed gives no interval for a number of a whole set of images")
    return _("nothing that could judge it passes its own check here")


def leader(rows: Sequence[Row], key: str, labels: Mapping[str, str], direction: str, **select: Any) -> Row | None:
    """Return the selected row with the best mean among the labelled ones; None where there is none."""
    rivals = [r for r in rows if matches(r, select) and r[key] in labels and r["mean"] is not None]
    if not rivals:
        return None
    return (min if direction == "lower" else max)(rivals, key=lambda row: row["mean"])


def best_group(rows: Sequence[Row], key: str, labels: Mapping[str, str], direction: str, **select: Any) -> list[Row]:
    """Return the leader and the selected rows whose intervals are not apart from its, the leader first."""
    best = leader(rows, key, labels, direction, **select)
    if best is None:
        return []
    rivals = [r for r in rows if matches(r, select) and r[key] in labels and r["mean"] is not None and r is not best]
    near = [r for r in rivals if not (lies_below(best, r) if direction == "lower" else lies_below(r, best))]
    return [best, *near]
