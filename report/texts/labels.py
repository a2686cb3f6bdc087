"""What every code name of the study is called on the page, and its place in every table and figure.

Labels are read in the active language; names that no language changes are written as they are.
"""

from collections.abc import Mapping

from foundation.models import MODELS
from foundation.vocabulary import REGIMES
from report.texts.language import N_, Labels, Pattern

HIDDEN = [name for name, model in MODELS.items() if not model.is_linear]  # models with hidden layers: these denoise
SAMPLES = {
    "standard_normal": N_("%(model)s, codes from N(0, I)"),
    "gaussian": N_("%(model)s, codes from a fitted Gaussian"),
    "mixture": N_("%(model)s, codes from a fitted mixture"),
}
TRAINED = {
    "range": N_("%(model)s, trained on a range of noise"),
    "one_level": N_("%(model)s, trained on one level of noise"),
}
SHORT_TRAINED = {"range": N_("%(model)s (range)"), "one_level": N_("%(model)s (one level)")}


def denoisers(clean: str, trained: Mapping[str, str]) -> dict[str, Pattern]:
    """Return what models that denoise are called: those trained on clean images, then those of every regime."""
    patterns = {"": clean, **{f"_{regime}": trained[regime] for regime in REGIMES}}
    return {f"{name}{ending}": (text, MODELS[name].label) for ending, text in patterns.items() for name in HIDDEN}


def generators(*, is_variational: bool) -> dict[str, Pattern]:
    """Return what samples are called, of every model and distribution of codes."""
    return {
        f"{name}_{word}": (SAMPLES[distribution], model.label)
        for name, model in MODELS.items()
        if model.is_variational == is_variational
        for word, distribution in model.samplers.items()
    }


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
        "floor": N_("real training images (floor)"),
        "test": N_("real test images"),
        **generators(is_variational=False),
        "pca_gaussian": (SAMPLES["gaussian"], "PCA"),
        **generators(is_variational=True),
    }
)
REGIONS = Labels(
    {
        "standard_normal": "N(0, I)",
        "diagonal_gaussian": N_("N(m, diag s²) fitted to the codes"),
        "uniform_box": N_("uniform over the codes' box"),
    }
)
FORMATS = Labels({"jpeg": "JPEG", "webp": "WebP", "jpeg2000": "JPEG 2000", "avif": "AVIF"})
SPLITS = Labels({"train": N_("training"), "validation": N_("validation"), "test": N_("test")})
THRESHOLD_IMAGES = Labels(
    {
        "test": N_("real test images"),
        "average_of_two": N_("averages of two images of different classes"),
        "uniform_noise": N_("uniform noise"),
    }
)
CLAIM_METRICS = Labels(
    {
        "explained_variance": N_("share of the test images' variance that the AE's reconstructions explain"),
        "retained_accuracy": N_("judge's accuracy on AE reconstructions, as a share of its accuracy on originals"),
        "psnr_gain": N_(
            "PSNR gain in dB of the AE trained on clean images over the noisy input, mean over all conditions"
        ),
        "se_gain": N_("squared error of PCA minus that of the AE, paired per image"),
        "frechet_difference": N_("Fréchet distance of AE samples (fitted Gaussian) minus that of VAE samples (prior)"),
        "gap_closed": N_("share of the Fréchet distance between naive AE samples and real images that the VAE closes"),
        "vae_se_cost": N_("squared error of the VAE minus that of the AE, paired per image"),
    }
)
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
        **denoisers(N_("%(model)s (clean)"), SHORT_TRAINED),
    }
)
VERDICTS = Labels(
    {
        "supported": N_("supported"),
        "refuted": N_("refuted"),
        "undecided": N_("undecided"),
        "not_judged": N_("not judged"),
    }
)
CLAIM_TITLES = Labels(
    {
        "C1": N_("An AE learns to reproduce its input"),
        "C2": N_("The code keeps what matters most"),
        "C3": N_("An AE removes noise"),
        "C4": N_("An AE reduces dimension better than PCA"),
        "C5": N_("An AE cannot generate"),
        "C6": N_("A VAE generates from N(0, I)"),
        "C7": N_("The VAE pays with worse reconstructions"),
    }
)
SUBJECTS = Labels(
    {
        "mnist": N_("images of handwritten digits"),
        "fashion-mnist": N_("images of clothes, shoes and bags"),
        "kmnist": N_("images of handwritten hiragana"),
    }
)
OUTCOMES = Labels(
    {
        "undecided": N_("not to be told"),
        "C1-supported": N_("it does"),
        "C1-refuted": N_("it does not"),
        "C2-supported": N_("nearly all stays recognisable"),
        "C2-refuted": N_("too much becomes unrecognisable"),
        "C3-supported": N_("a little, in the mean"),
        "C3-refuted": N_("not in the mean"),
        "C4-supported": N_("smaller error at equal length"),
        "C4-refuted": N_("no smaller error at equal length"),
        "C5-supported": N_("it stays behind the VAE"),
        "C5-refuted": N_("it can, no worse than the VAE"),
        "C6-supported": N_("near to real images"),
        "C6-refuted": N_("still far from real images"),
        "C7-supported": N_("larger error than the AE's"),
        "C7-refuted": N_("no larger error than the AE's"),
    }
)
CLAIMS = Labels(
    {
        "C1": N_(
            "An AE is a fully connected encoder and decoder whose layers narrow towards a code of fixed length, and it "
            "learns to reproduce its input."
        ),
        "C2": N_("Its main use is compression, and the compression is lossy: the code keeps what matters most."),
        "C3": N_("Because the compression is lossy, an AE removes noise."),
        "C4": N_("Unlike PCA an AE learns non-linear dependencies, so it reduces dimension better."),
        "C5": N_(
            "An AE cannot generate: its codes follow no known distribution, and its code space is neither complete nor "
            "continuous."
        ),
        "C6": N_("A VAE can: points drawn from N(0, I) decode to data like the training data."),
        "C7": N_("The VAE pays for that with worse reconstructions."),
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
