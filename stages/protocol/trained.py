"""The trained models of a run: how they are loaded, and what is asked of all alike.

A codec is PCA or a trained model; a cell is a model at a latent dimension and holds its codecs by seed. Which cells are
loaded follows from the parameters alone; a folder is never listed, so no cell of an earlier run slips into a result.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from copy import deepcopy
from pathlib import Path
from typing import TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.decomposition import PCA

from autoencoders.learning.checkpoints import Cell, load_cell, load_pca
from autoencoders.learning.estimators import BaseAutoencoder
from foundation.parameter_sections import TrainDenoiserParams
from foundation.paths import PCA_PATH, beta_dir, cell_dir, denoiser_dir, likelihood_dir, snapshots_path
from foundation.reproducibility.artifacts import ArtifactError, read_arrays

Codec: TypeAlias = PCA | BaseAutoencoder
Codecs: TypeAlias = dict[str, dict[int, Codec]]
PCA_SEED = 0


def planned_denoisers(plan: TrainDenoiserParams) -> list[tuple[str, str]]:
    """Return all (model, regime) that are trained to denoise, whether the run compares the model or not."""
    return [(model, regime) for regime in plan.regimes for model in plan.models]


def load_seeds(directory: Path, seeds: tuple[int, ...]) -> dict[int, Codec]:
    """Return the codecs of one cell by seed.

    Raises:
        ArtifactError: if the cell is missing, damaged, or was trained under other seeds.
    """
    cell: Cell = load_cell(directory)
    if sorted(cell) != sorted(seeds):
        raise ArtifactError(f"{directory}: expected seeds {sorted(seeds)}, got {sorted(cell)}")
    return {seed: cell[seed] for seed in seeds}


def load_codecs(models: Sequence[str], seeds: tuple[int, ...], latent_dim: int) -> Codecs:
    """Return all codecs of one latent dimension by name and seed; PCA, being deterministic, has one seed.

    Raises:
        ArtifactError: as for ``load_seeds``.
    """
    cells: Codecs = {model: load_seeds(cell_dir(model, latent_dim), seeds) for model in models}
    return {"pca": {PCA_SEED: load_pca(PCA_PATH, latent_dim)}, **cells}


def load_snapshots(directory: Path, trained: BaseAutoencoder) -> dict[int, BaseAutoencoder]:
    """Return a cell's first codec with the encoders that it had before training and after some epochs, by epoch.

    Raises:
        ArtifactError: if the file of the encoders is missing or damaged, or they do not fit the codec.
    """
    path = snapshots_path(directory)
    weights: defaultdict[int, dict[str, torch.Tensor]] = defaultdict(dict)
    snapshots = {}
    try:
        for name, array in read_arrays(path).items():
            if array.dtype != np.float16:
                raise ValueError(f"{name} of type {array.dtype}")  # noqa: TRY301 -- one message for all that is wrong
            number, _, parameter = name.partition(".")
            weights[int(number)][parameter] = torch.from_numpy(array.astype(np.float32))
        for epoch in sorted(weights):
            snapshots[epoch] = deepcopy(trained)
            snapshots[epoch].network_.encoder.load_state_dict(weights[epoch])
    except (ValueError, RuntimeError) as error:
        if isinstance(error, ArtifactError):
            raise
        raise ArtifactError(f"{path}: expected encoders of the cell, got: {' '.join(str(error).split())}") from error
    return snapshots


def load_denoisers(plan: TrainDenoiserParams, models: Sequence[str], seeds: tuple[int, ...]) -> Codecs:
    """Return the codecs trained to denoise of the models of a run, by name (model_regime) and seed.

    Raises:
        ArtifactError: as for ``load_seeds``.
    """
    wanted = [names for names in planned_denoisers(plan) if names[0] in models]
    return {"_".join(names): load_seeds(denoiser_dir(*names), seeds) for names in wanted}


def load_betas(betas: Sequence[float], seeds: tuple[int, ...]) -> dict[float, dict[int, Codec]]:
    """Return the VAEs with another beta, by beta and seed.

    Raises:
        ArtifactError: as for ``load_seeds``.
    """
    return {beta: load_seeds(beta_dir(beta), seeds) for beta in betas}


def load_likelihoods(likelihoods: Sequence[str], seeds: tuple[int, ...]) -> Codecs:
    """Return the VAEs with a likelihood that is a probability, by likelihood and seed.

    Raises:
        ArtifactError: as for ``load_seeds``.
    """
    return {name: load_seeds(likelihood_dir(name), seeds) for name in likelihoods}


def list_compared(codecs: Codecs) -> list[str]:
    """Return the names of PCA and of every model with hidden layers: linear models are controls of the errors alone."""
    first = {name: next(iter(cell.values())) for name, cell in codecs.items()}
    return [name for name, codec in first.items() if isinstance(codec, PCA) or not codec.network_.is_linear]


def per_seed(cell: dict[int, Codec], measure: Callable[[Codec, int], NDArray[np.float64]]) -> NDArray[np.float64]:
    """Return measure(codec, seed) for every seed as rows: (n_seeds, n_images), or (n_seeds,) for numbers."""
    return np.stack([np.asarray(measure(codec, seed), dtype=np.float64) for seed, codec in cell.items()])


def reconstruct(codec: Codec, pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return what a codec makes of images (n, n_pixels), not clipped."""
    return np.asarray(codec.inverse_transform(codec.transform(pixels)), dtype=np.float32)
