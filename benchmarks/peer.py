"""Pythae in an environment of its own, made here from its lock file; it is no dependency of the study.

Source: Chadebec, Vincent & Allassonniere 2022, Pythae: Unifying Generative Autoencoders in Python.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks.machine import BenchmarkError

FOLDER = Path("benchmarks/.venv")
LOCK = Path("benchmarks/requirements-pythae.lock")
WORKER = Path("benchmarks/pythae_worker.py")


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


class Peer:
    """One Pythae model in training, which advances an epoch at each call, so that others can be measured between."""

    def __init__(self, python: Path, model: str, epochs: int, folder: Path, n_threads: int) -> None:
        environment = {**os.environ, "OMP_NUM_THREADS": str(n_threads)}
        environment.pop("PYTHONPATH", None)
        self.errors = (folder / f"{model}.log").open("w+", encoding="utf-8")
        self.process = subprocess.Popen(
            [str(python.absolute()), str(WORKER), model, str(epochs), str(folder)],
            env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors, text=True,
        )  # fmt: skip
        self.config = self._read_answer()

    def train_epoch(self) -> float:
        """Return the seconds of the next epoch."""
        if self.process.stdin is None:
            raise BenchmarkError("the peer was started without standard input")
        self.process.stdin.write("epoch\n")
        self.process.stdin.flush()
        return float(self._read_answer()["seconds"])

    def measure_quality(self) -> float:
        """Return the test quality after the last epoch."""
        return float(self._read_answer()["quality"])

    def close(self) -> None:
        """End the process."""
        self.process.kill()
        self.process.communicate()
        self.errors.close()

    def _read_answer(self) -> dict[str, Any]:
        line = self.process.stdout.readline() if self.process.stdout else ""
        if not line:
            self.errors.seek(0)
            said = self.errors.read().strip().splitlines()[-1:]
            raise BenchmarkError(f"Pythae ended early: {said}")
        answer: dict[str, Any] = json.loads(line)
        return answer
