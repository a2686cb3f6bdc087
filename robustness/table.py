"""The committed table of verdicts by condition, and what it says of each part of a claim.

``robustness/results/table.csv`` has a row for each finished condition and part; ``default.json`` beside it holds what
the table was made from: the parameters of the default and the overrides of each condition that is in it.
"""

from collections.abc import Container, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from autoencoders.claims import conclude, parts_of, weigh_cells
from autoencoders.statistics import BOUNDS, Agreement, Verdict
from foundation.parameters import Params
from foundation.reproducibility.artifacts import ArtifactError, flatten_tree, read_csv, read_json, write_csv, write_json
from foundation.vocabulary import FAMILIES
from robustness.conditions import Condition, conditions

TABLE_PATH = Path("robustness/results/table.csv")
DEFAULT_PATH = Path("robustness/results/default.json")
DEFAULT, FAMILY, LENGTH = "default", "family", "epochs"  # kinds of conditions, or names of keys that a part depends on
LONGER = ("epochs_x3", "epochs_x10")
DECIDED = {"supported", "refuted", "depends"}
COUNTS = ("n_supported", "n_refuted", "n_undecided", "n_silent")
WITHOUT_VERDICT = (  # sections and keys of params.yaml on which no verdict depends
    "fetch",
    "latent_sweep",
    "train_beta",
    "train_likelihood",
    "train_denoiser.models",
    "train_denoiser.regimes",
    "train_denoiser.one_level",
    "compression.n_pictures",
    "compression.n_rate_images",
    "compression.widths",
    "pca_comparison.n_map_points",
    "pca_comparison.n_kernel_images",
    "denoising.n_pictures",
    "generation.n_pictures",
    "generation.scales",
    "generation.manifold_size",
    "vae_anatomy",
    "explorer",
    "report",
)


class Entry(NamedTuple):
    """A part of a claim under a condition.

    Attributes:
        condition: ``default``, a changed study, or a family of features of the default.
        kind: What is changed, like ``latent_dim``; ``default`` or ``family``.
        part: Like ``C6d``.
        mean: The primary number, None where there is none.
        low: Lower end of its interval.
        high: Upper end.
        verdict: Of the part.
        depends_on: Keys of its cells, where the verdict is ``depends``.
        n_supported: Cells with a vote that support it.
        n_refuted: That refute it.
        n_undecided: That are undecided.
        n_silent: Cells without a vote or an interval.
    """

    condition: str
    kind: str
    part: str
    mean: float | None
    low: float | None
    high: float | None
    verdict: Verdict
    depends_on: tuple[str, ...]
    n_supported: int
    n_refuted: int
    n_undecided: int
    n_silent: int


Table = Sequence[Entry]


def entries_of(summary: Mapping[str, Any], condition: str, kind: str) -> list[Entry]:
    """Return the entry of each part of a summary (results/summary/metrics.json)."""
    return [_entry(name, part, condition, kind) for name, part in parts_of(summary["claims"]).items()]


def _entry(name: str, part: Mapping[str, Any], condition: str, kind: str) -> Entry:
    primary: Mapping[str, Any] = part["primary"] or dict.fromkeys(BOUNDS)
    return Entry(
        condition=condition,
        kind=kind,
        part=name,
        **{key: primary[key] for key in BOUNDS},
        verdict=part["verdict"],
        depends_on=tuple(part["depends_on"]),
        **{key: part[key] for key in COUNTS},
    )


def family_entries(summary: Mapping[str, Any], family: str) -> list[Entry]:
    """Return an entry for each part of a summary that is measured in a family of features, from its cells alone."""
    parts = parts_of(summary["claims"]).items()
    found = {name: [cell for cell in part["cells"] if cell.get(FAMILY) == family] for name, part in parts}
    return [
        _entry(name, {"primary": cells[0], **weigh_cells(cells, but=FAMILY)}, f"{FAMILY}_{family}", FAMILY)
        for name, cells in found.items()
        if cells
    ]


def make_table(params: Params, summaries: Mapping[str, Mapping[str, Any]], kept: Table = ()) -> list[Entry]:
    """Return the table.

    Args:
        params: Of the default.
        summaries: The summary of ``default`` and of each finished condition by name.
        kept: Rows of other conditions, as they are.
    """
    default = summaries[DEFAULT]
    return [
        *entries_of(default, DEFAULT, DEFAULT),
        *(entry for family in FAMILIES for entry in family_entries(default, family)),
        *(entry for one in conditions(params) for entry in _rows_of(one, summaries, kept)),
    ]


def _rows_of(one: Condition, summaries: Mapping[str, Mapping[str, Any]], kept: Table) -> list[Entry]:
    if one.name in summaries:
        return entries_of(summaries[one.name], one.name, one.kind)
    return [entry for entry in kept if entry.condition == one.name]


def keep_rows(root: Path, params: Params, summaries: Mapping[str, Mapping[str, Any]]) -> list[Entry]:
    """Return the rows of a project's table whose conditions are not finished, if its default is still the same.

    The same means every digit of every verdict's number. Code that only a condition runs is not covered by that.

    Args:
        root: Of the project.
        params: Of the default.
        summaries: The summary of ``default`` and of each finished condition by name.

    Raises:
        ArtifactError: if a file of the table is damaged.
    """
    table = table_of_study(root, params, summaries[DEFAULT])
    if entries_of(summaries[DEFAULT], DEFAULT, DEFAULT) != [entry for entry in table if entry.kind == DEFAULT]:
        return []
    return [entry for entry in table if entry.kind not in {DEFAULT, FAMILY} and entry.condition not in summaries]


