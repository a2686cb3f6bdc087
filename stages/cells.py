"""Which cells (model x latent dimension) a run wants, where each lies, and how they are loaded.

The sweep's cells lie under checkpoints/sweep, the headline's under checkpoints/headline where the
sweep does not hold its latent dimension. The wanted cells always follow from the parameters; a
folder is never listed, so cells of an earlier sweep cannot slip into a result.
"""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA

from autoencoders.artifacts import ArtifactError
from autoencoders.checkpoints import Cell, load_cell, load_pca
from autoencoders.models import BaseAutoencoder
from autoencoders.parameters import Params
from stages.paths import HEADLINE_DIR, PCA_PATH, SWEEP_DIR, cell_name, denoiser_dir

Codec: TypeAlias = PCA | BaseAutoencoder
Codecs: TypeAlias = dict[str, dict[int, Codec]]
PCA_SEED = 0


def cell_dir(params: Params, model: str, latent_dim: int) -> Path:
    """Return the folder of a cell."""
    parent = SWEEP_DIR if latent_dim in params.latent_sweep else HEADLINE_DIR
    return parent / cell_name(model, latent_dim)


def wanted_cells(params: Params) -> list[tuple[str, int]]:
    """Return all (model, latent_dim) of a run: every model at every latent dimension."""
    return [(model, latent_dim) for model in params.models for latent_dim in params.latent_dims]


def prune_cells(params: Params) -> None:
    """Remove cells that the parameters no longer want, left by an earlier sweep."""
    wanted = {cell_dir(params, *cell) for cell in wanted_cells(params)}
    wanted |= {denoiser_dir(model) for model in params.train_denoiser.models}
    for folder in [*SWEEP_DIR.glob("*"), *HEADLINE_DIR.glob("*"), *denoiser_dir("").glob("*")]:
        if folder not in wanted and folder.is_dir():
            shutil.rmtree(folder)


def load_codecs(params: Params, latent_dim: int) -> Codecs:
    """Return all codecs of one latent dimension by name and seed; PCA, being deterministic, has one seed.

    Raises:
        ArtifactError: if a cell is missing, damaged, or was trained under other seeds.
    """
    cells: Codecs = {model: _load(params, cell_dir(params, model, latent_dim)) for model in params.models}
    return {"pca": {PCA_SEED: load_pca(PCA_PATH, latent_dim)}, **cells}


def load_denoisers(params: Params) -> Codecs:
    """Return the codecs trained to denoise, by model and seed.

    Raises:
        ArtifactError: as for ``load_codecs``.
    """
    return {model: dict(_load(params, denoiser_dir(model))) for model in params.train_denoiser.models}


def _load(params: Params, directory: Path) -> dict[int, Codec]:
    cell: Cell = load_cell(directory)
    if sorted(cell) != sorted(params.seeds):
        raise ArtifactError(f"{directory}: expected seeds {sorted(params.seeds)}, got {sorted(cell)}")
    return {seed: cell[seed] for seed in params.seeds}


def per_seed(cell: dict[int, Codec], measure: Callable[[Codec, int], NDArray[np.float64]]) -> NDArray[np.float64]:
    """Return measure(codec, seed) for every seed as rows: (n_seeds, n_images), or (n_seeds,) for numbers."""
    return np.stack([np.asarray(measure(codec, seed), dtype=np.float64) for seed, codec in cell.items()])


def reconstruct(codec: Codec, pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return what a codec makes of images (n, n_pixels), not clipped."""
    return np.asarray(codec.inverse_transform(codec.transform(pixels)), dtype=np.float32)
