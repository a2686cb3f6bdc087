"""On what processor results were made: two of one name give the same bytes, others may differ from the last bit on.

The name is no output of the pipeline, whose outputs are to be the same everywhere: ``python -m verification
--record`` writes it beside the code, to be committed with results made on another machine.
"""

import platform
from pathlib import Path

from foundation.reproducibility.artifacts import read_json, write_json
from foundation.reproducibility.numerics import has_bfloat16_units, read_cpu_info

RECORD_PATH = Path("verification/machine.json")


def processor() -> str:
    """Return this machine's processor and the instructions that PyTorch takes of it."""
    import torch  # noqa: PLC0415 -- takes seconds, and the command shows its mistakes before

    name = read_cpu_info("model name") or platform.processor() or platform.machine()
    units = ", bfloat16" if has_bfloat16_units() else ""
    return f"{name}, {torch.backends.cpu.get_cpu_capability()}{units}"


def recorded(root: Path) -> str | None:
    """Return the processor on which the committed results were made, None where nobody recorded it."""
    path = root / RECORD_PATH
    return str(read_json(path)["processor"]) if path.is_file() else None


def record(root: Path) -> None:
    """Write down that the results to be committed were made on this machine."""
    write_json(root / RECORD_PATH, {"processor": processor()})
