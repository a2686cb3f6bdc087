"""Which cells (model x latent dimension) a run wants, and where each lies.

The sweep's cells lie under checkpoints/sweep. Latent dimensions that the sweep lacks lie under checkpoints/headline for
the headline and under checkpoints/reference for what denoisers and betas are compared with, one folder per latent
dimension with one per model. The wanted cells always follow from the parameters and the lists that those stages leave;
a folder is never listed, so cells of an earlier sweep cannot slip into a result. Cells of a model that the run does not
compare may be there, trained by lists of their own (denoisers, betas, likelihoods); no result takes them.
"""

from collections.abc import Sequence
from pathlib import Path

from autoencoders.parameter_sections import TrainDenoiserParams
from autoencoders.parameters import Params
from stages.folders import prune, read_list
from stages.paths import HEADLINE_DIR, SWEEP_DIR


def dimension_dir(params: Params, latent_dim: int, outside: Path = HEADLINE_DIR) -> Path:
    """Return the folder of the cells of a latent dimension; ``outside`` holds those that the sweep lacks."""
    return (SWEEP_DIR if latent_dim in params.latent_sweep else outside) / str(latent_dim)


def dimension_dirs(params: Params, outside: Sequence[Path]) -> dict[int, Path]:
    """Return the folder of every latent dimension of the sweep and of those that the folders outside list, rising.

    Raises:
        ArtifactError: if such a folder has no list.
    """
    found = {latent_dim: folder / str(latent_dim) for folder in outside for latent_dim in read_list(folder)}
    return dict(sorted((found | {d: SWEEP_DIR / str(d) for d in params.latent_sweep}).items()))


def wanted_cells(params: Params, outside: Sequence[Path]) -> dict[tuple[str, int], Path]:
    """Return the folders of all (model, latent_dim) of a run: every model at every latent dimension."""
    folders = dimension_dirs(params, outside)
    return {(model, latent_dim): folder / model for model in params.models for latent_dim, folder in folders.items()}


def planned_denoisers(plan: TrainDenoiserParams) -> list[tuple[str, str]]:
    """Return all (model, regime) that are trained."""
    return [(model, regime) for regime in plan.regimes for model in plan.models]


def wanted_denoisers(plan: TrainDenoiserParams, models: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return all (model, regime) of a run: those whose model it compares."""
    return [cell for cell in planned_denoisers(plan) if cell[0] in models]


def prune_cells(params: Params, *outside: Path) -> None:
    """Remove cells of the sweep, and of folders outside that a stage reads, that the parameters no longer want."""
    wanted = {folder / str(latent_dim) for folder in outside for latent_dim in read_list(folder)}
    wanted |= {SWEEP_DIR / str(latent_dim) for latent_dim in params.latent_sweep}
    for parent in (SWEEP_DIR, *outside):
        prune(parent, list(wanted))
    for folder in wanted:
        prune(folder, [folder / model for model in params.models])
