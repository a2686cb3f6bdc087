"""What is measured: models, images, precisions and places, and a checksum of what a measurement depends on."""

import hashlib
import json
from pathlib import Path
from typing import NamedTuple

from autoencoders.arrays import Rows
from autoencoders.learning.checkpoints import load_split
from autoencoders.learning.estimators import BaseAutoencoder
from foundation.parameter_file import read_yaml
from foundation.parameters import load_params
from foundation.paths import DATA_DIR, PARAMS_PATH
from foundation.reproducibility.numerics import product_precision
from foundation.vocabulary import ProductPrecision
from stages.train import estimator_of

RESULTS_DIR = Path("benchmarks/results")
THROUGHPUT_PATH = RESULTS_DIR / "throughput.json"
CONVERGENCE_PATH = RESULTS_DIR / "convergence.csv"
SEARCH_PATH = RESULTS_DIR / "search.csv"
GROWTH_PATH = RESULTS_DIR / "growth.csv"
GROWTH_CHART_PATH = RESULTS_DIR / "growth.svg"
STAGES_PATH = RESULTS_DIR / "stages.json"
LATENCIES_PATH = RESULTS_DIR / "latencies.json"
DEVICE_PATH = RESULTS_DIR / "device.json"
PRECISION_PATH = RESULTS_DIR / "precision.json"
BEFORE_TRAINING = ("check", "fetch", "prepare")  # stages; a run from prepared data is what follows them
MODELS = ("ae", "vae")
LATENT_DIM = 16
STUDY_SEEDS = 4
STUDY_PRECISION = product_precision("auto", "native", "cpu")
PRECISIONS: tuple[ProductPrecision, ...] = ("float32",) if STUDY_PRECISION == "float32" else ("float32", "bfloat16")


def build_estimator(model: str, latent_dim: int = LATENT_DIM, **changes: object) -> BaseAutoencoder:
    """Return an untrained model of the study as ``params.yaml`` has it, but for the changes."""
    params = load_params(PARAMS_PATH)
    return estimator_of(params, model, latent_dim, params.epochs).set_params(**changes)


def fingerprint(content: object) -> str:
    """Return a short checksum of what can be written as JSON, as a text that no table takes for a number.

    >>> fingerprint({"epochs": 20})
    'plan-4b4f7810'
    """
    return f"plan-{hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:8]}"


def plan_of_training() -> str:
    """Return what a training of the study depends on, as a checksum; what was measured under another one is stale."""
    return fingerprint({model: build_estimator(model).get_params() for model in MODELS})


def plan_of_run() -> str:
    """Return what a run of the study depends on, as a checksum: all of ``params.yaml``."""
    return fingerprint(read_yaml(PARAMS_PATH))


class Images(NamedTuple):
    """The splits as rows (n, n_pixels)."""

    train: Rows
    validation: Rows
    test: Rows


def load_images(n_train: int | None = None) -> Images:
    """Return the prepared splits, of the training images the first n_train if not all."""
    train, validation, test = (load_split(DATA_DIR, name).pixels for name in Images._fields)
    return Images(train[:n_train], validation, test)
