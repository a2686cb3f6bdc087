"""Run the notebook latent_tour with this run's parameters; the executed copy is linked from the report."""

import warnings
from pathlib import Path

import nbformat
import papermill
from nbformat import NotebookNode

from autoencoders.parameters import Params
from autoencoders.reproducibility.artifacts import ArtifactError, read_bytes, write_bytes
from stages.console import Progress, run_stage
from stages.kernels import QUIET, kernel_manager
from stages.paths import HEADLINE_DIR, REPORT_DIR, results_dir
from stages.protocol.cells import prune_cells

SOURCE = REPORT_DIR / "latent_tour.ipynb"


def stripped(notebook: NotebookNode) -> NotebookNode:
    """Return the notebook without what differs between two equal runs: times, random ids, versions."""
    notebook.metadata = {"kernelspec": notebook.metadata.kernelspec, "language_info": {"name": "python"}}
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number}"
        cell.metadata = {"tags": cell.metadata.tags} if cell.metadata.get("tags") else {}
    return notebook


def execute(source: Path, target: Path, parameters: dict[str, object]) -> None:
    """Write the executed notebook.

    Raises:
        ArtifactError: if a cell fails; names the cell's error.
    """
    draft = target.with_name(f".{target.name}.part")
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # papermill's and the kernel's own deprecations, not ours to mend
            papermill.execute_notebook(
                source, draft, parameters, progress_bar=False, kernel_name="python3", extra_arguments=QUIET,
                kernel_manager_class=kernel_manager(),
            )  # fmt: skip
        notebook = nbformat.reads(read_bytes(draft).decode(), as_version=4)
    except papermill.PapermillExecutionError as error:
        raise ArtifactError(f"{source}: cell {error.cell_index}: {error.ename}: {error.evalue}") from error
    finally:
        draft.unlink(missing_ok=True)
    write_bytes(target, f"{nbformat.writes(stripped(notebook))}\n".encode())


def main(params: Params, progress: Progress) -> None:
    """Execute the tour for the headline latent dimension and the first seed."""
    prune_cells(params, HEADLINE_DIR)
    progress.say(f"running {SOURCE}")
    parameters: dict[str, object] = {"latent_dim": params.latent_dim, "seed": params.seeds[0]}
    execute(SOURCE, results_dir("latent_tour") / "latent_tour.ipynb", parameters)


if __name__ == "__main__":
    run_stage("latent_tour", main)
