"""``python -m verification`` (``make verify``): exit code 0 where nothing differs, 1 where something does, 2 else.

Compared with HEAD's dvc.lock are HEAD's own metrics, the files of this checkout (bytes) and the pipeline re-executed in
a scratch clone (bytes, then numbers within a tolerance; on another processor the intervals of the metrics).
"""

import argparse
import signal
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from foundation.reproducibility.artifacts import ArtifactError
from verification.checkouts import LOCK_NAME, Committed, Tree, VerificationError, extract_head, find_cache, read_outs
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
    result.add_argument("--pipeline", default="dvc.yaml", help="of the project to verify, say replications/dvc.yaml")
    result.add_argument("--jobs", type=int, default=1, metavar="N", help="run N of the study's stages at once")
    result.add_argument("--keep", action="store_true", help="keep the scratch clone and say where it lies")
    return result


def rule_for(root: Path, by_interval: bool) -> Rule:
    """Return how what is made anew is judged, and say so where it is by intervals."""
    made_on, here = recorded(root), processor()
    if not by_interval and made_on in {None, here}:
        return Rule.REMADE
    say(f"results made on: {made_on or 'a processor nobody recorded'}; this processor: {here}")
    say("last bits may differ: what is made anew is judged by the interval of each metric")
    return Rule.ELSEWHERE


def compare_with_head(root: Path, place: Path, options: argparse.Namespace) -> list[Row]:
    """Compare what the options ask for with what HEAD's lock file promises."""
    project = root / place
    with TemporaryDirectory() as scratch, ExitStack() as stack:
        head = extract_head(project, Path(scratch))
        outs = read_outs(head.folder, f"HEAD:{(place / LOCK_NAME).as_posix()}")
        here = Side("checkout", Tree(project), Rule.STORED)
        sides = [Side("HEAD", head, Rule.STORED), here]
        if not options.no_run:
            rule = rule_for(root, options.by_interval)
            clone = stack.enter_context(clone_of(root, options.keep))
            if options.keep:
                say(f"scratch clone: {clone}")
            re_execute(root, clone, place, options.jobs)
            sides.append(Side("re-executed", Tree(clone / place), rule))
        trees, tracked = tuple(side.tree for side in sides), frozenset(filter(head.files, outs))
        table = rows(Committed(outs, trees, tracked, find_cache(project)), sides)
        table.append(lock_row(sides, table))
        show(table, sides)
        return table


def compare_with_other(root: Path, place: Path, options: argparse.Namespace) -> list[Row]:
    """Compare this checkout with another finished one, whose lock file says what is expected."""
    other = Tree(options.against / place)
    rule = Rule.ELSEWHERE if options.by_interval else Rule.REMADE
    here = Side("checkout", Tree(root / place), rule)
    sides = [Side(str(options.against), other, Rule.STORED), here]
    table = rows(Committed(read_outs(other.folder), (other,)), sides)
    show(table, sides)
    return table


def _place_of(root: Path, pipeline: str) -> Path:
    """Return the folder, in the checkout, of the project that a dvc.yaml describes."""
    if Path(pipeline).name != "dvc.yaml" or not (root / pipeline).is_file():
        raise VerificationError(f"--pipeline: expected the path of a dvc.yaml, got {pipeline!r}")
    return Path(pipeline).parent


def main(arguments: Sequence[str] | None = None) -> int:
    """Return the exit code; what cannot be verified becomes one line on standard error."""
    options = parser().parse_args(arguments)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # behind nohup and a shell's "&" it is ignored
    root = Path.cwd()
    try:
        if options.record:
            record(root)
            say(f"{RECORD_PATH}: {recorded(root)}")
            return OK
        compared = compare_with_other if options.against else compare_with_head
        table = compared(root, _place_of(root, options.pipeline), options)
    except (VerificationError, ArtifactError, OSError) as error:
        print(f"verify: error: {error}", file=sys.stderr)  # noqa: T201 -- the one line
        return CANNOT
    except KeyboardInterrupt:
        print("verify: interrupted; the scratch clone is removed", file=sys.stderr)  # noqa: T201 -- the one line
        return INTERRUPTED
    verdict = verdict_of(table)
    say(f"verify: {verdict.value}")
    return DIFFERS if verdict is Verdict.DIFFERENT else OK


if __name__ == "__main__":
    sys.exit(main())
