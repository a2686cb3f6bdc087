"""Reader of the runs to compare: the workspace, the commits and DVC's experiments, each with its files.

Which experiments there are is asked of ``dvc exp show --json`` (names, revisions, times, states, baselines); what a
run measured is read from its own files, out of git or the workspace. A run whose files are missing or of another form
stays a run, with what is wrong named.
"""

import csv
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple

import yaml

from autoencoders.statistics import BOUNDS
from foundation.paths import PARAMS_PATH, results_dir
from foundation.reproducibility.artifacts import ArtifactError, flatten_tree
from foundation.vocabulary import FAMILIES

Record = dict[str, Any]
Read = Callable[[Path], bytes | None]
WORKSPACE = "workspace"
LOCK_PATH = Path("dvc.lock")
LEDGER_PATH = results_dir("summary") / "metrics.json"
SAMPLES_PATH = results_dir("generation") / "samples.csv"
VERDICTS = ("supported", "refuted", "depends", "undecided", "not_judged")
DONE = "success"
MISTAKES = (ValueError, KeyError, TypeError, AttributeError, yaml.YAMLError)


class Problem(NamedTuple):
    """What is wrong with a file of a run; ``detail`` names keys or what the parser said."""

    path: str
    kind: Literal["missing", "damaged", "older", "changed"]
    detail: str = ""


class Origin(NamedTuple):
    """Where a run comes from.

    Attributes:
        name: The experiment's name; of a commit its branch or tag, if any; empty for the workspace.
        rev: The full hash, ``WORKSPACE`` for the workspace.
        baseline: Hash of the commit that the run is compared with; empty for a commit.
        created: Date and time as DVC gives them, empty where it gives none.
        state: ``DONE``, queued, running or failed.
        subject: First line of a commit's message, empty for all others.
    """

    name: str
    rev: str
    baseline: str
    created: str
    state: str = DONE
    subject: str = ""

    @property
    def is_commit(self) -> bool:
        """Whether this is a commit of the user's own, with which others are compared."""
        return not self.baseline


@dataclass(frozen=True)
class Run:
    """A run: where it comes from, its parameters by flattened key, what it measured, what is wrong with its files.

    Attributes:
        origin: Where it comes from.
        params: By flattened key.
        claims: The primary number of each part of a claim, by the part's name.
        headline: The headline numbers.
        frechet: The Fréchet distances by source of the samples.
        problems: What is wrong with its files.
    """

    origin: Origin
    params: Record
    claims: dict[str, Record]
    headline: Record
    frechet: dict[str, Record]
    problems: tuple[Problem, ...] = ()


def as_mapping(content: object) -> Record:
    """Return parsed content that is a mapping.

    Raises:
        ValueError: if it is something else.
    """
    if not isinstance(content, dict):
        raise ValueError(f"expected a mapping of keys, got {type(content).__name__}")  # noqa: TRY004 -- file content
    return content


def from_yaml(text: str) -> Record:
    """Return the mapping in a text, with libyaml's parser where there is one: dvc.lock is long."""
    return as_mapping(yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))  # noqa: S506 -- both safe


def from_json(text: str) -> Record:
    """Return the mapping in a text."""
    return as_mapping(json.loads(text))


def listed(shown: Sequence[Record], head: str) -> list[Origin]:
    """Return the runs that DVC shows: HEAD, the workspace, HEAD's experiments, then other commits that have any.

    Args:
        shown: Parsed output of ``dvc exp show --json``.
        head: Hash of the current commit.
    """
    commits = sorted((entry for entry in shown if entry["rev"] != WORKSPACE), key=lambda entry: entry["rev"] != head)
    origins = []
    for entry in commits:
        ranges = entry.get("experiments") or []
        if ranges or entry["rev"] == head:
            origins.append(Origin(entry.get("name") or "", entry["rev"], "", _created(entry)))
        if entry["rev"] == head:
            origins.append(Origin("", WORKSPACE, head, ""))
        found = [_experiment(each, entry["rev"]) for each in ranges if each.get("revs")]
        origins += sorted(found, key=lambda origin: (origin.created, origin.name))
    return origins


