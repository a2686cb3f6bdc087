"""Which processor-specific code the numerical libraries run: said in the environment before any of them is imported.

Always, as it costs nothing: NumPy and SciPy run code that all x86-64 processors with AVX2 and FMA share, on one thread,
and variables that would change a digit are removed. PyTorch runs the fastest code for this processor, and on another
one training ends in other digits. ``numerics: portable`` pins PyTorch too, and everything to one thread, as some sums
(the judge's convolutions, products of a cell of one seed) are cut into as many parts as there are threads.

Most libraries read the environment once, while they are imported: so ``stages`` calls ``pin`` first, and processes that
a stage starts inherit the pins. Imports no numerical library itself. Which precision ``precision: auto`` means is
decided here, too, from what the processor is known to do.
"""

import os
import platform
import sys
from collections.abc import MutableMapping
from pathlib import Path

from foundation.parameter_file import ParameterError, read_yaml
from foundation.vocabulary import Numerics, Precision, ProductPrecision

PINS = {
    "OPENBLAS_CORETYPE": "Haswell",  # matrix products and decompositions of NumPy and SciPy
    "OPENBLAS_NUM_THREADS": "1",
    "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR",  # NumPy's own loops
    "ONEDNN_MAX_CPU_ISA": "AVX512_CORE_BF16",  # PyTorch's bfloat16 products: vector units, never matrix units
}
PORTABLE_PINS = {
    **PINS,
    "ONEDNN_MAX_CPU_ISA": "AVX2",  # PyTorch's convolutions
    "ATEN_CPU_CAPABILITY": "avx2",  # its own kernels
    "MKL_CBWR": "COMPATIBLE",  # its matrix products, exp, log, erf: the one branch that Intel's and AMD's share
    "OMP_NUM_THREADS": "1",
}
GPU_PINS = {"CUBLAS_WORKSPACE_CONFIG": ":4096:8"}  # the value for which cuBLAS promises the same bits in every run
REMOVED = (
    "ATEN_CPU_CAPABILITY",
    *("TORCH_LINEAR_FLATTEN_3D", "TORCH_MKLDNN_MATMUL_MIN_DIM", "TORCH_MKLDNN_MATMUL_MIN_SIZE"),
    *("TORCH_ALLOW_TF32_CUBLAS_OVERRIDE", "NVIDIA_TF32_OVERRIDE"),
    *("MKL_CBWR", "MKL_ENABLE_INSTRUCTIONS", "MKL_DEBUG_CPU_TYPE", "MKL_VML_DEBUG_CPU_TYPE"),
    *("MKL_NUM_THREADS", "MKL_DOMAIN_NUM_THREADS", "MKL_DYNAMIC", "MKL_NUM_STRIPES", "OMP_DYNAMIC"),
    *(f"{prefix}_{name}" for prefix in ("ONEDNN", "DNNL")
      for name in ("MAX_CPU_ISA", "CPU_ISA_HINTS", "DEFAULT_FPMATH_MODE")),
    *("NPY_ENABLE_CPU_FEATURES", "OPENBLAS_BLOCK_FACTOR", "OPENBLAS_L2_SIZE", "OPENBLAS_VERBOSE"),
    *("SKLEARN_WORKING_MEMORY", "SKLEARN_PAIRWISE_DIST_CHUNK_SIZE"),
)  # fmt: skip
NEEDED_FLAGS = {"avx2", "fma"}
BFLOAT16_FLAG = "avx512_bf16"  # multiplies bfloat16 at twice the pace of float32
CPU_INFO = Path("/proc/cpuinfo")


def pin(path: Path, environment: MutableMapping[str, str] = os.environ) -> None:
    """Write the pins that a params.yaml asks for into the environment, over what a person has set there.

    Once NumPy is imported nothing is pinned: half of the libraries would follow. ``reason_against`` then says so where
    portable numerics are asked for. The pin of a GPU is read at its first product and never comes too late.
    """
    try:
        asked = read_yaml(path)
    except ParameterError:  # the stage refuses the file in a moment
        asked = None
    asked = asked if isinstance(asked, dict) else {}
    if asked.get("device") in ("auto", "cuda"):
        environment.update(GPU_PINS)
    if "numpy" in sys.modules:
        return
    for name in REMOVED:
        environment.pop(name, None)
    if asked.get("numerics") == "portable" and not processor_lacks():
        environment.update(PORTABLE_PINS)
    elif processor_flags() >= NEEDED_FLAGS:
        environment.update(PINS)


def reason_against(environment: MutableMapping[str, str] = os.environ) -> str:
    """Return why portable numerics are not in force in this process, "" if they are; one line."""
    if lacking := processor_lacks():
        return f"numerics: portable needs an x86-64 processor with AVX2 and FMA, this one {lacking}; use native"
    if any(environment.get(name) != value for name, value in PORTABLE_PINS.items()):
        return "numerics: portable must be set before NumPy is imported: start the stage with python -m stages.<name>"
    return ""


def read_cpu_info(key: str, cpu_info: Path = CPU_INFO) -> str:
    """Return what Linux says of the first processor under a key, "" where it says nothing and on another system."""
    lines = cpu_info.read_text(encoding="utf-8", errors="replace").splitlines() if cpu_info.is_file() else []
    return next((line.partition(":")[2].strip() for line in lines if line.partition(":")[0].strip() == key), "")


def processor_flags(cpu_info: Path = CPU_INFO) -> set[str]:
    """Return what instructions the processor is known to have, by Linux's names of those of x86-64."""
    return set(read_cpu_info("flags", cpu_info).split())


def processor_lacks(machine: str | None = None, cpu_info: Path = CPU_INFO) -> str:
    """Return what of portable numerics this processor is known to lack, "" if nothing."""
    machine = machine or platform.machine()
    if machine.lower() not in {"x86_64", "amd64"}:
        return f"is {machine}"
    missing = sorted(NEEDED_FLAGS - (processor_flags(cpu_info) or NEEDED_FLAGS))
    return f"lacks {' and '.join(missing)}" if missing else ""


def has_bfloat16_units(cpu_info: Path = CPU_INFO) -> bool:
    """Return whether this processor is known to multiply bfloat16 faster than float32, to the same bytes every time."""
    return BFLOAT16_FLAG in processor_flags(cpu_info)


def product_precision(wanted: Precision, numerics: Numerics, device: str) -> ProductPrecision:
    """Return the precision of the factors of training's products; ``auto`` takes bfloat16 where that is faster.

    That is on a processor with units for it, unless numerics must be portable. On a GPU products stay in float32.
    """
    if wanted != "auto":
        return wanted
    is_faster = device == "cpu" and numerics == "native" and has_bfloat16_units()
    return "bfloat16" if is_faster else "float32"
