"""Numbers of the literature, each with its source and protocol, to stand beside ours.

All were measured on MNIST, and stand beside measurements of MNIST only.

Texts are messages in English; who shows them translates them.
"""

from typing import NamedTuple

from report.texts.language import N_

DATASETS = ("mnist", "mnist-slice")  # whose measurements these numbers may stand beside


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


HINTON = N_("Hinton & Salakhutdinov 2006, Fig. 2B")
BAKE_OFF = "Autoencoder Bake-Off (tilman151/ae_bakeoff), 2021"
BURDA = N_("Burda, Grosse & Salakhutdinov 2016, Table 1")
GHOSH = N_("Ghosh et al. 2020, Table 1")

SQUARED_ERRORS = (
    Published(
        N_("PCA, 30 components"), 13.87, N_("SE per test image"), HINTON, N_("fitted to all 60 000 training images")
    ),
    Published(
        N_("AE 784-1000-500-250-30"),
        3.00,
        N_("SE per test image"),
        HINTON,
        N_("layer-wise pre-training, then fine-tuning"),
    ),
)
CROSS_ENTROPIES = (
    Published(N_("deep AE"), 63.9, N_("cross-entropy on test, nats"), BAKE_OFF, N_("one seed, longer training")),
    Published("VAE", 76.1, N_("cross-entropy on test, nats"), BAKE_OFF, N_("one seed, longer training")),
)
BOUNDS = (
    Published(
        N_("VAE, one stochastic layer of 50"), 86.76, N_("negative log-likelihood, nats"), BURDA,
        N_("pixels binarised anew at each step, 3280 epochs, bound with 5000 samples; not comparable with grey pixels"),
    ),
)  # fmt: skip
PCA_ERRORS = {2: 43.65, 8: 29.35, 16: 21.06, 30: 13.87, 32: 13.19, 64: 7.09, 128: 3.30}
PCA_PROTOCOL = N_("recomputed on all 60 000 training images, centred, pixels in [0, 1]; 30 components as in %(source)s")
PCA_SOURCE = HINTON
INCEPTION = (N_("the Fréchet distance on Inception features"), GHOSH, N_("convolutional, 16 dimensions"))
FRECHET_ORDER = (
    Published(N_("AE, fitted Gaussian"), 58.7, *INCEPTION, "ae_gaussian"),
    Published(N_("AE, fitted mixture"), 10.7, *INCEPTION, "ae_mixture"),
    Published(N_("AE, reconstructions"), 13.0, *INCEPTION, "ae_reconstructions"),
    Published(N_("VAE, prior"), 19.2, *INCEPTION, "vae_normal"),
    Published(N_("VAE, fitted mixture"), 17.7, *INCEPTION, "vae_mixture"),
    Published(N_("VAE, reconstructions"), 18.3, *INCEPTION, "vae_reconstructions"),
    Published(N_("RAE, fitted Gaussian"), 22.2, *INCEPTION, "rae_gaussian"),
    Published(N_("RAE, fitted mixture"), 8.7, *INCEPTION, "rae_mixture"),
    Published(N_("RAE, reconstructions"), 10.5, *INCEPTION, "rae_reconstructions"),
)
BITS = N_("bits/pixel, lossless")
FULL_TEST_SET = N_("full MNIST test set")
SINGLE_FILES = N_("one file per image, headers included")
LOSSLESS = (
    Published("PNG", 2.80, BITS, FULL_TEST_SET, SINGLE_FILES, "png"),
    Published(N_("WebP lossless"), 2.05, BITS, FULL_TEST_SET, SINGLE_FILES, "webp_lossless"),
    Published("gzip", 1.64, BITS, FULL_TEST_SET, N_("all test images in one stream"), "gzip"),
    Published(
        "BB-ANS", 1.41, BITS, "Townsend, Bird & Barber 2019", N_("VAE of 8-bit pixels, all test images in one stream")
    ),
    Published(
        "Bit-Swap", 1.29, BITS, "Kingma, Abbeel & Ho 2019", N_("hierarchical VAE, all test images in one stream")
    ),
)
