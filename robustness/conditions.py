"""The conditions: one thing changed at a time, as ``dvc exp run -S`` takes it.

What carries no verdict is cut, so that a run takes minutes: one latent dimension instead of a sweep, one denoiser, one
beta, one likelihood. No number of a verdict depends on these.
"""

from typing import NamedTuple

from foundation.parameters import N_SWEEP, Params

LENGTHS = {"third": 1 / 3, "x3": 3.0, "x10": 10.0}  # multiples of the default's epochs
LATENT_DIMS = (2, 4, 8, 32)
DATASETS = ("fashion-mnist",)
LIKELIHOODS = ("gaussian", "discretized_logistic")
BETAS = (0.5, 2)
ARCHITECTURES = ("convolutional",)
TRAININGS = {"batch_256": {"epochs": 19, "training.batch_size": 256, "training.learning_rate": 0.012}}  # the same loss


class Condition(NamedTuple):
    """A changed study.

    Attributes:
        name: As in the table, like ``latent_dim_8``.
        kind: What is changed, like ``latent_dim``.
        overrides: The changes, those that cut what carries no verdict included.
    """

    name: str
    kind: str
    overrides: tuple[str, ...]

    @property
    def experiment(self) -> str:
        """Name of the DVC experiment."""
        return f"robustness-{self.name}"

    @property
    def command(self) -> list[str]:
        """The arguments of ``dvc`` that make the experiment."""
        settings = [argument for override in self.overrides for argument in ("-S", override)]
        return ["exp", "run", "-n", self.experiment, *settings, "summary"]


def conditions(params: Params) -> tuple[Condition, ...]:
    """Return every condition, given the parameters of the default."""
    default = params.latent_dim
    widths = ",".join(str(2 * width) for width in params.network.hidden_dims)
    return (
        *(_condition("epochs", name, default, *_lengths(params, factor)) for name, factor in LENGTHS.items()),
        *(_condition("latent_dim", latent_dim, latent_dim) for latent_dim in LATENT_DIMS),
        *(_condition("dataset", name, default, f"dataset={name}") for name in DATASETS),
        *(_condition("likelihood", name, default, f"network.likelihood={name}") for name in LIKELIHOODS),
        *(_condition("beta", beta, default, f"vae.beta={beta}") for beta in BETAS),
        _condition("width", "x2", default, f"network.hidden_dims=[{widths}]"),
        *(_condition("architecture", name, default, f"network.architecture={name}") for name in ARCHITECTURES),
        *(
            _condition("training", name, default, *(f"{key}={value}" for key, value in changes.items()))
            for name, changes in TRAININGS.items()
        ),
    )


def lengths(params: Params) -> dict[str, int]:
    """Return the epochs of each condition that changes them, by name."""
    return {f"epochs_{name}": _scaled(params.epochs, factor) for name, factor in LENGTHS.items()}


def _scaled(epochs: int, factor: float) -> int:
    return max(1, round(factor * epochs))


def _lengths(params: Params, factor: float) -> tuple[str, str]:
    of_denoisers = _scaled(params.train_denoiser.epochs, factor)
    return f"epochs={_scaled(params.epochs, factor)}", f"train_denoiser.epochs={of_denoisers}"


def _condition(kind: str, value: object, latent_dim: int, *overrides: str) -> Condition:
    return Condition(f"{kind}_{value}", kind, (*overrides, *cut(latent_dim)))


def cut(latent_dim: int) -> tuple[str, ...]:
    """Return the overrides that leave out what carries no verdict, with everything else at one latent dimension."""
    sweep = ",".join([str(latent_dim)] * N_SWEEP)
    return (
        f"latent_dim={latent_dim}",
        f"latent_sweep=[{sweep}]",
        f"train_denoiser.latent_dim={latent_dim}",
        "train_denoiser.models=[ae]",
        "train_denoiser.regimes=[range]",
        f"train_beta.latent_dim={latent_dim}",
        "train_beta.betas=[10]",
        "train_beta.epochs=1",
        f"train_likelihood.latent_dim={latent_dim}",
        "train_likelihood.likelihoods=[bernoulli]",
        "train_likelihood.epochs=1",
    )
