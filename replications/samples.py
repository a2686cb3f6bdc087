"""Frechet distance of samples to test images: distributions fitted to an autoencoder's codes against a VAE's prior.

The protocol is the study's own (``stages.protocol.sampling``): the judge's features, a mixture of as many Gaussians
as there.

Source: Ghosh et al. 2020, From Variational to Deterministic Autoencoders, Table 1 (there Inception features).
"""

from itertools import product
from typing import Any

import numpy as np

from autoencoders.learning.checkpoints import load_judge, load_split
from autoencoders.parameters import load_params
from autoencoders.reproducibility.artifacts import write_csv
from autoencoders.statistics import compare, interval
from replications.cells import load
from replications.console import run_stage
from replications.parameters import Params
from replications.paths import RESULTS_DIR
from stages.console import Progress
from stages.paths import DATA_DIR, JUDGE_PATH, PARAMS_PATH
from stages.protocol.sampling import Scores, gather, list_values, present, reference_of, score_generator
from stages.protocol.setting import Setting

CELLS = {"ae": "ghosh_ae", "vae": "ghosh_vae"}
NOT_NEGATIVE = (0.0, np.inf)
ORDER = (("ae_gaussian", "vae_prior"), ("vae_prior", "ae_mixture"))  # (worse, better) as published


def tabulate(scores: Scores) -> list[dict[str, object]]:
    """Return each generator's distance and the published order's differences, intervals over seeds."""
    frechet = {name: np.array(measures["frechet"]) for name, measures in scores.items()}
    rows: list[dict[str, object]] = [
        {"what": name, **interval(values, NOT_NEGATIVE).as_dict(), "n_seeds": len(values)}
        for name, values in frechet.items()
    ]
    for worse, better in ORDER:
        saved = compare(frechet[worse] - frechet[better])
        rows.append({"what": f"{worse}-{better}", **{key: saved[key] for key in ("mean", "low", "high", "n_seeds")}})
    return rows


def main(params: Params, progress: Progress) -> None:
    """Draw from every generator under every seed and compare with the test images."""
    train, test = load_split(DATA_DIR, "train").pixels, load_split(DATA_DIR, "test")
    plans = {model: params.plan(name) for model, name in CELLS.items()}
    codecs: dict[str, Any] = {model: load(CELLS[model], plan, train.shape[1]) for model, plan in plans.items()}
    seeds = plans["ae"].seeds
    setting = Setting(load_params(PARAMS_PATH).generation, seeds, codecs, load_judge(JUDGE_PATH), train, test)
    progress.say(f"{len(seeds)} seeds, {setting.plan.n_samples} samples each")
    reference = reference_of(setting)
    scores = gather(
        row
        for generator, seed in product(present(setting), seeds)
        for row in list_values(generator, seed, score_generator(setting, reference, generator, seed)[0])
    )
    write_csv(RESULTS_DIR / "samples.csv", tabulate(scores))


if __name__ == "__main__":
    run_stage("samples", main, n_threads=2)
