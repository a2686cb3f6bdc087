"""What may stand on a user's machine and must change no byte: variables, settings in the home, a start-up script."""

import json
import os
from collections.abc import Mapping
from pathlib import Path

UGLY = """backend: Agg
figure.dpi: 31
savefig.dpi: 31
figure.facecolor: red
font.size: 23
lines.linewidth: 7
axes.grid: True
axes.labelsize: 23
axes.xmargin: 0.3
xtick.major.size: 9
axes.formatter.use_locale: True
image.cmap: jet
path.simplify: False
svg.fonttype: path
"""
START_UP = "import builtins, numpy\nnumpy.set_printoptions(precision=1)\nbuiltins.sorted = lambda *_, **__: []\n"
PROFILE = "c = get_config()\nc.InlineBackend.figure_formats = {'svg'}\nc.InlineBackend.rc = {'figure.dpi': 31}\n"
VARIABLES = {
    "MPLBACKEND": "Agg",
    "TZ": "Pacific/Kiritimati",
    "LC_ALL": "C",
    "LANGUAGE": "pl",
    "PYTHONUTF8": "0",
    "PYTHONCOERCECLOCALE": "0",
    "PYTHONIOENCODING": "ascii:backslashreplace",
    "PYTHONHASHSEED": "7",
    "PYTHONOPTIMIZE": "1",
    "PYTHONWARNINGS": "default",
    "SOURCE_DATE_EPOCH": "0",
    "COLUMNS": "20",
    "NO_COLOR": "1",
    "SCIPY_ARRAY_API": "1",
    "SKLEARN_ASSUME_FINITE": "1",
    "SKLEARN_WORKING_MEMORY": "1",
    "OPENBLAS_CORETYPE": "Prescott",
    "NPY_DISABLE_CPU_FEATURES": "",
    "TORCH_ALLOW_TF32_CUBLAS_OVERRIDE": "1",
    "JUPYTER_PREFER_ENV_PATH": "0",
}


def hostile_environment(home: Path, base: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Fill a home with settings and return an environment whose variables point at them.

    Args:
        home: An empty folder.
        base: What the variables are added to.
    """
    kernel = {"argv": ["no-such-program"], "display_name": "Python 3", "language": "python"}
    contents = {
        ".config/matplotlib/matplotlibrc": UGLY,
        "ugly/matplotlibrc": UGLY,
        "start_up.py": START_UP,
        ".ipython/profile_default/startup/first.py": START_UP,
        ".ipython/profile_default/ipython_config.py": PROFILE,
        ".ipython/profile_default/ipython_kernel_config.py": PROFILE,
        ".local/share/jupyter/kernels/python3/kernel.json": json.dumps(kernel),
        "jupyter/kernels/python3/kernel.json": json.dumps(kernel),
        ".gitconfig": "[core]\n\tautocrlf = true\n\tquotePath = true\n[user]\n\tname = x\n\temail = x@example.org\n",
    }
    for name, content in contents.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(content, encoding="utf-8")
    return {
        **base,
        **VARIABLES,
        "HOME": str(home),
        "MATPLOTLIBRC": str(home / "ugly"),
        "PYTHONSTARTUP": str(home / "start_up.py"),
        "JUPYTER_PATH": str(home / "jupyter"),
    }
