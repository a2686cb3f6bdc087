"""Train the cells of latent dimensions that a run needs and the sweep lacks: of headline, denoisers, betas.

With all of them inside the sweep there is nothing to train and the folder holds only its list.
"""

from autoencoders.parameters import Params
from stages.console import Progress, run_stage, threads
from stages.folders import prune, write_list
from stages.paths import HEADLINE_DIR, cell_dir


def missing_dims(params: Params) -> list[int]:
    """Return the latent dimensions outside the sweep that some stage takes models of, rising."""
    needed = {params.latent_dim, params.train_denoiser.latent_dim, params.train_beta.latent_dim}
    return sorted(needed - set(params.latent_sweep))


def main(params: Params, progress: Progress) -> None:
    """Train what is missing and list it."""
    latent_dims = missing_dims(params)
    prune(HEADLINE_DIR, [HEADLINE_DIR / str(latent_dim) for latent_dim in latent_dims])
    for latent_dim in latent_dims:
        from stages.train import estimator_of, train_cell  # noqa: PLC0415 -- takes seconds, mostly not needed

        for model in params.models:
            estimator = estimator_of(params, model, latent_dim)
            with threads():
                train_cell(params, progress, model, estimator, cell_dir(HEADLINE_DIR, model, latent_dim))
    if not latent_dims:
        progress.say("every latent dimension asked for is part of latent_sweep, nothing to train")
    write_list(HEADLINE_DIR, latent_dims)


if __name__ == "__main__":
    run_stage("train_headline", main)
