"""The data: splits, classes, samples, checksums."""

from typing import Any

from foundation.vocabulary import OWN
from report.texts.labels import SPLITS
from report.texts.language import _
from report.texts.roles import N_CLASS_COLOURS
from report.texts.tables import Column, Entry, Table, TableRow, number
from report.views.study import Study


def counts(study: Study) -> Table:
    """Return images per class and split."""
    rows = study.table("prepare", "classes")
    names = study.metrics("prepare")["class_names"]
    by_split = {(row["split"], str(row["class"])): row["n_images"] for row in rows}
    table_rows = []
    for split, label in SPLITS.items():
        found = [by_split[split, name] for name in names]
        table_rows.append(TableRow(split, label, [Entry(number(n, 0)) for n in [*found, sum(found)]]))
    columns = [*(Column(study.named(name)) for name in names), Column(_("all"))]
    return Table(_("Images per class."), _("split"), columns, table_rows, "prepare/classes.csv")


def view(study: Study) -> dict[str, Any]:
    """Return what the section shows."""
    info = study.metrics("prepare")
    samples = study.pictures("prepare")["samples"]
    (height, width), title = info["image_shape"], info["title"]
    return {
        "title": study.named(title),
        "has_repeated_colours": len(info["class_names"]) > N_CLASS_COLOURS,
        "is_own": study.params.dataset == OWN,
        "are_shares": info["n_train"] != study.params.prepare.n_train,
        "licence": info["licence"],
        "height": height,
        "width": width,
        "n_train": number(info["n_train"], 0),
        "n_validation": number(info["n_validation"], 0),
        "n_test": number(info["n_test"], 0),
        "counts": counts(study),
        "samples": samples._replace(rows=[study.named(str(name)) for name in samples.rows]),
    }
