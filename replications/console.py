"""Runs a stage of the replications: its parameters, its progress, one line for a mistake."""

from collections.abc import Callable

from replications.parameters import Params, load_params
from replications.paths import PARAMS_PATH
from stages.console import Progress, run_guarded


def run_stage(stage: str, main: Callable[[Params, Progress], None], *, n_threads: int | None = None) -> None:
    """Run a stage's main on the parameters of the replications, guarded as the study's stages are."""
    run_guarded(stage, lambda: main(load_params(PARAMS_PATH), Progress(stage)), n_threads=n_threads)
