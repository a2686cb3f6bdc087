"""What the page rests on: parameters, checksums of the data, library versions."""

from typing import Any

import yaml

from foundation.vocabulary import OWN
from report.texts.language import N_, _
from report.texts.tables import Column, Table, table_row
from report.views.study import Study


def listing(title: str, heading: str, entries: dict[str, str], source: str = "") -> Table:
    """Return names and values as a table; ``source`` is the file under results/ that they stand in."""
    rows = [table_row(name, value) for name, value in entries.items()]
    return Table(title, _("name"), [Column(heading)], rows, source)


NUMERICS = {
    "native": N_(
        "Numerics: native. PyTorch chose the fastest code for the processor, NumPy and SciPy run code that x86-64 "
        "processors with AVX2 share. Another kind of processor gives other last bits in training, and so does another "
        "number of cores in cells of one seed; training then goes another way."
    ),
    "portable": N_(
        "Numerics: portable. The libraries were pinned to one thread and to code that all x86-64 processors with AVX2 "
        "and FMA share, so that they agree to the last bit."
    ),
}


def view(study: Study) -> dict[str, Any]:
    """Return what the section shows."""
    info = study.metrics("prepare")
    title = info["title"]
    return {
        "params": yaml.safe_dump(study.params.model_dump(mode="json"), sort_keys=False),
        "checksums": listing(
            _("MD5 of the images and labels as IDX files.")
            if study.params.dataset == OWN
            else _("MD5 of the raw files, checked before anything was read."),
            "MD5",
            info["checksums"],
            "prepare/metrics.json",
        ),
        "versions": listing(_("Libraries of this run."), _("version"), study.versions),
        "numerics": _(NUMERICS[study.params.numerics]),
        "licence": info["licence"] or _("own images"),
        "url": info["url"],
        "is_linked": info["url"].startswith(("https://", "http://")),  # no other scheme may be followed
        "title": study.named(title),
    }
