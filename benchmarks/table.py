"""The aims of speed on one screen: what was measured, what was aimed at, met or missed by how much."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from benchmarks.chart import LABELS
from benchmarks.convergence import CONTESTANTS, OURS, PYTHAE, TEXTBOOK, Contestant, summarise
from benchmarks.growth import SWEPT, list_points
from benchmarks.latencies import TRAINING
from benchmarks.machine import BUSY, describe_origin
from benchmarks.rows import Row
from benchmarks.search import SAVED, choose_default, default_setting, find_saving, find_winner, is_stable, next_job
from benchmarks.settings import BEFORE_TRAINING, MODELS, STUDY_SEEDS

MISSING = "not measured yet"
CONVERGED = "converged: within 3 % of 200 epochs"


class Aim(NamedTuple):
    """A number with what it should be, at most or at least; without a bound it is only shown."""

    name: str
    value: float | None
    unit: str
    bound: float | None = None
    is_at_most: bool = True
    note: str = ""  # in place of the verdict
    why: str = ""  # what the aim is missed for, shown if it is

    @property
    def verdict(self) -> str:
        """Return met, over or short by a percentage and why, or not measured yet.

        >>> Aim("nothing changed", 2.5, "s", 2.0, why="DVC checks every stage").verdict
        'over by 25 %: DVC checks every stage'
        """
        if self.value is None:
            return MISSING
        if self.note or self.bound is None:
            return self.note
        if (self.value <= self.bound) if self.is_at_most else (self.value >= self.bound):
            return "met"
        percentage = 100 * abs(self.value - self.bound) / self.bound
        missed = f"{'over' if self.is_at_most else 'short'} by {percentage:.{0 if percentage >= 1 else 1}f} %"
        return f"{missed}: {self.why}" if self.why else missed

    @property
    def cells(self) -> list[str]:
        """Return the row of the table."""
        measured = "–" if self.value is None else f"{_shorten(self.value)} {self.unit}"
        aimed = "" if self.bound is None else f"{'<=' if self.is_at_most else '>='} {self.bound:g} {self.unit}"
        return [self.name, measured.strip(), aimed.strip(), self.verdict]


def _shorten(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


class Results(NamedTuple):
    """What is measured: tables without a row, or None, where nothing is."""

    convergence: Sequence[Row] = ()
    search: Sequence[Row] = ()
    growth: Sequence[Row] = ()
    throughput: Mapping[str, Any] | None = None
    stages: Mapping[str, Any] | None = None
    latencies: Mapping[str, Any] | None = None
    device: Mapping[str, Any] | None = None


def list_convergence_aims(rows: Sequence[Row]) -> Iterator[Aim]:
    """Yield how much sooner than others a converged model stands, and the seconds of all."""
    for model in MODELS:
        found = {(who, n): summarise(rows, model, who, n) for who, n in CONTESTANTS}
        for other, n_seeds, bound in ((PYTHAE, STUDY_SEEDS, 10.0), (TEXTBOOK, 1, 4.0)):
            yield _compare(model, (OURS, n_seeds), found[OURS, n_seeds], (other, found[other, 1]), bound)
        for (who, n_seeds), one in found.items():
            missed = "" if one is None or one.is_reached else f"NOT converged: {one.loss:.1f} > {one.target:.1f}"
            seconds = None if one is None else one.seconds
            epochs = "" if one is None else f", {one.epochs} epochs"
            name = f"  {who}{f', {n_seeds} at once' if who == OURS else ''}{epochs}"
            yield Aim(name, seconds, "s each", note=missed)


def _compare(
    model: str, us: tuple[str, int], ours: Contestant | None, other: tuple[str, Contestant | None], bound: float
) -> Aim:
    """Return how many times sooner we converge; nothing is met by a training of ours that does not."""
    (_, n_seeds), (who, theirs) = us, other
    name = f"{model.upper()} sooner than {who}, {n_seeds} at once"
    if ours is None or theirs is None:
        return Aim(name, None, "times", bound, is_at_most=False)
    why = "a shorter training just missed"  # the target of the search
    aim = Aim(name, theirs.seconds / ours.seconds, "times", bound, is_at_most=False, why=why)
    return aim if ours.is_reached else aim._replace(note="this study did not converge")


def list_search_aims(rows: Sequence[Row]) -> Iterator[Aim]:
    """Yield what the best setting of the search saves, and whether it is stable."""
    name = "share of training that another setting saves"
    if not rows or next_job(list(rows)) is not None:
        yield Aim(name, None, "", SAVED, is_at_most=False)
        return
    best, default = find_winner(rows), choose_default(rows)
    saving = find_saving(rows, best) if best else 0.0
    outcome = "another wins" if best == default else "not adopted, verdicts move" if best else "none"
    note = f"{outcome}; default {'' if is_stable(rows, default) else 'NOT '}stable"
    yield Aim(name, saving, "", SAVED, is_at_most=False, note=note)


def list_throughput_aims(throughput: Mapping[str, Any] | None) -> Iterator[Aim]:
    """Yield the share of the peak that training uses."""
    rows = {(row["model"], row["precision"]): row for row in (throughput or {}).get("rates", [])}
    for model in MODELS:
        share = rows.get((model, "float32"), {}).get("share_of_peak")
        why = "a quarter is not multiplication"  # of the time, by PyTorch's profiler
        yield Aim(f"{model.upper()}, share of the float32 peak", share, "", 0.7, is_at_most=False, why=why)


def list_pipeline_aims(stages: Mapping[str, Any] | None, latencies: Mapping[str, Any] | None) -> Iterator[Aim]:
    """Yield times of commands and memory of stages."""
    ran = (stages or {}).get("stages", [])
    before = sum(row["seconds"] for row in ran if row["stage"] in BEFORE_TRAINING)
    in_turn = stages["seconds"] - before if stages else None
    at_once = (stages or {}).get("side_by_side", {}).get("from_prepared_data")
    ratio = in_turn / at_once if in_turn and at_once else None
    yield Aim("default run, make report", at_once, "s", 900, why="training is most of it")
    yield Aim("the same by dvc repro, over make report", ratio, "times", 1.6)
    peak = max((row["peak_gib"] for row in ran), default=None)
    yield Aim("memory of the largest stage", peak, "GiB", 2, why="both cores evaluate at once")
    measured = (latencies or {}).get("seconds", {})
    dvc = measured.get("dvc", {})
    yield Aim("dvc exp run -S latent_dim=8", dvc.get("latent_dim=8"), "s", 45, why="C1's larger AE is trained, too")
    outside, training = dvc.get("outside the sweep"), dvc.get(TRAINING)
    beyond = None if outside is None or training is None else outside - training
    yield Aim("outside the sweep, beyond its training", beyond, "s", 90, why="all lengths compared again")
    for what, key, bound in (("nothing changed", "no-op", 2), ("a template changed", "template change", 6)):
        for way, command in (("dvc", "dvc repro"), ("make", "make report")):
            seconds = measured.get(way, {}).get(key)
            yield Aim(f"{what}, {command}", seconds, "s", bound, why="DVC checks every stage")


def list_growth_aims(rows: Sequence[Row]) -> Iterator[Aim]:
    """Yield how much more the largest of what is varied costs than the least, and the memory."""
    for swept, sizes in SWEPT.items():
        points = {part: list_points(rows, swept, part) for part in ("training", "evaluation")}
        few, many = (getattr(size, swept) for size in (sizes[0], sizes[-1]))
        name = f"{LABELS[swept]}, {few:,} to {many:,}: train"
        if any(len(one) < len(sizes) for one in points.values()):
            yield Aim(name, None, "")
            continue
        training, evaluation = (_beyond_start(one[-1]) / _beyond_start(one[0]) for one in points.values())
        gib = [max(row["gib"] for row in (one[i] for one in points.values())) for i in (0, -1)]
        note = f"sweep {evaluation:.3g} times; {gib[0]:.1f}–{gib[1]:.1f} GiB"
        yield Aim(name, training, "times", note=note)


def _beyond_start(row: Row) -> float:
    return float(row["seconds"] - row["start"])


def list_device_aims(device: Mapping[str, Any] | None) -> Iterator[Aim]:
    """Yield the seconds of the default grid on a GPU, at the length of training of today's default."""
    name = "default grid on a GPU"
    if device is None or device["machine"]["gpu"] is None or device.get("epochs") != default_setting().epochs:
        yield Aim(name, None, "s")
        return
    is_agreed = device["agreement"]["is_agreed"]
    note = "agrees with the processor" if is_agreed else "agreement not shown"
    yield Aim(name, sum(row["seconds"] for row in device["grid"]), "s", note=note)


