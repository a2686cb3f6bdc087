"""Where each verdict holds: the table of robustness as a figure, as tables, and as curves over the length of training."""

from collections.abc import Mapping
from typing import Any

from autoencoders.statistics import BOUNDS
from report.texts.changes import COLUMNS, PART_NAMES
from report.texts.claims import SCALES, VERDICTS
from report.texts.labels import FAMILIES
from report.texts.language import _, localised, ngettext
from report.texts.tables import MISSING, listed
from report.texts.tables import Entry as Written
from report.views.changes import changes_of, exceptions_of
from report.views.figures import Field, LinePanels, Panel, Series, VerdictGrid
from report.views.findings import lies_below
from report.views.ledger import Grid, Vote, unit_of, written
from report.views.study import Study
from report.views.verdicts import COMPARED, claims_of, parts_of
from robustness.conditions import lengths
from robustness.table import DEFAULT, FAMILY, LENGTH, TABLE_PATH, Entry, find_missing, reaches

SOURCE = TABLE_PATH.as_posix()
FINAL = "final"  # the column of the page's own verdicts
TABLES = (("C1", "C2", "C3", "C4"), ("C5", "C6"), ("C7", "C8"))  # claims whose parts have room side by side
SIDE_BY_SIDE = 3  # panels
Groups = list[dict[str, str]]  # of conditions, with their labels
Found = Mapping[tuple[str, str], Entry]  # by part and condition


def view(study: Study) -> dict[str, Any] | None:
    """Return what the page shows of the table of robustness; None where there is none of this study."""
    found = {(entry.part, entry.condition): entry for entry in study.robustness}
    if not found:
        return None
    columns = groups(study)
    return {
        "figure": figure(study, found, columns),
        "default": label_of(study, DEFAULT, DEFAULT),
        "finding": finding(study),
        "missing": missing(study),
        "tables": [table(study, found, columns, claims) for claims in TABLES],
        "curves": curves(study, found),
    }


def finding(study: Study) -> str:
    """Return how many parts keep their verdict under all changes; empty where no change was tried."""
    tried = {part: changes_of(study, part) for part in parts_of(study)}
    kept = sum(not exceptions_of(study, part) for part in tried)
    said = _(
        "%(kept)s of %(parts)s parts keep their verdict under every change that can affect them.",
        kept=kept,
        parts=len(tried),
    )
    return said if any(tried.values()) else ""


def missing(study: Study) -> str:
    """Return in one sentence which conditions are not computed yet; empty where all are."""
    labels = [label_of(study, one.kind, one.name) for one in find_missing(study.params, study.robustness)]
    return _("Not computed yet: %(conditions)s.", conditions=listed(labels)) if labels else ""


def epochs_of(study: Study) -> dict[str, int]:
    """Return the epochs of the default and of each condition that changes them, the fewest first."""
    epochs = {**lengths(study.params), DEFAULT: study.params.epochs}
    return dict(sorted(epochs.items(), key=lambda one: one[1]))


def label_of(study: Study, kind: str, name: str) -> str:
    """Return what a condition is called where there is little room."""
    value = localised(name.removeprefix(f"{kind}_"))
    if kind in {LENGTH, DEFAULT}:
        return ngettext("%(n)s epoch", "%(n)s epochs", epochs_of(study)[name])
    if kind == FAMILY:
        return FAMILIES[value]
    if kind == "latent_dim":
        return _("code length %(value)s", value=value)
    return f"β = {value}" if kind == "beta" else COLUMNS[name]


def groups(study: Study) -> Groups:
    """Return the conditions in groups: the page's verdicts, families of features, lengths of training, other changes.

    The default is one of the lengths.
    """
    kinds = {entry.condition: entry.kind for entry in study.robustness}
    ordered = [
        *(name for name, kind in kinds.items() if kind == FAMILY),
        *(name for name in epochs_of(study) if name in kinds),
        *(name for name, kind in kinds.items() if kind not in {FAMILY, LENGTH, DEFAULT}),
    ]
    found: dict[str, dict[str, str]] = {}
    for name in ordered:
        kind = LENGTH if name == DEFAULT else kinds[name]
        found.setdefault(kind, {})[name] = label_of(study, kind, name)
    return [{FINAL: _("on this page")}, *found.values()]


