"""The models of the study: what each is called, what it can do, and which parameters are its own.

Whoever needs to know a trait of a model asks here; nobody else keeps a list of model names. The estimators themselves
are ``autoencoders.learning.models``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from foundation.parameter_sections import Count, Section, Weight

ModelName = Literal["ae", "vae", "linear_ae", "iwae"]


class NoParams(Section):
    """A model that has no parameters beyond those that all models share."""


class VariationalAutoencoderParams(Section):
    """The weight of the KL term."""

    beta: Weight


class ImportanceWeightedAutoencoderParams(Section):
    """Codes drawn per image."""

    n_samples: Count


@dataclass(frozen=True)
class Model:
    """The traits of a model.

    Attributes:
        label: Its name in English; the page translates it.
        params: The schema of its section of params.yaml.
        colours: On the page, in the light theme and in the dark one.
        marker: Of its points in figures, as matplotlib calls it.
        samplers: Distributions of codes that samples are drawn from, by the word that follows the model in their name.
        is_variational: Whether a code is a distribution.
        is_linear: Whether it is a control without hidden layers, whose encoder need not narrow step by step.
    """

    label: str
    params: type[Section]
    colours: tuple[str, str]
    marker: str
    samplers: Mapping[str, str] = field(default_factory=dict)
    is_variational: bool = False
    is_linear: bool = False


MODELS: dict[ModelName, Model] = {
    "ae": Model(
        "AE", NoParams, ("#445eb3", "#456cd7"), "o",
        samplers={"normal": "standard_normal", "gaussian": "gaussian", "mixture": "mixture"},
    ),
    "vae": Model(
        "VAE", VariationalAutoencoderParams, ("#d96908", "#dd5b09"), "D",
        samplers={"prior": "standard_normal", "mixture": "mixture"}, is_variational=True,
    ),
    "linear_ae": Model("linear AE", NoParams, ("#4fa172", "#6fbc90"), "^", is_linear=True),
    "iwae": Model(
        "IWAE", ImportanceWeightedAutoencoderParams, ("#4a0a1e", "#aa99bb"), "v",
        samplers={"prior": "standard_normal"}, is_variational=True,
    ),
}  # fmt: skip
