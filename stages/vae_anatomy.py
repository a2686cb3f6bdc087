"""Look inside the VAE: what its code carries, what beta changes, its codes against the prior, bounds on log p(x).

Test images throughout. Losses draw one code an image. The samples of a beta are those of generation's VAE with
prior: the same draws, the same test images, the features of the convolutional judge. Bounds are of VAEs whose
likelihood is a probability of the pixels. A run without a VAE leaves empty tables.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import torch

from autoencoders.evaluation.bounds import Bounds, bits_per_pixel, bounds
from autoencoders.evaluation.latent_space import ACTIVITY_THRESHOLD
from autoencoders.evaluation.metrics import METRICS
from autoencoders.learning.checkpoints import Split, load_split
from autoencoders.learning.training_loop import present_binarised
from foundation.parameters import Params
from foundation.paths import DATA_DIR, results_dir
from foundation.progress import Progress
from foundation.reproducibility.artifacts import load_dataset_info, write_csv, write_json
from foundation.reproducibility.randomness import torch_stream
from foundation.reproducibility.workers import side_by_side
from foundation.stage import run_stage
from stages.protocol import sampling
from stages.protocol.activity import Posteriors, activity_of, encode
from stages.protocol.context import Context, decode, load_context, with_equal_sizes
from stages.protocol.dimension_reduction import choose
from stages.protocol.tables import NOT_NEGATIVE, SHARE, Table, Values, with_interval
from stages.protocol.trained import load_betas, load_codecs, load_likelihoods, per_seed

Measure = Callable[[], Table]
PRIOR = "vae_normal"
ACTIVE_RULE = f"variance of the mean over test images above {ACTIVITY_THRESHOLD:g}"
EVALUATION_SEED = 0


def losses(cell: dict[int, Any], posteriors: Posteriors, test: Split) -> dict[str, Values]:
    """Return reconstruction, KL (nats) and the squared error of the mean code, per seed and image."""
    terms = [codec.loss_terms(test.pixels, torch_stream(seed, "vae_anatomy/loss")) for seed, codec in cell.items()]
    se = METRICS["se"].function
    return {
        "reconstruction_nats": np.stack([one.reconstruction.double().numpy() for one in terms]),
        "kl_nats": np.stack([one.regularisation.double().numpy() for one in terms]),
        "se": per_seed(
            cell, lambda codec, seed: se(test.pixels, codec.inverse_transform(posteriors[seed][0]), test.image_shape)
        ),
    }


def prior_scores(context: Context, references: sampling.References) -> dict[str, list[float]]:
    """Return per seed the Frechet distance of samples from the prior, and how well training codes are told from it."""
    frechet: list[float] = []
    accuracy: list[float] = []
    for seed in context.seeds:
        codes = sampling.draw_codes(context, PRIOR, seed)
        frechet.append(sampling.frechet(context, decode(context.codec("vae", seed), codes), references, seed))
        accuracy.append(sampling.classifier_accuracy(context, PRIOR, seed, codes))
    return {"frechet": frechet, "classifier_accuracy": accuracy}


def tabulate_beta(beta: float, context: Context, references: sampling.References) -> Table:
    """Return what one beta makes of the VAE: both parts of the loss, error, active units, samples."""
    cell: dict[int, Any] = context.codecs["vae"]
    posteriors = encode(cell, context.test.pixels)
    latent_dim = next(iter(cell.values())).latent_dim
    found: dict[str, tuple[Any, tuple[float, float]]] = {
        name: (values, NOT_NEGATIVE) for name, values in losses(cell, posteriors, context.test).items()
    }
    found["active_units"] = (activity_of(posteriors, latent_dim)[1], (0.0, latent_dim))
    scores = prior_scores(context, references)
    found["frechet"], found["classifier_accuracy"] = (
        (scores["frechet"], NOT_NEGATIVE),
        (scores["classifier_accuracy"], SHARE),
    )
    return [
        {"beta": beta, "measure": name, **with_interval(values, limits)} for name, (values, limits) in found.items()
    ]


def bounded_pixels(likelihood: str, pixels: torch.Tensor) -> torch.Tensor:
    """Return images as the likelihood takes them: drawn once as 0 or 1 for Bernoulli, as they are otherwise."""
    if likelihood != "bernoulli":
        return pixels
    return present_binarised(pixels, torch_stream(EVALUATION_SEED, "vae_anatomy/binarised")).targets


def tabulate_bounds(likelihood: str, found: list[Bounds], n_pixels: int, n_samples: int) -> Table:
    """Return negative bounds in nats per image and bits per pixel, with the estimate's own standard error."""
    parts = {name: -np.stack([getattr(one, name) for one in found]) for name in ("elbo", "importance_weighted")}
    values = {
        **{f"{name}_nats": nats for name, nats in parts.items()},
        **{f"{name}_bits_per_pixel": bits_per_pixel(nats, n_pixels) for name, nats in parts.items()},
        "gap_nats": parts["elbo"] - parts["importance_weighted"],
    }
    errors = np.stack([one.standard_error for one in found])
    config = {
        "n_images": errors.shape[1],
        "n_samples": n_samples,
        "sampling_error_nats": float(np.sqrt(np.square(errors).sum()) / errors.size),
    }
    return [
        {"likelihood": likelihood, "measure": name, **with_interval(v, NOT_NEGATIVE), **config}
        for name, v in values.items()
    ]


