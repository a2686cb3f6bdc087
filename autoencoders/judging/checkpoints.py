"""Reader and writer of trained judges, as safetensors."""

from pathlib import Path

import torch

from autoencoders.judging.judge import Judge
from autoencoders.judging.networks import build_network
from foundation.reproducibility.artifacts import ArtifactError, read_arrays, write_arrays
from foundation.vocabulary import JudgeName


def save_judge(path: Path | str, judge: Judge) -> None:
    """Write a judge's weights and the shape of its images."""
    write_arrays(path, {name: tensor.numpy() for name, tensor in judge.network.state_dict().items()})


def load_judge(path: Path | str, name: JudgeName) -> Judge:
    """Return the stored judge of an architecture.

    Raises:
        ArtifactError: if the file is missing, damaged or of another architecture.
    """
    weights = {key: torch.from_numpy(array.copy()) for key, array in read_arrays(path).items()}
    try:
        height, width = weights["image_shape"].tolist()
        network = build_network(name, (height, width), len(weights["output.bias"]) - 1)
        network.load_state_dict(weights)
    except (KeyError, RuntimeError, ValueError, TypeError, OverflowError) as error:
        raise ArtifactError(f"{path}: expected a judge's weights, got: {' '.join(str(error).split())}") from error
    return Judge(network)
