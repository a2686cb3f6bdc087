"""Codecs of a run: how they are loaded, and what evaluations ask of all of them alike.

A codec is PCA or a trained model; a cell holds one model's codecs by seed.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA

from autoencoders.learning.checkpoints import Cell, load_cell, load_pca
from autoencoders.learning.estimators import BaseAutoencoder
from autoencoders.reproducibility.artifacts import ArtifactError
from stages.paths import PCA_PATH

Codec: TypeAlias = PCA | BaseAutoencoder
Codecs: TypeAlias = dict[str, dict[int, Codec]]
Seeds: TypeAlias = tuple[int, ...]
PCA_SEED = 0


def load_dimension(folder: Path, latent_dim: int, models: tuple[str, ...], seeds: Seeds) -> Codecs:
    """Return all codecs of one latent dimension by name and seed; PCA, being deterministic, has one seed.

    Args:
        folder: That of the latent dimension, with one folder per model.
        latent_dim: The latent dimension.
        models: The models of the run.
        seeds: Those of the run.

    Raises:
        ArtifactError: if a cell is missing, damaged, or was trained under other seeds.
    """
    cells: Codecs = {model: load_seeds(folder / model, seeds) for model in models}
    return {"pca": {PCA_SEED: load_pca(PCA_PATH, latent_dim)}, **cells}


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
