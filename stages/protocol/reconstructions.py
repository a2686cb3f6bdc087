"""Quality of the reconstructions at one latent dimension, a part of the sweep: errors, classes, pictures, claims.

Test images only. Reconstructions are scored as the decoder gives them; PCA's leave [0, 1], and its error
after clipping is stated beside. A VAE is scored at its mean code; its loss draws one code per image.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from autoencoders.evaluation.metrics import METRICS, total_variance
from autoencoders.learning.checkpoints import Split
from autoencoders.learning.judge import Judge
from autoencoders.statistics import claim_entry
from foundation.reproducibility.randomness import torch_stream
from stages.protocol.pictures import Picture, labelled_rows
from stages.protocol.tables import NOT_NEGATIVE, SHARE, Rows, Table, Values, with_interval
from stages.protocol.trained import Codec, Codecs, reconstruct

Scores = dict[str, dict[str, Values]]  # codec -> metric -> (n_seeds, n_images)
Piece = tuple[str, Codec]
Run = Callable[[Callable[[Piece], dict[str, Values]], Sequence[Piece]], Iterable[dict[str, Values]]]
JUDGE_HITS = "judge_hits"


def score(codecs: Codecs, test: Split, judge: Judge, run: Run = map) -> tuple[Scores, dict[str, Values]]:
    """Return every metric of every codec, and whether the judge reads its reconstructions rightly, per seed and image.

    The judge's answers on the images themselves are under ``original``. ``run`` is what applies a function to each
    codec under each seed, one after the other or several at once.
    """
    scores: Scores = {}
    judge_hits = {"original": recognised(test.pixels, test, judge)[None]}
    pieces = [(name, codec) for name, cell in codecs.items() for codec in cell.values()]
    scored = list(run(lambda piece: score_codec(piece[1], test, judge), pieces))
    for name in codecs:
        of_seeds = [measures for (codec, _), measures in zip(pieces, scored, strict=True) if codec == name]
        found = {measure: np.stack([measures[measure] for measures in of_seeds]) for measure in of_seeds[0]}
        judge_hits[name] = found.pop(JUDGE_HITS)
        scores[name] = found
    return scores, judge_hits


def score_codec(codec: Codec, test: Split, judge: Judge) -> dict[str, Values]:
    """Return every metric of a codec's reconstructions, and whether the judge reads them rightly, (n_images,) each."""
    made = reconstruct(codec, test.pixels)
    scores = {metric: declared.function(test.pixels, made, test.image_shape) for metric, declared in METRICS.items()}
    clipped = made.clip(0, 1)
    scores["se_clipped"] = METRICS["se"].function(test.pixels, clipped, test.image_shape)
    return {**scores, JUDGE_HITS: recognised(clipped, test, judge)}


def tabulate(scores: Scores, latent_dim: int) -> Table:
    """Return one row per codec and metric, with interval."""
    return [
        {
            "latent_dim": latent_dim,
            "codec": codec,
            "metric": metric,
            **with_interval(values, METRICS[metric].bounds if metric in METRICS else NOT_NEGATIVE),
            "n_seeds": len(values),
        }
        for codec, metrics in scores.items()
        for metric, values in metrics.items()
    ]


def vae_loss(codecs: Codecs, test: Split) -> dict[str, Any] | None:
    """Return the VAE's reconstruction, KL and their sum on test, nats per image; None without a VAE."""
    if "vae" not in codecs:
        return None
    terms = {
        seed: codec.loss_terms(test.pixels, torch_stream(seed, "compression/loss"))
        for seed, codec in codecs["vae"].items()
    }
    parts = {
        name: np.stack([getattr(t, name).double().numpy() for t in terms.values()]) for name in ("reconstruction", "kl")
    }
    parts["total"] = parts["reconstruction"] + parts["kl"]
    return {name: with_interval(values, NOT_NEGATIVE) for name, values in parts.items()}


def judge_claims(scores: Scores, accuracy: dict[str, Values], test: Split) -> dict[str, Any]:
    """Return the primary numbers of the claims C1, C2 and C7, as far as the models for them are there."""
    claims: dict[str, Any] = {}
    if "ae" in scores:
        shares = 1 - scores["ae"]["se"] / total_variance(test.pixels)
        claims["C1"] = {"explained_variance": claim_entry(shares, (-np.inf, 1.0))}
        retained = accuracy["ae"] / accuracy["original"].mean()
        claims["C2"] = {"retained_accuracy": claim_entry(retained, NOT_NEGATIVE)}
    if {"ae", "vae"} <= set(scores):
        claims["C7"] = {"vae_se_cost": claim_entry(scores["vae"]["se"] - scores["ae"]["se"])}
    return claims


def recognised(images: Rows, test: Split, judge: Judge) -> Values:
    """Return whether the judge reads each image made of a test image, or the test image itself, rightly, (n,)."""
    result: Values = (judge.predict(images) == test.labels.numpy()).astype(np.float64)
    return result


def tabulate_classes(scores: Scores, test: Split, class_names: list[str]) -> Table:
    """Return the squared error of each codec per class, with interval."""
    labels = test.labels.numpy()
    return [
        {"codec": codec, "class": class_name, **with_interval(metrics["se"][:, labels == number], NOT_NEGATIVE)}
        for codec, metrics in scores.items()
        for number, class_name in enumerate(class_names)
        if (labels == number).any()
    ]


def draw_reconstructions(codecs: Codecs, test: Split, n_pictures: int) -> Picture:
    """Return the first test image of each class beside its reconstructions, first seed."""
    labels = test.labels.numpy()
    firsts = [int(np.flatnonzero(labels == label)[0]) for label in np.unique(labels)][:n_pictures]
    rows = {"original": test.pixels[firsts]}
    rows |= {name: reconstruct(next(iter(cell.values())), test.pixels[firsts]) for name, cell in codecs.items()}
    return labelled_rows(rows, test.image_shape, [str(labels[i]) for i in firsts])


def draw_worst(codecs: Codecs, scores: Scores, test: Split, n_pictures: int) -> dict[str, Picture]:
    """Return each codec's worst test images beside their reconstructions, first seed."""
    shape = test.image_shape
    pictures = {}
    for name, codec in ((name, next(iter(cell.values()))) for name, cell in codecs.items()):
        worst = scores[name]["se"].mean(axis=0).argsort()[::-1][:n_pictures]
        pair = {"original": test.pixels[worst], name: reconstruct(codec, test.pixels[worst])}
        pictures[f"worst_{name}"] = labelled_rows(
            pair, shape, [f"{scores[name]['se'][:, i].mean():.0f}" for i in worst]
        )
    return pictures


def summarise(codecs: Codecs, scores: Scores, judge_hits: dict[str, Values], test: Split) -> dict[str, Any]:
    """Return the scores of every codec, what the judge reads, the VAE's loss, and the numbers of the claims."""
    return {
        "codecs": {
            name: {row["metric"]: {k: row[k] for k in ("mean", "low", "high")} for row in tabulate({name: values}, 0)}
            for name, values in scores.items()
        },
        "judge_accuracy": {name: with_interval(values, SHARE) for name, values in judge_hits.items()},
        "vae_loss": vae_loss(codecs, test),
        "claims": judge_claims(scores, judge_hits, test),
    }
