"""Measure what the sweep states, at the headline latent dimension where the sweep lacks it.

With the headline inside the sweep there is nothing to measure and the folder holds only its list.
"""

from autoencoders.parameters import Params
from stages.console import Progress, run_stage, threads
from stages.folders import prune, read_list, write_list
from stages.paths import HEADLINE_DIR, results_dir


def main(params: Params, progress: Progress) -> None:
    """Measure what is missing and list it."""
    folder, latent_dims = results_dir("sweep_headline"), read_list(HEADLINE_DIR)
    prune(folder, [folder / str(latent_dim) for latent_dim in latent_dims])
    for latent_dim in latent_dims:
        from stages.sweep import measure_dimension  # noqa: PLC0415 -- takes seconds, mostly not needed

        with threads(1):
            measure_dimension(params, progress, HEADLINE_DIR / str(latent_dim), latent_dim, folder / str(latent_dim))
    if not latent_dims:
        progress.say("the headline latent dimension is part of latent_sweep, nothing to measure")
    write_list(folder, latent_dims)


if __name__ == "__main__":
    run_stage("sweep_headline", main)
