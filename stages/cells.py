"""Which cells (model x latent dimension) a run wants, and where each lies.

The sweep's cells lie under checkpoints/sweep, those of the latent dimensions that the sweep lacks under
checkpoints/headline, one folder per latent dimension with one per model. The wanted cells always follow from the
parameters and the list that the headline's stage leaves; a folder is never listed, so cells of an earlier sweep cannot
slip into a result. Cells of a model that the run does not compare may be there, trained by lists of their own
(denoisers, betas, likelihoods); no result takes them.
"""

from pathlib import Path

from autoencoders.parameter_sections import TrainDenoiserParams
from autoencoders.parameters import Params
from stages.folders import prune, read_list
from stages.paths import HEADLINE_DIR, SWEEP_DIR


def dimension_dir(params: Params, latent_dim: int) -> Path:
    """Return the folder of the cells of a latent dimension."""
    return (SWEEP_DIR if latent_dim in params.latent_sweep else HEADLINE_DIR) / str(latent_dim)


def trained_dims(params: Params) -> list[int]:
    """Return the latent dimensions of the run's cells: the sweep's and those that the headline's stage lists.

    Raises:
        ArtifactError: if there is no such list.
    """
    return sorted({*params.latent_sweep, *read_list(HEADLINE_DIR)})


def wanted_cells(params: Params) -> list[tuple[str, int]]:
    """Return all (model, latent_dim) of a run: every model at every latent dimension."""
    return [(model, latent_dim) for model in params.models for latent_dim in trained_dims(params)]


def planned_denoisers(plan: TrainDenoiserParams) -> list[tuple[str, str]]:
    """Return all (model, regime) that are trained."""
    return [(model, regime) for regime in plan.regimes for model in plan.models]


def wanted_denoisers(plan: TrainDenoiserParams, models: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return all (model, regime) of a run: those whose model it compares."""
    return [cell for cell in planned_denoisers(plan) if cell[0] in models]


def prune_cells(params: Params) -> None:
    """Remove cells of the sweep and the headline that the parameters no longer want."""
    wanted = [dimension_dir(params, latent_dim) for latent_dim in trained_dims(params)]
    prune(SWEEP_DIR, wanted)
    prune(HEADLINE_DIR, wanted)
    for folder in wanted:
        prune(folder, [folder / model for model in params.models])
