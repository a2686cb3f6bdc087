"""The notebook finds the study wherever it is opened, has its pictures, and takes no settings of the user's."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import nbformat
import numpy as np
import psutil
import pytest
import torch
from nbformat.v4 import new_code_cell, new_notebook

from foundation.reproducibility.artifacts import ArtifactError
from stages.latent_tour import SOURCE, execute, refuse_missing_pictures
from tests.hostile import UGLY, hostile_environment
from tests.import_closure import ROOT

KERNEL = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
DRAWS = "import matplotlib.pyplot as plt\nfrom builtins import sorted\nplt.plot(sorted([3, 1, 2]))\nplt.show()"
RUN = """
from pathlib import Path
from stages.latent_tour import execute
execute(Path("n/in.ipynb"), Path("out.ipynb"), {})
"""
GUARDED = """
from pathlib import Path
from foundation.stage import run_guarded
from stages.latent_tour import execute
run_guarded("latent_tour", lambda: execute(Path("in.ipynb"), Path("out.ipynb"), {}))
"""


def notebook(*sources: str) -> nbformat.NotebookNode:
    cells = [new_code_cell(source, metadata={"tags": ["picture"]}) for source in sources]
    return new_notebook(cells=cells, metadata=KERNEL)


def executed(folder: Path, environment: dict[str, str]) -> str:
    """Return what the stage makes of a notebook that draws, in a folder of its own."""
    (folder / "n").mkdir(parents=True)
    nbformat.write(notebook(DRAWS), folder / "n" / "in.ipynb")
    (folder / "matplotlibrc").write_text(UGLY if "MATPLOTLIBRC" in environment else "")
    done = subprocess.run(
        [sys.executable, "-c", RUN], cwd=folder, env={**environment, "PYTHONPATH": str(ROOT)}, check=False,
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return (folder / "out.ipynb").read_text(encoding="utf-8")


def test_settings_of_the_user_change_no_byte_of_the_notebook(tmp_path: Path) -> None:
    plain = executed(tmp_path / "plain", dict(os.environ))
    assert "image/png" in plain
    assert executed(tmp_path / "hostile", hostile_environment(tmp_path / "home")) == plain


@pytest.mark.parametrize("place", ["report", "results/latent_tour"])
def test_the_notebook_finds_the_study_from_the_folder_it_is_opened_in(place: str, tmp_path: Path) -> None:
    first = code_cells()[0]
    (tmp_path / "cell.py").write_text(f"{first.source}\nprint(Path(PARAMS_PATH).resolve())\n", encoding="utf-8")
    (ROOT / place).mkdir(parents=True, exist_ok=True)
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, tmp_path / "cell.py"], cwd=ROOT / place, env=environment, check=False, capture_output=True,
        text=True,
    )  # fmt: skip
    assert done.stdout == f"{ROOT / 'params.yaml'}\n", done.stderr


def code_cells() -> list[nbformat.NotebookNode]:
    return [cell for cell in nbformat.read(ROOT / SOURCE, as_version=4).cells if cell.cell_type == "code"]


@pytest.mark.parametrize("n_classes", [2, 5, 12])
def test_knobs_nobody_turned_are_those_of_the_study(n_classes: int) -> None:
    """Its latent dimension and first seed, with images of as many classes as there are."""
    asked: list[tuple[object, ...]] = []

    def load_codecs(*names: object) -> dict[str, dict[int, str]]:
        asked.append(names)
        return {"ae": {7: "codec of seed 7", 8: "codec of seed 8"}}

    images = torch.rand(n_classes, 1, 8, 8)
    test = SimpleNamespace(images=images, labels=torch.arange(n_classes), pixels=images.flatten(1).numpy())
    here: dict[str, Any] = {
        "load_params": lambda _path: SimpleNamespace(latent_dim=12, seeds=(8, 7), models=("ae",)),
        "load_split": lambda _folder, _name: test,
        "load_codecs": load_codecs,
        "PARAMS_PATH": None, "DATA_DIR": None, "plt": None, "np": np,
    }  # fmt: skip
    _imports, knobs, loads, _bottleneck, walks, *_rest = [cell.source for cell in code_cells()]
    for source in (knobs, loads, walks.partition("\n")[0]):
        exec(source, here)  # noqa: S102 - our own notebook
    assert asked == [(("ae",), (8, 7), 12)]
    assert here["codecs"] == {"ae": "codec of seed 8"}
    row = list(here["images"])
    assert row[here["start"]] is not row[here["end"]]


def test_every_cell_that_draws_is_known_to_draw() -> None:
    cells = code_cells()
    draws = [cell for cell in cells if cell.source.splitlines()[-1].startswith(("show(", "plt.show("))]
    assert len(draws) == 5
    assert [cell for cell in cells if "picture" in cell.metadata.get("tags", [])] == draws


def test_a_notebook_without_a_picture_it_promises_is_refused() -> None:
    with pytest.raises(ArtifactError, match=r"^n\.ipynb: cell 0: expected a picture, got none$"):
        refuse_missing_pictures(notebook("1"), Path("n.ipynb"))


def test_a_cell_that_fails_is_named(tmp_path: Path) -> None:
    nbformat.write(notebook("1 / 0"), tmp_path / "in.ipynb")
    with patch.dict(os.environ), pytest.raises(ArtifactError, match="cell 0: ZeroDivisionError"):
        execute(tmp_path / "in.ipynb", tmp_path / "out.ipynb", {})


@pytest.mark.skipif(os.name != "posix", reason="signals")
@pytest.mark.usefixtures("no_process_left")
def test_an_interruption_ends_the_stage_and_its_kernel_behind_nohup_too(tmp_path: Path) -> None:
    sleeps = "import os, time; from pathlib import Path; Path('pid').write_text(f'{os.getpid()} '); time.sleep(100)"
    nbformat.write(notebook(sleeps), tmp_path / "in.ipynb")
    command = ["sh", "-c", 'trap "" INT; exec "$@"', "sh", sys.executable, "-c", GUARDED]
    run = subprocess.Popen(command, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, start_new_session=True)
    deadline = time.monotonic() + 90
    while not (tmp_path / "pid").is_file() or not (tmp_path / "pid").read_text().endswith(" "):
        assert run.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.1)
    os.kill(run.pid, signal.SIGINT)
    assert run.wait(60) == 130
    kernel = int((tmp_path / "pid").read_text())
    while psutil.pid_exists(kernel):
        assert time.monotonic() < deadline + 60
        time.sleep(0.1)
