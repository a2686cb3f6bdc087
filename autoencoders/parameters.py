"""The typed, frozen schema of ``params.yaml`` and its reader.

One of the two modules of the package that know a file. Rules that need more than one key (the code
must fit into the image, cells must be distinct) live here too, so that a run can be refused before
anything is computed.
"""

import math
from pathlib import Path
from typing import Annotated, Any, Self

import yaml
from pydantic import StrictStr, ValidationError, model_validator

from autoencoders.datasets import DATASETS
from autoencoders.parameter_sections import (
    AutoencoderParams,
    CompressionParams,
    Count,
    DenoisingParams,
    Distinct,
    ExplorerParams,
    FetchParams,
    FitPcaParams,
    GenerationParams,
    LinearAutoencoderParams,
    List,
    NotEmpty,
    PcaComparisonParams,
    PrepareParams,
    ReportParams,
    Section,
    Seed,
    TrainBetaParams,
    TrainDenoiserParams,
    TrainJudgeParams,
    TrainLikelihoodParams,
    VaeAnatomyParams,
    VariationalAutoencoderParams,
)
from autoencoders.vocabulary import ModelName


class ParameterError(ValueError):
    """A value in params.yaml breaks a rule; the message names file, key, value and rule in one line."""


class Params(Section):
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
    train_beta: TrainBetaParams
    train_likelihood: TrainLikelihoodParams
    train_judge: TrainJudgeParams
    fit_pca: FitPcaParams
    compression: CompressionParams
    pca_comparison: PcaComparisonParams
    denoising: DenoisingParams
    generation: GenerationParams
    vae_anatomy: VaeAnatomyParams
    explorer: ExplorerParams
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
        if self.train_likelihood.latent_dim > self.n_pixels:
            given = self.train_likelihood.latent_dim
            raise ValueError(f"train_likelihood.latent_dim must be in 1..{self.n_pixels}, got {given}")
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
