"""Pythae in an environment of its own, made here from its lock file; it is no dependency of the study.

Source: Chadebec, Vincent & Allassonniere 2022, Pythae: Unifying Generative Autoencoders in Python.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from autoencoders.arrays import Rows
from benchmarks.machine import BenchmarkError
from execution.stage_command import count_cores

FOLDER = Path("benchmarks/.venv")
LOCK = Path("benchmarks/requirements-pythae.lock")
WORKER = Path("benchmarks/pythae_worker.py")
DIVERGED = 3  # exit code of the worker
ALLOCATOR = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": str(2**31 - 1)}  # as the study's stages have it


def prepare_interpreter() -> Path:
    """Return the interpreter of the peer's environment, made first where the lock file is newer.

    Raises:
        BenchmarkError: if uv is missing or fails.
    """
    python = FOLDER / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    done = FOLDER / ".installed"
    if done.is_file() and done.read_bytes() == LOCK.read_bytes():
        return python
    uv = Path(sys.executable).parent / "uv"
    program = str(uv) if uv.is_file() else "uv"
    for arguments in (
        ["venv", "--quiet", "--clear", "--python", sys.executable, str(FOLDER)],
        ["pip", "install", "--quiet", "--require-hashes", "--python", str(python), "-r", str(LOCK)],
    ):
        try:
            subprocess.run([program, *arguments], check=True, capture_output=True, text=True)
        except FileNotFoundError:
            raise BenchmarkError("uv: expected on the path to make the peer's environment, found none") from None
        except subprocess.CalledProcessError as error:
            raise BenchmarkError(f"uv {arguments[0]}: {error.stderr.strip().splitlines()[-1:]}") from error
    done.write_bytes(LOCK.read_bytes())
    return python


def train_peer(order: Mapping[str, Any], train: Rows) -> Generator[tuple[float, dict[str, Tensor]]]:
    """Train on images (n, n_pixels) and yield seconds and weights after each of the order's lengths.

    Args:
        order: model, widths, activation, seed, learning_rate, batch_size, lengths.
        train: The images.

    Raises:
        FloatingPointError: if the training diverged.
        BenchmarkError: if it ended early otherwise.
    """
    with tempfile.TemporaryDirectory() as name, (Path(name) / "errors").open("w+", encoding="utf-8") as errors:
        np.save(Path(name) / "train.npy", train)
        (Path(name) / "order.json").write_text(json.dumps(order), encoding="utf-8")
        environment = {key: text for key, text in os.environ.items() if key != "PYTHONPATH"}
        environment |= {**ALLOCATOR, "OMP_NUM_THREADS": str(count_cores())}
        command = [str(prepare_interpreter().absolute()), str(WORKER), name]
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=errors, text=True)
        try:
            for epochs in order["lengths"]:
                if not (line := process.stdout.readline() if process.stdout else ""):
                    is_diverged = process.wait() == DIVERGED
                    errors.seek(0)
                    said = errors.read().strip().splitlines()[-1:]
                    raise (FloatingPointError if is_diverged else BenchmarkError)(f"Pythae: {said}")
                with np.load(Path(name) / f"weights_{epochs}.npz") as weights:
                    yield float(line), {key: torch.from_numpy(weights[key]) for key in weights}
        finally:
            process.kill()
            process.communicate()
