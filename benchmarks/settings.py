"""What is measured: networks, plans, sizes and places."""

from dataclasses import dataclass
from pathlib import Path

from autoencoders.learning.estimators import BaseAutoencoder
from autoencoders.learning.models import build_model
from autoencoders.learning.networks import AutoencoderNetwork
from foundation.reproducibility.numerics import product_precision
from foundation.vocabulary import ProductPrecision

RESULTS_DIR = Path("benchmarks/results")
TRAINING_PATH = RESULTS_DIR / "training.json"
STAGES_PATH = RESULTS_DIR / "stages.json"
LATENCIES_PATH = RESULTS_DIR / "latencies.json"
DEVICE_PATH = RESULTS_DIR / "device.json"
PRECISION_PATH = RESULTS_DIR / "precision.json"
SEARCH_PATH = RESULTS_DIR / "schedule_search.csv"
STUDY_SEARCH_PATH = RESULTS_DIR / "study_search.csv"
CHART_PATH = RESULTS_DIR / "rates.svg"
BEFORE_TRAINING = ("check", "fetch", "prepare")  # stages; a run from prepared data is what follows them
N_PIXELS = 784
LATENT_DIM = 16
SEEDS = (1, 4, 8)
STUDY_SEEDS = 4
USUAL = {"initialisation": "he", "adam_beta_2": 0.999}  # how training usually starts and Adam is usually set
PEER_MODELS = ("ae", "vae")
PEER_EPOCHS = 20
STUDY_PRECISION = product_precision("auto", "native", "cpu")
PRECISIONS: tuple[ProductPrecision, ...] = ("float32",) if STUDY_PRECISION == "float32" else ("float32", "bfloat16")


def name_with_precision(name: str, precision: ProductPrecision) -> str:
    """Return a name with the precision of products behind it, float32 being the usual one.

    >>> name_with_precision("ours", "bfloat16")
    'ours, bfloat16'
    """
    return name if precision == "float32" else f"{name}, {precision}"


@dataclass(frozen=True)
class Contest:
    """One network that everybody trains."""

    name: str
    model: str
    hidden_dims: tuple[int, ...]
    activation: str
    likelihood: str
    batch_size: int

    def build_estimator(self, **plan: object) -> BaseAutoencoder:
        """Return the untrained estimator; ``plan`` overrides epochs, batch_size, learning_rate, schedule."""
        settings = {**vars(self), **USUAL, **plan}
        return build_model(self.model, LATENT_DIM, settings)

    def build_network(self) -> AutoencoderNetwork:
        """Return the untrained network."""
        return self.build_estimator().build_network(N_PIXELS)


# Pythae's default networks and losses: one hidden layer of 512, squared error.
CONTESTS = (
    Contest("ae 784-512-16", "ae", (512,), "relu", "gaussian", 128),
    Contest("vae 784-512-16", "vae", (512,), "relu", "gaussian", 128),
    Contest("default ae", "ae", (256, 128), "silu", "bernoulli", 128),
    Contest("default vae", "vae", (256, 128), "silu", "bernoulli", 128),
)
PEER_CONTESTS = {contest.model: contest for contest in CONTESTS[:2]}
