"""Where everything of the replications lies, relative to the repository root."""

from pathlib import Path

FOLDER = Path("replications")
PARAMS_PATH = FOLDER / "params.yaml"
CELLS_DIR = FOLDER / "checkpoints"
RESULTS_DIR = FOLDER / "results"
TEMPLATES_DIR = FOLDER / "templates"
TUNING_PATH = FOLDER / "tuning.csv"
PAGE_PATH = FOLDER / "report.html"
