"""Names that params.yaml may use, as types: one list each, shared by the schema and the registries."""

from typing import Literal

Activation = Literal["relu", "leaky_relu", "elu", "gelu", "silu", "tanh"]
Likelihood = Literal["bernoulli", "gaussian"]
Schedule = Literal["one_cycle", "cosine", "constant"]
ModelName = Literal["ae", "vae", "linear_ae"]
CorruptionName = Literal["gaussian", "salt_and_pepper", "masking"]
