"""The typed, frozen schema of ``params.yaml`` and its reader.

Rules that need more than one section (a code must fit into an image) live here too, so that a run can be refused before
anything is computed.
"""

import math
from pathlib import Path
from typing import Annotated, Self

from pydantic import StrictStr, ValidationError, model_validator

from foundation.datasets import DATASETS
from foundation.models import (
    MODELS,
    ImportanceWeightedAutoencoderParams,
    LinearAutoencoderParams,
    ModelName,
    NoParams,
    RegularisedAutoencoderParams,
    VariationalAutoencoderParams,
)
from foundation.parameter_file import ParameterError, described, read_yaml
from foundation.parameter_sections import (
    CompressionParams,
    Count,
    DenoisingParams,
    Distinct,
    ExplorerParams,
    FetchParams,
    FitPcaParams,
    GenerationParams,
    List,
    NetworkParams,
    NotEmpty,
    PcaComparisonParams,
    PrepareParams,
    ReportParams,
    Section,
    Seed,
    TrainBetaParams,
    TrainCeilingParams,
    TrainDenoiserParams,
    TrainFeaturesParams,
    TrainingParams,
    TrainJudgeParams,
    TrainLikelihoodParams,
    VaeAnatomyParams,
)
from foundation.vocabulary import Device, Numerics, Precision

N_SWEEP = 5  # entries of latent_sweep: dvc.yaml names each
__all__ = ["N_SWEEP", "ParameterError", "Params", "latent_dims", "load_params", "parse_params"]


class Params(Section):
    """All of params.yaml."""

    dataset: StrictStr
    numerics: Numerics
    device: Device
    precision: Precision
    latent_dim: Count
    latent_sweep: Annotated[tuple[Count, ...], List]
    seeds: Annotated[tuple[Seed, ...], List, NotEmpty, Distinct]
    models: Annotated[tuple[ModelName, ...], List, NotEmpty, Distinct]
    epochs: Count
    fetch: FetchParams
    prepare: PrepareParams
    training: TrainingParams
    network: NetworkParams
    ae: NoParams
    vae: VariationalAutoencoderParams
    rae: RegularisedAutoencoderParams
    linear_ae: LinearAutoencoderParams
    iwae: ImportanceWeightedAutoencoderParams
    train_ceiling: TrainCeilingParams
    train_denoiser: TrainDenoiserParams
    train_beta: TrainBetaParams
    train_likelihood: TrainLikelihoodParams
    train_judge: TrainJudgeParams
    train_features: TrainFeaturesParams
    fit_pca: FitPcaParams
    compression: CompressionParams
    pca_comparison: PcaComparisonParams
    denoising: DenoisingParams
    generation: GenerationParams
    vae_anatomy: VaeAnatomyParams
    explorer: ExplorerParams
    report: ReportParams

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
    def _sweep_has_as_many_entries_as_dvc_yaml_reads(self) -> Self:
        if len(self.latent_sweep) != N_SWEEP:
            raise ValueError(
                f"latent_sweep must have {N_SWEEP} entries (repeat one to have fewer latent dimensions), "
                f"got {list(self.latent_sweep)}"
            )
        return self

    @model_validator(mode="after")
    def _denoisers_are_models_with_hidden_layers(self) -> Self:
        known = [name for name, model in MODELS.items() if not model.is_linear]
        for name in self.train_denoiser.models:
            if name not in known:
                raise ValueError(f"train_denoiser.models must be among {', '.join(known)}, got {name!r}")
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
        compared_with_pca = {
            "latent_dim": self.latent_dim,
            "latent_sweep": max(self.latent_sweep),
            "train_denoiser.latent_dim": self.train_denoiser.latent_dim,
            "train_beta.latent_dim": self.train_beta.latent_dim,
        }
        every = {**compared_with_pca, "train_likelihood.latent_dim": self.train_likelihood.latent_dim}
        for key, latent_dim in every.items():
            if latent_dim > self.n_pixels:
                raise ValueError(f"{key} must be in 1..{self.n_pixels}, got {latent_dim}")
        largest = max(compared_with_pca.values())
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
        for section in ("network", "train_ceiling"):
            widths = getattr(self, section).hidden_dims
            if widths and widths[0] >= self.n_pixels:
                raise ValueError(f"{section}.hidden_dims must be below {self.n_pixels}, got {list(widths)}")
        return self

    @model_validator(mode="after")
    def _convolutions_halve_images(self) -> Self:
        height, width = DATASETS[self.dataset].image_shape
        channels, factor = self.network.channels, 2 ** len(self.network.channels)
        if self.network.architecture == "convolutional" and (height != width or height % factor):
            raise ValueError(
                f"network.channels must have so few entries that images, {height} x {width}, can be halved as often, "
                f"got {list(channels)}"
            )
        return self


def latent_dims(params: Params) -> tuple[int, ...]:
    """Return the latent dimensions at which every model is trained and compared, in ascending order."""
    return tuple(sorted({params.latent_dim, *params.latent_sweep}))


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
