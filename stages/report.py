"""Render everything that was measured as one self-contained HTML page."""

from importlib.metadata import version

from foundation.parameters import Params
from foundation.paths import REPORT_DIR, REPORT_PATH, RESULTS_DIR
from foundation.progress import Progress
from foundation.reproducibility.artifacts import write_bytes
from foundation.stage import run_stage
from report.page import Edition, compose, environment, make_editions, read_assets, unbroken
from report.texts.language import _
from report.views import explorer
from report.views.sections import SECTIONS, TITLE, Section, show
from report.views.study import Study

STYLES = ("colours.css", "report.css", "explorer.css")
SCRIPTS = (
    *("network.js", "judge.js", "widgets.js"),
    *("plane.js", "pad.js", "image.js", "noise.js", "path.js", "sampler.js", "tour.js"),
    "page.js",
)
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


def render(study: Study) -> str:
    """Return the report in every language; its description is the answer, with which its first section begins."""
    jinja = environment(str(REPORT_DIR / "templates"), study.svg)
    opens_in = study.params.report.language

    def make(code: str) -> Edition:
        sections = [Section(slug, _(title), show(study, slug)) for slug, (title, _view) in SECTIONS.items()]
        html = jinja.get_template("edition.html.j2").render(language=code, sections=sections)
        return Edition(code, _(TITLE), unbroken(html), " ".join(sections[0].view["answer"]))

    editions = make_editions(opens_in, make)
    assets = read_assets(REPORT_DIR / "assets", STYLES, SCRIPTS)
    pictures, payload = study.all_pictures(), explorer.payload(study)
    return compose(jinja, editions, assets, opens_in=opens_in, pictures=pictures, payload=payload)


def main(params: Params, progress: Progress) -> None:
    """Write the page and say where it lies."""
    study = Study(params, RESULTS_DIR, {name: version(name) for name in LIBRARIES})
    write_bytes(REPORT_PATH, render(study).encode())
    progress.say(f"written to {REPORT_PATH}")


if __name__ == "__main__":
    run_stage("report", main)
