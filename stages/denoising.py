"""Measure who removes noise: AE and VAE trained on clean images and to denoise, PCA, classical filters, and nobody.

The same noisy test images go to every method; what a method does to its own training noise is not
special-cased. All models have the latent dimension of those that are trained to denoise. The strengths of the
classical methods are chosen per kind and level of noise on validation images. All images are clipped to [0, 1]
before scoring. Three controls need no learning of noise: shrinkage towards the training mean image, the mean image
itself, and PCA at the models' own length.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import torch

from autoencoders.evaluation.denoisers import (
    DENOISERS,
    Denoiser,
    projection_denoiser,
    shrinkage_denoiser,
    tuned_strength,
)
from autoencoders.evaluation.metrics import METRICS, break_even
from autoencoders.learning.checkpoints import Split, load_pca, load_split
from autoencoders.learning.corruptions import CORRUPTIONS
from autoencoders.statistics import BOUNDS, compare
from foundation.parameter_sections import DenoisingParams
from foundation.parameters import Params
from foundation.paths import DATA_DIR, PCA_PATH, results_dir
from foundation.progress import Progress
from foundation.reproducibility.artifacts import load_dataset_info, write_csv, write_json
from foundation.reproducibility.randomness import torch_stream
from foundation.reproducibility.workers import side_by_side
from foundation.stage import run_stage
from foundation.vocabulary import CorruptionName
from stages.protocol.dimension_reduction import choose, count_components
from stages.protocol.pictures import Picture, labelled_rows, write_pictures
from stages.protocol.readers import Readers, load_readers
from stages.protocol.reconstructions import read, reading_places
from stages.protocol.tables import SHARE, Rows, Table, Values, claim_cell, matched, with_interval
from stages.protocol.trained import Codecs, load_codecs, load_denoisers, reconstruct

Scores = dict[str, dict[str, Values]]  # method -> metric -> (n_seeds, n_images)
NOISE_SEED = 0
NOISY, SHRINKAGE, MEAN_IMAGE, PCA_SAME = "noisy", "shrinkage", "mean_image", "pca_same"
READING = "reading_"  # a judge's accuracy, by its name
SHARE_OF_BEST_READER = 0.95  # of noisy images read rightly, for a judge to have a vote on them
PARTS: dict[CorruptionName, str] = {"gaussian": "C3a", "salt_and_pepper": "C3b", "masking": "C3c"}
CONTROLS = (MEAN_IMAGE, SHRINKAGE, PCA_SAME)
SCORED = ("psnr", "ssim")


class Condition(NamedTuple):
    """A kind of noise at a level."""

    corruption: CorruptionName
    level: float

    def label(self) -> str:
        """Return what a person reads of it while it is measured."""
        return f"{self.corruption} {self.level}"


class Methods(NamedTuple):
    """Everything that is asked to remove noise."""

    codecs: Codecs
    classical: dict[str, Denoiser]


class Measured(NamedTuple):
    """What was found under one condition."""

    condition: Condition
    strengths: dict[str, float]
    scores: Scores
    pictures: dict[str, Picture]


def conditions(plan: DenoisingParams) -> list[Condition]:
    """Return every kind and level of noise."""
    return [Condition(corruption, level) for corruption, levels in plan.levels.items() for level in levels]


def corrupted(pixels: Rows, condition: Condition, split: str) -> Rows:
    """Return noisy images; the pattern belongs to kind and split, the level only scales it."""
    stream = torch_stream(NOISE_SEED, f"denoising/{condition.corruption}/{split}")
    return CORRUPTIONS[condition.corruption](torch.from_numpy(pixels), condition.level, stream).numpy()


def denoise_all(methods: Methods, noisy: Rows, strengths: dict[str, float], shape: tuple[int, int]) -> dict[str, Rows]:
    """Return what each method makes of noisy images: (n_seeds, n_images, n_pixels), one seed where it has none."""
    made = {NOISY: noisy[None]}
    for name, denoiser in methods.classical.items():
        made[name] = denoiser.function(noisy, shape, strengths[name])[None]
    for name, cell in methods.codecs.items():
        made[name] = np.stack([reconstruct(codec, noisy).clip(0, 1) for codec in cell.values()])
    return made


def score(made: dict[str, Rows], clean: Split, readers: Readers) -> Scores:
    """Return PSNR, SSIM and whether each judge reads the class, per method, seed and image.

    A model's seed is read by its own seed of each judge, a method without seeds by all that read one.
    """
    places = reading_places(readers, max(map(len, made.values())))
    scores: Scores = {}
    for method, per_seed in made.items():
        read_by = dict(enumerate(per_seed)) if len(per_seed) > 1 else dict.fromkeys(places, per_seed[0])
        scores[method] = {
            **{
                metric: np.stack([METRICS[metric].function(clean.pixels, rows, clean.image_shape) for rows in per_seed])
                for metric in SCORED
            },
            **{f"{READING}{judge}": hits for judge, hits in read(read_by, clean, readers).items()},
        }
    return scores


def tabulate(scores: Scores, condition: Condition) -> tuple[Table, Table]:
    """Return the scores of one condition, and their paired gain over the noisy input, with intervals."""
    quality: Table = []
    gains: Table = []
    for method, metrics in scores.items():
        for metric, values in metrics.items():
            keys = {**condition._asdict(), "method": method, "metric": metric}
            bounds = METRICS[metric].bounds if metric in METRICS else SHARE
            quality.append({**keys, **with_interval(values, bounds), "n_seeds": len(values)})
            if method != NOISY:
                gains.append({**keys, **compare(gain(scores, method, metric))})
    return quality, gains


def gain(scores: Scores, method: str, metric: str, over: str = NOISY) -> Values:
    """Return what a method gains over another, the untouched input, paired: (n_seeds, n_images)."""
    values = scores[method][metric]
    return values - matched(scores[over][metric], len(values))


def break_evens(gains: Table, levels: dict[CorruptionName, tuple[float, ...]]) -> Table:
    """Return for each method and kind of noise where its PSNR gain changes sign.

    The level is where the mean gain is 0, between two tried levels by a straight line; its interval ends where
    the gain's interval does. The trend says on which side the method helps.
    """
    rows: Table = []
    found = {(row["method"], row["corruption"], row["level"]): row for row in gains if row["metric"] == "psnr"}
    for method, corruption in dict.fromkeys((method, corruption) for method, corruption, _ in found):
        tried = sorted(levels[corruption])
        own = [found[method, corruption, level] for level in tried]
        curves = {bound: [row["mean"] if row[bound] is None else row[bound] for row in own] for bound in BOUNDS}
        trend, level = break_even(tried, curves["mean"])
        ends = [break_even(tried, curves[bound])[1] for bound in ("low", "high")] if level is not None else []
        known = [end for end in ends if end is not None]
        rows.append(
            {
                "method": method,
                "corruption": corruption,
                "trend": trend,
                "mean": level,
                "low": min(known) if len(known) == len(BOUNDS) - 1 else None,
                "high": max(known) if len(known) == len(BOUNDS) - 1 else None,
            }
        )
    return rows


def claims(found: dict[Condition, Scores]) -> dict[str, Any]:
    """Return the parts of C3, one per kind of noise: what the AE trained on clean images gains at every level.

    Its gain in every metric over the noisy input or over shrinkage, whichever has the better mean. First the PSNR at
    the middle level, where the controls stand beside, each with its gain over the noisy input. Nothing where the run
    has no AE.
    """
    parts: dict[str, Any] = {}
    for corruption in dict.fromkeys(condition.corruption for condition in found):
        own = {condition.level: scores for condition, scores in found.items() if condition.corruption == corruption}
        middle = middle_level(list(own))
        cells = [
            claim_cell(
                {"level": level, "measure": metric},
                gain(scores, "ae", metric, better_control(scores, metric)),
                votes=is_fit_to_vote(scores[NOISY], metric),
            )
            for level, scores in own.items()
            if "ae" in scores
            for metric in scores["ae"]
        ]
        if cells:
            cells.sort(key=lambda cell: (cell["level"], cell["measure"]) != (middle, "psnr"))
            controls = {name: float(gain(own[middle], name, "psnr").mean()) for name in CONTROLS}
            parts[PARTS[corruption]] = {"cells": cells, "controls": controls}
    return parts


def is_fit_to_vote(noisy: dict[str, Values], metric: str) -> bool:
    """Return whether a metric votes: a judge only if it reads noisy images nearly as well as the best judge does.

    A judge that takes noise for nothing at all reads the noisy input badly, and any change of it for a gain.
    """
    readings = {name: float(values.mean()) for name, values in noisy.items() if name.startswith(READING)}
    return metric not in readings or readings[metric] >= SHARE_OF_BEST_READER * max(readings.values())


def better_control(scores: Scores, metric: str) -> str:
    """Return which has the better mean of a metric: the noisy input or shrinkage."""
    return max((NOISY, SHRINKAGE), key=lambda name: float(scores[name][metric].mean()))


def middle_level(levels: Sequence[float]) -> float:
    """Return the level whose pictures and primary numbers are shown."""
    return levels[len(levels) // 2]


def draw(made: dict[str, Rows], clean: Rows, shape: tuple[int, int], n_pictures: int) -> Picture:
    """Return the first images clean, noisy, and as each method (first seed) leaves them."""
    rows = {"original": clean[:n_pictures], **{name: images[0, :n_pictures] for name, images in made.items()}}
    return labelled_rows(rows, shape, [])


def draw_errors(made: dict[str, Rows], clean: Rows, shape: tuple[int, int], n_pictures: int) -> Picture:
    """Return the errors of the first images: grey where right, dark where taken away, bright where added."""
    first = clean[:n_pictures]
    return labelled_rows({name: 0.5 + (images[0, :n_pictures] - first) / 2 for name, images in made.items()}, shape, [])


def trained_models(params: Params) -> list[str]:
    """Return the models of the run that were trained to denoise."""
    return [model for model in params.train_denoiser.models if model in params.models]


def load_methods(params: Params) -> Methods:
    """Return the models, trained on clean images and to denoise, and the classical methods."""
    plain = load_codecs(params.models, params.seeds, params.train_denoiser.latent_dim)
    clean = {name: plain[name] for name in trained_models(params)}
    pca = load_pca(PCA_PATH, count_components(params.fit_pca, load_dataset_info(DATA_DIR).n_train))
    classical = {
        **DENOISERS,
        "pca": projection_denoiser(pca.components_, pca.mean_),
        PCA_SAME: projection_denoiser(pca.components_, pca.mean_, (params.train_denoiser.latent_dim,)),
        SHRINKAGE: shrinkage_denoiser(pca.mean_),
        MEAN_IMAGE: shrinkage_denoiser(pca.mean_, (0.0,)),
    }
    return Methods({**clean, **load_denoisers(params.train_denoiser, params.models, params.seeds)}, classical)


def tune(methods: Methods, condition: Condition, clean: Rows, shape: tuple[int, int]) -> dict[str, float]:
    """Return the strength of each classical method with the smallest error on validation images."""
    noisy = corrupted(clean, condition, "validation")
    return {name: tuned_strength(denoiser, clean, noisy, shape) for name, denoiser in methods.classical.items()}


def main(params: Params, progress: Progress) -> None:
    """Score every method under every condition."""
    plan, methods, readers = params.denoising, load_methods(params), load_readers(params)
    test = choose(load_split(DATA_DIR, "test"), plan.n_images, "denoising/images/test")
    validation = choose(load_split(DATA_DIR, "validation"), plan.tuning_images, "denoising/images/validation")
    shape, shown_levels = test.image_shape, {kind: middle_level(levels) for kind, levels in plan.levels.items()}
    quality: Table = []
    gains: Table = []
    tuning: Table = []
    found: dict[Condition, Scores] = {}
    pictures: dict[str, Picture] = {}

    def measure(condition: Condition) -> Measured:
        strengths = tune(methods, condition, validation.pixels, shape)
        made = denoise_all(methods, corrupted(test.pixels, condition, "test"), strengths, shape)
        shown: dict[str, Picture] = {
            condition.corruption: draw(made, test.pixels, shape, plan.n_pictures),
            f"{condition.corruption}_errors": draw_errors(made, test.pixels, shape, plan.n_pictures),
        }
        return Measured(condition, strengths, score(made, test, readers), shown)

    pieces = conditions(plan)
    for condition, strengths, scores, shown in side_by_side(progress, pieces, measure, Condition.label):
        tuning += [{**condition._asdict(), "method": name, "strength": value} for name, value in strengths.items()]
        scored, gained = tabulate(scores, condition)
        quality += scored
        gains += gained
        found[condition] = {name: scores[name] for name in ("ae", NOISY, *CONTROLS) if name in scores}
        if condition.level == shown_levels[condition.corruption]:
            pictures |= shown
    sizes = {"n_images": len(test.labels), "n_tuning_images": len(validation.labels)}
    places = reading_places(readers, len(params.seeds))
    of_clean = read(dict.fromkeys(places, test.pixels), test, readers)
    clean_accuracy = {judge: with_interval(hits, SHARE) for judge, hits in of_clean.items()}
    results = results_dir("denoising")
    trained = {**params.train_denoiser.model_dump(), "models": trained_models(params)}
    rules = {"share_of_best_reader": SHARE_OF_BEST_READER, "shown_levels": shown_levels}
    metrics = {**sizes, **rules, "clean_accuracy": clean_accuracy, **trained, "claims": claims(found)}
    write_json(results / "metrics.json", metrics)
    write_csv(results / "quality.csv", quality)
    write_csv(results / "gains.csv", gains)
    write_csv(results / "break_even.csv", break_evens(gains, plan.levels))
    write_csv(results / "tuning.csv", tuning)
    write_pictures(results / "figures", pictures)


if __name__ == "__main__":
    run_stage("denoising", main, n_threads=1)
