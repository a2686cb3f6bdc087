"""Frechet distance of samples to test images: distributions fitted to an autoencoder's codes against a VAE's prior.

The protocol is the study's own (``stages.protocol.sampling``): the judge's features, a mixture of as many Gaussians
as there.

Source: Ghosh et al. 2020, From Variational to Deterministic Autoencoders, Table 1 (there Inception features).
"""

from itertools import product
from typing import Any

import numpy as np

from autoencoders.learning.checkpoints import load_cell
from foundation.parameters import load_params
from foundation.paths import PARAMS_PATH
from foundation.progress import Progress
from foundation.reproducibility.artifacts import write_csv
from replications.evaluation import NOT_NEGATIVE, list_intervals
from replications.parameters import Params
from replications.stage import CHECKPOINTS_DIR, RESULTS_DIR, run_stage
from stages.protocol.context import load_context
from stages.protocol.sampling import Scores, gather, list_generators, list_values, reference_of, score_generator

CONFIGURATIONS = {"ae": "ghosh_ae", "vae": "ghosh_vae"}
ORDER = (("ae_gaussian", "vae_prior"), ("vae_prior", "ae_mixture"))  # (worse, better) as published


def tabulate(scores: Scores) -> list[dict[str, object]]:
    """Return each generator's distance and the published order's differences, intervals over seeds."""
    frechet = {name: np.array(measures["frechet"]) for name, measures in scores.items()}
    differences = {f"{a}-{b}": frechet[a] - frechet[b] for a, b in ORDER}
    return [*list_intervals(frechet, NOT_NEGATIVE), *list_intervals(differences)]


def main(_params: Params, progress: Progress) -> None:
    """Draw from every generator under every seed and compare with the test images."""
    codecs: dict[str, Any] = {model: load_cell(CHECKPOINTS_DIR / name) for model, name in CONFIGURATIONS.items()}
    study = load_params(PARAMS_PATH).model_copy(update={"seeds": tuple(codecs["ae"])})
    context = load_context(study, codecs)
    progress.say(f"{len(study.seeds)} seeds, {study.generation.n_samples} samples each")
    reference = reference_of(context)
    scores = gather(
        row
        for generator, seed in product(list_generators(context), study.seeds)
        for row in list_values(generator, seed, score_generator(context, reference, generator, seed)[0])
    )
    write_csv(RESULTS_DIR / "samples.csv", tabulate(scores))


if __name__ == "__main__":
    run_stage("samples", main, n_threads=2)
