"""Draw every figure that a section of the report shows, once in each language."""

from foundation.parameters import Params
from foundation.paths import RESULTS_DIR
from foundation.progress import Progress
from foundation.reproducibility.artifacts import write_bytes
from foundation.stage import run_stage
from report.drawing.charts import draw
from report.texts.language import LANGUAGES, speaking
from report.views.figures import figures_of
from report.views.sections import SECTIONS, naming_damage, show
from report.views.study import Study


def main(params: Params, progress: Progress) -> None:
    """Write the figures, a folder for each language."""
    study = Study(params, RESULTS_DIR)
    for language in progress.track(LANGUAGES, "draw"):
        with speaking(language):
            for slug in SECTIONS:
                for figure in figures_of(show(study, slug)):
                    with naming_damage(study, slug):
                        svg = draw(figure)
                    write_bytes(study.figure_path(figure), svg.encode())


if __name__ == "__main__":
    run_stage("figures", main)
