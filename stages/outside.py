"""Train models at latent dimensions that the sweep lacks, for the stages of headline and reference."""

from pathlib import Path

from autoencoders.parameters import Params
from stages.console import Progress, threads
from stages.folders import prune, read_list, write_list
from stages.paths import asked_dir, cell_dir


def train_missing(params: Params, progress: Progress, folder: Path) -> None:
    """Train all models at the latent dimensions that a folder is to hold, and list these.

    Raises:
        ArtifactError: if ``check`` left no list of them.
    """
    latent_dims = read_list(asked_dir(folder))
    prune(folder, [folder / str(latent_dim) for latent_dim in latent_dims])
    if latent_dims:
        train_all(params, progress, folder, latent_dims)
    else:
        progress.say("every latent dimension asked for is part of latent_sweep, nothing to train")
    write_list(folder, latent_dims)


def train_all(params: Params, progress: Progress, folder: Path, latent_dims: list[int]) -> None:
    """Train every model at every one of the latent dimensions, on processors as many cells at once as there are cores.

    A core that trains a cell of its own gets more done than one that shares a cell. A GPU takes one after the other,
    and so do all cores together where the precision is a setting of the process.
    """
    from autoencoders.learning.mixed_precision import concerns_process  # noqa: PLC0415 -- seconds, mostly not needed
    from stages.side_by_side import measure_all, measure_in_turn, n_workers_for  # noqa: PLC0415
    from stages.train import estimator_of, train_cell, training_setting  # noqa: PLC0415

    def train(cell: tuple[str, int]) -> None:
        model, latent_dim = cell
        estimator = estimator_of(params, model, latent_dim)
        train_cell(params, progress, model, estimator, cell_dir(folder, model, latent_dim))

    cells = [(model, latent_dim) for latent_dim in latent_dims for model in params.models]
    device, precision = training_setting(params)
    is_in_turn = device.type == "cuda" or concerns_process(precision)
    trained = measure_in_turn(cells, train) if is_in_turn else measure_all(cells, train, n_workers_for(cells))
    with threads():
        for _ in trained:
            pass