def measure_bounds(params: Params, test: Split) -> dict[str, Measure]:
    """Return by likelihood what measures the bounds of that VAE on test images drawn at random."""
    plan = params.vae_anatomy
    images = torch.from_numpy(choose(test, plan.n_bound_images, "vae_anatomy/bound_images").pixels)
    cells: dict[str, dict[int, Any]] = load_likelihoods(params.train_likelihood.likelihoods, params.seeds)

    def measure(likelihood: str) -> Table:
        pixels = bounded_pixels(likelihood, images)
        found = [
            bounds(codec.network_, pixels, plan.n_bound_samples, torch_stream(seed, "vae_anatomy/bounds"))
            for seed, codec in cells[likelihood].items()
        ]
        return tabulate_bounds(likelihood, found, pixels.shape[1], plan.n_bound_samples)

    return {f"bounds, {likelihood}": partial(measure, likelihood) for likelihood in cells}


def measure_betas(params: Params) -> dict[str, Measure]:
    """Return by beta what measures what it makes of the VAE."""
    plain = load_codecs(params.models, params.seeds, params.train_beta.latent_dim)
    context = load_context(params, plain)
    references = sampling.References(context)
    cells = {params.vae.beta: plain["vae"]} | load_betas(params.train_beta.betas, params.seeds)

    def measure(beta: float) -> Table:
        return tabulate_beta(beta, replace(context, codecs={"vae": cells[beta]}), references)

    return {f"beta {beta:g}": partial(measure, beta) for beta in sorted(cells)}


def main(params: Params, progress: Progress) -> None:
    """Measure betas and bounds."""
    test, n_train = load_split(DATA_DIR, "test"), load_dataset_info(DATA_DIR).n_train
    tables: dict[str, Table] = {"betas": [], "bounds": []}
    if "vae" in params.models:
        betas, likelihoods = measure_betas(params), measure_bounds(params, test)
        pieces = betas | likelihoods
        measured = side_by_side(progress, list(pieces), lambda name: pieces[name](), str)
        for name, rows in zip(pieces, measured, strict=True):
            tables["betas" if name in betas else "bounds"] += rows
    else:
        progress.say("models names no vae, nothing to measure")
    results = results_dir("vae_anatomy")
    for name, table in tables.items():
        write_csv(results / f"{name}.csv", table)
    metrics = {
        "beta_latent_dim": params.train_beta.latent_dim,
        "headline_beta": params.vae.beta,
        "n_test": len(test.labels),
        "n_samples": with_equal_sizes(params.generation, n_train, len(test.labels)).n_samples,
        "bound_latent_dim": params.train_likelihood.latent_dim,
        "bound_epochs": params.train_likelihood.epochs,
        "n_bound_images": min(params.vae_anatomy.n_bound_images, len(test.labels)),
        "n_bound_samples": params.vae_anatomy.n_bound_samples,
        "active_rule": ACTIVE_RULE,
    }
    write_json(results / "metrics.json", metrics)


if __name__ == "__main__":
    run_stage("vae_anatomy", main, n_threads=1)
