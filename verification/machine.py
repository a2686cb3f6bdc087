"""On what processor results were made: two of one name give the same bytes, others may differ from the last bit on.

The name is no output of the pipeline, whose outputs are to be the same everywhere: ``python -m verification
--record`` writes it beside the code, to be committed with results made on another machine.
"""

import platform
from pathlib import Path

from autoencoders.reproducibility.artifacts import read_json, write_json
from autoencoders.reproducibility.numerics import has_bfloat16_units

RECORD_PATH = Path("verification/machine.json")
CPUINFO_PATH = Path("/proc/cpuinfo")


def processor_in(cpuinfo: str) -> str | None:
    r"""Return the processor's name in Linux's list of processors.

    >>> processor_in("processor : 0\nmodel name : One 9000\n")
    'One 9000'
    """
    lines = (line.partition(":") for line in cpuinfo.splitlines())
    return next((value.strip() for name, _, value in lines if name.strip() == "model name"), None)


def processor() -> str:
    """Return this machine's processor and the instructions that PyTorch takes of it."""
    import torch  # noqa: PLC0415 -- takes seconds, and the command shows its mistakes before

    named = processor_in(CPUINFO_PATH.read_text(encoding="utf-8")) if CPUINFO_PATH.is_file() else None
    name = named or platform.processor() or platform.machine()
    units = ", bfloat16" if has_bfloat16_units() else ""
    return f"{name}, {torch.backends.cpu.get_cpu_capability()}{units}"


def recorded(root: Path) -> str | None:
    """Return the processor on which the committed results were made, None where nobody recorded it."""
    path = root / RECORD_PATH
    return str(read_json(path)["processor"]) if path.is_file() else None


def record(root: Path) -> None:
    """Write down that the results to be committed were made on this machine."""
    write_json(root / RECORD_PATH, {"processor": processor()})
