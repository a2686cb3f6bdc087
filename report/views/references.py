"""The works that the study rests on."""

from typing import Any

from report.texts.language import _
from report.texts.references import REFERENCES
from report.views.study import Study


def view(study: Study) -> dict[str, Any]:
    """Return what the section shows."""
    cited = [entry for entry in REFERENCES if not entry.datasets or study.params.dataset in entry.datasets]
    return {"entries": [{**entry._asdict(), "use": _(entry.use)} for entry in cited]}
