"""Quality of the reconstructions at one latent dimension, a part of the sweep: errors, classes, pictures, claims.

Test images only. Reconstructions are scored as the decoder gives them; PCA's leave [0, 1], and its error
after clipping is stated beside. A VAE is scored at its mean code; its loss draws one code per image. Judges read
clipped images; a model's seed is read by its own seed of each judge, what has no seeds by all that read one.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from autoencoders.evaluation.metrics import METRICS
from autoencoders.learning.checkpoints import Split
from foundation.reproducibility.randomness import torch_stream
from foundation.vocabulary import JUDGES
from stages.protocol.pictures import Picture, labelled_rows
from stages.protocol.readers import Readers
from stages.protocol.tables import NOT_NEGATIVE, SHARE, Rows, Table, Values, claim_cell, matched, with_interval
from stages.protocol.trained import Codec, Codecs, reconstruct

Scores = dict[str, dict[str, Values]]  # codec -> metric -> (n_seeds, n_images)
Readings = dict[str, dict[str, Values]]  # codec, or images themselves -> judge -> (n_seeds, n_images)


class Piece(NamedTuple):
    """A codec, and the places in ``params.seeds`` whose judges read its reconstructions."""

    name: str
    codec: Codec
    places: range


Scored = tuple[dict[str, Values], dict[str, Values]]
Run = Callable[[Callable[[Piece], Scored], Sequence[Piece]], Iterable[Scored]]


def score(codecs: Codecs, test: Split, mean_image: Rows, readers: Readers, run: Run = map) -> tuple[Scores, Readings]:
    """Return every metric of every codec, and whether each judge reads the class of its reconstructions.

    Readings of the images themselves are under ``original``, those of the mean image under ``mean_image``.

    Args:
        codecs: By name and seed.
        test: Images to reconstruct.
        mean_image: Of the training images, (n_pixels,).
        readers: The judges.
        run: What applies a function to each codec under each seed, one after the other or several at once.
    """
    places = reading_places(readers, max(map(len, codecs.values())))
    readings: Readings = {
        "original": read(dict.fromkeys(places, test.pixels), test, readers),
        "mean_image": read(dict.fromkeys(places, mean_image[None]), test, readers),
    }
    pieces = [
        Piece(name, codec, range(place, place + 1) if len(cell) > 1 else places)
        for name, cell in codecs.items()
        for place, codec in enumerate(cell.values())
    ]
    scored = list(zip(pieces, run(lambda piece: score_codec(piece, test, readers), pieces), strict=True))
    scores: Scores = {}
    for name in codecs:
        own = [found for piece, found in scored if piece.name == name]
        scores[name] = {metric: np.stack([metrics[metric] for metrics, _ in own]) for metric in own[0][0]}
        readings[name] = {judge: np.concatenate([hits[judge] for _, hits in own]) for judge in own[0][1]}
    return scores, readings


def score_codec(piece: Piece, test: Split, readers: Readers) -> Scored:
    """Return every metric of a codec's reconstructions, (n_images,) each, and what judges read in them."""
    made = reconstruct(piece.codec, test.pixels)
    scores = {metric: declared.function(test.pixels, made, test.image_shape) for metric, declared in METRICS.items()}
    clipped = made.clip(0, 1)
    scores["se_clipped"] = METRICS["se"].function(test.pixels, clipped, test.image_shape)
    return scores, read(dict.fromkeys(piece.places, clipped), test, readers)


def reading_places(readers: Readers, n_seeds: int) -> range:
    """Return the places of as many of the run's seeds as are read by different seeds of a judge."""
    return range(min(n_seeds, len(readers.judge_seeds)))


def read(images: Mapping[int, Rows], clean: Split, readers: Readers) -> dict[str, Values]:
    """Return by judge whether it reads the class of clean images in what was made of them, (n_seeds, n_images).

    Args:
        images: By place in ``params.seeds``, (n_images, n_pixels) or one image for all.
        clean: With their classes.
        readers: The judges.
    """
    labels = clean.labels.numpy()
    return {
        name: np.stack([readers.judge(name, place).predict(made) == labels for place, made in images.items()]).astype(
            np.float64
        )
        for name in JUDGES
    }


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
        name: np.stack([term.double().numpy() for term in seeds])
        for name, seeds in zip(("reconstruction", "kl"), zip(*terms.values(), strict=True), strict=True)
    }
    parts["total"] = parts["reconstruction"] + parts["kl"]
    return {name: with_interval(values, NOT_NEGATIVE) for name, values in parts.items()}


def claims(scores: Scores, readings: Readings) -> dict[str, Any]:
    """Return C2 (what judges still read in the AE's reconstructions) and C7 (what the VAE pays), where models allow."""
    found: dict[str, Any] = {}
    if "ae" in scores:
        found["C2"] = {
            "cells": [
                claim_cell({"family": judge}, retained_accuracy(readings, "ae", judge), NOT_NEGATIVE)
                for judge in JUDGES
            ],
            "controls": {
                name: float(retained_accuracy(readings, name, JUDGES[0]).mean()) for name in ("pca", "mean_image")
            },
        }
    if {"ae", "vae"} <= set(scores):
        cells = [claim_cell({"measure": measure}, values) for measure, values in vae_costs(scores, readings).items()]
        means = {name: float(scores[name]["se"].mean()) for name in ("ae", "rae") if name in scores}
        controls = {"rae": means["rae"] / means["ae"] - 1} if "rae" in means else {}
        found["C7"] = {"cells": cells, "controls": controls}
    return found


def retained_accuracy(readings: Readings, name: str, judge: str) -> Values:
    """Return whether a judge reads a codec's reconstructions, over its accuracy on originals, (n_seeds, n_images)."""
    own = readings[name][judge]
    return own / matched(readings["original"][judge], len(own)).mean(axis=1, keepdims=True)


def vae_costs(scores: Scores, readings: Readings) -> dict[str, Values]:
    """Return by how much the VAE's reconstructions are worse than the AE's, per measure: (n_seeds, n_images) each.

    The squared error as a share of the AE's mean squared error.
    """
    ae, vae = scores["ae"], scores["vae"]
    return {
        "se": (vae["se"] - ae["se"]) / ae["se"].mean(),
        "ssim": ae["ssim"] - vae["ssim"],
        **{f"reading_{judge}": readings["ae"][judge] - readings["vae"][judge] for judge in JUDGES},
    }


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


def summarise(codecs: Codecs, scores: Scores, readings: Readings, test: Split) -> dict[str, Any]:
    """Return the scores of every codec, the accuracy of each judge, the VAE's loss, and the numbers of the claims."""
    return {
        "codecs": {
            name: {row["metric"]: {k: row[k] for k in ("mean", "low", "high")} for row in tabulate({name: values}, 0)}
            for name, values in scores.items()
        },
        "judge_accuracy": {
            judge: {name: with_interval(hits[judge], SHARE) for name, hits in readings.items() if name != "mean_image"}
            for judge in JUDGES
        },
        "vae_loss": vae_loss(codecs, test),
        "claims": claims(scores, readings),
    }
