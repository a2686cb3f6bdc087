"""Tables and pictures over latent dimensions: written per dimension by the sweep, put together by the evaluations.

Which latent dimensions there are follows from the parameters and from what the headline's stages list; a folder is
never listed, so that dimensions of an earlier sweep cannot slip into a result.
"""

from pathlib import Path
from typing import Any

from autoencoders.parameters import Params
from autoencoders.reproducibility.artifacts import read_bytes, read_csv, read_json, write_bytes, write_json
from stages.folders import prune, read_list
from stages.paths import results_dir

Table = list[dict[str, Any]]


def folders(params: Params) -> dict[int, Path]:
    """Return the folder of every latent dimension that was measured, rising; those no longer wanted are removed."""
    sweep, headline = results_dir("sweep"), results_dir("sweep_headline")
    added = read_list(headline)
    found = {d: sweep / str(d) for d in params.latent_sweep} | {d: headline / str(d) for d in added}
    prune(sweep, [sweep / str(d) for d in params.latent_sweep])
    return dict(sorted(found.items()))


def metrics_at(params: Params, slug: str, latent_dim: int) -> dict[str, Any]:
    """Return the metrics of an evaluation at a latent dimension."""
    metrics: dict[str, Any] = read_json(folders(params)[latent_dim] / slug / "metrics.json")
    return metrics


def table_at(params: Params, slug: str, name: str, latent_dim: int) -> Table:
    """Return a table of an evaluation at a latent dimension."""
    return read_csv(folders(params)[latent_dim] / slug / f"{name}.csv")


def table_over(params: Params, slug: str, name: str) -> Table:
    """Return the rows of a table of an evaluation at all latent dimensions."""
    return [row for latent_dim in folders(params) for row in table_at(params, slug, name, latent_dim)]


def copy_pngs(params: Params, slug: str, names: dict[str, int], folder: Path) -> dict[str, Any]:
    """Copy pictures of an evaluation, each from the latent dimension given, and return their labels."""
    labels = {}
    for name, latent_dim in names.items():
        source = folders(params)[latent_dim] / slug / "figures"
        labels[name] = read_json(source / "pictures.json")[name]
        write_bytes(folder / f"{name}.png", read_bytes(source / f"{name}.png"))
    return labels


def copy_pictures(params: Params, slug: str, names: dict[str, int], folder: Path) -> None:
    """Copy pictures of an evaluation, each from the latent dimension given, as one set."""
    write_json(folder / "pictures.json", copy_pngs(params, slug, names, folder))


def picture_names(params: Params, slug: str, latent_dim: int) -> list[str]:
    """Return the names of the pictures of an evaluation at a latent dimension."""
    return list(read_json(folders(params)[latent_dim] / slug / "figures" / "pictures.json"))
