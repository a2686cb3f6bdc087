"""Weigh the lecture's claims: one primary number each, and a verdict by a rule written down beside it.

The rule looks at the 95 % interval only: supported where it lies wholly on the claim's side of the
threshold, refuted where it lies wholly on the other, undecided where it holds the threshold, not judged where
there is none: the run lacks a model or, for a number of a whole set of images, a second seed. The measured
values come from the evaluations; nothing is measured here.

The ledger stands in results/summary/metrics.json, its few numbers for the table of experiments in
results/summary.json.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from autoencoders.statistics import Interval, verdict
from foundation.parameters import Params
from foundation.paths import SUMMARY_PATH, results_dir
from foundation.progress import Progress
from foundation.reproducibility.artifacts import ArtifactError, read_json, write_json
from foundation.stage import run_stage

Metrics = dict[str, Any]
EVALUATIONS = ("learning_curves", "train_judge", "compression", "pca_comparison", "denoising", "generation")


@dataclass(frozen=True)
class Claim:
    """Where a claim's primary number stands and when it counts as supported.

    Attributes:
        stage: The evaluation that measures it.
        metric: Its name there, under "claims".
        threshold: The claim is supported above it, refuted below it.
        condition: What must hold besides, given all metrics; without it the verdict is undecided at best.
    """

    stage: str
    metric: str
    threshold: float
    condition: Callable[[dict[str, Metrics]], bool] = lambda metrics: True


def is_lecture_architecture(metrics: dict[str, Metrics]) -> bool:
    """Return whether every autoencoder is fully connected and narrows layer by layer."""
    cells = [cell for cell in metrics["learning_curves"]["cells"] if not cell["is_linear"]]
    return bool(cells) and all(cell["is_fully_connected"] and cell["is_narrowing"] for cell in cells)


def is_linear_control_on_pca(metrics: dict[str, Metrics]) -> bool:
    """Return whether the linear autoencoder's error is within 1 % of PCA's, so that a gain is the non-linearity's.

    False where the run has no linear autoencoder.
    """
    excess = metrics["pca_comparison"]["claims"]["C4"]["linear_excess"]
    return excess is not None and abs(excess["mean"]) <= 0.01


def is_class_kept(metrics: dict[str, Metrics]) -> bool:
    """Return whether the judge reads the AE's output at least as well as the noisy input, as far as is known."""
    high = metrics["denoising"]["claims"]["C3"]["accuracy_gain"]["high"]
    return high is None or high >= 0


CLAIMS: dict[str, Claim] = {
    "C1": Claim("compression", "explained_variance", 0.5, is_lecture_architecture),
    "C2": Claim("compression", "retained_accuracy", 0.95),
    "C3": Claim("denoising", "psnr_gain", 0.0, is_class_kept),
    "C4": Claim("pca_comparison", "se_gain", 0.0, is_linear_control_on_pca),
    "C5": Claim("generation", "frechet_difference", 0.0),
    "C6": Claim("generation", "gap_closed", 0.5),
    "C7": Claim("compression", "vae_se_cost", 0.0),
}


def weigh(claim: Claim, name: str, metrics: dict[str, Metrics]) -> Metrics:
    """Return a claim's number with its interval, threshold and verdict, and how many seeds alone lie above."""
    entry = metrics[claim.stage]["claims"].get(name, {}).get(claim.metric)
    bounds = [None if entry is None else entry[key] for key in ("mean", "low", "high")]
    by_seed = [] if entry is None else entry["by_seed"]
    decided = verdict(Interval(*bounds), claim.threshold)
    is_conditional = decided == "supported" and not claim.condition(metrics)
    return {
        "stage": claim.stage,
        "metric": claim.metric,
        "threshold": claim.threshold,
        **dict(zip(("mean", "low", "high"), bounds, strict=True)),
        "n_seeds": len(by_seed),
        "n_seeds_above": sum(value > claim.threshold for value in by_seed),
        "verdict": "undecided" if is_conditional else decided,
    }


def headline(metrics: dict[str, Metrics], latent_dim: int) -> Metrics:
    """Return the headline numbers: squared errors, the VAE's loss terms, the judge's accuracy."""
    compression = metrics["compression"]["headline"]
    return {
        "latent_dim": latent_dim,
        "se": {codec: values["se"]["mean"] for codec, values in compression["codecs"].items()},
        "vae_reconstruction_nats": (compression["vae_loss"] or {}).get("reconstruction", {}).get("mean"),
        "vae_kl_nats": (compression["vae_loss"] or {}).get("kl", {}).get("mean"),
        "judge_accuracy": metrics["train_judge"]["accuracy_test"]["mean"],
    }


def measure(metrics: dict[str, Metrics], latent_dim: int) -> Metrics:
    """Return the summary: headline numbers and the ledger of claims."""
    return {
        "headline": headline(metrics, latent_dim),
        "claims": {name: weigh(claim, name, metrics) for name, claim in CLAIMS.items()},
    }


def shorten(summary: Metrics) -> Metrics:
    """Return the headline numbers with the primary number and the verdict of each claim."""
    claims = {
        name: {claim["metric"]: claim["mean"], "verdict": claim["verdict"]} for name, claim in summary["claims"].items()
    }
    return {**claims, "headline": summary["headline"]}


def main(params: Params, progress: Progress) -> None:
    """Weigh all claims and say the verdicts."""
    metrics = {stage: read_json(results_dir(stage) / "metrics.json") for stage in EVALUATIONS}
    try:
        summary = measure(metrics, params.latent_dim)
    except (KeyError, TypeError) as error:
        raise ArtifactError(f"results/*/metrics.json: expected the evaluations' metrics, missing {error}") from error
    write_json(results_dir("summary") / "metrics.json", summary)
    write_json(SUMMARY_PATH, shorten(summary))
    verdicts = ", ".join(f"{name} {claim['verdict']}" for name, claim in summary["claims"].items())
    progress.say(verdicts)


if __name__ == "__main__":
    run_stage("summary", main)
