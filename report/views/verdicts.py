"""The claims with their final verdicts, as every section reads them, and why some parts are not judged."""

from typing import Any

from autoencoders import claims
from foundation.vocabulary import JUDGES
from report.texts.labels import CODECS
from report.texts.language import _
from report.texts.tables import listed
from report.views.findings import Row
from report.views.study import Study
from robustness.table import final_claims

COMPARED = {
    **dict.fromkeys(("C1", "C2", "C3a", "C3b", "C3c", "C4a", "C4b", "C5a", "C5b", "C5c"), ("ae",)),
    **dict.fromkeys(("C6a", "C6b", "C6c", "C6d", "C8b"), ("vae",)),
    **dict.fromkeys(("C7", "C8a"), ("ae", "vae")),
    "C8c": ("vae", "rae"),
}  # the models that each part of a claim speaks of


def lacking(study: Study, *models: str) -> str:
    """Return in words which of some models the run does not have; nothing where it has all."""
    absent = [CODECS[model] for model in models if model not in study.params.models]
    return _("this run is without %(models)s", models=listed(absent)) if absent else ""


def claims_of(study: Study) -> dict[str, Row]:
    """Return the claims by name, with the final verdicts: those that longer training turns round depend on it."""
    return final_claims(study.robustness, study.metrics("summary"))


def parts_of(study: Study) -> dict[str, Row]:
    """Return the parts of all claims by name, with the final verdicts; a claim without parts is its own."""
    return claims.parts_of(claims_of(study))


def leaning(part: Row) -> str:
    """Return the verdict of a part, or where it is undecided to which side alone some of its numbers lean.

    That is "leaning" with numbers for it and none against, "leaning against" with numbers against it and none for.
    """
    is_for, is_against = part["n_supported"] > 0, part["n_refuted"] > 0
    if part["verdict"] != "undecided" or len(part["cells"]) < 2 or is_for == is_against:
        return str(part["verdict"])
    return "leaning" if is_for else "leaning against"


def silent_judges(study: Study) -> list[str]:
    """Return the judges that have no vote anywhere, since they classify too few test images correctly."""
    return claims.poor_judges({name: study.details("train_judge", name) for name in JUDGES})


def shares_of(study: Study) -> list[dict[str, Any]]:
    """Return how far samples come on the way to real images, as stored; what rests on a silent judge has no vote."""
    silent = silent_judges(study)
    shares = study.table("generation", "shares")
    return [{**row, "votes": row["votes"] and row["family"] not in silent} for row in shares]


def votes(part: Row) -> dict[str, int]:
    """Return how many numbers speak for a part, how many against it, and how many vote."""
    return {"n": part["n_supported"], "against": part["n_refuted"], "all": part["n_cells"] - part["n_silent"]}


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
        reasons |= parts | {name: whole if claim["verdict"] == "not_judged" else ""}
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
