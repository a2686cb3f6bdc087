"""Tables of numbers: every number is formatted here, once, so that templates place text only."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from report.texts.language import N_, _, decimal_mark, localised, message

Direction = Literal["lower", "higher"]
MISSING = "–"
MINUS = "−"
DISAGREEMENT = " †"  # the seeds disagree on the sign
GROUPED_FROM = 10_000
NARROW = "\u202f"  # a space that does not break
AND, OR = N_("%(first)s and %(last)s"), N_("%(first)s or %(last)s")


class Entry(NamedTuple):
    """An entry of a table: number and interval as text (empty where there is none), and whether it is the best."""

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


def table_row(label: str, *entries: Entry | str, key: str = "") -> TableRow:
    """Return a row of a table; texts are entries without an interval."""
    return TableRow(key, label, [Entry(one) if isinstance(one, str) else one for one in entries])


@dataclass(frozen=True)
class Table:
    """A table as the page shows it.

    Attributes:
        caption: What it states, on which images.
        corner: Heading of the column of row labels.
        columns: One per column of entries.
        rows: In order.
        source: File under results/ that its numbers stand in; nothing where they stand in none.
    """

    caption: str
    corner: str
    columns: list[Column]
    rows: list[TableRow]
    source: str = ""


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


def capital(text: str) -> str:
    """Return a text with a capital first letter.

    >>> capital("real images"), capital("")
    ('Real images', '')
    """
    return text[:1].upper() + text[1:]


def listed(values: Sequence[float | str], joined: str = AND) -> str:
    """Return values as words of a sentence; ``joined`` is ``AND`` or ``OR``.

    >>> listed([1, 2, 4]), listed(["2", "4"], OR), listed(["a"])
    ('1, 2 and 4', '2 or 4', 'a')
    """
    texts = [value if isinstance(value, str) else general(value) for value in values]
    if len(texts) < 2:
        return "".join(texts)
    return _(joined, first=", ".join(texts[:-1]), last=texts[-1])


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
    bounds = "" if low is None or high is None else interval(low, high, digits)
    return Entry(f"{number(mean, digits)}{disagreement(row)}", bounds, is_best)


def estimate(found: Entry) -> str:
    """Return number and interval as a sentence has them.

    >>> estimate(Entry("0.5", "[0.4, 0.6]")), estimate(Entry("0.5"))
    ('0.5 [0.4, 0.6]', '0.5')
    """
    return f"{found.text} {found.interval}".strip()


def interval(low: float, high: float, digits: int) -> str:
    """Return the bounds in brackets, unbroken; a semicolon stands between them where the comma is the decimal mark.

    >>> interval(0.69, 1.24, 2).replace("\u00a0", " ")
    '[0.69, 1.24]'
    """
    between = ";" if decimal_mark() == "," else ","
    return f"[{number(low, digits)}{between}\u00a0{number(high, digits)}]"


def disagreement(row: Mapping[str, Any]) -> str:
    """Return a mark where a stored difference is above 0 for some seeds and not for others, else nothing."""
    return DISAGREEMENT if 0 < row.get("n_seeds_above", 0) < row.get("n_seeds", 0) else ""


class Field(NamedTuple):
    """Where a column's numbers stand and how they are shown."""

    column: Column
    select: Mapping[str, Any]
    digits: int = 2
    is_share: bool = False


def matches(row: Mapping[str, Any], select: Mapping[str, Any]) -> bool:
    """Return whether a row has these entries."""
    return all(row[key] == value for key, value in select.items())


def find(rows: Iterable[Mapping[str, Any]], **select: Any) -> Mapping[str, Any] | None:
    """Return the first row with these entries, None where there is none."""
    return next((row for row in rows if matches(row, select)), None)


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


def grid(  # noqa: PLR0913 -- what a table is made of
    caption: str,
    corner: str,
    rows: Sequence[Mapping[str, Any]],
    by: tuple[str, Mapping[Any, str]],
    fields: Sequence[Field],
    *,
    baselines: Iterable[str] = (),
    source: str = "",
) -> Table:
    """Return a table with one row per label; of each column with a direction the best entry is marked, if it is one.

    The best entry is the one whose interval lies apart from those of all rivals, on the better side.

    Args:
        caption: What the table states.
        corner: Heading of the column of row labels.
        rows: Stored entries with mean, low, high.
        by: The key that tells the rows of the table apart, and its values in order with their labels; those without any
            entry are left out.
        fields: The columns.
        baselines: Rows that neither are best nor rivals (real images, noisy input).
        source: File under results/ that the entries stand in.
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
    return Table(caption, corner, [field.column for field in fields], body, source)


def _best(entries: Mapping[Any, Mapping[str, Any] | None], direction: Direction | None) -> Any:
    """Return the key of the entry that is better than all others, None where there is none or no direction."""
    found = {key: one for key, one in entries.items() if one is not None and one["mean"] is not None}
    if direction is None or len(found) < 2:
        return None
    leader = (min if direction == "lower" else max)(found, key=lambda key: found[key]["mean"])
    rivals = [one for key, one in found.items() if key != leader]
    return leader if all(_is_better(found[leader], rival, direction) for rival in rivals) else None


def _is_better(one: Mapping[str, Any], rival: Mapping[str, Any], direction: Direction) -> bool:
    """Return whether the intervals of both are known and lie apart, the first on the better side."""
    lower, higher = (one, rival) if direction == "lower" else (rival, one)
    return None not in (lower["high"], higher["low"]) and bool(lower["high"] < higher["low"])
