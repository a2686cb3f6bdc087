"""Short runs that settings follow: ``python -m replications.tuning`` writes tuning.csv, on validation images alone.

Every trial changes some settings of a cell and trains one seed on the study's training split; test images are not
read. About 25 minutes on two cores; no stage, since its table only backs what ``params.yaml`` says.
"""

import sys
from typing import Any, NamedTuple

import torch

from autoencoders.evaluation.bounds import bounds
from autoencoders.learning.checkpoints import load_split
from autoencoders.learning.estimators import fit_seeds
from autoencoders.reproducibility.artifacts import write_csv
from autoencoders.reproducibility.randomness import torch_stream
from autoencoders.vocabulary import Activation, Likelihood
from replications.cells import Rows, drawn_once, estimator_of, present_of
from replications.parameters import Params, Pixels, Plan, load_params
from replications.paths import PARAMS_PATH, TUNING_PATH
from replications.squared_errors import errors_of
from stages.paths import DATA_DIR

BOUND_SAMPLES = 50


class Trial(NamedTuple):
    """A cell with other settings."""

    cell: str
    activation: Activation
    likelihood: Likelihood
    pixels: Pixels
    learning_rate: float
    epochs: int


TRIALS = (
    *(Trial("hinton", "silu", "gaussian", "grey", rate, 8) for rate in (0.001, 0.002, 0.004)),
    *(Trial("hinton", "silu", "bernoulli", "grey", rate, 8) for rate in (0.001, 0.002, 0.004, 0.008)),
    *(Trial("hinton", "silu", "bernoulli", pixels, 0.004, 16) for pixels in ("grey", "shifted")),
    *(Trial("burda_vae", "tanh", "bernoulli", "drawn_anew", rate, 10) for rate in (0.002, 0.004, 0.01)),
    *(Trial("burda_vae", "silu", "bernoulli", "drawn_anew", rate, 10) for rate in (0.002, 0.004, 0.01)),
)


def plan_of(trial: Trial, params: Params) -> Plan:
    """Return the plan of one seed of a cell under the trial's settings."""
    changed = {name: value for name, value in trial._asdict().items() if name not in ("cell", "epochs")}
    if trial.pixels != "shifted":
        changed["max_shift"] = None
    return Plan(params.cells[trial.cell].model_copy(update=changed), trial.epochs, (0,))


def score(plan: Plan, train: Rows, validation: Rows) -> tuple[str, float]:
    """Train one seed and return what was measured of it on validation images (n, n_pixels), and the mean."""
    fitted = fit_seeds(estimator_of(plan), train, plan.seeds, present=present_of(plan.cell))
    if plan.cell.pixels in ("grey", "shifted"):
        return "squared_error", float(errors_of(fitted, validation).mean())
    drawn = torch.from_numpy(drawn_once(validation, "validation"))
    stream = torch_stream(0, "replications/tuning")
    found = bounds(fitted[0].network_, drawn, BOUND_SAMPLES, stream)
    return "negative_log_likelihood", -float(found.importance_weighted.mean())


def main(trials: tuple[Trial, ...] = TRIALS, n_images: int | None = None) -> None:
    """Train every trial and write the table, also after each row, so that nothing is lost."""
    params = load_params(PARAMS_PATH)
    train, validation = (load_split(DATA_DIR, name).pixels[:n_images] for name in ("train", "validation"))
    rows: list[dict[str, Any]] = []
    for trial in trials:
        plan = plan_of(trial, params)
        measure, mean = score(plan, train, validation)
        rows.append(
            {**trial._asdict(), "batch_size": plan.cell.batch_size, "measure": measure, "validation": round(mean, 5)}
        )
        write_csv(TUNING_PATH, rows)
        sys.stderr.write(f"{trial}: {mean:.3f}\n")


if __name__ == "__main__":
    main()
