"""The answer: the lecture's claims with their verdicts."""

from typing import Any

from report.labels import CLAIM_METRICS, CORRUPTIONS
from report.study import Study
from report.tables import cell, number

DIGITS = {"explained_variance": 3, "retained_accuracy": 3, "gap_closed": 3}


def ledger(study: Study) -> dict[str, dict[str, Any]]:
    """Return for each claim its verdict, its number, the threshold and where the evidence stands."""
    entries = {}
    for name, claim in study.summary()["claims"].items():
        digits = DIGITS.get(claim["metric"], 2)
        entries[name] = {
            "verdict": claim["verdict"],
            "metric": CLAIM_METRICS[claim["metric"]],
            "value": cell(claim, digits),
            "n_seeds": claim["n_seeds"],
            "n_seeds_above": claim["n_seeds_above"],
            "is_disputed": 0 < claim["n_seeds_above"] < claim["n_seeds"],
            "threshold": number(claim["threshold"], 2 if claim["threshold"] else 0),
            "anchor": claim["stage"] if claim["stage"] != "compression" or name != "C1" else "method",
        }
    return entries


def view(study: Study) -> dict[str, Any]:
    """Return what the section shows."""
    summary = study.summary()
    headline, claims = summary["headline"], summary["claims"]
    generation = study.metrics("generation")
    naive = generation["claims"].get("C5", {}).get("frechet_difference_naive")
    frechet = {r["source"]: cell(r, 1) for r in study.table("generation", "samples") if r["measure"] == "frechet"}
    return {
        "latent_dim": headline["latent_dim"],
        "n_seeds": len(study.params.seeds),
        "n_test": number(study.metrics("prepare")["n_test"], 0),
        "title": study.metrics("prepare")["title"],
        "ledger": ledger(study),
        "verdicts": {name: claim["verdict"] for name, claim in claims.items()},
        "se": {codec: number(value, 2) for codec, value in headline["se"].items()},
        "frechet": frechet,
        "accuracy_gain": cell(study.metrics("denoising")["claims"]["C3"]["accuracy_gain"], 1, is_share=True),
        "naive": cell(naive, 1),
        "helps_from": [
            f"{CORRUPTIONS[row['corruption']]} {cell(row, 2).text}"
            for row in study.table("denoising", "break_even")
            if row["method"] == "ae" and row["trend"] == "above"
        ],
    }
