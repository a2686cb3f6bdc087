"""A notebook's kernel is a fork that finds the stage's libraries, computes on one thread and ends with the stage."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import psutil
import pytest

from autoencoders.reproducibility.artifacts import ArtifactError
from stages.latent_tour import execute

ROOT = Path(__file__).resolve().parents[1]
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="forks are made on Linux only")
FOUND = """
import os, sys
print("torch" in sys.modules, os.getppid())
import torch
print(torch.get_num_threads(), latent_dim)
"""
RUNNER = """
import torch
from pathlib import Path
from stages.latent_tour import execute
execute(Path("tour.ipynb"), Path("executed.ipynb"), {})
"""
SLEEPER = """
import os, time
from pathlib import Path
Path("draft").write_text(str(os.getpid()))
Path("draft").rename("pid")
time.sleep(600)
"""


def notebook(path: Path, *cells: str) -> Path:
    content = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell("latent_dim = 2"), *map(nbformat.v4.new_code_cell, cells)],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
    )
    content.cells[0].metadata["tags"] = ["parameters"]
    path.write_text(nbformat.writes(content), encoding="utf-8")
    return path


@on_linux
def test_the_kernel_finds_the_libraries_loaded_and_computes_on_one_thread(tmp_path: Path) -> None:
    import torch  # noqa: F401, PLC0415 -- what the stage's process has loaded

    target = tmp_path / "executed.ipynb"
    execute(notebook(tmp_path / "tour.ipynb", FOUND), target, {"latent_dim": 3})
    cells = nbformat.reads(target.read_text(encoding="utf-8"), as_version=4).cells
    assert cells[-1].outputs[0].text.split() == ["True", str(os.getpid()), "1", "3"]


def test_a_cell_that_fails_is_named_and_leaves_no_file(tmp_path: Path) -> None:
    target = tmp_path / "executed.ipynb"
    with pytest.raises(ArtifactError, match=r"tour\.ipynb: cell 2: ValueError: no such code$"):
        execute(notebook(tmp_path / "tour.ipynb", "raise ValueError('no such code')"), target, {"latent_dim": 3})
    assert list(tmp_path.iterdir()) == [tmp_path / "tour.ipynb"]


@on_linux
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_the_kernel_ends_with_the_stage(tmp_path: Path, number: int) -> None:
    notebook(tmp_path / "tour.ipynb", SLEEPER)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    stage = subprocess.Popen([sys.executable, "-c", RUNNER], cwd=tmp_path, env=environment, start_new_session=True)
    until_exists(tmp_path / "pid")
    kernel = psutil.Process(int((tmp_path / "pid").read_text()))
    assert kernel.ppid() == stage.pid
    os.killpg(stage.pid, number)
    assert stage.wait(60) != 0
    psutil.wait_procs([kernel], timeout=60)
    assert not kernel.is_running()


def until_exists(path: Path) -> None:
    end = time.monotonic() + 120
    while not path.exists():
        assert time.monotonic() < end
        time.sleep(0.05)
