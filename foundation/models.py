"""The models of the study: what each is called, what it can do, and which parameters are its own.

Whoever needs to know a trait of a model asks here; nobody else keeps a list of model names. The estimators themselves
are ``autoencoders.learning.models``.
"""

from dataclasses import dataclass
from typing import Literal

from foundation.parameter_sections import Count, Section, Weight

ModelName = Literal["ae", "vae", "rae", "linear_ae", "iwae"]


class NoParams(Section):
    """A model that has no parameters beyond those that all models share."""


class LinearAutoencoderParams(Section):
    """Its own number of epochs: a linear network needs few."""

    epochs: Count


class VariationalAutoencoderParams(Section):
    """The weight of the KL term."""

    beta: Weight


class RegularisedAutoencoderParams(Section):
    """The weights of half the squared code and of half the decoder's squared weights, in nats."""

    code_weight: Weight
    decoder_decay: Weight


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
        is_variational: Whether a code is a distribution.
        is_linear: Whether it is a control without hidden layers, whose encoder need not narrow step by step.
    """

    label: str
    params: type[Section]
    colours: tuple[str, str]
    marker: str
    is_variational: bool = False
    is_linear: bool = False


MODELS: dict[ModelName, Model] = {
    "ae": Model("AE", NoParams, ("#445eb3", "#456cd7"), "o"),
    "vae": Model("VAE", VariationalAutoencoderParams, ("#d96908", "#dd5b09"), "D", is_variational=True),
    "rae": Model("RAE", RegularisedAutoencoderParams, ("#8d000a", "#fff20a"), "h"),
    "linear_ae": Model("linear AE", LinearAutoencoderParams, ("#4fa172", "#6fbc90"), "^", is_linear=True),
    "iwae": Model("IWAE", ImportanceWeightedAutoencoderParams, ("#4a0a1e", "#aa99bb"), "v", is_variational=True),
}
