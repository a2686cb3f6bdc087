"""Which device trains the autoencoders: what params.yaml asks for, on the machine that is there."""

import warnings

import torch

from foundation.parameters import ParameterError
from foundation.paths import PARAMS_PATH
from foundation.vocabulary import Device


def training_device(wanted: Device) -> torch.device:
    """Return the CPU or the current CUDA device; ``auto`` takes a GPU where there is one.

    Raises:
        ParameterError: if ``cuda`` is asked for and there is none; one line.
    """
    if wanted == "cpu":
        return torch.device("cpu")
    found = what_cuda_lacks()
    if found and wanted == "cuda":
        raise ParameterError(
            f"{PARAMS_PATH}: device: cuda needs a GPU that PyTorch can use, found {found}; use cpu or auto"
        )
    return torch.device("cpu" if found else "cuda")


def what_cuda_lacks() -> str:
    """Return what was found in place of a usable CUDA device, "" where there is one; one line."""
    with warnings.catch_warnings(record=True) as caught:  # of a driver that does not fit
        warnings.simplefilter("always")
        if torch.cuda.is_available():
            return ""
    version = torch.__version__
    if torch.version.cuda is None:
        return f"none: PyTorch {version} is built without CUDA"
    said = "; ".join(" ".join(str(warning.message).split()) for warning in caught)
    return f"none: PyTorch {version} sees no CUDA device{f' ({said})' if said else ''}"
