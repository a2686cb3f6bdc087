"""Render everything that was measured as one self-contained HTML page.

Where figures have to be drawn, which takes most of the time, each language but the first gets a process that draws
its own meanwhile. The page takes them from where they are kept and draws what is not there.
"""

from contextlib import suppress
from functools import partial
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path

from autoencoders.parameters import Params
from autoencoders.reproducibility.artifacts import read_bytes, write_bytes
from report.drawings import kept_in
from report.page import Assets, ordered
from report.sections import SCRIPTS, STYLES, draw, render
from report.study import Study
from stages.console import Progress, end_with, run_stage
from stages.paths import DRAWINGS_DIR, REPORT_DIR, REPORT_PATH, RESULTS_DIR
from stages.starters import STARTERS

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


def study_of(params: Params) -> Study:
    """Return what was measured."""
    return Study(params, RESULTS_DIR, {name: version(name) for name in LIBRARIES})


def draw_ahead(params: Params, language: str) -> None:
    """Keep the figures of a language; what cannot be drawn is left to the page, which says why."""
    if STARTERS:
        end_with(STARTERS, "report")
    with suppress(Exception), kept_in(DRAWINGS_DIR):
        draw(study_of(params), language)


def draw_elsewhere(params: Params) -> None:
    """Start a process for each language but the first, which ends with this one."""
    for language in ordered(params.report.language)[1:]:
        get_context("spawn").Process(target=draw_ahead, args=(params, language), daemon=True).start()


def main(params: Params, progress: Progress) -> None:
    """Write the page and say where it lies."""
    assets = read_assets(REPORT_DIR / "assets")
    with kept_in(DRAWINGS_DIR, when_missing=partial(draw_elsewhere, params)):
        page = render(study_of(params), str(REPORT_DIR / "templates"), assets)
    write_bytes(REPORT_PATH, page.encode())
    progress.say(f"written to {REPORT_PATH}")


if __name__ == "__main__":
    run_stage("report", main)
