"""Tables of numbers: every number is formatted here, once, so that templates place text only."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from report.texts.language import localised, message

Direction = Literal["lower", "higher"]
MISSING = "–"
MINUS = "−"
DISAGREEMENT = " †"  # the seeds disagree on the sign
GROUPED_FROM = 10_000
NARROW = "\u202f"  # a space that does not break


class Entry(NamedTuple):
    """An entry of a table: number and interval as text (empty where there is none), and whether its row is the best."""

    text: str
    interval: str = ""
    is_best: bool = False


class Column(NamedTuple):
    """Heading of a column: label, unit, which values are better, and whether it holds text instead of numbers."""

    label: str
    unit: str = ""
    direction: Direction | None = None
    is_text: bool = False


class TableRow(NamedTuple):
    """A labelled row of a table; where ``key`` has a colour in the figures, the row shows it."""

    key: str
    label: str
    entries: list[Entry]


@dataclass(frozen=True)
class Table:
    """A table as the page shows it.

    Attributes:
        caption: What it states, on which images.
        corner: Heading of the column of row labels.
        columns: One per column of entries.
        rows: In order.
    """

    caption: str
    corner: str
    columns: list[Column]
    rows: list[TableRow]


def number(value: float | None, digits: int) -> str:
    """Return a number with a fixed count of decimals, a dash where there is none; from five digits on in threes.

    The decimal mark is that of the active language.

    >>> number(-123.45, 1), number(None, 2)
    ('−123.5', '–')
    """
    if value is None:
        return MISSING
    digits_only = f"{abs(value):{',' if abs(value) >= GROUPED_FROM else ''}.{digits}f}".replace(",", NARROW)
    is_zero = not digits_only.strip(f"0.{NARROW}")
    text = localised(digits_only)
    return text if value >= 0 or is_zero else f"{MINUS}{text}"


def general(value: float) -> str:
    """Return a number with as many digits as it needs, as a label of a level or a setting.

    >>> general(0.25), general(4.0)
    ('0.25', '4')
    """
    return localised(f"{value:g}")


def head(label: str) -> str:
    """Return what stands over a column of a picture: a number with its minus sign, or a name in the active language.

    >>> head("-2"), head("T-shirt/top")
    ('−2', 'T-shirt/top')
    """
    try:
        float(label)
    except ValueError:
        return message(label)
    return localised(label.replace("-", "−"))


def percent(value: float | None, digits: int = 1) -> str:
    """Return a share as percent.

    >>> percent(0.9941) == f"99.4{NARROW}%"
    True
    """
    return MISSING if value is None else f"{number(100 * value, digits)}{NARROW}%"


def entry(row: Mapping[str, Any] | None, digits: int = 2, *, is_share: bool = False, is_best: bool = False) -> Entry:
    """Return mean and interval of a stored entry with mean, low and high; a dash for None."""
    if row is None or row["mean"] is None:
        return Entry(MISSING)
    scale = 100 if is_share else 1
    mean, low, high = (None if row[key] is None else scale * row[key] for key in ("mean", "low", "high"))
    bounds = "" if low is None else f"{number(low, digits)}\u2009…\u2009{number(high, digits)}"
    return Entry(f"{number(mean, digits)}{disagreement(row)}", bounds, is_best)


def disagreement(row: Mapping[str, Any]) -> str:
    """Return a mark where a stored difference is above 0 for some seeds and not for others, else nothing."""
    return DISAGREEMENT if 0 < row.get("n_seeds_above", 0) < row.get("n_seeds", 0) else ""


class Field(NamedTuple):
    """Where a column's numbers stand and how they are shown."""

    column: Column
    select: Mapping[str, Any]
    digits: int = 2
    is_share: bool = False


def find(rows: Iterable[Mapping[str, Any]], **select: Any) -> Mapping[str, Any] | None:
    """Return the first row with these entries, None where there is none."""
    return next((row for row in rows if all(row[key] == value for key, value in select.items())), None)


def by_latent_dim(
    latent_dims: Iterable[int],
    direction: Direction | None = None,
    digits: int = 2,
    *,
    is_share: bool = False,
    **select: Any,
) -> list[Field]:
    """Return one column per latent dimension, of the stored entries selected."""
    return [Field(Column(str(d), "", direction), {"latent_dim": d, **select}, digits, is_share) for d in latent_dims]


def grid(
    caption: str,
    corner: str,
    rows: Sequence[Mapping[str, Any]],
    by: tuple[str, Mapping[Any, str]],
    fields: Sequence[Field],
    *,
    baselines: Iterable[str] = (),
) -> Table:
    """Return a table with one row per label; the best mean of each column with a direction is marked.

    Args:
        caption: What the table states.
        corner: Heading of the column of row labels.
        rows: Stored entries with mean, low, high.
        by: The key that tells the rows of the table apart, and its values in order with their labels; those without any
            entry are left out.
        fields: The columns.
        baselines: Rows that cannot be best (real images, noisy input).
    """
    row_key, labels = by
    own = {key: [row for row in rows if row[row_key] == key] for key in labels}
    found = {key: [find(own[key], **field.select) for field in fields] for key in labels if own[key]}
    rivals = [key for key in found if key not in set(baselines)]
    best = [_best({key: found[key][i] for key in rivals}, field.column.direction) for i, field in enumerate(fields)]
    body = [
        TableRow(
            str(key),
            labels[key],
            [
                entry(one, field.digits, is_share=field.is_share, is_best=key == leader)
                for one, field, leader in zip(entries, fields, best, strict=True)
            ],
        )
        for key, entries in found.items()
    ]
    return Table(caption, corner, [field.column for field in fields], body)


def _best(entries: Mapping[Any, Mapping[str, Any] | None], direction: Direction | None) -> Any:
    """Return the key with the best mean, None without direction or rivals."""
    means = {key: one["mean"] for key, one in entries.items() if one is not None and one["mean"] is not None}
    if direction is None or len(means) < 2:
        return None
    return (min if direction == "lower" else max)(means, key=lambda key: means[key])
