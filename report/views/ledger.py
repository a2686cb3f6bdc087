"""The ledger: each claim with its parts, their numbers, thresholds, controls, and every cell behind a verdict."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from autoencoders.statistics import BOUNDS
from foundation.vocabulary import JUDGES
from report.texts.claims import (
    AXES,
    CLAIM_METRICS,
    CLAIM_TITLES,
    CLAIMS,
    CONDITIONS,
    CONTROLS,
    CORNERS,
    FINE_POINTS,
    MEASURE_SCALES,
    MEASURED,
    MEASURES,
    OUTCOMES,
    PARTS,
    POINTS,
    SCALE_OF_WAY,
    SCALES,
    SHORT_PARTS,
    THRESHOLD_REASONS,
    VERDICTS,
    WAY,
    Scale,
)
from report.texts.labels import FAMILIES, REGIONS, SAMPLERS, SOURCES
from report.texts.language import _
from report.texts.tables import MISSING, Entry, entry, general, listed, number, percent
from report.views.changes import exceptions, holds_except
from report.views.findings import Row
from report.views.study import Study
from report.views.verdicts import claims_of, parts_of, unjudged

VALUES = {"family": FAMILIES, "measure": MEASURES, "region": REGIONS, "sampler": SAMPLERS}


class Vote(NamedTuple):
    """A cell of a grid: number and interval as text, its verdict, and the verdict in words."""

    value: Entry
    verdict: str = ""
    label: str = ""


class Grid(NamedTuple):
    """All cells of a part as a table; a column has a unit where all its numbers have it."""

    caption: str
    corner: str
    columns: list[tuple[str, str]]
    rows: list[tuple[str, list[Vote]]]
    source: str = ""


class Evidence(NamedTuple):
    """The primary number of a part with its unit, a dash where there is none; why it is not judged, empty if it is."""

    value: Entry
    why: str


def scale_of(part: Row, keys: Mapping[str, Any]) -> Scale:
    """Return how the number of a cell of a part is written."""
    scale = MEASURE_SCALES.get(keys.get("measure", ""), SCALES[part["metric"]])
    return FINE_POINTS if scale == POINTS and part["metric"] == "error_added" else scale


def written(row: Row | None, scale: Scale) -> Entry:
    """Return a stored mean with its interval, the unit after the mean."""
    found = entry(row and {key: row[key] for key in BOUNDS}, scale.digits, is_share=scale.is_share)
    return found if found.text == MISSING or not scale.unit else found._replace(text=f"{found.text} {unit_of(scale)}")


def unit_of(scale: Scale) -> str:
    """Return the unit of numbers; empty where they have none."""
    return _(scale.unit.replace("%", "%%"))


def written_threshold(value: float, scale: Scale) -> str:
    """Return a threshold with its unit; 0 needs none."""
    if not value:
        return number(0, 0)
    text = number(100 * value, 0) if scale.is_share else number(value, scale.digits)
    return f"{text} {unit_of(scale)}" if scale.unit else text


def value_label(axis: str, value: Any) -> str:
    """Return what a value of a key is called: of a measure, a family of features, a region, a strength."""
    if axis == "confidence":
        return _("at least %(share)s sure", share=percent(value, 0))
    return VALUES[axis][value] if axis in VALUES else general(value)


def asked(primary: Row) -> str:
    """Return in words what the primary number of a part was asked of, where other numbers were asked, too."""
    return ", ".join(
        _("strength %(value)s", value=general(value)) if axis == "level" else value_label(axis, value)
        for axis, value in primary["keys"].items()
    )


def named_axes(part: Row) -> str:
    """Return the keys that a verdict depends on, as they follow the words "depends on"; nothing where it does not."""
    return listed([AXES[_axis(axis, part.get("cells", []))] for axis in part["depends_on"]])


def _axis(axis: str, cells: Sequence[Row]) -> str:
    """Return the name of a key; families of features that are all a judge's are judges."""
    return "judge" if axis == "family" and {cell["family"] for cell in cells} <= {*JUDGES} else axis


def grid(part: Row) -> Grid | None:
    """Return all cells of a part by their keys, None where there is one cell or none.

    With more than one key the features, or else the measures, are the columns.
    """
    cells, axes = part["cells"], list(part["primary"]["keys"]) if part["primary"] else []
    if len(cells) < 2 or not axes:
        return None
    across = next((axis for axis in ("family", "measure") if axis in axes), "") if len(axes) > 1 else ""
    down = [axis for axis in axes if axis != across]
    found = {(tuple(cell[axis] for axis in down), cell.get(across)): cell for cell in cells}
    rows, columns = ([*dict.fromkeys(keys)] for keys in zip(*found, strict=True))
    scales = {column: {scale_of(part, cell) for cell in cells if cell.get(across) == column} for column in columns}
    units = {column: unit_of(*scales[column]) if len(scales[column]) == 1 else "" for column in columns}
    return Grid(
        f"{counted(part)}. "
        + _(
            "All numbers behind this verdict, mean and 95 %% interval: ✓ supports it, ✗ refutes it, ○ is undecided; "
            "a number in brackets has no vote."
        ),
        ", ".join(CORNERS[_axis(axis, cells)] for axis in down),
        [(value_label(across, column) if across else _("number"), units[column]) for column in columns],
        [
            (
                ", ".join(value_label(*pair) for pair in zip(down, row, strict=True)),
                [_vote(part, found.get((row, column)), has_unit=not units[column]) for column in columns],
            )
            for row in (sorted(rows) if down == ["level"] else rows)
        ],
        "summary/metrics.json",
    )


