"""The ledger of all claims as a section of its own: every part with everything behind its verdict."""

from typing import Any

from autoencoders.claims import LEAST_ACCURACY
from autoencoders.statistics import BOUNDS, Interval, Judged, agreed, verdict
from report.texts.claims import VERDICTS
from report.texts.labels import FAMILIES
from report.texts.language import _
from report.texts.tables import listed, percent
from report.views.ledger import ledger
from report.views.study import Study
from report.views.verdicts import parts_of, silent_judges

OTHER_THRESHOLD = 0.9  # of C1, which could be defended, too


def hindsight(study: Study) -> list[str]:
    """Return what the verdicts would be without what was chosen after a first version of the numbers was known."""
    parts, said = parts_of(study), []
    whole = parts["C1"]
    if whole["verdict"] != "not_judged" and whole["is_condition_met"]:
        bounds = Interval(*(whole["primary"][key] for key in BOUNDS))
        values = {"other": percent(OTHER_THRESHOLD, 0), "own": percent(whole["threshold"], 0)}
        found = VERDICTS[verdict(bounds, OTHER_THRESHOLD)]
        said.append(
            _("With a threshold of %(other)s instead of %(own)s C1 would be: %(found)s.", found=found, **values)
        )
    strict = study.metrics("generation")["strict_threshold"]
    once = {
        name: agreed(
            [
                Judged({}, cell["verdict"])
                for cell in parts[name]["cells"]
                if cell["votes"] and cell["confidence"] < strict
            ]
        ).verdict
        for name in ("C5b", "C6b")
    }
    judged = [f"{name} {VERDICTS[found]}" for name, found in once.items() if found != "not_judged"]
    if judged:
        said.append(_("Without the second confidence the verdicts would be: %(verdicts)s.", verdicts=listed(judged)))
    return said


def view(study: Study) -> dict[str, Any]:
    """Return what the section shows."""
    too_few = study.metrics("generation").get("too_few_images_for", [])
    return {
        "ledger": ledger(study),
        "least_accuracy": percent(LEAST_ACCURACY, 0),
        "poor_judges": listed([FAMILIES[name] for name in silent_judges(study)]),
        "too_few_images_for": listed([FAMILIES[family] for family in too_few]),
        "strict": percent(study.metrics("generation")["strict_threshold"], 0),
        "hindsight": hindsight(study),
        "best_reader": percent(study.metrics("denoising")["share_of_best_reader"], 0),
    }