def list_aims(results: Results) -> list[Aim]:
    """Return all aims."""
    return [
        *list_convergence_aims(results.convergence),
        *list_search_aims(results.search),
        *list_throughput_aims(results.throughput),
        *list_pipeline_aims(results.stages, results.latencies),
        *list_growth_aims(results.growth),
        *list_device_aims(results.device),
    ]


def align_columns(rows: Sequence[Sequence[object]]) -> str:
    """Return rows, the first a heading, in columns as wide as their widest text."""
    texts = [[f"{value:.2f}" if isinstance(value, float) else str(value) for value in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
    return "\n".join("  ".join(text.ljust(w) for text, w in zip(row, widths, strict=True)).rstrip() for row in texts)


def list_origins(results: Results) -> dict[str, str]:
    """Return the machines and what was measured on each, by machine."""
    origins: dict[str, str] = {}
    for name, one in results._asdict().items():
        of_rows = [row["machine"] for row in one or ()] if isinstance(one, Sequence) else []
        for origin in dict.fromkeys([describe_origin(one)] if isinstance(one, Mapping) else of_rows):
            origins[origin] = f"{origins[origin]}, {name}" if origin in origins else name
    return origins


def render(results: Results) -> str:
    """Return the table of one screen, with the machines below it."""
    origins = list_origins(results)
    warning = ["WARNING: some of these numbers were measured on a busy machine; they say little."]
    table = align_columns([[CONVERGED, "measured", "aim", ""], *(aim.cells for aim in list_aims(results))])
    lines = [*(warning if any(BUSY in origin for origin in origins) else []), table]
    return "\n".join([*lines, *(f"{names}: {origin}" for origin, names in origins.items())])
