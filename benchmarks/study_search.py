"""How few epochs the study's networks need: settings of training against epochs, written to study_search.csv.

``python -m benchmarks.study_search`` trains two seeds of AE and VAE at 16 dimensions under every setting, eight
minutes on two idle cores; test images are not read. ``params.yaml`` has the setting with the fewest epochs that
keeps the quality asked of the study: a squared error of at most 7.5 (AE) and a loss of at most 104.5 nats (VAE).
"""

from typing import NamedTuple

import numpy as np

from autoencoders.arrays import Rows
from autoencoders.learning.checkpoints import load_split
from autoencoders.learning.estimators import fit_seeds
from autoencoders.learning.models import build_model
from benchmarks.settings import LATENT_DIM, PEER_MODELS, STUDY_PRECISION, STUDY_SEARCH_PATH
from foundation.paths import DATA_DIR
from foundation.reproducibility.artifacts import write_csv
from foundation.vocabulary import Initialisation, Schedule

SEARCH_SEEDS = (0, 1)


class Setting(NamedTuple):
    """How long and in which way a network is trained."""

    epochs: int
    initialisation: Initialisation
    adam_beta_2: float
    schedule: Schedule
    learning_rate: float = 0.01


SETTINGS = (
    *(Setting(epochs, "he", 0.999, "one_cycle") for epochs in (3, 5)),
    Setting(3, "informed", 0.999, "one_cycle"),
    Setting(3, "he", 0.95, "one_cycle"),
    Setting(3, "he", 0.999, "linear"),
    *(Setting(3, "informed", beta_2, "linear") for beta_2 in (0.9, 0.98, 0.999)),
    *(Setting(3, "informed", 0.95, "linear", rate) for rate in (0.005, 0.02)),
    *(Setting(epochs, "informed", 0.95, "linear") for epochs in (2, 3, 4, 5)),
)


def measure(model: str, setting: Setting, train: Rows, validation: Rows) -> dict[str, float]:
    """Return the smallest loss in nats and the squared error an image on validation images, means over seeds."""
    estimator = build_model(model, LATENT_DIM, setting._asdict())
    fitted = fit_seeds(estimator, train, SEARCH_SEEDS, X_validation=validation, precision=STUDY_PRECISION)
    losses, errors = [], []
    for one in fitted.values():
        losses.append(min(record.validation_reconstruction + record.validation_kl for record in one.history_))
        errors.append(np.square(one.inverse_transform(one.transform(validation)) - validation).sum(1).mean())
    return {"loss": float(np.mean(losses)), "squared_error": float(np.mean(errors))}


def main(settings: tuple[Setting, ...] = SETTINGS, n_images: int | None = None) -> None:
    """Train under every setting and write the table, also after each row, so that nothing is lost."""
    train = load_split(DATA_DIR, "train").pixels[:n_images]
    validation = load_split(DATA_DIR, "validation").pixels
    rows: list[dict[str, object]] = []
    for model in PEER_MODELS:
        for setting in settings:
            rows.append({"model": model, **setting._asdict(), **measure(model, setting, train, validation)})
            write_csv(STUDY_SEARCH_PATH, rows)
            print(*(f"{name} {value}" for name, value in rows[-1].items()), sep=", ", flush=True)


if __name__ == "__main__":
    main()
