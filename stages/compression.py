"""Measure what a code of fixed length keeps of an image, for every codec at every latent dimension.

Test images only. Reconstructions are scored as the decoder gives them; PCA's leave [0, 1], and its error
after clipping is stated beside. A VAE is scored at its mean code; its loss draws one code per image.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from autoencoders.artifacts import load_dataset_info, write_csv, write_json
from autoencoders.checkpoints import Split, load_judge, load_split
from autoencoders.judge import Judge
from autoencoders.metrics import METRICS, total_variance
from autoencoders.parameters import Params
from autoencoders.randomness import torch_stream
from autoencoders.statistics import claim_entry, interval
from stages import rates
from stages.cells import Codecs, load_codecs, per_seed, prune_cells, reconstruct
from stages.console import Progress, run_stage
from stages.paths import DATA_DIR, JUDGE_PATH, results_dir
from stages.pictures import Picture, labelled_rows, write_pictures

Rows = NDArray[np.float32]
Values = NDArray[np.float64]
Table = list[dict[str, object]]
Scores = dict[str, dict[str, Values]]  # codec -> metric -> (n_seeds, n_images)
NOT_NEGATIVE = (0.0, np.inf)
SHARE = (0.0, 1.0)


class Headline(NamedTuple):
    """What is measured at the headline latent dimension only."""

    metrics: dict[str, Any]
    per_class: Table
    pictures: dict[str, Picture]


def score(codecs: Codecs, test: Split, image_shape: tuple[int, int]) -> Scores:
    """Return every metric of every codec, per seed and image."""
    scores: Scores = {}
    for name, cell in codecs.items():
        made = {seed: reconstruct(codec, test.pixels) for seed, codec in cell.items()}
        scores[name] = {
            metric: np.stack([declared.function(test.pixels, rows, image_shape) for rows in made.values()])
            for metric, declared in METRICS.items()
        }
        clipped = [METRICS["se"].function(test.pixels, rows.clip(0, 1), image_shape) for rows in made.values()]
        scores[name]["se_clipped"] = np.stack(clipped)
    return scores


def tabulate(scores: Scores, latent_dim: int) -> Table:
    """Return one row per codec and metric, with interval."""
    return [
        {
            "latent_dim": latent_dim,
            "codec": codec,
            "metric": metric,
            **interval(values, METRICS[metric].bounds if metric in METRICS else NOT_NEGATIVE).as_dict(),
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
    return {name: interval(values, NOT_NEGATIVE).as_dict() for name, values in parts.items()}


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


def recognised(codecs: Codecs | None, name: str, test: Split, judge: Judge) -> Values:
    """Return whether the judge reads each image rightly: a codec's reconstructions, or the images themselves."""
    labels = test.labels.numpy()
    if codecs is None:
        return (judge.predict(test.pixels) == labels)[None].astype(np.float64)
    return per_seed(
        codecs[name], lambda codec, seed: judge.predict(reconstruct(codec, test.pixels).clip(0, 1)) == labels
    )


def tabulate_classes(scores: Scores, test: Split, class_names: list[str]) -> Table:
    """Return the squared error of each codec per class, with interval."""
    labels = test.labels.numpy()
    return [
        {"codec": codec, "class": class_name, **interval(metrics["se"][:, labels == number], NOT_NEGATIVE).as_dict()}
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
    return labelled_rows(rows, (test.images.shape[-2], test.images.shape[-1]), [str(labels[i]) for i in firsts])


def draw_worst(codecs: Codecs, scores: Scores, test: Split, n_pictures: int) -> dict[str, Picture]:
    """Return each codec's worst test images beside their reconstructions, first seed."""
    shape = (test.images.shape[-2], test.images.shape[-1])
    pictures = {}
    for name, codec in ((name, next(iter(cell.values()))) for name, cell in codecs.items()):
        worst = scores[name]["se"].mean(axis=0).argsort()[::-1][:n_pictures]
        pair = {"original": test.pixels[worst], name: reconstruct(codec, test.pixels[worst])}
        pictures[f"worst_{name}"] = labelled_rows(
            pair, shape, [f"{scores[name]['se'][:, i].mean():.0f}" for i in worst]
        )
    return pictures


def measure_headline(
    codecs: Codecs, scores: Scores, test: Split, judge: Judge, class_names: list[str], n_pictures: int
) -> Headline:
    """Return what is stated at the headline latent dimension."""
    accuracy = {name: recognised(codecs, name, test, judge) for name in codecs}
    accuracy["original"] = recognised(None, "", test, judge)
    metrics = {
        "codecs": {
            name: {row["metric"]: {k: row[k] for k in ("mean", "low", "high")} for row in tabulate({name: values}, 0)}
            for name, values in scores.items()
        },
        "judge_accuracy": {name: interval(values, SHARE).as_dict() for name, values in accuracy.items()},
        "vae_loss": vae_loss(codecs, test),
        "claims": judge_claims(scores, accuracy, test),
    }
    return Headline(metrics, tabulate_classes(scores, test, class_names), draw_worst(codecs, scores, test, n_pictures))


def main(params: Params, progress: Progress) -> None:
    """Score every latent dimension, one at a time."""
    prune_cells(params)
    test, judge = load_split(DATA_DIR, "test"), load_judge(JUDGE_PATH)
    info = load_dataset_info(DATA_DIR)
    height, width = info.image_shape
    splits = {name: load_split(DATA_DIR, name) for name in ("train", "validation")} | {"test": test}
    coded = rates.choose_images(splits, params.compression.n_rate_images)
    table: Table = []
    rate_table: Table = []
    pictures: dict[str, Picture] = {}
    for latent_dim in progress.track(params.latent_dims, lambda d: f"latent dimension {d}"):
        codecs = load_codecs(params, latent_dim)
        scores = score(codecs, test, (height, width))
        table += tabulate(scores, latent_dim)
        coders = rates.coders(codecs, coded)
        rate_table += rates.measure_rates(coders, coded, params.compression.widths, latent_dim)
        pictures[f"reconstructions_{latent_dim}"] = draw_reconstructions(codecs, test, params.compression.n_pictures)
        if latent_dim == params.latent_dim:
            headline = measure_headline(codecs, scores, test, judge, info.class_names, params.compression.n_pictures)
            stream = rates.round_trip(coders, coded, params.compression, test.pixels)
    claims = headline.metrics.pop("claims")
    points, formats = rates.mark_hull(rate_table), rates.measure_formats(coded)
    results = results_dir("compression")
    config = {"latent_dim": params.latent_dim, "n_images": len(test.labels), "n_pixels": height * width}
    coding = {"n_images": len(coded.test), "stream": stream, "catch_up": rates.catch_up(points, formats)}
    write_json(results / "metrics.json", {**config, "headline": headline.metrics, "claims": claims, "coding": coding})
    write_csv(results / "rates.csv", rate_table)
    write_csv(results / "rate_points.csv", points)
    write_csv(results / "formats.csv", formats)
    write_csv(results / "lossless.csv", rates.measure_lossless(coded, test.pixels))
    write_csv(results / "quality.csv", table)
    write_csv(results / "classes.csv", headline.per_class)
    write_pictures(results / "figures", pictures | headline.pictures)


if __name__ == "__main__":
    run_stage("compression", main, n_threads=2)
