"""Throw faults at runs of the small study and count what became of them: ``python -m tests.faults --moments 20``."""

import argparse
import random
import shutil
import sys
import tempfile
from pathlib import Path

from tests.faults.study import FAULTS, WANTS, Reference, Trial, disturbed, small_study, undisturbed, without_memory
from tests.faults.study import without_room as run_without_room


def say(text: str) -> None:
    """Write one line at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def trials(reference: Reference, folder: Path, n_moments: int, seed: int, faults: list[str]) -> list[Trial]:
    """Return what became of every fault, each said as it ends."""
    stream, found = random.Random(seed), []
    plans = [(fault, number) for number in range(n_moments) for fault in faults if fault in FAULTS]
    plans += [(fault, 0) for fault in faults if fault not in FAULTS]
    for fault, number in plans:
        place = folder / f"{fault.replace(' ', '-')}-{number}"
        if fault in FAULTS:
            trial = disturbed(reference, place, fault, stream)
        elif fault in WANTS:
            trial = run_without_room(reference, place, fault)
        else:
            trial = without_memory(reference, place)
        found.append(trial)
        verdict = "; ".join(trial.problems) or "survived"
        say(
            f"{fault} at {trial.moment:.1f} s: {trial.n_finished} stages finished before, {trial.n_run} run after, "
            f"{trial.n_resumed} resumed: {verdict}"
        )
        if not trial.problems:
            shutil.rmtree(place)
    return found


def main() -> int:
    """Run all faults; 1 if any result was lost."""
    kinds = [*FAULTS, *WANTS, "memory limit"]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--moments", type=int, default=20, help="random moments for each kind of interruption")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--fault", choices=kinds, action="append", help="only this kind; may be repeated")
    arguments = parser.parse_args()
    faults = arguments.fault or kinds
    folder = Path(tempfile.mkdtemp(prefix="faults-"))
    base = small_study(folder / "base")
    reference = undisturbed(base, folder / "undisturbed")
    say(f"undisturbed: {reference.seconds:.1f} s")
    found = trials(reference, folder, arguments.moments, arguments.seed, faults)
    say(f"{'fault':28} {'tried':>6} {'survived':>9} {'resumed':>8} {'lost':>5}")
    for fault in faults:
        mine = [trial for trial in found if trial.fault == fault]
        lost = sum(bool(trial.problems) for trial in mine)
        resumed = sum(trial.n_resumed for trial in mine)
        say(f"{fault:28} {len(mine):6} {len(mine) - lost:9} {resumed:8} {lost:5}")
    lost = sum(bool(trial.problems) for trial in found)
    say(f"faults tried: {len(found)}, survived: {len(found) - lost}, results lost: {lost}")
    if not lost:
        shutil.rmtree(folder)
    return int(lost > 0)


if __name__ == "__main__":
    sys.exit(main())
