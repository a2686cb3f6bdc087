"""Measure what the sweep states, at the headline latent dimension where the sweep lacks it.

With the headline inside the sweep there is nothing to measure and the folder holds only its list.
"""

from autoencoders.parameters import Params
from stages.console import Progress, run_stage, threads
from stages.folders import prune, write_list
from stages.paths import HEADLINE_DIR, results_dir


def main(params: Params, progress: Progress) -> None:
    """Measure what is missing and list it."""
    folder, latent_dim = results_dir("sweep_headline"), params.latent_dim
    prune(folder, [folder / str(latent_dim)])
    if latent_dim in params.latent_sweep:
        progress.say(f"latent_dim {latent_dim} is part of latent_sweep, nothing to measure")
        prune(folder, [])
        write_list(folder, [])
        return
    from stages.sweep import measure_dimension  # noqa: PLC0415 -- takes seconds, mostly not needed

    with threads(1):
        measure_dimension(params, progress, HEADLINE_DIR / str(latent_dim), latent_dim, folder / str(latent_dim))
    write_list(folder, [latent_dim])


if __name__ == "__main__":
    run_stage("sweep_headline", main)
