"""Where everything of the replications lies, relative to the repository root, and how one of their stages is run."""

from collections.abc import Callable
from pathlib import Path

from foundation.progress import Progress
from foundation.stage import run_guarded
from replications.parameters import Params, load_params

FOLDER = Path("replications")
PARAMS_PATH = FOLDER / "params.yaml"
CHECKPOINTS_DIR = FOLDER / "checkpoints"
RESULTS_DIR = FOLDER / "results"
CHECKSUMS_DIR = FOLDER / "checksums"
TEMPLATES_DIR = FOLDER / "templates"
TUNING_PATH = FOLDER / "tuning.csv"
PAGE_PATH = FOLDER / "report.html"


def run_stage(stage: str, main: Callable[[Params, Progress], None], *, n_threads: int | None = None) -> None:
    """Run a stage's main on the parameters of the replications, guarded as the study's stages are."""
    run_guarded(stage, lambda: main(load_params(PARAMS_PATH), Progress(stage)), n_threads=n_threads)