def write_table(root: Path, params: Params, table: Table) -> None:
    """Write the table of a project, and beside it what it was made from."""
    rows = [{**entry._asdict(), "depends_on": " ".join(entry.depends_on)} for entry in table]
    write_csv(root / TABLE_PATH, rows)
    write_json(root / DEFAULT_PATH, made_from(params, {entry.condition for entry in table}))


def read_table(root: Path = Path()) -> list[Entry]:
    """Return the committed table of a project, in the order of its rows; empty where there is none.

    Raises:
        ArtifactError: if the file is damaged.
    """
    path = root / TABLE_PATH
    if not path.is_file():
        return []
    try:
        return [Entry(**{**row, "depends_on": tuple((row["depends_on"] or "").split())}) for row in read_csv(path)]
    except (TypeError, KeyError) as error:
        raise ArtifactError(f"{path}: expected the columns {', '.join(Entry._fields)}, got: {error}") from error


def made_from(params: Params, names: Container[str]) -> dict[str, Any]:
    """Return what a table is made from: the parameters on which verdicts depend, the overrides of its conditions.

    Args:
        params: Of the default.
        names: Of the conditions that the table has.
    """
    flat = flatten_tree(params.model_dump(mode="json"))
    return {
        "parameters": {
            key: value
            for key, value in flat.items()
            if not f"{key}.".startswith(tuple(f"{one}." for one in WITHOUT_VERDICT))
        },
        "conditions": {one.name: list(one.overrides) for one in conditions(params) if one.name in names},
    }


def find_missing(params: Params, table: Table) -> list[Condition]:
    """Return the conditions that the table of a study does not have yet."""
    names = {entry.condition for entry in table}
    return [one for one in conditions(params) if one.name not in names]


def table_of_study(root: Path, params: Params, summary: Mapping[str, Any]) -> list[Entry]:
    """Return the committed table of a project where it is that of this study; empty where there is none.

    Args:
        root: Of the project.
        params: Of the study.
        summary: Of the study (results/summary/metrics.json).

    Raises:
        ArtifactError: if a file of the table is damaged.
    """
    if not (root / DEFAULT_PATH).is_file() or find_stale(root, params, summary):
        return []
    return read_table(root)


def find_stale(root: Path, params: Params, summary: Mapping[str, Any]) -> list[str]:
    """Return what the default no longer shares with the committed table, one line each; empty where all is the same.

    A condition that the table does not have yet makes it no stale one.

    Args:
        root: Of the project.
        params: Of the default now.
        summary: Of the default now.

    Raises:
        ArtifactError: if a file of the table is missing or damaged.
    """
    stored, table = read_json(root / DEFAULT_PATH), read_table(root)
    made = {entry.part: (entry.verdict, entry.depends_on) for entry in table if entry.kind == DEFAULT}
    found = {entry.part: (entry.verdict, entry.depends_on) for entry in entries_of(summary, DEFAULT, DEFAULT)}
    return [
        *_differences(flatten_tree(stored), flatten_tree(made_from(params, {entry.condition for entry in table}))),
        *_differences(made, found),
    ]


def _differences(made: Mapping[str, object], now: Mapping[str, object]) -> list[str]:
    return [
        f"{key}: the table was made with {made.get(key)}, now it is {now.get(key)}"
        for key in sorted({*made, *now})
        if made.get(key) != now.get(key)
    ]


def reaches(entry: Entry, default: Entry) -> bool:
    """Return whether a condition reaches a part at all: the VAE's beta, for example, changes no digit of the AE's.

    The default and families of features, which are read off it, always do.
    """
    return entry.kind in {DEFAULT, FAMILY} or entry._replace(condition=default.condition, kind=default.kind) != default


def final_verdict(table: Table, part: str) -> Agreement:
    """Return the default's verdict of a part, or ``depends`` where longer training turns it round.

    A verdict turns round where a longer training takes the other side or, by some of its cells, both. One that is
    undecided there does not turn.

    Raises:
        KeyError: if the table does not have the part.
    """
    own = {entry.condition: entry for entry in table if entry.part == part}
    if DEFAULT not in own:
        raise KeyError(f"{TABLE_PATH}: expected the part {part} for the default, got none")
    default = own[DEFAULT]
    longer = [own[name] for name in LONGER if name in own and own[name].verdict in DECIDED]
    turned = [entry for entry in longer if entry.verdict != default.verdict]
    if default.verdict not in DECIDED or not turned:
        return Agreement(default.verdict, list(default.depends_on))
    return Agreement("depends", sorted({LENGTH, *(axis for entry in (default, *turned) for axis in entry.depends_on)}))


def final_claims(table: Table, summary: Mapping[str, Any]) -> dict[str, Any]:
    """Return the claims of a summary with the final verdicts; as they are where there is no table.

    Args:
        table: Of the study, or empty.
        summary: Of the study (results/summary/metrics.json).
    """
    if not table:
        return dict(summary["claims"])
    return {name: conclude(_with_final(table, claim["parts"])) for name, claim in summary["claims"].items()}


def _with_final(table: Table, parts: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    final = {name: final_verdict(table, name) for name in parts}
    return {
        name: {**part, "verdict": final[name].verdict, "depends_on": final[name].axes} for name, part in parts.items()
    }
