"""Render everything that was measured as one self-contained HTML page."""

from importlib.metadata import version
from pathlib import Path

from autoencoders.artifacts import read_bytes, write_bytes
from autoencoders.parameters import Params
from report.drawings import kept_in
from report.page import Assets
from report.sections import SCRIPTS, STYLES, render
from report.study import Study
from stages.console import Progress, run_stage
from stages.paths import DRAWINGS_DIR, REPORT_DIR, REPORT_PATH, RESULTS_DIR

LIBRARIES = (
    "babel",
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


def read_assets(folder: Path) -> Assets:
    """Return the style sheets as one and the scripts as one, each in its order."""
    style, script = ("".join(read_bytes(folder / name).decode() for name in names) for names in (STYLES, SCRIPTS))
    return Assets(style, script)


def main(params: Params, progress: Progress) -> None:
    """Write the page and say where it lies."""
    study = Study(params, RESULTS_DIR, {name: version(name) for name in LIBRARIES})
    assets = read_assets(REPORT_DIR / "assets")
    with kept_in(DRAWINGS_DIR):
        page = render(study, str(REPORT_DIR / "templates"), assets)
    write_bytes(REPORT_PATH, page.encode())
    progress.say(f"written to {REPORT_PATH}")


if __name__ == "__main__":
    run_stage("report", main)
