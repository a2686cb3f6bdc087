"""Runs stages on this machine: threads, each waiting for one stage's command."""

import sys
from concurrent.futures import Future, ThreadPoolExecutor

from execution.dvc_record import Job
from execution.stage_command import Outcome, build_environment, run_command


def say(line: str) -> None:
    """Print a line at once, in one piece: several threads do."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


class Machine:
    """Runs so many stages at once as processes of this machine; each line they print is shown under their name."""

    def __init__(self, n_jobs: int) -> None:
        self.n_jobs = n_jobs
        self.is_stopped = False
        self.threads = ThreadPoolExecutor(n_jobs)

    def n_slots(self) -> int:
        """Return how many stages may run at once now."""
        return self.n_jobs

    def submit(self, job: Job) -> Future[Outcome]:
        """Have a job run; return its future."""
        return self.threads.submit(self._run, job)

    def _run(self, job: Job) -> Outcome:
        def show(line: str) -> None:
            say(f"[{job.name}] {line}")

        environment = build_environment(job.name, self.n_jobs)
        return run_command(job.command, job.folder, environment, show, lambda: not self.is_stopped), [], {}

    def stop(self) -> None:
        """Have the commands that run here interrupted."""
        self.is_stopped = True

    def close(self) -> None:
        """End what still runs."""
        self.stop()
        self.threads.shutdown(cancel_futures=True)
