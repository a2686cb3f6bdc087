"""The study where there is no POSIX, no shell and no make: modules import, commands are plain, stages run."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.test_pipeline import ROOT, Clone
from tests.without_posix import FOLDER, environment_without_posix

PACKAGES = sorted(path.parent.name for path in ROOT.glob("*/__init__.py") if path.parent.name != "tests")
IMPORT_ALL = """
import importlib, pkgutil, sys

names = [
    module.name for package in sys.argv[1:] for module in pkgutil.walk_packages([package], package + ".")
    if not module.name.endswith(("__main__", "pythae_worker"))
]
for name in names:
    importlib.import_module(name)
print(len(names))
"""
SHELL = set("|&;<>$`\\\"'*?#~=%(){}[]!")


def python(*arguments: str) -> subprocess.CompletedProcess[str]:
    command, environment = [sys.executable, *arguments], {**os.environ, "PYTHONPATH": str(FOLDER)}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def test_every_module_imports_where_there_is_no_posix() -> None:
    done = python("-c", IMPORT_ALL, *PACKAGES)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout.split()[-1]) > 100


def test_the_stand_in_hides_posix_from_our_modules_and_refuses_shells() -> None:
    ours = "exec('import signal; signal.SIGHUP', {'__name__': 'stages.x'})"
    assert "no attribute 'SIGHUP'" in python("-c", ours).stderr
    assert "a shell was asked for" in python("-c", "import subprocess; subprocess.run('x', shell=True)").stderr


def commands() -> dict[str, str]:
    stages = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
    return {name: re.sub(r"\$\{item\.\w+\}", "x", stage["cmd"]) for name, stage in stages.items()}


@pytest.mark.parametrize(("stage", "command"), commands().items())
def test_a_command_needs_no_shell(stage: str, command: str) -> None:
    assert command.startswith("python -m ")
    assert not set(command) & SHELL


@pytest.mark.slow
def test_stages_run_where_python_and_git_are_the_only_programs(tmp_path: Path) -> None:
    """Under DVC and under execution; test_pipeline.py runs the whole study so."""
    for name in ("programs", "clone"):
        (tmp_path / name).mkdir()
    clone = Clone(tmp_path / "clone")
    clone.environment = environment_without_posix(tmp_path / "programs")
    assert clone.run("dvc", "repro", "prepare").count("Running stage") == 3
    assert clone.run(sys.executable, "-m", "execution", "--jobs", "2", "fit_pca").count("Running stage") == 1
