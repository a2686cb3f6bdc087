"""Compares what was promised with what is there, and prints a line for each output."""

from collections.abc import Sequence
from typing import NamedTuple

from foundation.reproducibility.artifacts import flatten_tree
from verification.checkouts import LOCK_NAME, Committed, Tree, read_lock
from verification.comparison import TOLERANCE, Outcome, Rule, Verdict, compare, differences, worst


class Side(NamedTuple):
    """One set of files that is compared with dvc.lock: its name, the files, the rule; stored files may be absent."""

    name: str
    tree: Tree
    rule: Rule


class Row(NamedTuple):
    """One output: its path and the outcome of each side."""

    out: str
    outcomes: tuple[Outcome, ...]


def compare_out(committed: Committed, out: str, side: Side) -> Outcome:
    """Return the worst outcome over the files of one output."""
    if side.tree.hash(out) == committed.outs[out]:
        return Outcome(Verdict.IDENTICAL)
    found, promised = side.tree.files(out), committed.files(out)
    if not found:
        is_missed = side.rule is not Rule.STORED or out in committed.tracked
        return Outcome(Verdict.DIFFERENT, f"{out}: expected it, got nothing") if is_missed else Outcome(Verdict.ABSENT)
    if promised is None:
        detail = f"{out}: expected a folder with the hash {committed.outs[out]}, got {side.tree.hash(out)}"
        return Outcome(Verdict.UNJUDGED if side.rule is Rule.ELSEWHERE else Verdict.DIFFERENT, detail)
    return worst([_compare_file(committed, out, name, side) for name in sorted(promised.keys() | found.keys())])


def _compare_file(committed: Committed, out: str, name: str, side: Side) -> Outcome:
    path = f"{out}/{name}" if name else out
    promised, found = (committed.files(out) or {}).get(name), side.tree.files(out).get(name)
    if promised == found:
        return Outcome(Verdict.IDENTICAL)
    if promised is None or found is None:
        wanted, came = ("a file", "none") if promised else ("no file", "one")
        return Outcome(Verdict.DIFFERENT, f"{path}: expected {wanted}, got {came}")
    expected = committed.content(out, name, promised)
    if expected is None:
        is_unjudged = side.rule is Rule.ELSEWHERE and out not in committed.tracked
        verdict = Verdict.UNJUDGED if is_unjudged else Verdict.DIFFERENT
        return Outcome(verdict, f"{path}: expected the hash {promised}, got {found}")
    verdict, detail = compare(path, expected, side.tree.content(out, name), side.rule)
    return Outcome(verdict, f"{path}: {detail}")


def rows(committed: Committed, sides: Sequence[Side]) -> list[Row]:
    """Return one row for each output of dvc.lock."""
    return [Row(out, tuple(compare_out(committed, out, side) for side in sides)) for out in committed.outs]


def lock_row(sides: Sequence[Side], table: Sequence[Row]) -> Row:
    """Return the row of the lock file itself: its outputs may be the same and its commands or parameters out of date.

    The first side's is expected. Where an output of a side is not identical, its hash differs and the lock file says
    nothing more. The order of its stages is that of their first runs and says nothing of results.
    """
    expected, outcomes = read_lock(sides[0].tree.folder), []
    for position, side in enumerate(sides):
        got = read_lock(side.tree.folder)
        is_same = all(row.outcomes[position].verdict is Verdict.IDENTICAL for row in table)
        if not got:
            outcomes.append(Outcome(Verdict.ABSENT))
        elif got == expected:
            outcomes.append(Outcome(Verdict.IDENTICAL))
        elif side.rule is Rule.STORED or is_same:
            [first] = differences(flatten_tree(expected, with_lists=True), flatten_tree(got, with_lists=True))[:1]
            outcomes.append(Outcome(Verdict.DIFFERENT, f"{LOCK_NAME}: {first}"))
        else:
            outcomes.append(Outcome(Verdict.UNJUDGED))
    return Row(LOCK_NAME, tuple(outcomes))


def verdict_of(table: Sequence[Row]) -> Verdict:
    """Return the worst verdict of the table, where what is absent or cannot be judged does not count."""
    counted = [o for row in table for o in row.outcomes if o.verdict not in {Verdict.ABSENT, Verdict.UNJUDGED}]
    return worst(counted).verdict


def show(table: Sequence[Row], sides: Sequence[Side]) -> None:
    """Print the table, the reason of each outcome that is not identical, and how many have which verdict."""
    for row in table:
        found = (f"{side.name} {outcome.verdict.value}" for side, outcome in zip(sides, row.outcomes, strict=True))
        say(f"{row.out}: {', '.join(found)}")
    for row in table:
        for side, (verdict, detail) in zip(sides, row.outcomes, strict=True):
            if detail:
                say(f"{verdict.value}, {side.name}: {detail}")
    for position, side in enumerate(sides):
        verdicts = [row.outcomes[position].verdict for row in table]
        counts = (f"{verdicts.count(verdict)} {verdict.value}" for verdict in Verdict if verdict in verdicts)
        say(f"{side.name}: {', '.join(counts) or 'no outputs'}")
    if any(side.rule is Rule.REMADE for side in sides):
        say(f"tolerance of what is made anew: {TOLERANCE}")


def say(text: str) -> None:
    """Print a line."""
    print(text, flush=True)  # noqa: T201 -- what the command is for
