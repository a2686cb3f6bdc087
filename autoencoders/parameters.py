"""The typed, frozen schema of ``params.yaml`` and its reader.

One of the two modules of the package that know a file. Rules that need more than one key (the code
must fit into the image, cells must be distinct) live here too, so that a run can be refused before
anything is computed.
"""

import math
from pathlib import Path
from typing import Annotated, Self

from pydantic import StrictStr, ValidationError, model_validator

from autoencoders.datasets import DATASETS
from autoencoders.parameter_file import ParameterError, described, read_yaml
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
    ImportanceWeightedAutoencoderParams,
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
from autoencoders.vocabulary import Device, ModelName, Numerics, Precision

__all__ = ["ParameterError", "Params", "load_params", "parse_params"]


class Params(Section):
    """All of params.yaml."""

    dataset: StrictStr
    numerics: Numerics
    device: Device
    precision: Precision
    latent_dim: Count
    latent_sweep: Annotated[tuple[Count, ...], List, NotEmpty, Distinct]
    seeds: Annotated[tuple[Seed, ...], List, NotEmpty, Distinct]
    models: Annotated[tuple[ModelName, ...], List, NotEmpty, Distinct]
    fetch: FetchParams
    prepare: PrepareParams
    ae: AutoencoderParams
    vae: VariationalAutoencoderParams
    linear_ae: LinearAutoencoderParams
    iwae: ImportanceWeightedAutoencoderParams
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
    def n_components(self) -> int:
        """How many principal components are kept: there are no more than training images."""
        return min(self.fit_pca.max_components, self.prepare.n_train)

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
    def _portable_numerics_are_a_processor_s(self) -> Self:
        if self.numerics == "portable" and self.device != "cpu":
            raise ValueError(f"device must be 'cpu' under numerics: portable, got {self.device!r}")
        return self

    @model_validator(mode="after")
    def _rounded_products_are_a_native_processor_s(self) -> Self:
        if self.precision == "bfloat16" and (self.numerics == "portable" or self.device != "cpu"):
            found = "numerics: portable" if self.numerics == "portable" else f"device: {self.device}"
            raise ValueError(f"precision must be 'auto' or 'float32' under {found}, got 'bfloat16'")
        return self

    @model_validator(mode="after")
    def _codes_fit_into_images(self) -> Self:
        for key in ("latent_dim", "latent_sweep"):
            value = getattr(self, key)
            for entry in value if isinstance(value, tuple) else (value,):
                if entry > self.n_pixels:
                    raise ValueError(f"{key} must be in 1..{self.n_pixels}, got {entry}")
        for section in ("train_denoiser", "train_beta", "train_likelihood"):
            given = getattr(self, section).latent_dim
            if given > self.n_pixels:
                raise ValueError(f"{section}.latent_dim must be in 1..{self.n_pixels}, got {given}")
        largest = max(*self.latent_dims, self.train_denoiser.latent_dim, self.train_beta.latent_dim)
        if largest > self.fit_pca.max_components or self.fit_pca.max_components > self.n_pixels:
            raise ValueError(
                f"fit_pca.max_components must be in {largest}..{self.n_pixels} "
                f"(the largest latent dimension .. pixels), got {self.fit_pca.max_components}"
            )
        if largest > self.prepare.n_train:
            raise ValueError(
                f"prepare.n_train must be at least {largest} "
                f"(the largest latent dimension: PCA has no more components than images), got {self.prepare.n_train}"
            )
        return self

    @model_validator(mode="after")
    def _neighbourhoods_fit_into_the_data(self) -> Self:
        n_queries = min(self.pca_comparison.n_neighbour_queries, self.prepare.n_test)
        if n_queries < 3:
            raise ValueError(
                "pca_comparison.n_neighbour_queries and prepare.n_test must be at least 3 "
                f"(a point and its neighbours), got {n_queries}"
            )
        n_points = min(self.generation.n_samples, self.prepare.n_test)
        if self.generation.precision_neighbours >= n_points:
            raise ValueError(
                f"generation.precision_neighbours must be below {n_points} "
                f"(the smaller of generation.n_samples and prepare.n_test), got {self.generation.precision_neighbours}"
            )
        return self

    @model_validator(mode="after")
    def _hidden_layers_are_narrower_than_images(self) -> Self:
        for key in ("ae", "vae", "iwae"):
            widths = getattr(self, key).hidden_dims
            if widths and widths[0] >= self.n_pixels:
                raise ValueError(f"{key}.hidden_dims must be below {self.n_pixels}, got {list(widths)}")
        return self


def load_params(path: Path | str = "params.yaml") -> Params:
    """Return the validated parameters of a YAML file.

    Raises:
        ParameterError: if the file cannot be read or a value breaks a rule; one line.
    """
    return parse_params(read_yaml(path), source=str(path))


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
        raise ParameterError(f"{source}: {described(error)}") from error
