"""Which cells (model x latent dimension) a run wants, where each lies, and how they are loaded.

The sweep's cells lie under checkpoints/sweep, the headline's under checkpoints/headline where the
sweep does not hold its latent dimension. The wanted cells always follow from the parameters; a
folder is never listed, so cells of an earlier sweep cannot slip into a result. Cells of a model that the run
does not compare may be there, trained by lists of their own (denoisers, betas, likelihoods); no result takes them.
"""

import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA

from autoencoders.artifacts import ArtifactError
from autoencoders.checkpoints import Cell, load_cell, load_pca
from autoencoders.models import BaseAutoencoder
from autoencoders.parameter_sections import TrainBetaParams, TrainDenoiserParams, TrainLikelihoodParams
from autoencoders.parameters import Params
from stages.paths import (
    BETAS_DIR,
    DENOISERS_DIR,
    HEADLINE_DIR,
    LIKELIHOODS_DIR,
    PCA_PATH,
    SWEEP_DIR,
    beta_dir,
    cell_name,
    denoiser_dir,
    likelihood_dir,
)

Codec: TypeAlias = PCA | BaseAutoencoder
Codecs: TypeAlias = dict[str, dict[int, Codec]]
Seeds: TypeAlias = tuple[int, ...]
PCA_SEED = 0


def cell_dir(params: Params, model: str, latent_dim: int) -> Path:
    """Return the folder of a cell."""
    parent = SWEEP_DIR if latent_dim in params.latent_sweep else HEADLINE_DIR
    return parent / cell_name(model, latent_dim)


def wanted_cells(params: Params) -> list[tuple[str, int]]:
    """Return all (model, latent_dim) of a run: every model at every latent dimension."""
    return [(model, latent_dim) for model in params.models for latent_dim in params.latent_dims]


def planned_denoisers(plan: TrainDenoiserParams) -> list[tuple[str, str]]:
    """Return all (model, regime) that are trained."""
    return [(model, regime) for regime in plan.regimes for model in plan.models]


def wanted_denoisers(plan: TrainDenoiserParams, models: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return all (model, regime) of a run: those whose model it compares."""
    return [cell for cell in planned_denoisers(plan) if cell[0] in models]


def prune(parent: Path, wanted: Iterable[Path]) -> None:
    """Remove the folders in ``parent`` that the parameters no longer want, left by an earlier sweep."""
    for folder in set(parent.glob("*")) - set(wanted):
        if folder.is_dir():
            shutil.rmtree(folder)


def prune_cells(params: Params) -> None:
    """Remove cells of the sweep and the headline that the parameters no longer want."""
    wanted = [cell_dir(params, *cell) for cell in wanted_cells(params)]
    prune(SWEEP_DIR, wanted)
    prune(HEADLINE_DIR, wanted)


def load_codecs(params: Params, latent_dim: int) -> Codecs:
    """Return all codecs of one latent dimension by name and seed; PCA, being deterministic, has one seed.

    Raises:
        ArtifactError: if a cell is missing, damaged, or was trained under other seeds.
    """
    cells: Codecs = {model: load_seeds(cell_dir(params, model, latent_dim), params.seeds) for model in params.models}
    return {"pca": {PCA_SEED: load_pca(PCA_PATH, latent_dim)}, **cells}


def load_denoisers(plan: TrainDenoiserParams, models: tuple[str, ...], seeds: Seeds) -> Codecs:
    """Return the codecs trained to denoise of the models of a run, by name (model_regime) and seed.

    Raises:
        ArtifactError: as for ``load_codecs``.
    """
    prune(DENOISERS_DIR, (denoiser_dir(*cell) for cell in planned_denoisers(plan)))
    return {"_".join(cell): load_seeds(denoiser_dir(*cell), seeds) for cell in wanted_denoisers(plan, models)}


def load_betas(plan: TrainBetaParams, seeds: Seeds) -> dict[float, dict[int, Codec]]:
    """Return the VAEs with another beta, by beta and seed.

    Raises:
        ArtifactError: as for ``load_codecs``.
    """
    folders = {beta: beta_dir(beta) for beta in plan.betas}
    prune(BETAS_DIR, folders.values())
    return {beta: load_seeds(folder, seeds) for beta, folder in folders.items()}


def load_likelihoods(plan: TrainLikelihoodParams, seeds: Seeds) -> Codecs:
    """Return the VAEs with a likelihood that is a probability, by likelihood and seed.

    Raises:
        ArtifactError: as for ``load_codecs``.
    """
    folders = {likelihood: likelihood_dir(likelihood) for likelihood in plan.likelihoods}
    prune(LIKELIHOODS_DIR, folders.values())
    return {likelihood: load_seeds(folder, seeds) for likelihood, folder in folders.items()}


def load_seeds(directory: Path, seeds: Seeds) -> dict[int, Codec]:
    """Return the estimators of one cell by seed.

    Raises:
        ArtifactError: if the cell is missing, damaged, or was trained under other seeds.
    """
    cell: Cell = load_cell(directory)
    if sorted(cell) != sorted(seeds):
        raise ArtifactError(f"{directory}: expected seeds {sorted(seeds)}, got {sorted(cell)}")
    return {seed: cell[seed] for seed in seeds}


def per_seed(cell: dict[int, Codec], measure: Callable[[Codec, int], NDArray[np.float64]]) -> NDArray[np.float64]:
    """Return measure(codec, seed) for every seed as rows: (n_seeds, n_images), or (n_seeds,) for numbers."""
    return np.stack([np.asarray(measure(codec, seed), dtype=np.float64) for seed, codec in cell.items()])


def reconstruct(codec: Codec, pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return what a codec makes of images (n, n_pixels), not clipped."""
    return np.asarray(codec.inverse_transform(codec.transform(pixels)), dtype=np.float32)
