"""A machine on which Python and git are the only programs, and on which our modules find no POSIX."""

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

FOLDER = Path(__file__).parent  # of sitecustomize.py, which Python imports when it starts
NO_SHELL = """#!{python}
import os, sys
option, command = sys.argv[1:]
assert option == "-c"
os.execvp("python", command.split())
"""  # what DVC takes for the shell


def environment_without_posix(programs: Path, base: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Fill an empty folder with the only programs besides Python and return an environment that names them."""
    shell = programs / "no-shell"
    shell.write_text(NO_SHELL.format(python=Path(sys.executable).resolve()), encoding="utf-8")
    shell.chmod(0o755)
    (programs / "git").symlink_to(str(shutil.which("git")))
    path = os.pathsep.join([str(Path(sys.executable).parent), str(programs)])
    return {**base, "PATH": path, "SHELL": str(shell), "PYTHONPATH": str(FOLDER)}
