"""The page of experiments rendered in every language, and the command that writes it."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import yaml

from foundation.paths import REPORT_DIR
from foundation.reproducibility.artifacts import ArtifactError, write_bytes
from report.experiments import view as experiments
from report.experiments.runs import WORKSPACE, Run, collect
from report.page import AUTO, Edition, compose, environment, make_editions, read_assets
from report.texts.language import LANGUAGES, N_, _

PAGE_PATH = REPORT_DIR / "experiments.html"
HERE = Path(__file__).parents[1]
STYLES = ("colours.css", "report.css", "experiments.css")
SCRIPTS = ("page.js",)
TITLE = N_("Experiments compared")


def render(runs: Sequence[Run], default: str) -> str:
    """Return the page in every language; ``default`` is the one it opens in, or left to the reader's browser."""
    jinja = environment(str(HERE / "templates"))
    template = jinja.get_template("experiments.html.j2")

    def make(code: str) -> Edition:
        return Edition(code, _(TITLE), template.render(language=code, title=_(TITLE), view=experiments.view(runs)))

    return compose(jinja, make_editions(default, make), read_assets(HERE / "assets", STYLES, SCRIPTS), opens_in=default)


def first_language(runs: Sequence[Run]) -> str:
    """Return the language that the workspace's params.yaml asks for, the browser's where it asks for none."""
    params = next((run.params for run in runs if run.origin.rev == WORKSPACE), {})
    asked = params.get("report.language")
    return asked if asked in LANGUAGES else AUTO


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the page and say where it lies; a mistake becomes one line on standard error and exit code 1."""
    parser = argparse.ArgumentParser(prog="python -m report.experiments", description="Compare the experiments.")
    parser.add_argument("--all-commits", action="store_true", help="experiments of every commit, not of HEAD only")
    options = parser.parse_args(arguments)
    try:
        runs = collect(all_commits=options.all_commits)
        write_bytes(PAGE_PATH, render(runs, first_language(runs)).encode())
    except (ArtifactError, yaml.YAMLError) as error:
        sys.stderr.write(f"experiments: error: {error}\n")
        sys.exit(1)
    counted = experiments.counted(runs)
    sys.stdout.write(f"experiments: {counted}: {PAGE_PATH.resolve()}\n")
