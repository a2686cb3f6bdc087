"""The typed, frozen schema of ``params.yaml`` and its reader.

Rules that need more than one section (a code must fit into an image) live here too, so that a run can be refused before
anything is computed. What must fit the images is checked here for known datasets; of one's own images only ``prepare``
knows how large and how many they are.
"""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, NamedTuple, Self

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
from foundation.vocabulary import OWN, Device, Numerics, Precision

N_SWEEP = 5  # entries of latent_sweep: dvc.yaml names each
__all__ = [
    "N_SWEEP", "Images", "ParameterError", "Params", "latent_dims", "list_misfits", "load_params", "parse_params",
]  # fmt: skip


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

    @model_validator(mode="after")
    def _dataset_is_known(self) -> Self:
        known = (*DATASETS, OWN)
        if self.dataset not in known:
            raise ValueError(f"dataset must be one of {', '.join(known)}, got {self.dataset!r}")
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
    def _everything_fits_the_images_of_a_known_dataset(self) -> Self:
        if self.dataset in DATASETS:
            images = Images(DATASETS[self.dataset].image_shape, self.prepare.n_train, self.prepare.n_test)
            for misfit in list_misfits(self, images):
                raise ValueError(misfit.message)
        return self


class Images(NamedTuple):
    """What parameters must fit: height and width of the images in pixels, how many there are."""

    shape: tuple[int, int]
    n_train: int
    n_test: int


class Misfit(NamedTuple):
    """A parameter that does not fit the images: the rule, and a key with a value that does, if there is one."""

    message: str
    key: str
    works: object


def list_misfits(params: Params, images: Images) -> Iterator[Misfit]:
    """Yield the parameters that do not fit the images; those of known datasets are checked when they are read."""
    yield from _codes_misfit(params, images)
    yield from _neighbourhoods_misfit(params, images)
    yield from _networks_misfit(params, images)


def _codes_misfit(params: Params, images: Images) -> Iterator[Misfit]:
    n_pixels, sweep = math.prod(images.shape), params.latent_sweep
    compared_with_pca = {
        "latent_dim": params.latent_dim,
        "latent_sweep": max(sweep),
        "train_denoiser.latent_dim": params.train_denoiser.latent_dim,
        "train_beta.latent_dim": params.train_beta.latent_dim,
    }
    for key, latent_dim in {
        **compared_with_pca,
        "train_likelihood.latent_dim": params.train_likelihood.latent_dim,
    }.items():
        if latent_dim > n_pixels:
            works = [min(one, n_pixels // 2) for one in sweep] if key == "latent_sweep" else n_pixels // 2
            yield Misfit(f"{key} must be in 1..{n_pixels}, got {latent_dim}", key, works)
    largest, kept = max(compared_with_pca.values()), params.fit_pca.max_components
    if largest > kept or kept > n_pixels:
        yield Misfit(
            f"fit_pca.max_components must be in {largest}..{n_pixels} "
            f"(the largest latent dimension .. pixels), got {kept}",
            "fit_pca.max_components",
            min(max(largest, kept), n_pixels),
        )
    if largest > images.n_train:
        yield Misfit(
            f"prepare.n_train must be at least {largest} "
            f"(the largest latent dimension: PCA has no more components than images), got {images.n_train}",
            "",
            None,
        )


def _neighbourhoods_misfit(params: Params, images: Images) -> Iterator[Misfit]:
    n_queries = min(params.pca_comparison.n_neighbour_queries, images.n_test)
    if n_queries < 3:
        rule = "pca_comparison.n_neighbour_queries and prepare.n_test must be at least 3 (a point and its neighbours)"
        yield Misfit(f"{rule}, got {n_queries}", "", None)
    n_points, n_neighbours = min(params.generation.n_samples, images.n_test), params.generation.precision_neighbours
    if n_neighbours >= n_points:
        key = "generation.precision_neighbours"
        rule = f"{key} must be below {n_points} (the smaller of generation.n_samples and prepare.n_test)"
        yield Misfit(f"{rule}, got {n_neighbours}", key, n_points - 1)


def _networks_misfit(params: Params, images: Images) -> Iterator[Misfit]:
    n_pixels, (height, width) = math.prod(images.shape), images.shape
    for section in ("network", "train_ceiling"):
        widths = getattr(params, section).hidden_dims
        if widths and widths[0] >= n_pixels:
            key, n = f"{section}.hidden_dims", 2 * len(widths)
            works = [n_pixels * (n - 1 - number) // n for number in range(len(widths))]
            yield Misfit(f"{key} must be below {n_pixels}, got {list(widths)}", key, works)
    features = params.train_features
    if features.hidden_dim >= n_pixels:
        key = "train_features.hidden_dim"
        yield Misfit(f"{key} must be below {n_pixels}, got {features.hidden_dim}", key, n_pixels * 3 // 4)
    if features.latent_dim > n_pixels:
        key = "train_features.latent_dim"
        yield Misfit(f"{key} must be in 1..{n_pixels}, got {features.latent_dim}", key, n_pixels // 2)
    channels = params.network.channels
    if params.network.architecture == "convolutional" and (height != width or height % 2 ** len(channels)):
        rule = "network.channels must have so few entries that images"
        is_halved = height == width and height % 2 == 0
        yield Misfit(
            f"{rule}, {height} x {width}, can be halved as often, got {list(channels)}",
            "network.channels" if is_halved else "network.architecture",
            list(channels[: (height & -height).bit_length() - 1]) if is_halved else "fully_connected",
        )


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
