"""What every code name of the study is called on the page, and its place in every table and figure.

Labels are read in the active language; names that no language changes are written as they are.
"""

from collections.abc import Mapping

from foundation.models import MODELS
from foundation.vocabulary import REGIMES, SAMPLE_WORDS
from report.texts.language import N_, Labels, Pattern

HIDDEN = [name for name, model in MODELS.items() if not model.is_linear]  # models with hidden layers: these denoise
SAMPLES = {
    "normal": N_("%(model)s, codes from N(0, I)"),
    "gaussian": N_("%(model)s, codes from a fitted Gaussian"),
    "mixture": N_("%(model)s, codes from a fitted mixture"),
    "reconstructions": N_("%(model)s, reconstructions"),
}
SAMPLERS = Labels(
    {
        "normal": "N(0, I)",
        "gaussian": N_("fitted Gaussian"),
        "mixture": N_("fitted mixture"),
        "reconstructions": N_("own reconstructions"),
    }
)
TRAINED = {
    "range": N_("%(model)s, trained on a range of noise"),
    "one_level": N_("%(model)s, trained on one level of noise"),
}
SHORT_TRAINED = {"range": N_("%(model)s (range)"), "one_level": N_("%(model)s (one level)")}


def denoisers(clean: str, trained: Mapping[str, str]) -> dict[str, Pattern]:
    """Return what models that denoise are called: those trained on clean images, then those of every regime."""
    patterns = {"": clean, **{f"_{regime}": trained[regime] for regime in REGIMES}}
    return {f"{name}{ending}": (text, MODELS[name].label) for ending, text in patterns.items() for name in HIDDEN}


def generators() -> dict[str, Pattern]:
    """Return what samples are called, of every model with hidden layers."""
    return {f"{name}_{word}": (SAMPLES[word], MODELS[name].label) for name in HIDDEN for word in SAMPLE_WORDS}


CODECS = Labels(
    {
        "original": N_("original"),
        "pca": "PCA",
        **{name: model.label for name, model in MODELS.items() if model.is_linear},
        **{name: MODELS[name].label for name in HIDDEN},
        "pixels": N_("pixels"),
    }
)
METHODS = Labels(
    {
        "noisy": N_("noisy input, untouched"),
        "median": N_("median filter"),
        "non_local_means": N_("non-local means"),
        "total_variation": N_("total variation"),
        "pca": N_("PCA projection"),
        "pca_same": N_("PCA projection, as long as the codes"),
        "shrinkage": N_("shrinkage towards the mean image"),
        "mean_image": N_("mean image"),
        **denoisers(N_("%(model)s, trained on clean images"), TRAINED),
    }
)
CORRUPTIONS = Labels({"gaussian": N_("Gaussian"), "salt_and_pepper": N_("Salt and pepper"), "masking": N_("Masking")})
LEVELS = Labels(
    {
        "gaussian": N_("standard deviation"),
        "salt_and_pepper": N_("share of pixels replaced"),
        "masking": N_("share of pixels set to 0"),
    }
)
SOURCES = Labels(
    {
        "floor": N_("other real images"),
        "test": N_("test images compared with"),
        **generators(),
        "pca_gaussian": (SAMPLES["gaussian"], "PCA"),
    }
)
REGIONS = Labels(
    {
        "normal": N_("whitened N(0, I)"),
        "ball": N_("ball that holds 95 %% of whitened N(0, I)"),
        "between": N_("half-way between two codes"),
        "reconstructions": N_("own reconstructions"),
    }
)
FAMILIES = Labels(  # of features, by the network that gives them
    {
        "convolutional": N_("convolutional judge"),
        "strided": N_("strided judge"),
        "perceptron": N_("perceptron judge"),
        "denoising_code": N_("denoising code"),
        "pixels": N_("principal components"),
    }
)
FORMATS = Labels({"jpeg": "JPEG", "webp": "WebP", "jpeg2000": "JPEG 2000", "avif": "AVIF"})
SPLITS = Labels({"train": N_("training"), "validation": N_("validation"), "test": N_("test")})
CONTROL_IMAGES = Labels(  # what judges should recognise, then what they should not
    {
        "test": N_("real test images"),
        "uniform_noise": N_("uniform noise"),
        "average_of_two": N_("averages of two images of different classes"),
        "shuffled": N_("pixels shuffled"),
        "inverted": N_("dark and bright exchanged"),
        "photographs": N_("pieces of photographs"),
        "halves": N_("halves of two images of different classes, joined"),
        "turned": N_("images turned by 90 degrees"),
    }
)
COORDINATES = Labels({"whitened": N_("whitened"), "as_they_stand": N_("as they stand")})
LIKELIHOODS = Labels(
    {
        "bernoulli": N_("Bernoulli"),
        "gaussian": N_("Gaussian"),
        "discretized_logistic": N_("discretized logistic"),
    }
)
BOUNDED_PIXELS = Labels(
    {
        "bernoulli": N_("binary pixels, drawn from the grey values (Bernoulli)"),
        "discretized_logistic": N_("256 grey values (discretized logistic)"),
    }
)
SHORT_METHODS = Labels(
    {
        "original": N_("original"),
        "noisy": N_("noisy input"),
        "median": N_("median"),
        "non_local_means": N_("non-local means"),
        "total_variation": N_("total variation"),
        "pca": "PCA",
        "pca_same": N_("PCA (same length)"),
        "shrinkage": N_("shrinkage"),
        "mean_image": N_("mean image"),
        **denoisers(N_("%(model)s (clean)"), SHORT_TRAINED),
    }
)
STRENGTHS = Labels(  # of the methods that have one: what it is
    {
        "median": N_("side of the square, pixels"),
        "non_local_means": N_("cut-off distance"),
        "total_variation": N_("weight"),
        "pca": N_("components kept"),
        "shrinkage": N_("share of the difference kept"),
    }
)
SUBJECTS = Labels(
    {
        "mnist": N_("images of handwritten digits"),
        "fashion-mnist": N_("images of clothes, shoes and bags"),
        "kmnist": N_("images of handwritten hiragana"),
        "own": N_("own images"),
    }
)
ACTIVATIONS = Labels(
    {"tanh": "tanh", "relu": "ReLU", "leaky_relu": "leaky ReLU", "elu": "ELU", "gelu": "GELU", "silu": "SiLU"}
)
SCHEDULES = Labels(
    {"one_cycle": N_("one cycle"), "linear": N_("linear"), "cosine": N_("cosine"), "constant": N_("constant")}
)
INITIALISATIONS = Labels({"he": N_("He"), "informed": N_("He, from the mean image")})
MEASURED = (  # texts that come with measured files and registries of the library
    N_("per image"),
    N_("per pixel"),
    N_("variance of the mean over test images above 0.01"),
    N_("MNIST (slice for tests: 1,200 + 400 images)"),
    N_("Fashion-MNIST (slice for tests: 300 + 150 images)"),
    N_("T-shirt/top"),
    N_("Trouser"),
    N_("Pullover"),
    N_("Dress"),
    N_("Coat"),
    N_("Sandal"),
    N_("Shirt"),
    N_("Sneaker"),
    N_("Bag"),
    N_("Ankle boot"),
)
