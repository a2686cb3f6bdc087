"""Reader and writer of what training takes and leaves: splits, cells, PCA.

Weights are safetensors with their configuration as JSON beside them; nothing is ever unpickled.
"""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias, get_args

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from torch import Tensor

from autoencoders.arrays import Rows
from autoencoders.learning.estimators import BaseAutoencoder
from autoencoders.learning.models import MODELS
from foundation.reproducibility.artifacts import (
    ArtifactError,
    read_arrays,
    read_json,
    write_arrays,
    write_csv,
    write_json,
)
from foundation.vocabulary import ProductPrecision

PCA_ARRAYS = ("components_", "mean_", "explained_variance_", "explained_variance_ratio_")

Cell: TypeAlias = dict[int, BaseAutoencoder]


class Split(NamedTuple):
    """Images (n, 1, height, width) float32 in [0, 1] and their labels (n,) int64."""

    images: Tensor
    labels: Tensor

    @property
    def pixels(self) -> Rows:
        """The images as rows, (n, n_pixels), as codecs take them."""
        return self.images.flatten(1).numpy()

    @property
    def image_shape(self) -> tuple[int, int]:
        """Height and width of an image."""
        return self.images.shape[-2], self.images.shape[-1]


def _as_arrays(tensors: Mapping[str, Tensor]) -> dict[str, NDArray[Any]]:
    return {name: tensor.numpy() for name, tensor in tensors.items()}


def _as_tensors(arrays: Mapping[str, NDArray[Any]]) -> dict[str, Tensor]:
    return {name: torch.from_numpy(array.copy()) for name, array in arrays.items()}


def load_split(directory: Path | str, name: str) -> Split:
    """Return the images and labels of one split: train, validation or test.

    Raises:
        ArtifactError: if the file is missing, damaged or lacks images or labels of equal number.
    """
    path = Path(directory) / f"{name}.safetensors"
    arrays = read_arrays(path)
    shapes = {key: array.shape for key, array in sorted(arrays.items())}
    are_paired = set(shapes) == {"images", "labels"} and shapes["labels"] == shapes["images"][:1] != (0,)
    if not are_paired or len(shapes["images"]) != 3 or any(array.dtype != np.uint8 for array in arrays.values()):
        raise ArtifactError(f"{path}: expected images and as many labels, all bytes, got shapes {shapes}")
    tensors = _as_tensors(arrays)
    return Split(tensors["images"].unsqueeze(1).float() / 255, tensors["labels"].long())


def save_cell(directory: Path | str, model: str, cell: Mapping[int, BaseAutoencoder]) -> None:
    """Write one cell: weights per seed, the configuration beside them, the history of all seeds."""
    folder = Path(directory)
    for seed, estimator in cell.items():
        write_arrays(folder / f"seed_{seed}.safetensors", _as_arrays(estimator.network_.state_dict()))
    history = [record._asdict() for estimator in cell.values() for record in estimator.history_]
    rows = [{k: None if isinstance(v, float) and math.isnan(v) else v for k, v in row.items()} for row in history]
    write_csv(folder / "history.csv", rows)
    first = next(iter(cell.values()))
    configuration = {
        "model": model,
        "n_pixels": first.n_features_in_,
        "seeds": sorted(cell),
        "precision": first.precision_,
        "parameters": {k: v for k, v in first.get_params().items() if k != "random_state"},
    }
    write_json(folder / "config.json", configuration)


def load_cell(directory: Path | str) -> Cell:
    """Return the fitted estimators of a cell, by seed.

    Raises:
        ArtifactError: if a file is missing, damaged, or weights do not fit the configuration.
    """
    folder = Path(directory)
    config = read_json(folder / "config.json")
    try:
        seeds, n_pixels = config["seeds"], config["n_pixels"]
        if not seeds or not all(type(number) is int for number in (*seeds, n_pixels)) or len(set(seeds)) < len(seeds):
            raise ValueError(f"seeds {seeds}, n_pixels {n_pixels}")  # noqa: TRY301 -- one message for all that is wrong
        precision = config["precision"]
        if precision not in get_args(ProductPrecision):
            raise ValueError(f"precision {precision}")  # noqa: TRY301
        given = config["parameters"].items()
        parameters: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in given}
        estimators = {seed: MODELS[config["model"]](**parameters, random_state=seed) for seed in seeds}
        networks = {seed: estimator.build_network(n_pixels) for seed, estimator in estimators.items()}
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, RuntimeError, OverflowError) as error:
        said = " ".join(str(error).split())[:200]
        raise ArtifactError(f"{folder / 'config.json'}: expected the configuration of a cell, got: {said}") from error
    for seed, estimator in estimators.items():
        network = networks[seed]
        load_weights(network, folder / f"seed_{seed}.safetensors")
        estimator.network_ = network.eval().requires_grad_(requires_grad=False)
        estimator.n_features_in_, estimator.precision_ = n_pixels, precision
    return estimators


def load_weights(network: torch.nn.Module, path: Path | str) -> None:
    """Fill a network with the weights of a file.

    Raises:
        ArtifactError: if the file is missing or damaged, or names, shapes or types differ.
    """
    weights = _as_tensors(read_arrays(path))
    for name, expected in network.state_dict().items():
        if name in weights and weights[name].dtype != expected.dtype:
            raise ArtifactError(f"{path}: {name}: expected {expected.dtype}, got {weights[name].dtype}")
    try:
        network.load_state_dict(weights)
    except RuntimeError as error:
        raise ArtifactError(f"{path}: weights do not fit the network: {' '.join(str(error).split())}") from error


def save_pca(path: Path | str, pca: PCA) -> None:
    """Write a fitted PCA as safetensors."""
    write_arrays(path, {name: getattr(pca, name) for name in PCA_ARRAYS})


def load_pca(path: Path | str, n_components: int) -> PCA:
    """Return the stored PCA cut down to its first n_components.

    Raises:
        ArtifactError: if the file is missing, damaged or holds fewer components.
    """
    arrays = read_arrays(path)
    shapes = [arrays[name].shape if name in arrays else () for name in PCA_ARRAYS]
    if set(arrays) != set(PCA_ARRAYS) or shapes != [shapes[0], shapes[0][1:], *2 * [shapes[0][:1]]]:
        raise ArtifactError(f"{path}: expected the arrays of a PCA, got {sorted(arrays)} of shapes {shapes}")
    stored = len(arrays["components_"])
    if not 1 <= n_components <= stored:
        raise ArtifactError(f"{path}: expected at least {n_components} components, got {stored}")
    pca = PCA(n_components)
    for name, values in arrays.items():
        setattr(pca, name, values if name == "mean_" else values[:n_components])
    pca.n_components_, pca.n_features_in_ = n_components, arrays["components_"].shape[1]
    return pca
