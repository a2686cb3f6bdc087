"""How the study's networks are trained: quality by training length, written to study_search.csv.

``python -m benchmarks.study_search`` trains two seeds of AE and VAE at 16 dimensions for 10 to 40 epochs, under several
learning rates and batch sizes, and then RAE and linear AE as ``params.yaml`` has it; test images are not read. Chosen
was quality at convergence: 20 epochs bring the squared error of both models within a tenth of that of the longest
training. Of the learning rates, 0.004 is the best for the VAE's squared error at that length.
"""

from itertools import product
from typing import NamedTuple

import numpy as np

from autoencoders.arrays import Rows
from autoencoders.learning.checkpoints import load_split
from autoencoders.learning.estimators import fit_seeds
from autoencoders.learning.models import build_model
from benchmarks.settings import LATENT_DIM, PEER_MODELS, STUDY_PRECISION, STUDY_SEARCH_PATH
from foundation.parameters import Params, load_params
from foundation.paths import DATA_DIR, PARAMS_PATH
from foundation.reproducibility.artifacts import write_csv
from foundation.vocabulary import Initialisation, Schedule

SEARCH_SEEDS = (0, 1)
CONTROLS = ("rae", "linear_ae")  # trained under the chosen setting only


class Setting(NamedTuple):
    """How long and in which way a network is trained."""

    epochs: int
    learning_rate: float
    batch_size: int = 128
    adam_beta_2: float = 0.99
    initialisation: Initialisation = "informed"
    schedule: Schedule = "linear"


SETTINGS = (
    Setting(10, 0.004),
    *(Setting(20, rate) for rate in (0.002, 0.004, 0.008)),
    Setting(20, 0.008, batch_size=256),
    Setting(40, 0.003),
)


def chosen_setting(params: Params) -> Setting:
    """Return how ``params.yaml`` has networks trained."""
    return Setting(epochs=params.epochs, **params.training.model_dump())


def measure(model: str, setting: Setting, train: Rows, validation: Rows, **own: object) -> dict[str, float]:
    """Return the smallest loss in nats and the squared error per image on validation images, means over seeds."""
    estimator = build_model(model, LATENT_DIM, {**setting._asdict(), **own})
    fitted = fit_seeds(estimator, train, SEARCH_SEEDS, X_validation=validation, precision=STUDY_PRECISION)
    losses, errors = [], []
    for one in fitted.values():
        beta = one.network_.beta
        losses.append(min(r.validation_reconstruction + beta * r.validation_regularisation for r in one.history_))
        errors.append(np.square(one.inverse_transform(one.transform(validation)) - validation).sum(1).mean())
    return {"loss": float(np.mean(losses)), "squared_error": float(np.mean(errors))}


def main(settings: tuple[Setting, ...] = SETTINGS, n_images: int | None = None) -> None:
    """Train under every setting and write the table, also after each row, so that nothing is lost."""
    params = load_params(PARAMS_PATH)
    train = load_split(DATA_DIR, "train").pixels[:n_images]
    validation = load_split(DATA_DIR, "validation").pixels
    rows: list[dict[str, object]] = []
    plans = [*product(PEER_MODELS, settings), *product(CONTROLS, [chosen_setting(params)])]
    for model, setting in plans:
        own = getattr(params, model).model_dump()
        trained = setting._replace(epochs=own.pop("epochs", setting.epochs))  # a model may have its own
        rows.append({"model": model, **trained._asdict(), **measure(model, trained, train, validation, **own)})
        write_csv(STUDY_SEARCH_PATH, rows)
        print(*(f"{name} {value}" for name, value in rows[-1].items()), sep=", ", flush=True)


if __name__ == "__main__":
    main()
