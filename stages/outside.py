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
    for latent_dim in latent_dims:
        from stages.train import estimator_of, train_cell  # noqa: PLC0415 -- takes seconds, mostly not needed

        for model in params.models:
            estimator = estimator_of(params, model, latent_dim)
            with threads():
                train_cell(params, progress, model, estimator, cell_dir(folder, model, latent_dim))
    if not latent_dims:
        progress.say("every latent dimension asked for is part of latent_sweep, nothing to train")
    write_list(folder, latent_dims)
