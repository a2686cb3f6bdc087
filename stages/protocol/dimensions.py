"""Tables and pictures over latent dimensions: written per dimension by the sweep, put together by the evaluations."""

from pathlib import Path
from typing import Any

from foundation.parameters import Params, latent_dims
from foundation.paths import swept_dir
from foundation.reproducibility.artifacts import read_bytes, read_csv, read_json, write_bytes
from stages.protocol.tables import Table


def table_over(params: Params, slug: str, name: str) -> Table:
    """Return the rows of a table of an evaluation at all latent dimensions."""
    return [row for latent_dim in latent_dims(params) for row in table_at(slug, name, latent_dim)]


def table_at(slug: str, name: str, latent_dim: int) -> Table:
    """Return a table of an evaluation at a latent dimension."""
    return read_csv(swept_dir(latent_dim) / slug / f"{name}.csv")


def metrics_at(slug: str, latent_dim: int) -> dict[str, Any]:
    """Return the metrics of an evaluation at a latent dimension."""
    metrics: dict[str, Any] = read_json(swept_dir(latent_dim) / slug / "metrics.json")
    return metrics


def picture_names(slug: str, latent_dim: int) -> dict[str, int]:
    """Return the names of the pictures of an evaluation at a latent dimension, each with that dimension."""
    return dict.fromkeys(read_json(swept_dir(latent_dim) / slug / "figures" / "pictures.json"), latent_dim)


def copy_pictures(slug: str, names: dict[str, int], folder: Path) -> dict[str, Any]:
    """Copy pictures of an evaluation, each from the latent dimension given, and return their labels."""
    labels = {}
    for name, latent_dim in names.items():
        source = swept_dir(latent_dim) / slug / "figures"
        labels[name] = read_json(source / "pictures.json")[name]
        write_bytes(folder / f"{name}.png", read_bytes(source / f"{name}.png"))
    return labels
