"""Refuse a run with invalid parameters, or without the GPU it asks for, before any other stage starts.

Every stage depends on this one's output, whose content never changes: a valid change of params.yaml
runs only this check and the stages that declare the changed parameter.
"""

from autoencoders.artifacts import write_bytes
from autoencoders.parameters import Params
from stages.console import Progress, run_stage
from stages.paths import CHECKED_PATH


def main(params: Params, progress: Progress) -> None:
    """Write the marker; the parameters were validated when they were read, the machine is looked at here."""
    if params.device == "cuda":
        from stages.devices import training_device  # noqa: PLC0415 -- takes seconds, needed for a GPU only

        training_device(params)
    write_bytes(CHECKED_PATH, b"params.yaml is valid\n")
    dims = ", ".join(map(str, params.latent_dims))
    progress.say(f"parameters are valid: {', '.join(params.models)} at latent dimensions {dims}")


if __name__ == "__main__":
    run_stage("check", main)
