"""Refuse a run with invalid parameters, or without the GPU it asks for, before any other stage starts.

Every stage depends on this one's marker, whose content never changes: a valid change of params.yaml
runs only this check and the stages that declare the changed parameter.
"""

from foundation.parameters import Params, latent_dims
from foundation.paths import CHECKED_PATH
from foundation.progress import Progress
from foundation.reproducibility.artifacts import write_bytes
from foundation.stage import run_stage


def main(params: Params, progress: Progress) -> None:
    """Write the marker; the parameters were validated when they were read, the machine is looked at here."""
    if params.device == "cuda":
        from foundation.reproducibility.devices import training_device  # noqa: PLC0415 -- takes seconds, rarely needed

        training_device(params.device)
    write_bytes(CHECKED_PATH, b"params.yaml is valid\n")
    dims = ", ".join(map(str, latent_dims(params)))
    progress.say(f"parameters are valid: {', '.join(params.models)} at latent dimensions {dims}")


if __name__ == "__main__":
    run_stage("check", main)
