"""Lines over latent dimensions and dots at one of them, as several sections draw them."""

from collections.abc import Mapping, Sequence
from typing import Any

from report.texts.language import _
from report.texts.tables import find, matches
from report.views.figures import Panel, Series
from report.views.study import Row


def lines(rows: Sequence[Row], x: str, key: str, labels: Mapping[str, str], **select: Any) -> list[Series]:
    """Return one line with its band per value of ``key``, from the rows with the selected entries."""
    chosen = [row for row in rows if matches(row, select)]
    series = []
    for name, label in labels.items():
        found = sorted((row for row in chosen if row[key] == name and row["mean"] is not None), key=lambda row: row[x])
        if found:
            columns = {entry: [row[entry] for row in found] for entry in (x, "mean", "low", "high")}
            has_band = None not in columns["low"]
            band = (columns["low"], columns["high"]) if has_band else ((), ())
            series.append(Series(name, label, columns[x], columns["mean"], *band))
    return series


def over_latent_dims(title: str, y_label: str, series: Sequence[Series], **options: Any) -> Panel:
    """Return a panel over latent dimensions on a doubling scale."""
    ticks = sorted({value for one in series for value in one.x})
    return Panel(title, _("latent dimension"), y_label, series, x_ticks=ticks, log_x=True, **options)


def dots(
    title: str,
    x_label: str,
    rows: Sequence[Row],
    by: tuple[str, Mapping[str, str]],
    *,
    scale: float = 1.0,
    x_marks: Sequence[float] = (),
    **select: Any,
) -> Panel:
    """Return a panel with a dot and its interval per value of a key, from the rows with the selected entries.

    Args:
        title: What is measured.
        x_label: In which unit.
        rows: Stored entries with mean, low, high.
        by: The key, and its values in order with their labels; those without an entry are left out.
        scale: Factor from the entries to the unit.
        x_marks: Places that a thin line points out.
        select: Entries that select the rows.
    """
    key, labels = by
    found = {name: find(rows, **{key: name}, **select) for name in labels}
    series = [
        Series(name, labels[name], [one["mean"]], [0.0], *(() if one["low"] is None else ([one["low"]], [one["high"]])))
        for name, one in found.items()
        if one is not None and one["mean"] is not None
    ]
    return Panel(title, x_label, "", [one.scaled(scale, "x") for one in series], x_marks=x_marks)
