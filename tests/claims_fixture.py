"""Made-up metrics of all evaluations, with cells and controls for every part of every claim."""

from collections.abc import Mapping
from itertools import product
from pathlib import Path
from typing import Any

import yaml

from autoencoders.evaluation.fidelity import FIDELITIES
from autoencoders.statistics import claim_entry
from foundation.parameters import parse_params
from foundation.paths import PARAMS_PATH
from foundation.reproducibility.artifacts import write_csv, write_json
from foundation.vocabulary import FAMILIES, JUDGES
from report.views.study import Study
from robustness.conditions import conditions
from robustness.table import entries_of, family_entries, write_table
from stages.protocol.pictures import write_pictures
from stages.summary import PARTS, measure
from tests.import_closure import ROOT
from tests.study_fixture import strip

READINGS = [f"reading_{judge}" for judge in JUDGES]
Keys = dict[str, list[Any]]
ALONE: Keys = {}
OF_NOISE: Keys = {"level": [0.4, 0.1, 0.2, 0.6, 0.8], "measure": ["psnr", "ssim", *READINGS]}
OF_REGIONS: Keys = {"region": ["normal", "ball", "between"], "family": [*JUDGES], "confidence": [0.5, 0.9]}
OF_SAMPLES: Keys = {"measure": [*FIDELITIES], "family": [*FAMILIES]}
KEYS: dict[str, Keys] = {
    "C1": ALONE,
    "C2": {"family": [*JUDGES]},
    "C3a": OF_NOISE,
    "C3b": OF_NOISE,
    "C3c": OF_NOISE,
    "C4a": {"measure": ["se", "ssim"]},
    "C4b": {"measure": ["nearest_neighbour", "linear_probe", "trustworthiness", "continuity"]},
    "C5a": ALONE,
    "C5b": OF_REGIONS,
    "C5c": ALONE,
    "C6a": ALONE,
    "C6b": OF_REGIONS,
    "C6c": ALONE,
    "C6d": OF_SAMPLES,
    "C7": {"measure": ["se", "ssim", *READINGS]},
    "C8a": OF_SAMPLES,
    "C8b": OF_SAMPLES,
    "C8c": {"sampler": ["gaussian", "mixture"], **OF_SAMPLES},
}
MARGINS = {"C1": 0.05, "C2": 0.03, "C5a": 0.2, "C6a": 0.03, "C5c": 0.3, "C6c": 0.1}  # from the threshold; else 0.3
CONTROLS = {
    "C1": {"mean_image": -1.6, "pca": 0.0},
    "C2": {"pca": 0.97, "mean_image": 0.1},
    "C3": {"mean_image": -1.0, "shrinkage": 1.5, "pca_same": 0.5},
    "C4": {"linear_ae": 0.001},
    "C5a": {"normal_draws": 0.5, "pca": 0.6},
    "C5b": {"pca": 0.3, "uniform_noise": 0.0},
    "C5c": {"cross_fade": 0.0625, "nearest_code": 0.7},
    "C7": {"rae": 0.1},
    "C6d": {"pca_gaussian": 0.0, "ae_normal": 0.2, "ae_gaussian": 0.5, "vae_reconstructions": 0.9, "floor": 1.0},
}


def stored(mean: float, half: float = 0.01) -> dict[str, Any]:
    """Return the entry of a number of two seeds that lie this far on either side of the mean."""
    return claim_entry([mean - half / 10, mean + half / 10])


def of_part(name: str, side: int = 1) -> dict[str, Any]:
    """Return cells and controls of a part; all on the claim's side (1), on the other (-1) or between (0)."""
    part = PARTS[name]
    sign = side if part.direction == "above" else -side
    numbers = stored(part.threshold + sign * MARGINS.get(name, 0.3))
    keys = [dict(zip(KEYS[name], values, strict=True)) for values in product(*KEYS[name].values())]
    controls = CONTROLS.get(name) or CONTROLS.get(name[:2]) or CONTROLS.get(name.replace("6", "5"), {})
    return {"cells": [{**one, "votes": True, **numbers} for one in keys], "controls": controls}


def metrics(**sides: int) -> dict[str, Any]:
    """Return metrics in which every part is supported but for those named, with their side as for ``of_part``."""
    found: dict[str, Any] = {part.stage: {"claims": {}} for part in PARTS.values()}
    for name, part in PARTS.items():
        found[part.stage]["claims"][name] = of_part(name, sides.get(name, 1))
    found["pca_comparison"]["claims"]["C4a"]["linear_excess"] = stored(0.001, 0.0001)
    found["learning_curves"] = {"cells": [{"is_linear": False, "is_fully_connected": True, "is_narrowing": True}]}
    found["train_judge"] = {"accuracy_test": stored(0.99, 0.001)}
    found["compression"]["headline"] = {
        "codecs": {name: {"se": stored(se)} for name, se in (("pca", 21.0), ("ae", 5.5), ("vae", 6.5))},
        "vae_loss": {"reconstruction": stored(80.0), "kl": stored(20.0)},
    }
    return found


def cells(found: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """Return the cells of a part, to be changed."""
    listed: list[dict[str, Any]] = found[PARTS[name].stage]["claims"][name]["cells"]
    return listed


def study(folder: Path, found: dict[str, Any], **changes: Any) -> Study:
    """Return a study with the ledger of these metrics and what else the answer shows, some parameters changed."""
    raw = {**yaml.safe_load((ROOT / PARAMS_PATH).read_text(encoding="utf-8")), **changes}
    write_json(folder / "summary/metrics.json", measure(found, raw["latent_dim"]))
    write_json(folder / "prepare/metrics.json", {"image_shape": [28, 28], "title": "MNIST", "n_test": 10000})
    write_json(folder / "denoising/metrics.json", {"latent_dim": raw["latent_dim"], "share_of_best_reader": 0.95})
    write_json(folder / "generation/metrics.json", {"strict_threshold": 0.9})
    for judge in JUDGES:
        write_json(folder / "train_judge" / f"{judge}.json", found["train_judge"])
    shares = [
        {"source": f"{model}_normal", "family": family, "measure": "frechet", "votes": True, **bounds}
        for model, mean in (("ae", 0.2), ("vae", 0.6))
        for family in ("convolutional", "pixels")
        for bounds in ({"mean": mean, "low": mean - 0.1, "high": mean + 0.1},)
    ]
    write_csv(folder / "generation/shares.csv", shares)
    sheets = {f"samples_{source}": strip(["0", "1"], is_named=False) for source in ("floor", "ae_normal", "vae_normal")}
    write_pictures(folder / "generation/figures", sheets)
    return Study(parse_params(raw), folder)


def changed_study(folder: Path, changes: Mapping[str, Mapping[str, Any]], **sides: int) -> Study:
    """Return a study in a project folder, with a table of robustness.

    Args:
        folder: Of the project.
        changes: Conditions with the verdicts that they change; None for a part that they do not reach.
        sides: As for ``metrics``.
    """
    made = study(folder / "results", metrics(**sides))
    kinds = {one.name: one.kind for one in conditions(made.params)}
    default = entries_of(made.metrics("summary"), "default", "default")
    changed = [
        entry._replace(condition=name, kind=kinds[name])
        if (verdict := verdicts.get(entry.part, entry.verdict)) is None
        else entry._replace(condition=name, kind=kinds[name], verdict=verdict, n_silent=entry.n_silent + 1)
        for name, verdicts in changes.items()
        for entry in default
    ]
    write_table(folder, made.params, [*default, *family_entries(made.metrics("summary"), "convolutional"), *changed])
    return made
