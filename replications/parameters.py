"""The typed, frozen schema of ``replications/params.yaml``, its reader, and a preset's view of a cell."""

from pathlib import Path
from typing import Annotated, Literal, NamedTuple, Self

from pydantic import Field, StrictBool, ValidationError, model_validator

from autoencoders.parameter_file import ParameterError, described, read_yaml
from autoencoders.parameter_sections import Count, List, NotEmpty, Rate, Section, Share
from autoencoders.vocabulary import Activation, Likelihood, Schedule

Pixels = Literal["grey", "drawn_anew", "drawn_once", "masked", "shifted"]


class PresetParams(Section):
    """How much of everything a run does."""

    epochs_factor: Rate
    max_seeds: Count
    n_images: Count  # whose bounds are measured with few samples
    n_samples: Annotated[Count, Field(ge=2)]
    n_precise_images: Annotated[Count, Field(ge=2)]  # of them, measured with many samples too
    n_precise_samples: Annotated[Count, Field(ge=2)]
    n_probe_images: Count


class CellParams(Section):
    """A published configuration: model, network, training, and what the network sees of an image."""

    model: Literal["ae", "vae", "iwae"]
    hidden_dims: Annotated[tuple[Count, ...], List]
    latent_dim: Count
    activation: Activation
    likelihood: Likelihood
    pixels: Pixels
    epochs: Count
    batch_size: Count
    learning_rate: Rate
    schedule: Schedule
    n_seeds: Count
    n_samples: Count | None = None
    is_averaged: StrictBool = False
    masking: Share | None = None
    max_shift: Count | None = None

    @model_validator(mode="after")
    def _samples_are_the_iwae_s(self) -> Self:
        if (self.n_samples is None) == (self.model == "iwae"):
            raise ValueError(f"n_samples must be given for iwae and for no other model, got {self.n_samples}")
        if self.is_averaged and self.model != "iwae":
            raise ValueError(f"is_averaged must be false for every model but iwae, got {self.is_averaged}")
        return self

    @model_validator(mode="after")
    def _levels_belong_to_their_pixels(self) -> Self:
        for key, pixels in (("masking", "masked"), ("max_shift", "shifted")):
            given = getattr(self, key)
            if (given is None) == (self.pixels == pixels):
                raise ValueError(f"{key} must be given for {pixels} pixels and for no others, got {given}")
        return self


class Plan(NamedTuple):
    """How a cell is trained under a preset."""

    cell: CellParams
    epochs: int
    seeds: tuple[int, ...]


class Params(Section):
    """All of replications/params.yaml."""

    preset: str
    presets: Annotated[dict[str, PresetParams], NotEmpty]
    cells: Annotated[dict[str, CellParams], NotEmpty]

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
        """Return how a cell is trained.

        Raises:
            ParameterError: if there is no such cell.
        """
        if name not in self.cells:
            raise ParameterError(f"cells must hold {name!r}, got {', '.join(self.cells)}")
        cell = self.cells[name]
        epochs = max(1, round(cell.epochs * self.extent.epochs_factor))
        return Plan(cell, epochs, tuple(range(min(cell.n_seeds, self.extent.max_seeds))))


def load_params(path: Path | str) -> Params:
    """Return the validated parameters of a YAML file.

    Raises:
        ParameterError: if the file cannot be read or a value breaks a rule; one line.
    """
    return parse_params(read_yaml(path), source=str(path))


def parse_params(raw: object, source: str = "replications/params.yaml") -> Params:
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
