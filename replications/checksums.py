"""Checksums of the study's modules, a file per folder: what the other stages depend on instead of the folders.

DVC's ignore file ends at its project: of the study's folders, outside this one, it would count compiled modules
(``__pycache__``), too, and call every stage changed after any import. This stage always runs, in no time.
"""

import hashlib
from pathlib import Path

from foundation.progress import Progress
from foundation.reproducibility.artifacts import write_bytes
from replications.parameters import Params
from replications.stage import CHECKSUMS_DIR, run_stage

FOLDERS = (
    "autoencoders/evaluation", "autoencoders/judging", "autoencoders/learning", "foundation/reproducibility",
    "report/texts", "stages/protocol",
)  # fmt: skip


def list_checksums(folder: Path) -> str:
    """Return one line with checksum and path for each module of a folder and the folders inside."""
    modules = sorted(folder.rglob("*.py"))
    return "".join(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.as_posix()}\n" for path in modules)


def main(_params: Params, _progress: Progress) -> None:
    """Write the checksums of every folder."""
    for folder in FOLDERS:
        write_bytes(CHECKSUMS_DIR / folder, list_checksums(Path(folder)).encode())


if __name__ == "__main__":
    run_stage("checksums", main)
