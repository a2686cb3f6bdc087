"""Short runs that settings follow: ``python -m replications.tuning`` writes tuning.csv, on validation images alone.

Every trial changes some settings of a configuration and trains one seed on the study's training split; test images
are not read. About 35 minutes on one core; no stage, since its table only backs what ``params.yaml`` says.
"""

import sys
from typing import Any, NamedTuple

import torch

from autoencoders.arrays import Rows
from autoencoders.evaluation.bounds import bounds
from autoencoders.learning.checkpoints import load_split
from autoencoders.learning.estimators import fit_seeds
from foundation.paths import DATA_DIR
from foundation.reproducibility.artifacts import write_csv
from foundation.reproducibility.randomness import torch_stream
from foundation.vocabulary import Activation, Likelihood
from replications.configurations import build_estimator, choose_presentation, draw_once
from replications.parameters import Params, Pixels, Plan, load_params
from replications.squared_errors import measure_errors
from replications.stage import PARAMS_PATH, TUNING_PATH

BOUND_SAMPLES = 50


class Trial(NamedTuple):
    """A configuration with other settings."""

    configuration: str
    activation: Activation
    likelihood: Likelihood
    pixels: Pixels
    learning_rate: float
    epochs: int
    batch_size: int = 128


TRIALS = (
    *(Trial("hinton", "silu", "gaussian", "grey", rate, 8) for rate in (0.002, 0.004)),
    *(Trial("hinton", "silu", "bernoulli", "grey", rate, 8) for rate in (0.002, 0.004, 0.008)),
    *(Trial("hinton", "silu", "bernoulli", pixels, 0.004, 16) for pixels in ("grey", "shifted")),
    *(Trial("burda_vae", "tanh", "bernoulli", "drawn_anew", rate, 10) for rate in (0.002, 0.004, 0.008)),
    *(Trial("burda_vae", "silu", "bernoulli", "drawn_anew", rate, 10) for rate in (0.002, 0.004, 0.008)),
    *(Trial("burda_vae", "silu", "bernoulli", "drawn_anew", rate, 10, 64) for rate in (0.0015, 0.003, 0.006)),
    *(Trial("iwae_50_short", "silu", "bernoulli", "drawn_anew", rate, 3) for rate in (0.004, 0.008)),
    *(Trial("iwae_50_short", "silu", "bernoulli", "drawn_anew", rate, 3, 16) for rate in (0.0007, 0.0015, 0.003)),
    Trial("iwae_50_short", "silu", "bernoulli", "drawn_anew", 0.006, 3, 64),
    *(Trial("ghosh_conv_ae", "silu", "bernoulli", "grey", rate, 4) for rate in (0.002, 0.004, 0.008)),
)


def plan_trial(trial: Trial, params: Params) -> Plan:
    """Return the plan of one seed of a configuration under the trial's settings."""
    published = params.configurations[trial.configuration]
    changed = {key: value for key, value in trial._asdict().items() if key != "configuration"}
    changed["max_shift"] = published.max_shift if trial.pixels == "shifted" else None
    return Plan(published.model_copy(update=changed), params.shared, trial.epochs, (0,))


def score(plan: Plan, train: Rows, validation: Rows) -> tuple[str, float]:
    """Train one seed and return what was measured of it on validation images (n, n_pixels), and the mean."""
    present = choose_presentation(plan.configuration)
    fitted = fit_seeds(build_estimator(plan), train, plan.seeds, present=present)
    if plan.configuration.pixels in ("grey", "shifted"):
        return "squared_error", float(measure_errors(fitted, validation).mean())
    drawn = torch.from_numpy(draw_once(validation, "validation"))
    found = bounds(fitted[0].network_, drawn, BOUND_SAMPLES, torch_stream(0, "replications/tuning"))
    return "negative_log_likelihood", -float(found.importance_weighted.mean())


def main(trials: tuple[Trial, ...] = TRIALS, n_images: int | None = None) -> None:
    """Train every trial and write the table, also after each row, so that nothing is lost."""
    params = load_params(PARAMS_PATH)
    train, validation = (load_split(DATA_DIR, name).pixels[:n_images] for name in ("train", "validation"))
    rows: list[dict[str, Any]] = []
    for trial in trials:
        measure, mean = score(plan_trial(trial, params), train, validation)
        rows.append({**trial._asdict(), "measure": measure, "validation": round(mean, 5)})
        write_csv(TUNING_PATH, rows)
        sys.stderr.write(f"{trial}: {mean:.3f}\n")


if __name__ == "__main__":
    main()
