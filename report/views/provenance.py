"""What the page rests on: parameters, checksums of the data, library versions."""

from typing import Any

import yaml

from report.language import _
from report.study import Study
from report.tables import Cell, Column, Table, TableRow


def listing(title: str, heading: str, entries: dict[str, str]) -> Table:
    """Return names and values as a table."""
    rows = [TableRow("", name, [Cell(value)]) for name, value in entries.items()]
    return Table(title, _("name"), [Column(heading)], rows)


def view(study: Study) -> dict[str, Any]:
    """Return what the section shows."""
    info = study.metrics("prepare")
    title = info["title"]
    return {
        "params": yaml.safe_dump(study.params.model_dump(mode="json"), sort_keys=False),
        "checksums": listing(_("MD5 of the raw files, checked before anything was read."), "MD5", info["checksums"]),
        "versions": listing(_("Libraries of this run."), _("version"), study.versions),
        "licence": info["licence"],
        "url": info["url"],
        "title": _(title),
    }
