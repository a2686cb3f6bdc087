"""Names that params.yaml may use, as types: one list each, shared by the schema and the registries."""

from typing import Literal, get_args

Architecture = Literal["fully_connected", "convolutional"]
Activation = Literal["relu", "leaky_relu", "elu", "gelu", "silu", "tanh"]
Likelihood = Literal["bernoulli", "gaussian", "discretized_logistic"]
Numerics = Literal["native", "portable"]
ProductPrecision = Literal["float32", "bfloat16"]
Precision = Literal["auto", "float32", "bfloat16"]
Device = Literal["auto", "cpu", "cuda"]
Schedule = Literal["one_cycle", "linear", "cosine", "constant"]
Initialisation = Literal["he", "informed"]
CorruptionName = Literal["gaussian", "salt_and_pepper", "masking"]
DiscreteLikelihood = Literal["bernoulli", "discretized_logistic"]
Regime = Literal["range", "one_level"]
REGIMES: tuple[str, ...] = get_args(Regime)
SAMPLE_WORDS = ("normal", "gaussian", "mixture", "reconstructions")  # follow a model in the name of its samples
JudgeName = Literal["convolutional", "strided", "perceptron"]
JUDGES: tuple[JudgeName, ...] = get_args(JudgeName)
FAMILIES = (*JUDGES, "denoising_code", "pixels")  # of features
PLANE_DIM = 2  # the latent dimension whose codes are places on a plane
OWN = "own"  # the dataset whose images are the user's: no entry of DATASETS, described by a file beside the raw ones
