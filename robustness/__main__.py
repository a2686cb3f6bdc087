"""``python -m robustness`` (``make robustness``): run every condition; after each, write the table of those finished.

Exit code 0 where ``robustness/results/table.csv`` has every condition, 1 where one failed or is missing.
"""

import argparse
import shlex
import signal
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from foundation.parameters import ParameterError, Params, load_params
from foundation.paths import PARAMS_PATH
from foundation.reproducibility.artifacts import ArtifactError
from robustness.conditions import Condition, conditions
from robustness.run import RobustnessError, Workplace, collect
from robustness.table import DEFAULT, TABLE_PATH, find_missing, keep_rows, make_table, read_table, write_table
from verification.table import say


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    result = argparse.ArgumentParser(prog="python -m robustness", description="Where does each verdict hold?")
    where = result.add_mutually_exclusive_group()
    where.add_argument("--jobs", default="auto", help="how many stages at once; auto: as many as suit this machine")
    where.add_argument("--scheduler", help="address of a Dask scheduler, like tcp://host:8786")
    result.add_argument("--list", action="store_true", help="show the conditions and the commands that make them")
    result.add_argument("only", nargs="*", metavar="CONDITION", help="run these only; the default is all of them")
    return result


def choose(every: Sequence[Condition], names: Sequence[str]) -> list[Condition]:
    """Return the conditions with these names, all where there are none.

    Raises:
        RobustnessError: if a name is unknown.
    """
    known = {condition.name: condition for condition in every}
    if unknown := [name for name in names if name not in known]:
        raise RobustnessError(f"condition must be one of {', '.join(known)}, got {unknown[0]!r}")
    return [known[name] for name in names] or list(every)


def run_missing(place: Workplace, wanted: Sequence[Condition], save: Callable[[], None]) -> list[str]:
    """Run the conditions that are not finished; return the names of those that failed, each said in one line.

    Args:
        place: Where they are run.
        wanted: The conditions.
        save: Called after each that has ended.
    """
    place.refuse_changes()
    finished = place.find_finished(wanted)
    missing = [condition for condition in wanted if condition.name not in finished]
    if missing:
        place.prepare_clone()
    failed = []
    for condition in missing:
        say(f"condition {condition.name}")
        try:
            place.run(condition)
        except RobustnessError as error:
            failed.append(condition.name)
            say(f"condition {condition.name} failed: {error}")
        else:
            save()
    return failed


def save_table(place: Workplace, params: Params) -> None:
    """Write the table: the conditions that are finished, and its rows from commits that compute the same."""
    summaries = {DEFAULT: place.read_summary("HEAD"), **collect(place, conditions(params))}
    kept = keep_rows(place.root, params, summaries)
    write_table(place.root, params, make_table(params, summaries, kept))


def main(arguments: Sequence[str] | None = None) -> int:
    """Return the exit code; what cannot be run becomes one line on standard error."""
    options = parser().parse_args(arguments)
    for number in (signal.SIGINT, signal.SIGTERM):  # the first is inherited as ignored behind nohup
        signal.signal(number, signal.default_int_handler)
    where = ("--scheduler", options.scheduler) if options.scheduler else ("--jobs", options.jobs)
    place = Workplace(Path.cwd(), where)
    try:
        params = load_params(PARAMS_PATH)
        every = conditions(params)
        if options.list:
            for condition in every:
                say(f"{condition.name}: {shlex.join(['dvc', *condition.command])}")
            return 0
        with place.lock():
            save = partial(save_table, place, params)
            failed = run_missing(place, choose(every, options.only), save)
            if place.find_finished(every):
                save()
                say(f"robustness: {TABLE_PATH}")
        missing = [condition.name for condition in find_missing(params, read_table(place.root))]
    except (RobustnessError, ParameterError, ArtifactError, OSError) as error:
        print(f"robustness: error: {error}", file=sys.stderr)  # noqa: T201 -- the one line
        return 1
    except KeyboardInterrupt:
        print("robustness: interrupted; what had ended is kept", file=sys.stderr)  # noqa: T201 -- the one line
        return 130
    if failed or missing:
        lists = [", ".join(names) or "none" for names in (failed, missing)]
        say(f"robustness: failed: {lists[0]}; missing in the table: {lists[1]}")
    return 1 if failed or missing else 0


if __name__ == "__main__":
    sys.exit(main())
