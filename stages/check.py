"""Refuse a run with invalid parameters, or without the GPU it asks for, before any other stage starts.

Every stage depends on this one's marker, whose content never changes: a valid change of params.yaml
runs only this check and the stages that declare the changed parameter. The latent dimensions that the sweep lacks are
listed beside it, so that a headline inside the sweep trains and measures nothing anew.
"""

from pathlib import Path

from autoencoders.parameters import Params
from autoencoders.reproducibility.artifacts import write_bytes
from stages.console import Progress, run_stage
from stages.folders import write_list
from stages.paths import CHECKED_PATH, HEADLINE_DIR, REFERENCE_DIR, asked_dir


def outside_the_sweep(params: Params) -> dict[Path, list[int]]:
    """Return the latent dimensions that are needed and not part of the sweep, by the folder that is to hold them."""
    needed = {
        HEADLINE_DIR: {params.latent_dim},
        REFERENCE_DIR: {params.train_denoiser.latent_dim, params.train_beta.latent_dim},
    }
    return {folder: sorted(latent_dims - set(params.latent_sweep)) for folder, latent_dims in needed.items()}


def main(params: Params, progress: Progress) -> None:
    """Write lists and marker; the parameters were validated when they were read, the machine is looked at here."""
    if params.device == "cuda":
        from stages.devices import training_device  # noqa: PLC0415 -- takes seconds, needed for a GPU only

        training_device(params.device)
    for folder, latent_dims in outside_the_sweep(params).items():
        write_list(asked_dir(folder), latent_dims)
    write_bytes(CHECKED_PATH, b"params.yaml is valid\n")
    dims = ", ".join(map(str, params.latent_dims))
    progress.say(f"parameters are valid: {', '.join(params.models)} at latent dimensions {dims}")


if __name__ == "__main__":
    run_stage("check", main)
