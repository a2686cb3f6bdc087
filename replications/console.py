"""Runs a stage of the replications: its parameters, its progress, one line for a mistake."""

import sys
from collections.abc import Callable

from threadpoolctl import threadpool_limits

from autoencoders.artifacts import ArtifactError
from autoencoders.parameters import ParameterError
from replications.parameters import Params, load_params
from replications.paths import PARAMS_PATH
from stages.console import Progress


def run_stage(stage: str, main: Callable[[Params, Progress], None]) -> None:
    """Run a stage's main; a user's mistake becomes one line on standard error and exit code 1."""
    try:
        with threadpool_limits(1, user_api="blas"):  # as in the main pipeline: NumPy's threads get in PyTorch's way
            main(load_params(PARAMS_PATH), Progress(stage))
    except (ParameterError, ArtifactError) as error:
        print(f"{stage}: error: {error}", file=sys.stderr)  # noqa: T201 -- the one line
        sys.exit(1)
    except KeyboardInterrupt:
        print(f"{stage}: interrupted; nothing unfinished was kept", file=sys.stderr)  # noqa: T201 -- the one line
        sys.exit(130)
