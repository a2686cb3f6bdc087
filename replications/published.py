"""The published numbers, each with its protocol, what we did otherwise, and the rule of its verdict.

Texts are messages in English; the page translates them.
"""

from typing import Any, NamedTuple

from report.texts.language import N_
from report.texts.published import BURDA, FRECHET_ORDER, GHOSH, HINTON


class Published(NamedTuple):
    """A published number and where ours stands."""

    key: str
    source: str  # author and year, place in the work
    what: str  # model and quantity
    low: float  # as printed; where works differ, the smallest
    high: float  # and the largest
    unit: str
    protocol: str  # how it was measured there
    otherwise: str  # what we did differently, and why
    row: str  # of our tables in results, with our number
    field: str = "mean"  # column of that row
    tolerance: float | None = None  # how far off a reproduced number may be; None if only the direction is compared
    is_bound: bool = False  # whether any value below the published one reproduces it, too
    directions: tuple[str, ...] = ()  # rows with differences of ours that must be above 0 for the published direction
    digits: int = 2  # decimals shown
    network: str = ""  # where rows differ in nothing else


FIXED = "Burda, Grosse & Salakhutdinov 2016, Table 3; Chadebec, Vincent & Allassonnière 2022"
DAVIDSON = "Davidson et al. 2018, Table 1"
VINCENT = "Vincent et al. 2010, Table 3"
DAI = "Dai & Wipf 2019"
SE, NATS = N_("squared error per test image"), N_("negative log-likelihood per test image, nats")
NO_PRETRAINING = N_(
    "Trained end to end with Adam and a learning rate that falls linearly instead of layer by layer with restricted "
    "Boltzmann machines: simpler, and enough today. The cross-entropy is the loss, as there; SiLU instead of logistic "
    "units. Every training image is moved by up to one pixel at random, test images never: without it the error of new "
    "images stops falling while that of the training images goes on."
)
SHORTER = N_(
    "Far fewer epochs (see Training), so that a laptop can bear it; hence a higher learning rate that falls linearly, "
    "larger batches than 20 images, and SiLU instead of tanh, with which the bound falls much faster at first. The "
    "bound with 5000 samples is measured on some test images, drawn at random, and carried over to all by its "
    "difference to the bound with fewer."
)
BURDA_PROTOCOL = N_("784-200-200-50, tanh, pixels drawn anew at each step, 3280 epochs, bound with 5000 samples")
DAVIDSON_PROTOCOL = N_("784-256-128-d, pixels drawn anew at each step, stopped by validation, bound with 500 samples")
DAVIDSON_OTHERWISE = N_(
    "A fixed, short schedule and SiLU instead of rectifiers, a warm-up of the KL term and stopping by validation; the "
    "bound as for the other rows."
)
GAIN_OF_5, GAIN_OF_50 = "burda_vae-burda_iwae_5", "iwae_5_short-iwae_50_short"
GAIN_OF_AVERAGING, GAIN_OF_WEIGHING = "vae_short-vae_50_short", "vae_50_short-iwae_50_short"
GHOSH_PROTOCOL = N_("convolutional networks, 16 dimensions, 100 epochs, Inception features")
GHOSH_OTHERWISE = {
    "convolutional": N_(
        "A smaller convolutional network and fewer epochs, cross-entropy; the convolutional judges' features: another "
        "scale, so only the order can be compared. What is reconstructed are training images. The RAE is the one that "
        "is called RAE-L2 there."
    ),
    "fully_connected": N_("As for the convolutional network, but fully connected ones, and more epochs."),
}
NETWORKS = {"convolutional": N_("convolutional"), "fully_connected": N_("fully connected")}
DISTANCE, FRECHET = N_("Fréchet distance"), {each.key: each.value for each in FRECHET_ORDER}
GHOSH_DIFFERENCES = {  # by (worse, better)
    ("ae_gaussian", "vae_normal"): N_("AE with fitted Gaussian minus VAE with prior"),
    ("ae_gaussian", "rae_gaussian"): N_("AE minus RAE, both with fitted Gaussian"),
    ("rae_gaussian", "vae_normal"): N_("RAE with fitted Gaussian minus VAE with prior"),
    ("vae_normal", "vae_mixture"): N_("VAE with prior minus VAE with fitted mixture"),
    ("vae_normal", "ae_mixture"): N_("VAE with prior minus AE with fitted mixture"),
    ("vae_mixture", "rae_mixture"): N_("VAE minus RAE, both with fitted mixture"),
}


def _burda(key: str, what: str, value: float, row: str, otherwise: str = SHORTER, **rule: Any) -> Published:
    """Return the row of one number of Burda et al."""
    return Published(key, BURDA, what, value, value, NATS, BURDA_PROTOCOL, otherwise, row, **rule)


def _davidson(latent_dim: int, value: float) -> Published:
    """Return the row of one latent dimension of Davidson et al."""
    key, what = f"davidson_{latent_dim}", N_("VAE with prior N(0, I), codes of %(d)s")
    return Published(key, DAVIDSON, what, value, value, NATS, DAVIDSON_PROTOCOL, DAVIDSON_OTHERWISE, key, tolerance=2.0)


