"""The typed, frozen schema of ``replications/params.yaml``, its reader, and a preset's view of a configuration."""

from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, Self

from pydantic import Field, StrictBool, ValidationError, model_validator

from foundation.parameter_file import ParameterError, described, read_yaml
from foundation.parameter_sections import Count, List, NotEmpty, Number, Rate, Section, Share, Weight
from foundation.vocabulary import Activation, Architecture, Initialisation, Likelihood, Schedule

Pixels = Literal["grey", "drawn_anew", "drawn_once", "masked", "shifted"]
BELONGING = (  # a key, and the value of another one that it belongs to
    ("hidden_dims", "architecture", "fully_connected"),
    ("channels", "architecture", "convolutional"),
    ("code_weight", "model", "rae"),
    ("decoder_decay", "model", "rae"),
    ("n_samples", "model", "iwae"),
    ("masking", "pixels", "masked"),
    ("max_shift", "pixels", "shifted"),
)


class PresetParams(Section):
    """How much of everything a run does."""

    epochs_factor: Rate
    max_seeds: Count
    n_images: Count  # whose bounds are measured with few samples
    n_samples: Annotated[Count, Field(ge=2)]
    n_precise_images: Annotated[Count, Field(ge=2)]  # of them, measured with many samples too
    n_precise_samples: Annotated[Count, Field(ge=2)]
    n_probe_images: Count


class SharedParams(Section):
    """What configurations have in common unless they say otherwise."""

    activation: Activation
    likelihood: Likelihood
    batch_size: Count
    schedule: Schedule
    initialisation: Initialisation
    adam_beta_2: Annotated[Number, Field(gt=0, lt=1)]


class ConfigurationParams(Section):
    """A published configuration: model, network, training, and what the network sees of an image."""

    model: Literal["ae", "vae", "rae", "iwae"]
    architecture: Architecture = "fully_connected"
    hidden_dims: Annotated[tuple[Count, ...], List] | None = None
    channels: Annotated[tuple[Count, ...], List, NotEmpty] | None = None
    latent_dim: Count
    pixels: Pixels
    epochs: Count
    learning_rate: Rate
    n_seeds: Count
    activation: Activation | None = None  # this and the next two: as shared where not given
    likelihood: Likelihood | None = None
    batch_size: Count | None = None
    code_weight: Weight | None = None
    decoder_decay: Weight | None = None
    n_samples: Count | None = None
    is_averaged: StrictBool = False
    masking: Share | None = None
    max_shift: Count | None = None

    @model_validator(mode="after")
    def _some_keys_belong_to_a_value_of_another(self) -> Self:
        for key, kind, owner in BELONGING:
            if ((given := getattr(self, key)) is None) == (getattr(self, kind) == owner):
                raise ValueError(f"{key} must be given for {owner} and for no other {kind}, got {given}")
        if self.is_averaged and self.model != "iwae":
            raise ValueError(f"is_averaged must be false for every model but iwae, got {self.is_averaged}")
        return self


class Plan(NamedTuple):
    """How a configuration is trained under a preset."""

    configuration: ConfigurationParams
    shared: SharedParams
    epochs: int
    seeds: tuple[int, ...]

    @property
    def settings(self) -> dict[str, Any]:
        """The shared settings, and the configuration's own, which come first, with the preset's epochs."""
        own = self.configuration.model_dump(exclude={"latent_dim"}, exclude_none=True)
        return {**self.shared.model_dump(), **own, "epochs": self.epochs}


class Params(Section):
    """All of replications/params.yaml."""

    preset: str
    presets: Annotated[dict[str, PresetParams], NotEmpty]
    shared: SharedParams
    configurations: Annotated[dict[str, ConfigurationParams], NotEmpty]

    @model_validator(mode="after")
    def _preset_is_known(self) -> Self:
        if self.preset not in self.presets:
            raise ValueError(f"preset must be one of {', '.join(self.presets)}, got {self.preset!r}")
        return self

    @property
    def extent(self) -> PresetParams:
        """The chosen preset."""
        return self.presets[self.preset]

    def plan(self, name: str) -> Plan:
        """Return how a configuration is trained.

        Raises:
            ParameterError: if there is no such configuration.
        """
        if name not in self.configurations:
            raise ParameterError(f"configurations must hold {name!r}, got {', '.join(self.configurations)}")
        configuration = self.configurations[name]
        epochs = max(1, round(configuration.epochs * self.extent.epochs_factor))
        seeds = tuple(range(min(configuration.n_seeds, self.extent.max_seeds)))
        return Plan(configuration, self.shared, epochs, seeds)


def load_params(path: Path | str) -> Params:
    """Return the validated parameters of a YAML file; what is wrong is one line, a ``ParameterError``."""
    return parse_params(read_yaml(path), source=str(path))


def parse_params(raw: object, source: str = "replications/params.yaml") -> Params:
    """Return the validated parameters of a parsed YAML document; what is wrong is one line, a ``ParameterError``."""
    try:
        return Params.model_validate(raw)
    except ValidationError as error:
        raise ParameterError(f"{source}: {described(error)}") from error
