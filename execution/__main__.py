"""Run the pipeline with its stages side by side: ``python -m execution --jobs 2`` or ``--scheduler tcp://host:8786``."""

import argparse
import signal
import sys
from contextlib import closing
from types import FrameType

import psutil

from execution.cluster import Cluster, ClusterError
from execution.dvc_record import BusyError, Record, RecordError, lock_here
from execution.loop import Loop, StageError
from execution.machine import Machine, say
from execution.stage_command import count_cores

STAGE_GIB = 2.0  # memory of the largest stage at the defaults (python -m benchmarks.stages)
MOST_USEFUL = 8  # more at once were never tried


def parse_arguments(arguments: list[str]) -> argparse.Namespace:
    """Return the command line's options."""
    parser = argparse.ArgumentParser(prog="execution", description=__doc__)
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--jobs", type=parse_jobs, help="how many stages at once; auto: as many as suit this machine")
    where.add_argument("--scheduler", help="address of a Dask scheduler, like tcp://host:8786")
    parser.add_argument("--force", action="store_true", help="run stages that did not change, too")
    parser.add_argument("targets", nargs="*", metavar="STAGE", help="only these and those before them; none: all")
    return parser.parse_args(arguments)


def parse_jobs(text: str) -> int:
    """Return a whole number of at least 1, for ``auto`` the one that suits this machine as it is now.

    Raises:
        ArgumentTypeError: if the text is neither.
    """
    if text == "auto":
        return fit_jobs(count_cores(), psutil.virtual_memory().available / 2**30)
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be auto or a whole number of at least 1, got {text!r}")
    return int(text)


def fit_jobs(n_cores: int, free_gib: float) -> int:
    """Return how many stages at once suit a machine: one a core, as far as memory goes, at least one.

    >>> fit_jobs(2, 24.0), fit_jobs(16, 128.0), fit_jobs(8, 5.0), fit_jobs(2, 1.0)
    (2, 8, 2, 1)
    """
    return max(1, min(n_cores, MOST_USEFUL, int(free_gib / STAGE_GIB)))


def note_signals() -> list[int]:
    """Return a list that grows with each signal that asks to end; the second interrupts whatever this process does."""
    signals: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        signals.append(number)
        if len(signals) > 1:
            raise KeyboardInterrupt

    signal.signal(signal.SIGINT, note)  # explicitly: behind a shell's "&" it is inherited as ignored
    signal.signal(signal.SIGTERM, note)
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # as it is behind nohup
        signal.signal(signal.SIGHUP, note)
    return signals


def main(arguments: list[str]) -> int:
    """Run what is stale and return the exit code; a mistake or a failed stage is one line on standard error."""
    options = parse_arguments(arguments)
    signals = note_signals()
    try:
        with lock_here() as repo:
            record = Record(repo, options.force, options.targets)
            with closing(Machine(options.jobs) if options.jobs else Cluster(options.scheduler)) as place:
                n_run, n_not_needed = Loop(record, place, signals).run()
    except BusyError:
        problem, code = "another DVC command is at work in this folder; try again when it has ended", 1
    except (RecordError, StageError, ClusterError, OSError) as error:
        problem, code = " ".join(str(error).split()), 1
    except KeyboardInterrupt:
        problem, code = "interrupted; the stages that had ended are recorded", 130
    else:
        say(f"{n_run} stages ran, {n_not_needed} did not need to")
        return 0
    sys.stderr.write(f"execution: error: {problem}\n")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
