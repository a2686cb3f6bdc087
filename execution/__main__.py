"""Run the pipeline with its stages side by side: ``python -m execution --jobs 2`` or ``--scheduler tcp://host:8786``."""

import argparse
import signal
import sys
from types import FrameType

from dvc.exceptions import DvcException
from dvc.lock import LockError

from execution.cluster import Cluster, ClusterError
from execution.planner import opened_planner
from execution.processes import Processes, n_jobs_here
from execution.schedule import Executor, StageError, run


def parsed(arguments: list[str]) -> argparse.Namespace:
    """Return the command line's options."""
    parser = argparse.ArgumentParser(prog="execution", description=__doc__)
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--jobs", type=jobs, help="how many stages at once on this machine, auto for as many as suit it")
    where.add_argument("--scheduler", help="address of a Dask scheduler, like tcp://host:8786")
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


def say(line: str) -> None:
    """Print a line at once."""
    print(line, flush=True)  # noqa: T201 -- what a person sees of the run


def interrupt(_number: int, _frame: FrameType | None) -> None:
    """Treat a request to end (of a batch system, say) like Ctrl-C."""
    raise KeyboardInterrupt


def main(arguments: list[str]) -> int:
    """Run what is stale and return the exit code; a mistake or a failed stage is one line on standard error."""
    options = parsed(arguments)
    signal.signal(signal.SIGTERM, interrupt)
    try:
        with opened_planner(options.force) as planner:
            executor: Executor = Processes(options.jobs, say) if options.jobs else Cluster(options.scheduler, say)
            counts = run(planner, executor, say)
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
