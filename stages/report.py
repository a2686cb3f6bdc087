"""Render everything that was measured as one self-contained HTML page."""

from importlib.metadata import version

from autoencoders.artifacts import read_bytes, write_bytes
from autoencoders.parameters import Params
from report.page import render
from report.study import Study
from stages.console import Progress, run_stage
from stages.paths import REPORT_DIR, REPORT_PATH, RESULTS_DIR

LIBRARIES = (
    "dvc",
    "jinja2",
    "matplotlib",
    "numpy",
    "papermill",
    "scikit-image",
    "scikit-learn",
    "scipy",
    "torch",
    "torchvision",
)


def main(params: Params, progress: Progress) -> None:
    """Write the page and say where it lies."""
    study = Study(params, RESULTS_DIR, {name: version(name) for name in LIBRARIES})
    style = read_bytes(REPORT_DIR / "assets" / "report.css").decode()
    write_bytes(REPORT_PATH, render(study, str(REPORT_DIR / "templates"), style).encode())
    progress.say(f"written to {REPORT_PATH}")


if __name__ == "__main__":
    run_stage("report", main)