def _experiment(shown: Record, baseline: str) -> Origin:
    newest = shown["revs"][0]
    name = shown.get("name") or newest.get("name") or newest["rev"][:7]
    return Origin(name, newest["rev"], baseline, _created(newest), (shown.get("executor") or {}).get("state") or DONE)


def _created(entry: Record) -> str:
    return ((entry.get("data") or {}).get("timestamp") or "")[:19].replace("T", " ")


def read_run(origin: Origin, read: Read) -> Run:
    """Return a run with what its files say; one that is not done has parameters only.

    Args:
        origin: Where it comes from.
        read: Returns the content of a file of this run, None where it is missing.
    """
    problems: list[Problem] = []

    def parsed(path: Path, parse: Callable[[str], Record]) -> Record:
        content = read(path)
        try:
            return parse((content or b"").decode()) if content is not None else _report("missing", path)
        except MISTAKES as error:
            return _report("damaged", path, " ".join(str(error).split())[:200])

    def _report(kind: Literal["missing", "damaged"], path: Path, detail: str = "") -> Record:
        problems.append(Problem(path.as_posix(), kind, detail))
        return {}

    params = parsed(PARAMS_PATH, lambda text: flatten_tree(from_yaml(text)))
    if origin.state != DONE:
        return Run(origin, params, {}, {}, {}, tuple(problems))
    ledger = parsed(LEDGER_PATH, from_json)
    claims, older = claims_of(ledger) if ledger else ({}, [])
    problems += older
    changed = changed_since(parsed(LOCK_PATH, from_yaml), params)
    problems += [Problem(PARAMS_PATH.as_posix(), "changed", ", ".join(changed))] if params and changed else []
    headline = ledger.get("headline")
    frechet = parsed(SAMPLES_PATH, frechet_of)
    return Run(origin, params, claims, headline if isinstance(headline, dict) else {}, frechet, tuple(problems))


def claims_of(ledger: Record) -> tuple[dict[str, Record], list[Problem]]:
    """Return the parts of the claims of results/summary/metrics.json that have what is shown; the rest is a problem.

    Each has mean, low, high, metric, threshold (None where it is no number) and verdict.
    """
    stored = ledger.get("claims")
    claims = stored if isinstance(stored, dict) else {}
    parts = {
        part: found for name, claim in claims.items() for part, found in (_parts(claim) or {name: None}).items()
    }  # a claim without parts is of an older form
    numbers = {name: _number_of(part) for name, part in sorted(parts.items())}
    sound = {name: found for name, found in numbers.items() if found is not None and re.fullmatch(r"C\d+[a-d]?", name)}
    unsound = sorted(set(numbers) - set(sound)) or ([] if claims else ["claims"])
    return sound, [Problem(LEDGER_PATH.as_posix(), "older", ", ".join(unsound))] if unsound else []


def _parts(claim: object) -> Record:
    parts = claim.get("parts") if isinstance(claim, dict) else None
    return parts if isinstance(parts, dict) else {}