def _vote(part: Row, cell: Row | None, *, has_unit: bool) -> Vote:
    if cell is None:
        return Vote(Entry(MISSING))
    label = VERDICTS[cell["verdict"]] if cell["votes"] else _("has no vote")
    scale = scale_of(part, cell)
    value = written(cell, scale if has_unit else scale._replace(unit=""))
    return Vote(value if cell["votes"] else value._replace(text=f"({value.text})"), cell["verdict"], label)


def counted(part: Row) -> str:
    """Return how many cells of a part stand on which side."""
    said = _(
        "The same question in %(n)s forms: supported %(supported)s, refuted %(refuted)s, undecided %(undecided)s",
        n=part["n_cells"],
        **{key: part[f"n_{key}"] for key in ("supported", "refuted", "undecided")},
    )
    return said + (_(", no vote %(n)s", n=part["n_silent"]) if part["n_silent"] else "")


def controls(part: Row) -> list[tuple[str, Entry]]:
    """Return what trivial things score, in the order of their labels."""
    scale, found, labels = SCALES[part["metric"]], part["controls"], {**CONTROLS, **SOURCES}
    return [
        (labels[name], written({"mean": found[name], "low": None, "high": None}, scale))
        for name in sorted(found, key=list(labels).index)
    ]


def measured(name: str, study: Study) -> str:
    """Return in plain words what the number of a part is."""
    strict = percent(study.metrics("generation")["strict_threshold"], 0)
    said = _(MEASURED[name], steps=study.params.generation.path_steps, strict=strict)
    return f"{said} {_(WAY)}" if name in SCALE_OF_WAY else said


def threshold(name: str, part: Row, study: Study) -> str:
    """Return where a part counts as supported, and why there."""
    value = written_threshold(part["threshold"], SCALES[part["metric"]])
    even = percent(1 / study.params.generation.path_steps, 0)
    side = (
        _("Supported above %(threshold)s", threshold=value)
        if part["direction"] == "above"
        else _("Supported below %(threshold)s", threshold=value)
    )
    return f"{side}: {_(THRESHOLD_REASONS[name], threshold=value, even=even)}"


def shown_part(name: str, part: Row, study: Study, why: str) -> dict[str, Any]:
    """Return what the page shows of a part."""
    primary = part["primary"]
    return {
        "letter": name[2:],
        "text": PARTS.get(name, ""),
        "short": SHORT_PARTS.get(name, ""),
        "stage": part["stage"],
        "verdict": part["verdict"],
        "label": VERDICTS[part["verdict"]],
        "depends": named_axes(part),
        "unjudged": why,
        "metric": CLAIM_METRICS[part["metric"]],
        "measured": measured(name, study),
        "value": written(primary, SCALES[part["metric"]]),
        "asked": asked(primary) if primary else "",
        "threshold": threshold(name, part, study),
        "condition": CONDITIONS.get(name, ""),
        "is_condition_met": part["is_condition_met"],
        "is_disputed": bool(primary) and 0 < primary["n_seeds_above"] < primary["n_seeds"],
        "n_seeds": primary["n_seeds"] if primary else 0,
        "n_seeds_above": primary["n_seeds_above"] if primary else 0,
        "controls_are_gains": name.startswith("C3"),
        "controls": controls(part),
        "exceptions": exceptions(study, name),
        "grid": grid(part),
    }


def outcome(name: str, part: Row) -> str:
    """Return in a few words what came out for a claim of one part."""
    if part["verdict"] == "depends":
        return _("depends on %(axes)s", axes=named_axes(part))
    return OUTCOMES.get(f"{name}-{part['verdict']}", OUTCOMES["undecided"])


def ledger(study: Study) -> dict[str, dict[str, Any]]:
    """Return for each claim its texts, its verdict and its parts."""
    why, shown = unjudged(study), {}
    for name, claim in claims_of(study).items():
        has_parts = len(claim["parts"]) > 1
        judged = claim if has_parts else next(iter(claim["parts"].values()))
        shown[name] = {
            "title": CLAIM_TITLES[name],
            "text": CLAIMS[name],
            "verdict": claim["verdict"],
            "label": VERDICTS[claim["verdict"]],
            "depends": named_axes(judged),
            "unjudged": why[name],
            "has_parts": has_parts,
            "holds": holds_except(study, name),
            "outcome": why[name] or ("" if has_parts else outcome(name, judged)),
            "parts": {part: shown_part(part, found, study, why[part]) for part, found in claim["parts"].items()},
        }
    return shown


def evidence(study: Study, stage: str) -> dict[str, Evidence]:
    """Return the evidence of each part of a claim that a stage measures."""
    why = unjudged(study)
    return {
        name: Evidence(written(part["primary"], SCALES[part["metric"]]), why[name])
        for name, part in parts_of(study).items()
        if part["stage"] == stage
    }
