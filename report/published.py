"""Numbers of the literature, each with its source and protocol, to stand beside ours."""

from typing import NamedTuple


class Published(NamedTuple):
    """A published number.

    Attributes:
        what: Model and setting.
        value: As printed.
        quantity: What it measures, with unit.
        source: Author, year, place in the work.
        protocol: How it was measured.
        key: Name of our measurement beside it, where there is one.
    """

    what: str
    value: float
    quantity: str
    source: str
    protocol: str
    key: str = ""


HINTON = "Hinton & Salakhutdinov 2006, Fig. 2B"
BAKE_OFF = "Autoencoder Bake-Off (tilman151/ae_bakeoff), 2021"
BURDA = "Burda, Grosse & Salakhutdinov 2016, Table 1"
GHOSH = "Ghosh et al. 2020, Table 1"

SQUARED_ERRORS = (
    Published("PCA, 30 components", 13.87, "SE per test image", HINTON, "fitted to 60 000 images"),
    Published("AE 784-1000-500-250-30", 3.00, "SE per test image", HINTON, "layer-wise pre-training, then fine-tuning"),
)
CROSS_ENTROPIES = (
    Published("deep AE", 63.9, "cross-entropy on test, nats", BAKE_OFF, "one seed, longer training"),
    Published("VAE", 76.1, "cross-entropy on test, nats", BAKE_OFF, "one seed, longer training"),
)
BOUNDS = (
    Published(
        "VAE, one stochastic layer of 50", 86.76, "negative log-likelihood, nats", BURDA,
        "pixels binarised anew at each step, 3280 epochs, bound with 5000 samples; not comparable with grey pixels",
    ),
)  # fmt: skip
PCA_ERRORS = {2: 43.65, 8: 29.35, 16: 21.06, 30: 13.87, 32: 13.19, 64: 7.09, 128: 3.30}
PCA_PROTOCOL = "recomputed on all 60 000 training images, centred, pixels in [0, 1]; 30 components as in " + HINTON
INCEPTION = ("the Fréchet distance on Inception features", GHOSH, "convolutional, 16 dimensions")
FRECHET_ORDER = (
    Published("AE, fitted Gaussian", 58.7, *INCEPTION, "ae_gaussian"),
    Published("AE, fitted mixture", 10.7, *INCEPTION, "ae_mixture"),
    Published("VAE, prior", 19.2, *INCEPTION, "vae_prior"),
    Published("VAE, fitted mixture", 17.7, *INCEPTION, "vae_mixture"),
)
BITS = "bits/pixel, lossless"
LOSSLESS = (
    Published("PNG", 2.80, BITS, "full MNIST test set", "one file an image, headers included", "png"),
    Published(
        "WebP lossless", 2.05, BITS, "full MNIST test set", "one file an image, headers included", "webp_lossless"
    ),
    Published("gzip", 1.64, BITS, "full MNIST test set", "all test images in one stream", "gzip"),
    Published(
        "BB-ANS", 1.41, BITS, "Townsend, Bird & Barber 2019", "VAE of 8-bit pixels, all test images in one stream"
    ),
    Published("Bit-Swap", 1.29, BITS, "Kingma, Abbeel & Ho 2019", "hierarchical VAE, all test images in one stream"),
)