def _ghosh(network: str) -> tuple[Published, ...]:
    """Return the rows on the order of Ghosh et al.'s distances, with one network."""
    notes = GHOSH_PROTOCOL, GHOSH_OTHERWISE[network]
    order = f"{network}/order"
    ranking = N_("rank correlation with the nine published distances")
    rows = [Published(f"ghosh_{network}_order", GHOSH, ranking, 1.0, 1.0, N_("Spearman's coefficient"), *notes, order,
                      tolerance=0.2, directions=(order,), network=NETWORKS[network])]  # fmt: skip
    for (worse, better), what in GHOSH_DIFFERENCES.items():
        row, value = f"{network}/{worse}-{network}/{better}", FRECHET[worse] - FRECHET[better]
        rows.append(Published(f"ghosh_{network}_{worse}_{better}", GHOSH, what, value, value, DISTANCE, *notes, row,
                              directions=(row,), digits=1, network=NETWORKS[network]))  # fmt: skip
    return tuple(rows)


PUBLISHED = (
    Published("pca", HINTON, N_("PCA, codes of 30"), 13.87, 13.87, SE, N_("fitted to all 60,000 training images"),
              N_("No difference: all training images, the same split of them into training and test."),
              "pca", tolerance=0.01),
    Published("logistic_pca", HINTON, N_("logistic PCA, codes of 30"), 8.01, 8.01, SE,
              N_("linear codes, logistic outputs"),
              N_("A linear encoder instead of codes fitted to every image; trained with Adam on the cross-entropy."),
              "logistic_pca", tolerance=0.5, directions=("pca-logistic_pca",)),
    Published("hinton", HINTON, N_("autoencoder 784-1000-500-250-30"), 3.00, 3.00, SE,
              N_("logistic units, pre-trained layer by layer, then fine-tuned on the cross-entropy"), NO_PRETRAINING,
              "hinton", tolerance=0.0, is_bound=True, directions=("logistic_pca-hinton", "pca-logistic_pca")),
    _burda("vae", N_("VAE, one sample"), 86.76, "burda_vae", tolerance=0.7),
    Published("active_units", BURDA, N_("VAE, one sample: active units of 50"), 19, 19, N_("units"), BURDA_PROTOCOL,
              SHORTER, "burda_vae", field="active_units", tolerance=3.0, digits=1),
    _burda("vae_50", N_("VAE, 50 samples"), 86.35, "vae_50_short",
           N_("As for one sample, and fewer epochs still: 50 samples cost 50 passes through the decoder. So it is "
              "compared with one sample after equally few epochs."),
           tolerance=0.7, directions=(GAIN_OF_AVERAGING,)),
    _burda("iwae_5", N_("IWAE, 5 samples"), 85.54, "burda_iwae_5", tolerance=0.7, directions=(GAIN_OF_5,)),
    _burda("iwae_50", N_("IWAE, 50 samples"), 84.78, "iwae_50_short",
           N_("As for 5 samples, and fewer epochs still: 50 samples cost 50 passes through the decoder. So it is "
              "compared with 5 samples after equally few epochs."),
           tolerance=0.7, directions=(GAIN_OF_50,)),
    _burda("gain_5", N_("what 5 samples gain on the VAE"), 1.22, GAIN_OF_5,
           N_("Both after equally few epochs, paired by seed and test image."), tolerance=0.5, directions=(GAIN_OF_5,)),
    _burda("gain_50", N_("what 50 samples gain on 5"), 0.76, GAIN_OF_50,
           N_("Both after equally few epochs, too few for the size of the gain to be compared; paired by "
              "seed and test image."),
           directions=(GAIN_OF_50,)),
    _burda("gain_weighing", N_("what weighing 50 samples gains on averaging them"), 1.57, GAIN_OF_WEIGHING,
           N_("IWAE against VAE with equally many samples and epochs, too few for the size of the gain to be compared; "
              "paired by seed and test image."),
           directions=(GAIN_OF_WEIGHING,)),
    Published("fixed", FIXED, N_("VAE, pixels drawn once"), 88.71, 89.8, NATS,
              N_("one fixed draw of every image (Larochelle's)"),
              N_("A draw of our own: the published files are not part of the dataset's distribution. Fewer epochs."),
              "fixed", tolerance=0.7, directions=("fixed-burda_vae",)),
    _davidson(2, 135.73), _davidson(5, 110.21), _davidson(10, 93.84), _davidson(20, 88.90),
    Published("vincent", VINCENT, N_("error saved by pre-training with a denoising criterion"), 0.62, 0.62,
              N_("percentage points of test error"),
              N_("three layers pre-trained and fine-tuned with 10,000 labelled images: plain 3.46 %%, "
                 "denoising 2.84 %%"),
              N_("A linear classifier on the codes of one autoencoder (784-500-100) instead of a fine-tuned deep "
                 "network: what the codes alone hold. So only the direction can be compared."),
              "vincent_plain-vincent_denoising", directions=("vincent_plain-vincent_denoising",)),
    *_ghosh("convolutional"), *_ghosh("fully_connected"),
    Published("dai_likelihood", DAI, N_("VAE with Gaussian likelihood minus VAE with cross-entropy"), 35.4, 37.9,
              DISTANCE, N_("convolutional networks, 64 dimensions, 400 epochs, Inception features: cross-entropy 16.6, "
                           "Gaussian of fixed variance 52.0, of learnt variance 54.5"),
              N_("A smaller convolutional network, far fewer epochs, the Gaussian likelihood of variance 1; the "
                 "convolutional judges' features: another scale, so only the direction can be compared."),
              "gaussian/vae_normal-bernoulli/vae_normal", directions=("gaussian/vae_normal-bernoulli/vae_normal",),
              digits=1),
)  # fmt: skip
