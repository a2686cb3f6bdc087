"""Which processor-specific code the numerical libraries may run; read before any of them is imported.

``numerics: native`` leaves the choice to the libraries: the fastest code for this processor, and other last bits on
another one, from which training walks its own way. ``portable`` pins each library to code that all x86-64 processors
with AVX2 and FMA share, and to one thread, as some sums (the judge's convolutions, products of a cell of one seed) are
cut into as many parts as there are threads. The libraries read the pins from the environment, most of them once, while
they are imported: so ``stages`` calls ``pin`` before a stage imports anything, and processes that a stage starts
inherit them. Imports no numerical library itself.

Where params.yaml lets a GPU train, its matrix products are pinned to repeat their bits on one machine. Which precision
``precision: auto`` means is decided here, too, from what the processor is known to do.
"""

import os
import platform
import sys
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import yaml

from autoencoders.vocabulary import Numerics, Precision, ProductPrecision

PINS = {
    "ATEN_CPU_CAPABILITY": "avx2",  # PyTorch's own kernels
    "MKL_CBWR": "COMPATIBLE",  # its matrix products, exp, log, erf: the one branch that Intel's and AMD's share
    "ONEDNN_MAX_CPU_ISA": "AVX2",  # its convolutions
    "OPENBLAS_CORETYPE": "Haswell",  # matrix products and decompositions of NumPy and SciPy
    "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR",  # NumPy's own loops
    "OMP_NUM_THREADS": "1",  # PyTorch, scikit-learn
    "MKL_NUM_THREADS": "1",  # both precede OMP_NUM_THREADS
    "OPENBLAS_NUM_THREADS": "1",
}
GPU_PINS = {"CUBLAS_WORKSPACE_CONFIG": ":4096:8"}  # the value for which cuBLAS promises the same bits in every run
RIVALS = ("NPY_ENABLE_CPU_FEATURES",)  # NumPy refuses to have both
NEEDED_FLAGS = {"avx2", "fma"}
BFLOAT16_FLAG = "avx512_bf16"  # multiplies bfloat16 at twice the pace of float32, with amx_bf16 faster still
CPU_INFO = Path("/proc/cpuinfo")


def is_portable(path: Path) -> bool:
    """Return whether a params.yaml asks for portable numerics; no for a file that the check stage will refuse."""
    return _asked(path, "numerics") == "portable"


def _asked(path: Path, key: str) -> Any:
    """Return a value of a params.yaml, None for a file that the check stage will refuse."""
    try:
        params = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return None
    return params.get(key) if isinstance(params, dict) else None


def pin(path: Path, environment: MutableMapping[str, str] = os.environ) -> None:
    """Write the pins into the environment if the params.yaml asks for them, over what a person has set there.

    Once NumPy is imported nothing is pinned: half of the libraries would follow. ``reason_against`` then says so.
    That is also how the replications, whose modules import NumPy first, stay native. The pin of a GPU is read at its
    first product and never comes too late.
    """
    if _asked(path, "device") in ("auto", "cuda"):
        environment.update(GPU_PINS)
    if "numpy" not in sys.modules and is_portable(path) and not processor_lacks():
        for name in RIVALS:
            environment.pop(name, None)
        environment.update(PINS)


def processor_lacks(machine: str | None = None, cpu_info: Path = CPU_INFO) -> str:
    """Return what of portable numerics this processor lacks, "" if nothing; flags are known on Linux alone."""
    machine = machine or platform.machine()
    if machine.lower() not in {"x86_64", "amd64"}:
        return f"is {machine}"
    missing = sorted(NEEDED_FLAGS - (_processor_flags(cpu_info) or NEEDED_FLAGS))
    return f"lacks {' and '.join(missing)}" if missing else ""


def has_bfloat16_units(cpu_info: Path = CPU_INFO) -> bool:
    """Return whether this processor is known to multiply bfloat16 faster than float32, to the same bytes every time."""
    return BFLOAT16_FLAG in _processor_flags(cpu_info)


def product_precision(wanted: Precision, numerics: Numerics, device: str) -> ProductPrecision:
    """Return the precision of the factors of training's products; ``auto`` takes bfloat16 where that is faster.

    That is on a processor with units for it, unless numerics must be portable. On a GPU products stay in float32.
    """
    if wanted != "auto":
        return wanted
    is_faster = device == "cpu" and numerics == "native" and has_bfloat16_units()
    return "bfloat16" if is_faster else "float32"


def _processor_flags(cpu_info: Path) -> set[str]:
    lines = cpu_info.read_text(encoding="utf-8", errors="replace").splitlines() if cpu_info.is_file() else []
    return next((set(line.split(":", 1)[1].split()) for line in lines if line.startswith("flags")), set())


def reason_against(environment: MutableMapping[str, str] = os.environ) -> str:
    """Return why portable numerics are not in force in this process, "" if they are; one line."""
    if lacking := processor_lacks():
        return f"numerics: portable needs an x86-64 processor with AVX2 and FMA, this one {lacking}; use native"
    if any(environment.get(name) != value for name, value in PINS.items()):
        return "numerics: portable must be set before NumPy is imported: start the stage with python -m stages.<name>"
    return ""