def _number_of(part: object) -> Record | None:
    """Return the primary number of a part, all None where it has none; None where the part is of another form."""
    if not isinstance(part, dict) or part.get("verdict") not in VERDICTS or not isinstance(part.get("metric"), str):
        return None
    primary = part.get("primary", "")
    bounds = dict.fromkeys(BOUNDS) if primary is None else primary
    if not isinstance(bounds, dict):
        return None
    numbers = {key: bounds.get(key, "") for key in BOUNDS}
    if not all(value is None or _is_number(value) for value in numbers.values()):
        return None
    threshold = part.get("threshold")
    kept = {key: part[key] for key in ("metric", "verdict")}
    return {**numbers, **kept, "threshold": threshold if _is_number(threshold) else None}


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def frechet_of(table: str) -> dict[str, Record]:
    """Return the Fréchet distances, by source of the samples, of results/generation/samples.csv.

    They are those in the features of the convolutional judge; tables of older runs have no other.

    Raises:
        ValueError: if columns are missing or a number is none.
    """
    lines = csv.DictReader(io.StringIO(table))
    wanted = {"source", "measure", *BOUNDS}
    if not wanted <= set(lines.fieldnames or ()):
        raise ValueError(f"expected the columns {', '.join(sorted(wanted))}, got {lines.fieldnames}")
    rows = [row for row in lines if row["measure"] == "frechet" and row.get("family", FAMILIES[0]) == FAMILIES[0]]
    return {row["source"]: {key: float(row[key]) if row[key] else None for key in BOUNDS} for row in rows}


def changed_since(lock: Record, params: Record) -> list[str]:
    """Return the keys whose value differs from the one that dvc.lock recorded when the stages last ran."""
    recorded: Record = {}
    for stage in (lock.get("stages") or {}).values():
        recorded |= flatten_tree((stage.get("params") or {}).get(PARAMS_PATH.as_posix()) or {})
    return sorted(key for key, value in recorded.items() if key not in params or params[key] != value)


def collect(*, all_commits: bool = False) -> list[Run]:
    """Return every run of the repository in the current folder, the current commit first, then the workspace.

    Raises:
        ArtifactError: if this is no git repository with DVC, nothing is committed, or no run has results.
    """
    head = answer("git", "rev-parse", "--verify", "HEAD", expected="a git repository with a commit")
    for path in (PARAMS_PATH, LOCK_PATH):
        if not path.is_file():
            raise ArtifactError(f"{path}: expected the file of a finished `dvc repro` in {Path.cwd()}, got none")
    flags = ["--all-commits"] if all_commits else []
    shown = answer(sys.executable, "-m", "dvc", "exp", "show", "--json", *flags, expected="a DVC repository")
    try:
        origins = [_with_subject(origin) for origin in listed(json.loads(shown), head)]
    except MISTAKES as error:
        raise ArtifactError(f"dvc exp show --json: expected a list of revisions, got: {error}") from error
    runs = [read_run(origin, reader(origin.rev)) for origin in origins]
    if not any(run.claims for run in runs):
        raise ArtifactError(f"{LEDGER_PATH}: expected verdicts in at least one run, got none; run dvc repro first")
    return runs


def _with_subject(origin: Origin) -> Origin:
    if not origin.is_commit:
        return origin
    return origin._replace(subject=answer("git", "show", "-s", "--format=%s", origin.rev, expected="a commit"))


def reader(rev: str) -> Read:
    """Return the function that reads a file of a revision, or of the workspace."""

    def of_workspace(path: Path) -> bytes | None:
        return path.read_bytes() if path.is_file() else None

    def of_commit(path: Path) -> bytes | None:
        found = subprocess.run(["git", "show", f"{rev}:./{path.as_posix()}"], capture_output=True, check=False)
        return found.stdout if found.returncode == 0 else None

    return of_workspace if rev == WORKSPACE else of_commit


def answer(*command: str, expected: str) -> str:
    """Return what a command prints.

    Raises:
        ArtifactError: if it cannot be run or fails; one line with its last words.
    """
    name = " ".join(command).removeprefix(f"{sys.executable} -m ")
    try:
        quiet = {**os.environ, "DVC_NO_ANALYTICS": "1"}
        done = subprocess.run(command, capture_output=True, check=False, env=quiet, encoding="utf-8", errors="replace")
    except OSError as error:
        raise ArtifactError(f"{name}: expected {expected}, got: {error.strerror}") from error
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        raise ArtifactError(f"{name} in {Path.cwd()}: expected {expected}, got: {last}")
    return done.stdout.strip()
