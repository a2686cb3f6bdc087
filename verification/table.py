"""Compares what was promised with what is there, and prints one table: colours in a terminal, plain lines in a log."""

import json
from collections.abc import Sequence
from typing import NamedTuple

import yaml
from rich.console import Console
from rich.table import Table

from verification.checkouts import Committed, Tree, command
from verification.comparison import TOLERANCE, Outcome, Rule, Verdict, compare, worst

STYLES = {
    Verdict.IDENTICAL: "green", Verdict.CLOSE: "green", Verdict.INSIDE: "green",
    Verdict.UNJUDGED: "yellow", Verdict.ABSENT: "dim", Verdict.DIFFERENT: "bold red",
}  # fmt: skip


class Side(NamedTuple):
    """One set of files that is compared with dvc.lock: its name, the files, the rule, whether a file may be absent."""

    name: str
    tree: Tree
    rule: Rule
    may_lack: bool


class Row(NamedTuple):
    """One output: its path and the outcome of each side."""

    out: str
    outcomes: tuple[Outcome, ...]


def compare_out(committed: Committed, out: str, side: Side) -> Outcome:
    """Return the worst outcome over the files of one output."""
    if side.tree.hash(out) == committed.outs[out]:
        return Outcome(Verdict.IDENTICAL)
    found, promised = side.tree.files(out), committed.files(out)
    if found is None:
        is_missed = not side.may_lack or out in committed.tracked
        return Outcome(Verdict.DIFFERENT, f"{out}: expected it, got nothing") if is_missed else Outcome(Verdict.ABSENT)
    if promised is None:
        detail = f"{out}: expected a folder with the hash {committed.outs[out]}, got {side.tree.hash(out)}"
        return Outcome(Verdict.UNJUDGED if side.rule is Rule.ELSEWHERE else Verdict.DIFFERENT, detail)
    return worst([_compare_file(committed, out, name, side) for name in sorted(promised.keys() | found.keys())])


def _compare_file(committed: Committed, out: str, name: str, side: Side) -> Outcome:
    path = f"{out}/{name}" if name else out
    promised, found = (committed.files(out) or {}).get(name), (side.tree.files(out) or {}).get(name)
    if promised == found:
        return Outcome(Verdict.IDENTICAL)
    if promised is None or found is None:
        wanted, came = ("a file", "none") if promised else ("no file", "one")
        return Outcome(Verdict.DIFFERENT, f"{path}: expected {wanted}, got {came}")
    expected, got = committed.content(out, name, promised), side.tree.content(out, name)
    if expected is None or got is None:
        verdict = (
            Verdict.UNJUDGED if side.rule is Rule.ELSEWHERE and out not in committed.tracked else Verdict.DIFFERENT
        )
        return Outcome(verdict, f"{path}: expected the hash {promised}, got {found}")
    verdict, detail = compare(path, expected, got, side.rule)
    return Outcome(verdict, f"{path}: {detail}")


def rows(committed: Committed, sides: Sequence[Side]) -> list[Row]:
    """Return one row for each output of dvc.lock."""
    return [Row(out, tuple(compare_out(committed, out, side) for side in sides)) for out in committed.outs]


def lock_row(committed: Committed, lock: str, sides: Sequence[Side], table: Sequence[Row]) -> Row:
    """Return the row of the lock file itself: its outputs may be the same and its commands or parameters out of date.

    Where an output of a side is not identical, its hash differs and the lock file says nothing more. The order of its
    stages is that of their first runs and says nothing of results.
    """
    expected = command(["git", "show", f"HEAD:{lock}"], committed.root)
    outcomes = []
    for position, side in enumerate(sides):
        got = side.tree.content(lock, "")
        is_same = all(row.outcomes[position].verdict is Verdict.IDENTICAL for row in table)
        if got is None:
            outcomes.append(Outcome(Verdict.ABSENT))
        elif side.rule is Rule.STORED or is_same:
            verdict, detail = compare(lock, in_fixed_order(expected), in_fixed_order(got), Rule.STORED)
            outcomes.append(Outcome(verdict, detail and f"{lock}: {detail}"))
        else:
            outcomes.append(Outcome(Verdict.UNJUDGED))
    return Row(lock, tuple(outcomes))


def in_fixed_order(lock: bytes) -> bytes:
    """Return a lock file as JSON with its keys sorted; what is none is left as it is.

    >>> in_fixed_order(b"b: 1") == in_fixed_order(b"{b: 1}")
    True
    """
    try:
        parsed = yaml.load(lock, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 -- both safe
    except yaml.YAMLError:
        return lock
    return json.dumps(parsed, sort_keys=True, default=str).encode()


def verdict_of(table: Sequence[Row]) -> Verdict:
    """Return the worst verdict of the table, where what is absent or cannot be judged does not count."""
    counted = [o for row in table for o in row.outcomes if o.verdict not in {Verdict.ABSENT, Verdict.UNJUDGED}]
    return worst(counted).verdict


def show(table: Sequence[Row], sides: Sequence[Side], console: Console) -> None:
    """Print the table and, below it, the reason of each outcome that is not identical."""
    if console.is_terminal:
        grid = Table("output", *(side.name for side in sides))
        for row in table:
            cells = [f"[{STYLES[o.verdict]}]{o.verdict.value}[/]" for o in row.outcomes]
            grid.add_row(row.out, *cells)
        console.print(grid)
    else:
        for row in table:
            said = ", ".join(f"{side.name} {o.verdict.value}" for side, o in zip(sides, row.outcomes, strict=True))
            say(console, f"{row.out}: {said}")
    for row in table:
        for side, outcome in zip(sides, row.outcomes, strict=True):
            if outcome.detail:
                say(console, f"{outcome.verdict.value}, {side.name}: {outcome.detail}")
    say(console, counts(table, sides))


def counts(table: Sequence[Row], sides: Sequence[Side]) -> str:
    """Return how many outputs of each side have which verdict, and the tolerance."""
    lines = []
    for position, side in enumerate(sides):
        found = [row.outcomes[position].verdict for row in table]
        said = ", ".join(f"{found.count(verdict)} {verdict.value}" for verdict in Verdict if verdict in found)
        lines.append(f"{side.name}: {said or 'no outputs'}")
    if any(side.rule is Rule.REMADE for side in sides):
        lines.append(f"tolerance of what is made anew: {TOLERANCE}")
    return "\n".join(lines)


def say(console: Console, text: str) -> None:
    """Print text as it is: no markup, no wrapping, so that a log can be searched."""
    console.print(text, markup=False, highlight=False, soft_wrap=True)
