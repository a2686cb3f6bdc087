"""Named random streams: every draw of the study comes from a (seed, name) pair.

A stream depends on its own seed and name alone, so adding a seed, a model or a noise level
changes no other number. Nothing here keeps state; generators are made and handed out.
"""

import hashlib

import numpy as np
import torch


def stream_key(seed: int, name: str) -> int:
    """Return the 63-bit key of the stream ``name`` under ``seed``.

    >>> stream_key(3, "denoising/noise") == stream_key(3, "denoising/noise")
    True
    >>> stream_key(3, "denoising/noise") == stream_key(4, "denoising/noise")
    False
    """
    digest = hashlib.sha256(f"{seed}:{name}".encode()).digest()
    return int.from_bytes(digest[:8], "little") >> 1


def numpy_stream(seed: int, name: str) -> np.random.Generator:
    """Return a NumPy generator for the stream ``name`` under ``seed``."""
    return np.random.Generator(np.random.PCG64(stream_key(seed, name)))


def torch_stream(seed: int, name: str, device: torch.device | str = "cpu") -> torch.Generator:
    """Return a PyTorch generator of a device for the stream ``name`` under ``seed``; each kind of device draws its own.

    >>> torch_stream(3, "denoising/noise").device
    device(type='cpu')
    """
    return torch.Generator(device).manual_seed(stream_key(seed, name))
