"""What the sections say of the parts of claims that they measure: primary numbers, and why a part is not judged."""

from typing import NamedTuple

from report.texts.claims import SCALES
from report.texts.tables import Entry
from report.views.findings import parts_of, unjudged
from report.views.ledger import written
from report.views.study import Study


class Evidence(NamedTuple):
    """The primary number of a part with its unit, a dash where there is none; why it is not judged, empty if it is."""

    value: Entry
    why: str


def evidence(study: Study, stage: str) -> dict[str, Evidence]:
    """Return the evidence of each part of a claim that a stage measures."""
    why = unjudged(study)
    return {
        name: Evidence(written(part["primary"], SCALES[part["metric"]]), why[name])
        for name, part in parts_of(study).items()
        if part["stage"] == stage
    }
