"""Weigh the lecture's claims, part by part, and give verdicts by rules written down beside them.

Each part of a claim asks one question in several ways (cells: by measure, by features, by strength of noise). The
verdict of a cell looks at its 95 % interval only; the part is supported or refuted where all cells that vote agree, it
depends where they contradict each other. The verdict of a claim comes from its parts in the same way. The measured
values come from the evaluations; nothing is measured here.

The ledger stands in results/summary/metrics.json, one line per part of it in results/summary/verdicts.csv, and the
numbers for DVC's table of experiments in results/summary.json.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from autoencoders.claims import conclude, keys_of, parts_of, poor_judges, weigh_cells
from autoencoders.statistics import BOUNDS, Direction, Interval, verdict
from foundation.parameters import Params
from foundation.paths import SUMMARY_PATH, results_dir
from foundation.progress import Progress
from foundation.reproducibility.artifacts import ArtifactError, read_json, write_csv, write_json
from foundation.stage import run_stage
from foundation.vocabulary import JUDGES

Metrics = dict[str, Any]
EVALUATIONS = ("learning_curves", "compression", "pca_comparison", "denoising", "generation")
READING = "reading_"  # a measure that is a judge's accuracy, by its name
NOTHING: Metrics = {"cells": [], "controls": {}}  # of a part that the run lacks the models for


@dataclass(frozen=True)
class Part:
    """A question that a claim comes down to, and when its answer supports the claim.

    Attributes:
        stage: The evaluation that measures it, under "claims" and the name of the part.
        metric: What its primary number measures.
        threshold: The number that the intervals are compared with.
        direction: The side of the threshold that the claim takes.
        condition: What must hold besides, given all metrics; without it nothing supports the part.
    """

    stage: str
    metric: str
    threshold: float
    direction: Direction = "above"
    condition: Callable[[dict[str, Metrics]], bool] = lambda metrics: True


def is_lecture_architecture(metrics: dict[str, Metrics]) -> bool:
    """Return whether every autoencoder is fully connected and narrows layer by layer."""
    cells = [cell for cell in metrics["learning_curves"]["cells"] if not cell["is_linear"]]
    return bool(cells) and all(cell["is_fully_connected"] and cell["is_narrowing"] for cell in cells)


def is_linear_control_on_pca(metrics: dict[str, Metrics]) -> bool:
    """Return whether the linear autoencoder's error is within 1 % of PCA's, so that a gain is the non-linearity's.

    False where the run has no linear autoencoder.
    """
    excess = metrics["pca_comparison"]["claims"].get("C4a", {}).get("linear_excess")
    return excess is not None and abs(excess["mean"]) <= 0.01


PARTS: dict[str, Part] = {
    "C1": Part("compression", "share_of_ceiling", 0.75, condition=is_lecture_architecture),
    "C2": Part("compression", "retained_accuracy", 0.95),
    "C3a": Part("denoising", "psnr_gain", 0.0),
    "C3b": Part("denoising", "psnr_gain", 0.0),
    "C3c": Part("denoising", "psnr_gain", 0.0),
    "C4a": Part("pca_comparison", "error_removed", 0.0, condition=is_linear_control_on_pca),
    "C4b": Part("pca_comparison", "accuracy_gain", 0.0),
    "C5a": Part("generation", "codes_told_apart", 0.55),
    "C5b": Part("generation", "points_recognised", 0.5, "below"),
    "C5c": Part("generation", "largest_step", 0.25),
    "C6a": Part("generation", "codes_told_apart", 0.55, "below"),
    "C6b": Part("generation", "points_recognised", 0.5),
    "C6c": Part("generation", "largest_step", 0.25, "below"),
    "C6d": Part("generation", "share_of_way", 0.5),
    "C7": Part("compression", "error_added", 0.0),
    "C8a": Part("generation", "share_of_way_gain", 0.0),
    "C8b": Part("generation", "share_of_way_gain", 0.0),
    "C8c": Part("generation", "share_of_way_gain", 0.0),
}


def claim_of(part: str) -> str:
    """Return the claim that a part belongs to.

    >>> claim_of("C5a"), claim_of("C1")
    ('C5', 'C1')
    """
    return part.rstrip("abcd")


CLAIMS: dict[str, list[str]] = {
    claim: [part for part in PARTS if claim_of(part) == claim] for claim in dict.fromkeys(map(claim_of, PARTS))
}


def reader_of(cell: Metrics) -> str:
    """Return the family of features or the judge that a cell rests on; empty for one that rests on none."""
    return str(cell.get("family") or cell.get("measure", "").partition(READING)[2])


def judge_cell(cell: Metrics, part: Part, *, is_met: bool) -> Metrics:
    """Return a cell with its verdict in place of its seeds; one that does not vote is not judged."""
    decided = verdict(Interval(*(cell[key] for key in BOUNDS)), part.threshold, part.direction)
    if decided == "supported" and not is_met:
        decided = "undecided"
    shown = {key: value for key, value in cell.items() if key != "by_seed"}
    return {**shown, "verdict": decided if cell["votes"] else "not_judged"}


def weigh(name: str, metrics: dict[str, Metrics]) -> Metrics:
    """Return a part with its verdict, what it depends on, its primary number, controls and cells."""
    part = PARTS[name]
    measured = metrics[part.stage]["claims"].get(name, NOTHING)
    is_met = part.condition(metrics)
    poor = poor_judges(metrics.get("judges", {}))
    heard = [{**cell, "votes": cell["votes"] and reader_of(cell) not in poor} for cell in measured["cells"]]
    cells = [judge_cell(cell, part, is_met=is_met) for cell in heard]
    return {
        "stage": part.stage,
        "metric": part.metric,
        "direction": part.direction,
        "threshold": part.threshold,
        "is_condition_met": is_met,
        **weigh_cells(cells),
        "n_cells": len(cells),
        "primary": primary(measured["cells"][0], part.threshold) if cells else None,
        "controls": measured["controls"],
        "cells": cells,
    }


def primary(cell: Metrics, threshold: float) -> Metrics:
    """Return the number that stands for a part: what it is about, its interval, how many seeds alone lie above."""
    return {
        "keys": keys_of(cell),
        **{key: cell[key] for key in BOUNDS},
        "n_seeds": len(cell["by_seed"]),
        "n_seeds_above": sum(value > threshold for value in cell["by_seed"]),
    }


def headline(metrics: dict[str, Metrics], latent_dim: int) -> Metrics:
    """Return the headline numbers: squared errors, the VAE's loss terms, the judge's accuracy."""
    compression = metrics["compression"]["headline"]
    loss = compression["vae_loss"] or {}
    return {
        "latent_dim": latent_dim,
        "se": {codec: values["se"]["mean"] for codec, values in compression["codecs"].items()},
        "vae_reconstruction_nats": loss.get("reconstruction", {}).get("mean"),
        "vae_kl_nats": loss.get("kl", {}).get("mean"),
        "judge_accuracy": metrics["train_judge"]["accuracy_test"]["mean"],
    }


def measure(metrics: dict[str, Metrics], latent_dim: int) -> Metrics:
    """Return the summary: headline numbers and the ledger of claims."""
    return {
        "headline": headline(metrics, latent_dim),
        "claims": {claim: conclude({name: weigh(name, metrics) for name in names}) for claim, names in CLAIMS.items()},
    }


def numbers(summary: Metrics) -> Metrics:
    """Return what DVC shows of an experiment: the primary number of each part and the squared errors."""
    return {**{row["part"]: row["mean"] for row in verdicts(summary)}, "se": summary["headline"]["se"]}


def verdicts(summary: Metrics) -> list[Metrics]:
    """Return one line per part: its verdict, its primary number with the 95 % interval, its threshold."""
    return [
        {
            "part": name,
            "metric": part["metric"],
            "verdict": part["verdict"],
            **{key: part["primary"] and part["primary"][key] for key in BOUNDS},
            "threshold": part["threshold"],
        }
        for name, part in parts_of(summary["claims"]).items()
    ]


def main(params: Params, progress: Progress) -> None:
    """Weigh all claims and say the verdicts."""
    metrics = {stage: read_json(results_dir(stage) / "metrics.json") for stage in EVALUATIONS}
    metrics["judges"] = {name: read_json(results_dir("train_judge") / f"{name}.json") for name in JUDGES}
    metrics["train_judge"] = metrics["judges"][JUDGES[0]]
    try:
        summary = measure(metrics, params.latent_dim)
    except (KeyError, TypeError) as error:
        raise ArtifactError(f"results/*/metrics.json: expected the evaluations' metrics, missing {error}") from error
    write_json(results_dir("summary") / "metrics.json", summary)
    write_csv(results_dir("summary") / "verdicts.csv", verdicts(summary))
    write_json(SUMMARY_PATH, numbers(summary))
    progress.say(", ".join(f"{name} {claim['verdict']}" for name, claim in summary["claims"].items()))


if __name__ == "__main__":
    run_stage("summary", main)
