"""The page that compares experiments: ``python -m report.experiments`` (``make experiments``) writes it.

Not a DVC stage: it reads git's references to experiments, on which no stage can depend; it is made anew by each call
and is not in git. It shows what each run stored and measures nothing.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import yaml
from markupsafe import Markup

from autoencoders.reproducibility.artifacts import ArtifactError, read_bytes, write_bytes
from report.language import LANGUAGES, N_, SOURCE_LANGUAGE, _, speaking
from report.page import Assets, Edition, compose, environment, ordered
from report.runs import WORKSPACE, Run, collect
from report.views import experiments
from stages.paths import REPORT_DIR

PAGE_PATH = REPORT_DIR / "experiments.html"
HERE = Path(__file__).parent
STYLES = ("colours.css", "report.css", "experiments.css")
SCRIPTS = ("page.js",)
TITLE = N_("Experiments compared")


def read_assets(folder: Path) -> Assets:
    """Return the style sheets as one and the scripts as one."""
    style, script = ("".join(read_bytes(folder / name).decode() for name in names) for names in (STYLES, SCRIPTS))
    return Assets(style, script)


def render(runs: Sequence[Run], default: str) -> str:
    """Return the page in every language, the default one first."""
    jinja = environment(str(HERE / "templates"))
    editions = []
    for code in ordered(default):
        with speaking(code):
            html = jinja.get_template("experiments.html.j2").render(
                language=code, title=_(TITLE), view=experiments.view(runs)
            )
            editions.append(Edition(code, _(TITLE), Markup(html)))  # noqa: S704 -- rendered with everything escaped
    return compose(jinja, editions, read_assets(HERE / "assets"))


def first_language(runs: Sequence[Run]) -> str:
    """Return the language that the workspace's params.yaml asks for, English where it asks for none."""
    params = next((run.params for run in runs if run.origin.rev == WORKSPACE), {})
    asked = params.get("report.language")
    return asked if asked in LANGUAGES else SOURCE_LANGUAGE


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


if __name__ == "__main__":
    main()
