"""The page of experiments: what was changed, what came out, and what differs from the baseline."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from report.drawing.sheet import COLOURS, drawing
from report.experiments.comparison import ABSENT, Difference, claim_names, differences, differing
from report.experiments.runs import DONE, WORKSPACE, Problem, Run
from report.texts.claims import CLAIM_METRICS, CLAIMS, PARTS, SCALES, VERDICTS, Scale
from report.texts.labels import CODECS, SOURCES
from report.texts.language import N_, Labels, _, active, ngettext
from report.texts.tables import MISSING, Column, Entry, Table, TableRow, entry, number, table_row
from report.views.ledger import written, written_threshold

SHORT_HASH = 7
MINUTES = len("2000-01-01 00:00")  # of a time, without its seconds
LABEL_CHARACTERS = 28  # of a name in a figure; tables have it whole
ROW_HEIGHT = 0.27  # inches
UNKNOWN = Scale(2)  # of numbers of another version of the study
MARKS = {"above": "▲", "below": "▼"}
ROLES = {"above": "class-0", "below": "class-0", "overlap": "muted", "unknown": "muted"}
DIFFERENCES = Labels({"above": N_("above the baseline"), "below": N_("below the baseline")})
STATES = Labels(
    {DONE: N_("finished"), "queued": N_("queued, not run yet"), "running": N_("running"), "failed": N_("failed")}
)
PROBLEMS = {
    "missing": N_("%(path)s is missing."),
    "damaged": N_("%(path)s cannot be read: %(detail)s"),
    "older": N_("%(path)s is of an older form; left out: %(detail)s."),
    "changed": N_("%(path)s has changed since these results were made (%(detail)s): run dvc repro."),
}


class Measured(NamedTuple):
    """A claim's number in one run: verdict (empty where there is none) and how it differs from the baseline's."""

    value: Entry
    verdict: str
    verdict_label: str
    mark: str
    difference: str


def compact(value: object) -> str:
    """Return a parameter's value in one line, as params.yaml would have it.

    >>> compact([2, 4]), compact(1.0), compact(True), compact("mnist")
    ('[2, 4]', '1.0', 'true', 'mnist')
    """
    if value is ABSENT:
        return MISSING
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def short(rev: str) -> str:
    """Return the first characters of a hash, enough to name it."""
    return rev if rev == WORKSPACE else rev[:SHORT_HASH]


def label(run: Run) -> str:
    """Return what a run is called on the page."""
    if run.origin.rev == WORKSPACE:
        return _("workspace")
    return _("commit %(rev)s", rev=short(run.origin.rev)) if run.origin.is_commit else run.origin.name


def parameters(runs: Sequence[Run]) -> Table:
    """Return the table of the parameters that differ."""
    keys = differing(runs)
    rows = [table_row(label(run), *(compact(run.params.get(key, ABSENT)) for key in keys)) for run in runs]
    n_equal = len({key for run in runs for key in run.params}) - len(keys)
    rest = ngettext("%(n)s parameter is the same in all.", "%(n)s parameters are the same in all.", n_equal)
    caption = _("The parameters that differ between these runs, by their key in params.yaml.")
    return Table(f"{caption} {rest}", _("run"), [Column(key, is_text=True) for key in keys], rows)


def ledger(runs: Sequence[Run]) -> dict[str, Any]:
    """Return the columns (runs) and rows (parts of claims) of the table of primary numbers."""
    rows = [
        {
            "name": name,
            "metric": _metric(name, runs),
            "numbers": [_measured(run, name, kind) for run, kind in zip(runs, differences(name, runs), strict=True)],
        }
        for name in claim_names(runs)
    ]
    return {"columns": [label(run) for run in runs], "rows": rows}


def _measured(run: Run, name: str, found: Difference) -> Measured:
    claim = run.claims.get(name)
    if claim is None:
        return Measured(Entry(MISSING), "", "", "", "")
    value = written(claim, SCALES.get(claim["metric"], UNKNOWN))
    return Measured(
        value, claim["verdict"], VERDICTS[claim["verdict"]], MARKS.get(found, ""), DIFFERENCES.get(found, "")
    )


def _scale(name: str, runs: Sequence[Run]) -> Scale:
    """Return how a figure writes the numbers of a part: as shares only if all runs measured the same."""
    metrics = {run.claims[name]["metric"] for run in runs if name in run.claims}
    return SCALES.get(metrics.pop(), UNKNOWN) if len(metrics) == 1 else UNKNOWN


def _metric(name: str, runs: Sequence[Run]) -> str:
    metrics = dict.fromkeys(run.claims[name]["metric"] for run in runs if name in run.claims)
    return "; ".join(CLAIM_METRICS.get(metric, metric) for metric in metrics)


def figures(runs: Sequence[Run]) -> list[dict[str, str]]:
    """Return one figure per claim with its texts."""
    return [_figure(name, runs) for name in claim_names(runs)]


def _figure(name: str, runs: Sequence[Run]) -> dict[str, str]:
    found = differences(name, runs)
    judged = [kind for run, kind in zip(runs, found, strict=True) if is_experiment(run) and kind != "unknown"]
    finding = _(
        "Of the experiments %(above)s above the baseline, %(below)s below, %(overlap)s not told apart.",
        **{kind: judged.count(kind) for kind in ("above", "below", "overlap")},
    )
    metric = _metric(name, runs)
    description = _("%(metric)s: mean and 95 %% interval of each run.", metric=f"{metric[:1].upper()}{metric[1:]}")
    limits = " / ".join(written_threshold(value, _scale(name, runs)) for value in thresholds(name, runs))
    return {
        "name": name,
        "claim": PARTS.get(name, "") or CLAIMS.get(name, ""),
        "svg": dots(name, runs, found),
        "finding": finding if judged else "",
        "description": description + (" " + _("Threshold: %(value)s.", value=limits) if limits else ""),
    }


def thresholds(name: str, runs: Sequence[Run]) -> list[float]:
    """Return the thresholds of a claim in these runs; more than one where the study changed between commits."""
    claims = [run.claims[name] for run in runs if name in run.claims]
    return sorted({claim["threshold"] for claim in claims if claim["threshold"] is not None})


def dots(name: str, runs: Sequence[Run], found: Sequence[Difference]) -> str:
    """Return a figure of one dot with its interval per run, baselines first, the threshold as a dashed line."""
    height = 0.75 + ROW_HEIGHT * len(runs)
    figure = f"{active()}-experiments-{name.lower()}"
    with drawing(figure, 1, height) as sheet:
        axes = sheet.axes[0]
        for place, (run, kind) in enumerate(zip(runs, found, strict=True)):
            _draw(axes, place, run.claims.get(name), "ink" if run.origin.is_commit else ROLES[kind])
        bases = [run.claims.get(name) for run in runs if run.origin.is_commit]
        for base in bases if len(bases) == 1 else []:  # bands of several baselines would hide whose they are
            _shade(axes, base)
        left, right = axes.get_xlim()
        for threshold in thresholds(name, runs):
            if left - (right - left) > threshold or threshold > right + (right - left):
                continue  # far away it would press the intervals together
            axes.axvline(threshold, color=COLOURS["muted"], linewidth=1, linestyle=(0, (3, 3)), zorder=2)
        texts = [f"{_cut(label(run))} {MARKS.get(kind, '')}".strip() for run, kind in zip(runs, found, strict=True)]
        axes.set_yticks(range(len(runs)), texts)
        axes.set(ylim=(len(runs) - 0.4, -0.6))
        factor = 100 if _scale(name, runs).is_share else 1
        axes.xaxis.set_major_formatter(lambda value, _place: number(factor * value, _digits(axes.get_xlim(), factor)))
        axes.grid(visible=False, axis="y")
    return str(sheet.svg)


def _draw(axes: Any, place: int, claim: Mapping[str, Any] | None, role: str) -> None:
    if claim is None or claim["mean"] is None:
        return
    axes.plot([claim["mean"]], [place], "o", color=COLOURS[role], zorder=4)
    if claim["low"] is not None and claim["high"] is not None:
        axes.plot([claim["low"], claim["high"]], [place, place], color=COLOURS[role], linewidth=3, alpha=0.5, zorder=3)


def _shade(axes: Any, claim: Mapping[str, Any] | None) -> None:
    if claim is not None and claim["low"] is not None and claim["high"] is not None:
        axes.axvspan(claim["low"], claim["high"], color=COLOURS["muted"], alpha=0.15, linewidth=0, zorder=1)


def _digits(limits: tuple[float, float], factor: float) -> int:
    """Return the decimals that tell the ticks of an axis apart, whose numbers are shown times a factor."""
    span = factor * (limits[1] - limits[0])
    return next((digits for digits in range(4) if span * 10**digits >= 10), 4)


def _cut(text: str) -> str:
    return text if len(text) <= LABEL_CHARACTERS else f"{text[: LABEL_CHARACTERS - 1]}…"


def headline(runs: Sequence[Run]) -> Table | None:
    """Return the table of squared errors and Fréchet distances, None where no run has any."""
    codecs = [name for name in CODECS if any(name in _errors(run) for run in runs)]
    sources = [name for name in SOURCES if any(name in run.frechet for run in runs)]
    error, distance = _("squared error per test image"), _("Fréchet distance")
    columns = [Column(CODECS[name], error, "lower") for name in codecs]
    columns += [Column(SOURCES[name], distance, "lower") for name in sources]
    rows = [
        table_row(
            label(run),
            *(number(_errors(run).get(name), 2) for name in codecs),
            *(entry(run.frechet.get(name), 1) for name in sources),
        )
        for run in runs
    ]
    caption = _("Headline numbers on the test images; Fréchet distances with 95 %% intervals.")
    return Table(caption, _("run"), columns, rows) if columns else None


def _errors(run: Run) -> Mapping[str, Any]:
    errors = run.headline.get("se")
    return (
        {key: value for key, value in errors.items() if isinstance(value, int | float)}
        if isinstance(errors, dict)
        else {}
    )


def origins(runs: Sequence[Run]) -> Table:
    """Return the table of how each run was made."""
    columns = [_("revision"), _("baseline"), _("created"), _("state"), _("notes")]
    caption = _(
        "Where each run comes from. The commit comes first, then the workspace as it is now, then the commit's "
        "experiments by the time of their creation; names, times and states are DVC's."
    )
    return Table(
        caption, _("run"), [Column(text, is_text=True) for text in columns], [_origin(run, runs) for run in runs]
    )


def _origin(run: Run, runs: Sequence[Run]) -> TableRow:
    origin = run.origin
    texts = [
        short(origin.rev),
        short(origin.baseline) or MISSING,
        origin.created[:MINUTES] or MISSING,
        STATES.get(origin.state, origin.state) if is_experiment(run) else MISSING,
        " ".join([*_notes(run, runs), *map(explained, run.problems)]) or MISSING,
    ]
    return table_row(label(run), *texts)


def _notes(run: Run, runs: Sequence[Run]) -> list[str]:
    if run.origin.is_commit:
        return [" ".join(filter(None, (run.origin.name and f"{run.origin.name}:", run.origin.subject)))]
    if run.origin.rev != WORKSPACE:
        return []
    twins = [
        label(other) for other in runs if other is not run and (other.params, other.claims) == (run.params, run.claims)
    ]
    return [_("Same parameters and numbers as %(names)s.", names=", ".join(twins))] if twins else []


def explained(problem: Problem) -> str:
    """Return a problem as a sentence."""
    return _(PROBLEMS[problem.kind], path=problem.path, detail=problem.detail)


def notices(runs: Sequence[Run]) -> list[str]:
    """Return what forbids or limits the comparison: other datasets, other seeds."""
    datasets = sorted({compact(run.params["dataset"]) for run in runs if run.claims and "dataset" in run.params})
    seeds = {compact(run.params["seeds"]) for run in runs if run.claims and "seeds" in run.params}
    found = []
    if len(datasets) > 1:
        found.append(
            _(
                "These runs used different datasets (%(names)s). Numbers of different datasets measure different "
                "things: compare runs of one dataset only. Across datasets nothing is marked as different.",
                names=", ".join(datasets),
            )
        )
    if len(seeds) > 1:
        found.append(
            _(
                "These runs used different seeds (%(lists)s), so a difference between them also holds the luck of the "
                "seeds; the intervals allow for it only as far as the number of seeds lets them.",
                lists="; ".join(sorted(seeds)),
            )
        )
    return found


def is_experiment(run: Run) -> bool:
    """Return whether a run is one of DVC's experiments, neither a commit nor the workspace."""
    return not run.origin.is_commit and run.origin.rev != WORKSPACE


def n_experiments(runs: Sequence[Run]) -> int:
    """Return how many of the runs are experiments."""
    return sum(map(is_experiment, runs))


def counted(runs: Sequence[Run]) -> str:
    """Return the number of experiments in words."""
    return ngettext("%(n)s experiment", "%(n)s experiments", n_experiments(runs))


def view(runs: Sequence[Run]) -> dict[str, Any]:
    """Return what the page shows, in the active language."""
    return {
        "is_empty": n_experiments(runs) == 0,
        "counted": counted(runs),
        "baselines": [f"{label(run)} ({run.origin.subject})" for run in runs if run.origin.is_commit],
        "notices": notices(runs),
        "parameters": parameters(runs),
        "n_differing": len(differing(runs)),
        "ledger": ledger(runs),
        "figures": figures(runs),
        "headline": headline(runs),
        "origins": origins(runs),
    }