def figure(study: Study, found: Found, columns: Groups) -> VerdictGrid:
    """Return the figure of all verdicts."""
    parts = parts_of(study)

    def field(part: str, condition: str) -> Field | None:
        if condition == FINAL:
            return Field(parts[part]["verdict"], is_exception=True)
        entry, default = found.get((part, condition)), found[part, DEFAULT]
        if entry is None or not reaches(entry, default):
            return None
        return Field(entry.verdict, entry.verdict != default.verdict)

    return VerdictGrid(
        "summary-robustness",
        [list(group.values()) for group in columns],
        [[(part, PART_NAMES[part]) for part in claim["parts"]] for claim in claims_of(study).values()],
        [[field(part, condition) for group in columns for condition in group] for part in parts],
        dict(VERDICTS),
        source=SOURCE,
    )


def table(study: Study, found: Found, columns: Groups, claims: tuple[str, ...]) -> Grid:
    """Return the numbers behind the figure for some claims: a row for each condition, a column for each part."""
    parts = {part: row for claim in claims for part, row in claims_of(study)[claim]["parts"].items()}
    scales = {part: SCALES[row["metric"]] for part, row in parts.items()}

    def vote(part: str, condition: str) -> Vote:
        entry = found.get((part, condition))
        if entry is None:
            return Vote(Written(MISSING))
        return Vote(written(entry._asdict(), scales[part]._replace(unit="")), entry.verdict, VERDICTS[entry.verdict])

    return Grid(
        _("Primary number of each part with its 95 %% interval, and its verdict, under each condition."),
        _("condition"),
        [(part, unit_of(scale)) for part, scale in scales.items()],
        [
            (label, [vote(part, condition) for part in parts])
            for group in columns[1:]
            for condition, label in group.items()
            if any((part, condition) in found for part in parts)
        ],
        source=SOURCE,
    )


def curves(study: Study, found: Found) -> LinePanels | None:
    """Return over the length of training the numbers of the parts whose verdict or number moves; None without any."""
    at = epochs_of(study)
    panels = []
    for part, row in parts_of(study).items():
        points = [(n, found[part, name]) for name, n in at.items() if (part, name) in found]
        if moves([entry for _n, entry in points], found[part, DEFAULT]):
            panels.append(_panel(part, row, [(n, entry) for n, entry in points if entry.mean is not None]))
    if not panels:
        return None
    columns = min(SIDE_BY_SIDE, len(panels))
    return LinePanels("summary-lengths", panels, height=2.2, columns=columns, source=SOURCE)


def moves(entries: list[Entry], default: Entry) -> bool:
    """Return whether one of these verdicts is not the default's, or an interval lies apart from the default's."""
    own = default._asdict()
    return any(
        entry.verdict != default.verdict or lies_below(entry._asdict(), own) or lies_below(own, entry._asdict())
        for entry in entries
    )


def _panel(part: str, row: Mapping[str, Any], points: list[tuple[int, Entry]]) -> Panel:
    scale = SCALES[row["metric"]]
    role = COMPARED[part][0]
    x = [n for n, _entry in points]
    y, low, high = ([getattr(entry, key) for _n, entry in points] for key in BOUNDS)
    has_band = None not in (*low, *high)
    line = Series(role, "", x, y, low if has_band else (), high if has_band else ())
    ends = [x[0], x[-1]] if x else []
    limit = Series("muted", "", ends, [row["threshold"]] * len(ends), has_markers=False)
    factor = 100 if scale.is_share else 1
    return Panel(
        f"{part} {PART_NAMES[part]}",
        _("epochs"),
        unit_of(scale),
        [line.scaled(factor), limit.scaled(factor)],
        x_ticks=x,
        log_x=True,
    )
