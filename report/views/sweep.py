"""Lines over latent dimensions, as several sections draw them."""

from collections.abc import Mapping, Sequence
from typing import Any

from report.texts.language import _
from report.views.figures import Panel, Series
from report.views.study import Row


def lines(rows: Sequence[Row], x: str, key: str, labels: Mapping[str, str], **select: Any) -> list[Series]:
    """Return one line with its band per value of ``key``, from the rows with the selected entries."""
    chosen = [row for row in rows if all(row[name] == value for name, value in select.items())]
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
