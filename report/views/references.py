"""The works that the study rests on."""

from typing import Any

from report.language import _
from report.references import REFERENCES
from report.study import Study


def view(study: Study) -> dict[str, Any]:  # noqa: ARG001 -- the signature of every view
    """Return what the section shows."""
    return {"entries": [{**entry._asdict(), "use": _(entry.use)} for entry in REFERENCES]}
