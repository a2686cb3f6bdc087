"""Run the pipeline with its stages side by side: ``python -m execution --jobs 2`` or ``--scheduler tcp://host:8786``."""

import argparse
import gc
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from dvc.exceptions import DvcException, InvalidArgumentError
from dvc.lock import LockError
from dvc.utils.hydra import apply_overrides

from execution.cluster import Cluster, ClusterError
from execution.planner import Planner, locked_repo
from execution.processes import Processes, n_jobs_here
from execution.schedule import Executor, StageError, run

PARAMS = Path("params.yaml")
# for what is garbage: DVC makes many that stay, and a tenth of the time of a run of nothing went into looking
OBJECTS_BETWEEN_LOOKS = 20_000


def parsed(arguments: list[str]) -> argparse.Namespace:
    """Return the command line's options."""
    parser = argparse.ArgumentParser(prog="execution", description=__doc__)
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--jobs", type=jobs, help="how many stages at once on this machine, auto for as many as suit it")
    where.add_argument("--scheduler", help="address of a Dask scheduler, like tcp://host:8786")
    parser.add_argument(
        "--set", type=changes, default=[], metavar="NAME=VALUE ...", help="changes of params.yaml, made before"
    )
    parser.add_argument("--check", default="", metavar="COMMAND", help="what must succeed before any stage runs")
    parser.add_argument("--force", action="store_true", help="run stages that did not change, too")
    return parser.parse_args(arguments)


def jobs(text: str) -> int:
    """Return a whole number of at least 1, for ``auto`` the one that suits this machine.

    Raises:
        ArgumentTypeError: if the text is neither.
    """
    if text == "auto":
        return n_jobs_here()
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be auto or a whole number of at least 1, got {text!r}")
    return int(text)


def changes(text: str) -> list[str]:
    """Return changes of parameters, written one behind the other as in a shell.

    Raises:
        ArgumentTypeError: if a quotation does not end.
    """
    try:
        return shlex.split(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"must be name=value with all quotations closed, got {text!r}") from error


def say(line: str) -> None:
    """Print a line at once."""
    print(line, flush=True)  # noqa: T201 -- what a person sees of the run


def interrupt(_number: int, _frame: FrameType | None) -> None:
    """Treat a request to end (of a batch system, say) like Ctrl-C."""
    raise KeyboardInterrupt


@contextmanager
def changed_params(wanted: list[str]) -> Iterator[None]:
    """Write changes like ``latent_dim=8`` into params.yaml, as ``dvc exp run -S`` does.

    The file has its bytes back where a change, or the block, is refused.

    Raises:
        DvcException: if one is no change, or of a parameter that does not exist.
    """
    if not wanted or not PARAMS.is_file():
        yield
        return
    before = PARAMS.read_bytes()
    try:
        for change in wanted:
            _change(change)
        yield
    except (DvcException, subprocess.CalledProcessError):
        PARAMS.write_bytes(before)
        raise


def _change(change: str) -> None:
    try:
        apply_overrides(PARAMS, [change])
    except InvalidArgumentError as error:
        raise DvcException(f"--set: must be name=value with a name of {PARAMS}, got {change!r}") from error


@contextmanager
def beside(command: str) -> Iterator[None]:
    """Run a command, which says itself what is wrong, beside the block; none where it is empty.

    Raises:
        CalledProcessError: if it fails, whatever comes of the block.
    """
    process = subprocess.Popen(shlex.split(command)) if command else None
    try:
        yield
    finally:
        if process and process.wait():
            raise subprocess.CalledProcessError(process.returncode, command)


def main(arguments: list[str]) -> int:
    """Run what is stale and return the exit code; a mistake or a failed stage is one line on standard error."""
    options = parsed(arguments)
    signal.signal(signal.SIGTERM, interrupt)
    gc.freeze()
    gc.set_threshold(OBJECTS_BETWEEN_LOOKS)
    try:
        with locked_repo() as repo:
            with changed_params(options.set), beside(options.check):
                planner = Planner(repo, options.force)
            executor: Executor = Processes(options.jobs, say) if options.jobs else Cluster(options.scheduler, say)
            counts = run(planner, executor, say)
    except subprocess.CalledProcessError as error:
        return error.returncode
    except LockError:
        problem, code = "another DVC command is at work in this folder; try again when it has ended", 1
    except (DvcException, StageError, ClusterError) as error:
        problem, code = " ".join(str(error).split()), 1
    except KeyboardInterrupt:
        problem, code = "interrupted; the stages that had ended are recorded", 130
    else:
        say(f"{counts['run']} stages ran, {counts['not needed']} did not need to")
        return 0
    print(f"execution: error: {problem}", file=sys.stderr)  # noqa: T201 -- the one line
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
