"""``python -m verification`` (``make verify``): exit code 0 where nothing differs, 1 where something does, 2 else.

Compared with HEAD's dvc.lock are HEAD's own metrics, the files of this checkout (bytes) and the pipeline re-executed in
a scratch clone (bytes, then numbers within a tolerance; on another processor the intervals of the metrics).
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from autoencoders.reproducibility.artifacts import ArtifactError, write_bytes
from verification.checkouts import LOCK_NAME, Committed, Tree, VerificationError, command, outs_of, parsed_lock
from verification.comparison import Rule, Verdict
from verification.machine import RECORD_PATH, processor, record, recorded
from verification.scratch import clone_of, re_execute
from verification.table import Row, Side, lock_row, rows, say, show, verdict_of

OK, DIFFERS, CANNOT, INTERRUPTED = 0, 1, 2, 130


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    result = argparse.ArgumentParser(prog="python -m verification", description="Are the committed results reproduced?")
    kind = result.add_mutually_exclusive_group()
    kind.add_argument("--no-run", action="store_true", help="compare the files of this checkout only (seconds)")
    kind.add_argument("--against", type=Path, metavar="FOLDER", help="compare with another finished checkout instead")
    kind.add_argument("--record", action="store_true", help="write down that the results were made on this processor")
    result.add_argument("--by-interval", action="store_true", help="judge as if made on another processor")
    result.add_argument("--pipeline", default="dvc.yaml", help="the dvc.yaml to re-execute, say replications/dvc.yaml")
    result.add_argument("--jobs", type=int, default=1, metavar="N", help="run N stages of dvc.yaml at once")
    result.add_argument("--keep", action="store_true", help="keep the scratch clone and say where it lies")
    return result


def lock_of(pipeline: str) -> str:
    """Return the path of the lock file beside a dvc.yaml."""
    return (Path(pipeline).parent / LOCK_NAME).as_posix()


def promised(root: Path, pipeline: str) -> dict[str, str]:
    """Return the outputs that HEAD's lock file of a pipeline names.

    Raises:
        VerificationError: if HEAD has none.
    """
    if not pipeline.endswith("dvc.yaml"):
        raise VerificationError(f"--pipeline: expected the path of a dvc.yaml, got {pipeline!r}")
    lock = lock_of(pipeline)
    outs = outs_of(parsed_lock(command(["git", "show", f"HEAD:{lock}"], root), f"HEAD:{lock}"))
    if not outs:
        raise VerificationError(f"HEAD:{lock}: expected outputs, got none")
    return outs


def rule_for(root: Path, by_interval: bool, console: Console) -> Rule:
    """Return how what is made anew is judged, and say so where it is by intervals."""
    made_on, here = recorded(root), processor()
    if not by_interval and made_on in {None, here}:
        return Rule.REMADE
    say(console, f"results made on: {made_on or 'a processor nobody recorded'}; this processor: {here}")
    say(console, "last bits may differ: what is made anew is judged by the interval of each metric")
    return Rule.ELSEWHERE


def compared(root: Path, options: argparse.Namespace, console: Console) -> list[Row]:
    """Compare what the options ask for and print it."""
    outs = promised(root, options.pipeline)
    here = Side("checkout", Tree(root), Rule.STORED, may_lack=True)
    with TemporaryDirectory() as scratch:
        head = Tree(Path(scratch))
        for name, content in Committed(root, outs).tracked.items():
            write_bytes(head.folder / name, content)
        lock = lock_of(options.pipeline)
        write_bytes(head.folder / lock, command(["git", "show", f"HEAD:{lock}"], root))
        stored = [Side("HEAD", head, Rule.STORED, may_lack=True), here]
        if options.no_run:
            return finish(Committed(root, outs, (head, here.tree)), stored, lock, console)
        rule = rule_for(root, options.by_interval, console)
        with clone_of(root, options.keep) as clone:
            if options.keep:
                say(console, f"scratch clone: {clone}")
            re_execute(root, clone, options.pipeline, options.jobs)
            again = Tree(clone)
            sides = [*stored, Side("re-executed", again, rule, may_lack=False)]
            witnesses = (head, here.tree, again)
            return finish(Committed(root, outs, witnesses), sides, lock, console)


def finish(committed: Committed, sides: Sequence[Side], lock: str, console: Console) -> list[Row]:
    """Return the rows of the table that is printed: the outputs, and the lock file where HEAD's is compared."""
    table = rows(committed, sides)
    table += [lock_row(committed, lock, sides, table)] if lock else []
    show(table, sides, console)
    return table


def compared_with(root: Path, options: argparse.Namespace, console: Console) -> list[Row]:
    """Compare this checkout with another finished one, whose dvc.lock says what is expected."""
    lock = options.against / Path(options.pipeline).parent / LOCK_NAME
    if not lock.is_file():
        raise VerificationError(f"--against: expected a finished checkout with {lock}, got none")
    outs = outs_of(parsed_lock(lock.read_bytes(), str(lock)))
    other = Tree(options.against)
    rule = Rule.ELSEWHERE if options.by_interval else Rule.REMADE
    sides = [
        Side(str(options.against), other, Rule.STORED, may_lack=True),
        Side("checkout", Tree(root), rule, may_lack=False),
    ]
    return finish(Committed(options.against, outs, (other,)), sides, "", console)


def main(arguments: Sequence[str] | None = None) -> int:
    """Return the exit code; what cannot be verified becomes one line on standard error."""
    options = parser().parse_args(arguments)
    root, console = Path.cwd(), Console()
    try:
        if options.record:
            record(root)
            say(console, f"{RECORD_PATH}: {recorded(root)}")
            return OK
        table = (compared_with if options.against else compared)(root, options, console)
    except (VerificationError, ArtifactError, OSError) as error:
        print(f"verify: error: {error}", file=sys.stderr)  # noqa: T201 -- the one line
        return CANNOT
    except KeyboardInterrupt:
        print("verify: interrupted; the scratch clone is removed", file=sys.stderr)  # noqa: T201 -- the one line
        return INTERRUPTED
    verdict = verdict_of(table)
    say(console, f"verify: {verdict.value}")
    return DIFFERS if verdict is Verdict.DIFFERENT else OK


if __name__ == "__main__":
    sys.exit(main())
