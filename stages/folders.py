"""Folders that hold one folder per cell or latent dimension: what no longer belongs there, and what a stage adds."""

import shutil
from pathlib import Path

from autoencoders.reproducibility.artifacts import ArtifactError, read_json, write_json

LIST_NAME = "latent_dims.json"


def prune(parent: Path, wanted: list[Path]) -> None:
    """Remove the folders in ``parent`` that the parameters no longer want, left by an earlier sweep."""
    for folder in set(parent.glob("*")) - set(wanted):
        if folder.is_dir():
            shutil.rmtree(folder)


def write_list(folder: Path, latent_dims: list[int]) -> None:
    """List the latent dimensions that a folder holds, or is to hold, beside those of the sweep."""
    write_json(folder / LIST_NAME, latent_dims)


def read_list(folder: Path) -> list[int]:
    """Return the latent dimensions that a folder lists.

    Raises:
        ArtifactError: if there is no such list, or it is none of whole numbers.
    """
    path = folder / LIST_NAME
    latent_dims = read_json(path)
    if not isinstance(latent_dims, list) or not all(type(entry) is int for entry in latent_dims):
        raise ArtifactError(f"{path}: expected a list of latent dimensions, got: {str(latent_dims)[:80]}")
    return latent_dims
