"""Frechet distances of samples to test images: the order of autoencoders, and what the likelihood does to a VAE.

The protocol is the study's own (``stages.protocol.sampling``): the convolutional judges' features, a seed's own test
images, a mixture of as many Gaussians as there. Inception features have another scale, so orders are compared.

Source: Ghosh et al. 2020, From Variational to Deterministic Autoencoders, Table 1; Dai & Wipf 2019, Diagnosing and
Enhancing VAE Models (the likelihood).
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from scipy.stats import spearmanr

from autoencoders.arrays import Values
from autoencoders.learning.checkpoints import load_cell
from foundation.parameters import load_params
from foundation.paths import PARAMS_PATH
from foundation.progress import Progress
from foundation.reproducibility.artifacts import write_csv
from replications.evaluation import NOT_NEGATIVE, list_intervals
from replications.parameters import Params
from replications.stage import CHECKPOINTS_DIR, RESULTS_DIR, run_stage
from stages.protocol.context import Context, load_context
from stages.protocol.sampling import References, draw_images, frechet, list_generators

CONFIGURATIONS = {  # configurations that are compared with each other, by model
    "fully_connected": {"ae": "ghosh_ae", "vae": "ghosh_vae", "rae": "ghosh_rae"},
    "convolutional": {"ae": "ghosh_conv_ae", "vae": "ghosh_conv_vae", "rae": "ghosh_conv_rae"},
    "bernoulli": {"vae": "dai_bernoulli"},
    "gaussian": {"vae": "dai_gaussian"},
}
NETWORKS = ("fully_connected", "convolutional")
RANKING = (  # of samples as published, the nearest to test images first
    "rae_mixture", "rae_reconstructions", "ae_mixture", "ae_reconstructions", "vae_mixture", "vae_reconstructions",
    "vae_normal", "rae_gaussian", "ae_gaussian",
)  # fmt: skip
ORDER = (  # (worse, better) as published, with either network
    ("ae_gaussian", "vae_normal"), ("ae_gaussian", "rae_gaussian"), ("rae_gaussian", "vae_normal"),
    ("vae_normal", "vae_mixture"), ("vae_normal", "ae_mixture"), ("vae_mixture", "rae_mixture"),
)  # fmt: skip
CORRELATION = (-1.0, 1.0)
Distances = Mapping[str, Values]  # by set of samples, (n_seeds,)


def rank_correlations(distances: Distances) -> Values:
    """Return per seed Spearman's correlation of a network's distances with the published ranking, (n_seeds,).

    Source: Spearman 1904, The Proof and Measurement of Association between Two Things.
    """
    measured = np.stack([distances[name] for name in RANKING], axis=1)
    return np.array([spearmanr(np.arange(len(RANKING)), row).statistic for row in measured])


def tabulate(groups: Mapping[str, Distances]) -> list[dict[str, object]]:
    """Return each set's distance, the differences of the published order and its rank correlations, over seeds."""
    found = {f"{group}/{name}": values for group, sets in groups.items() for name, values in sets.items()}
    pairs = [(f"{network}/{a}", f"{network}/{b}") for network in NETWORKS for a, b in ORDER]
    pairs.append(("gaussian/vae_normal", "bernoulli/vae_normal"))
    correlations = {f"{network}/order": rank_correlations(groups[network]) for network in NETWORKS}
    return [
        *list_intervals(found, NOT_NEGATIVE),
        *list_intervals({f"{a}-{b}": found[a] - found[b] for a, b in pairs}),
        *list_intervals(correlations, CORRELATION),
    ]


def measure(context: Context, references: References) -> Distances:
    """Return the distance of every set of samples of a group's codecs under every seed."""
    return {
        name: np.array([frechet(context, draw_images(context, name, s)[1], references, s) for s in context.seeds])
        for name in list_generators(context)
    }


def main(_params: Params, progress: Progress) -> None:
    """Draw from every group's codecs under every seed and compare with the test images."""
    codecs: dict[str, Any] = {
        group: {model: load_cell(CHECKPOINTS_DIR / name) for model, name in cells.items()}
        for group, cells in CONFIGURATIONS.items()
    }
    study = load_params(PARAMS_PATH).model_copy(update={"seeds": tuple(codecs["convolutional"]["ae"])})
    context = load_context(study, {})
    references = References(context)
    progress.say(f"{len(study.seeds)} seeds, {study.generation.n_samples} samples each")
    groups = {
        group: measure(replace(context, codecs=codecs[group]), references)
        for group in progress.track(CONFIGURATIONS, str)
    }
    write_csv(RESULTS_DIR / "samples.csv", tabulate(groups))


if __name__ == "__main__":
    run_stage("samples", main, n_threads=2)
