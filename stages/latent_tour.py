"""Run the notebook latent_tour with this run's parameters; the executed copy is linked from the report."""

import os
import tempfile
import warnings
from pathlib import Path

import nbformat
import papermill
from nbformat import NotebookNode

from foundation.parameters import Params
from foundation.paths import REPORT_DIR, results_dir
from foundation.progress import Progress
from foundation.reproducibility.artifacts import ArtifactError, read_bytes, write_bytes
from foundation.stage import run_stage

SOURCE = REPORT_DIR / "latent_tour.ipynb"
QUIET = ["--log-level=40"]  # the kernel warns of its local socket otherwise
# the kernel computes on one thread, as sums depend on their number, and takes no settings of the user's
KERNEL = {
    "OMP_NUM_THREADS": "1",
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "JUPYTER_PREFER_ENV_PATH": "1",
    "JUPYTER_NO_CONFIG": "1",
}
FOLDERS = ("IPYTHONDIR", "MPLCONFIGDIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR")  # where they would be found
REMOVED = ("JUPYTER_PATH", "MATPLOTLIBRC", "PYTHONSTARTUP")  # IPython runs the last, too
PICTURE = "picture"  # tag of cells that draw one


def stripped(notebook: NotebookNode) -> NotebookNode:
    """Return the notebook without what differs between two equal runs: times, random ids, versions."""
    notebook.metadata = {"kernelspec": notebook.metadata.kernelspec, "language_info": {"name": "python"}}
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number}"
        cell.metadata = {"tags": cell.metadata.tags} if cell.metadata.get("tags") else {}
    return notebook


def refuse_missing_pictures(notebook: NotebookNode, source: Path) -> None:
    """Refuse a notebook in which a cell with the tag of pictures has left none.

    Raises:
        ArtifactError: naming the first such cell.
    """
    for number, cell in enumerate(notebook.cells):
        if PICTURE in cell.metadata.get("tags", []) and not any(
            "image/png" in one.get("data", {}) for one in cell.outputs
        ):
            raise ArtifactError(f"{source}: cell {number}: expected a picture, got none")


def execute(source: Path, target: Path, parameters: dict[str, object]) -> None:
    """Write the executed notebook, whose kernel starts in its folder, as programs for notebooks do.

    Raises:
        ArtifactError: if a cell fails, or leaves no picture where it should; names the cell.
    """
    with tempfile.TemporaryDirectory() as scratch, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # papermill's and the kernel's own deprecations, not ours to mend
        os.environ.update(KERNEL | dict.fromkeys(FOLDERS, scratch))
        for name in REMOVED:
            os.environ.pop(name, None)
        draft = Path(scratch) / target.name
        try:
            papermill.execute_notebook(
                source, draft, parameters, progress_bar=False, kernel_name="python3", cwd=source.parent,
                extra_arguments=QUIET,
            )  # fmt: skip
        except papermill.PapermillExecutionError as error:
            raise ArtifactError(f"{source}: cell {error.cell_index}: {error.ename}: {error.evalue}") from error
        notebook = nbformat.reads(read_bytes(draft).decode(), as_version=4)
    refuse_missing_pictures(notebook, source)
    write_bytes(target, f"{nbformat.writes(stripped(notebook))}\n".encode())


def main(params: Params, progress: Progress) -> None:
    """Execute the tour for the headline latent dimension and the first seed."""
    progress.say(f"running {SOURCE}")
    parameters: dict[str, object] = {"latent_dim": params.latent_dim, "seed": params.seeds[0]}
    execute(SOURCE, results_dir("latent_tour") / "latent_tour.ipynb", parameters)


if __name__ == "__main__":
    run_stage("latent_tour", main)
