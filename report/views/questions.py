"""Answers to questions that people ask: sentences chosen by verdicts and intervals, filled with measured numbers."""

import math
from collections.abc import Callable, Mapping
from itertools import pairwise
from statistics import mean
from typing import Any, NamedTuple

from foundation.parameters import latent_dims
from report.texts.language import _
from report.texts.questions import ONLY, QUESTIONS
from report.texts.tables import general, number, percent
from report.views.facts import TWO_DIGITS, Facts, UnmeasuredError, measured, quoted
from report.views.findings import lies_below
from report.views.ledger import named_axes
from report.views.study import Study
from report.views.verdicts import parts_of, primary_of
from robustness.table import DEFAULT, LONGER


class Choice(NamedTuple):
    """The variants of both sentences of an answer, and the numbers that they name."""

    first: str
    second: str
    values: Mapping[str, str]


def verdict(study: Study, name: str, *known: str) -> str:
    """Return the verdict of a part if there is a sentence for it, else "open"."""
    found = str(parts_of(study)[name]["verdict"])
    if found == "not_judged":
        raise UnmeasuredError
    return found if found in {"supported", "refuted", *known} else "open"


def epochs(facts: Facts) -> Choice:
    """Return whether the AE's validation loss still falls at the end, and what longer training would change."""
    study, n = facts.study, facts.study.params.epochs
    chosen = {"role": "sweep", "model": "ae", "latent_dim": study.params.latent_dim}
    rows = [row for row in study.table("learning_curves", "history") if chosen.items() <= row.items()]
    best = {row["seed"]: row["epoch"] for row in rows if row["is_best_so_far"]}
    half, last = ([row["validation_reconstruction"] for row in rows if row["epoch"] == epoch] for epoch in (n // 2, n))
    if not half or not last:
        raise UnmeasuredError
    early = [epoch for epoch in best.values() if epoch < n]
    own, longer = (
        {found.part: found.verdict for found in study.robustness if found.condition == name}
        for name in (DEFAULT, LONGER[-1])
    )
    changed = [name for name, found in longer.items() if own[name] != found]
    values = {
        "epochs": str(n),
        "share": percent(1 - mean(last) / mean(half)),
        "early": str(len(early)),
        "all": str(len(best)),
        "changed": str(len(changed)),
        "parts": str(len(longer)),
    }
    return Choice("settled" if early else "falling", "tried" if longer else "untried", values)


def length(facts: Facts) -> Choice:
    """Return what longer codes give the AE, and how many numbers the VAE uses."""
    dims = latent_dims(facts.study.params)
    errors = [facts.error("ae", latent_dim) for latent_dim in dims]
    falls = all(lies_below(longer, shorter) for shorter, longer in pairwise(errors))
    kept = collapse(facts)
    values = {**kept.values, "se": quoted(errors[-1], TWO_DIGITS)}
    return Choice("falling" if falls else "other", kept.second, values)


def blur(facts: Facts) -> Choice:
    """Return what the VAE's reconstructions cost."""
    return Choice(ONLY, verdict(facts.study, "C7"), {"cost": facts.part("C7")})


def zero(facts: Facts) -> Choice:
    """Return the AE's squared error, and the smallest that was found for codes of this length."""
    study, likelihood = facts.study, facts.study.params.network.likelihood
    ceiling = study.metrics("compression")["headline"].get("ceiling")
    if ceiling is None:
        raise UnmeasuredError
    values = {
        "se": quoted(facts.error("ae", study.params.latent_dim), TWO_DIGITS),
        "latent_dim": str(study.params.latent_dim),
        "ceiling": quoted(ceiling["se"], TWO_DIGITS),
    }
    return Choice(likelihood if likelihood in {"bernoulli", "gaussian"} else "other", ONLY, values)


def beta(facts: Facts) -> Choice:
    """Return the divergence at the smallest and the largest weight that was tried."""
    lightest, heaviest = facts.betas()
    small, large = facts.divergence(lightest), facts.divergence(heaviest)
    values = {
        "small": general(lightest),
        "large": general(heaviest),
        "epochs": str(facts.study.params.train_beta.epochs),
        "first": quoted(small, TWO_DIGITS),
        "last": quoted(large, TWO_DIGITS),
        "pixels": number(math.prod(facts.study.metrics("prepare")["image_shape"]), 0),
    }
    return Choice("apart" if lies_below(large, small) else "other", ONLY, values)


def collapse(facts: Facts) -> Choice:
    """Return how many numbers of the longest code the VAE uses."""
    is_all, values = facts.used()
    return Choice(ONLY, "all" if is_all else "part", values)


def pca(facts: Facts) -> Choice:
    """Return how the AE compares with PCA in error, and in what its codes keep."""
    values = {"share": facts.part("C4a"), "axes": named_axes(parts_of(facts.study)["C4b"])}
    return Choice(verdict(facts.study, "C4a"), verdict(facts.study, "C4b", "depends"), values)


def denoising(facts: Facts) -> Choice:
    """Return in how many conditions one model trained on noise has the better PSNR, the intervals lying apart."""
    rows = [row for row in facts.study.table("denoising", "quality") if row["metric"] == "psnr"]
    found = {(row["method"], row["corruption"], row["level"]): row for row in rows}
    pairs = [
        (row, found[("vae_range", kind, level)])
        for (method, kind, level), row in found.items()
        if method == "ae_range" and ("vae_range", kind, level) in found
    ]
    if not pairs:
        raise UnmeasuredError
    ahead, behind = (sum(lies_below(*order) for order in found) for found in ([(vae, ae) for ae, vae in pairs], pairs))
    values = {"all": str(len(pairs)), "ahead": str(ahead), "behind": str(behind)}
    overlapping = "overlapping" if behind else "never behind" if ahead else "alike"
    return Choice("apart" if ahead + behind == len(pairs) else overlapping, verdict(facts.study, "C3a"), values)


def generation(facts: Facts) -> Choice:
    """Return how far samples of both models come on the way to real images."""
    values = {
        "normal": facts.way("ae_normal"),
        "mixture": facts.way("ae_mixture"),
        "vae": facts.way("vae_normal"),
        "axes": named_axes(parts_of(facts.study)["C8a"]),
    }
    return Choice(ONLY, verdict(facts.study, "C8a", "depends"), values)


def holes(facts: Facts) -> Choice:
    """Return how often points of either code space are recognised, relative to reconstructions."""
    values = {"ae": facts.part("C5b"), "vae": facts.part("C6b"), "axes": named_axes(parts_of(facts.study)["C6b"])}
    primary = primary_of(facts.study, "C6b")
    is_holed = primary is not None and primary["high"] is not None and primary["high"] < 1
    return Choice("holed" if is_holed else "other", verdict(facts.study, "C6b", "depends"), values)


ANSWERS: dict[str, Callable[[Facts], Choice]] = {
    "epochs": epochs,
    "length": length,
    "blur": blur,
    "zero": zero,
    "beta": beta,
    "collapse": collapse,
    "pca": pca,
    "denoising": denoising,
    "generation": generation,
    "holes": holes,
    "anomalies": lambda facts: Choice(ONLY, ONLY, {}),
}


def answered(study: Study) -> list[dict[str, Any]]:
    """Return the questions that this run can answer, with their answers."""
    shown = []
    for key, choice in measured(study, ANSWERS):
        question = QUESTIONS[key]
        said = (question.first[choice.first], question.second[choice.second])
        answer = [_(text, **choice.values) for text in said]
        shown.append({"key": key, "question": _(question.text), "answer": answer, "evidence": question.evidence})
    return shown


def view(study: Study) -> dict[str, Any]:
    """Return what the section shows."""
    return {"questions": answered(study)}
