"""The terms of the page and what they mean, in plain words."""

from typing import Any

from report.texts.language import N_, _
from report.views.study import Study

TERMS = {
    "autoencoder": (
        N_("autoencoder (AE)"),
        N_("A network of two halves, an encoder and a decoder, trained to give back what it is given, through a narrow code."),
    ),
    "encoder": (
        N_("encoder, decoder"),
        N_("The half of an autoencoder that makes a code of an image, and the half that makes an image of a code."),
    ),
    "linear-ae": (
        N_("linear AE"),
        N_("An autoencoder without hidden layers, a control: trained well it equals PCA, so a difference would be the training's."),
    ),
    "epoch": (N_("epoch"), N_("One pass of the training through all training images.")),
    "noise": (
        N_("kinds of noise"),
        N_(
            "Gaussian: a random number is added to each pixel, its standard deviation is the level. Salt and pepper: a share of "
            "the pixels becomes black or white. Masking: a share of the pixels becomes black."
        ),
    ),
    "vae": (
        N_("variational autoencoder (VAE)"),
        N_(
            "An autoencoder whose encoder gives a normal distribution for every image instead of a point. The code is drawn "
            "from it, and a part of the loss draws all these distributions towards the prior."
        ),
    ),
    "rae": (
        N_("regularised autoencoder (RAE)"),
        N_(
            "An autoencoder without random codes whose loss keeps the values of codes and the weights of the decoder small. It tells "
            "whether the variational part of a VAE helps, or keeping things small as such."
        ),
    ),
    "code": (N_("code"), N_("The few numbers an encoder makes of an image; all possible codes form the code space.")),
    "latent-dimension": (N_("latent dimension"), N_("How many numbers a code has.")),
    "prior": (N_("prior, N(0, I)"), N_("The standard normal distribution: the loss of a VAE draws its codes towards it, and the codes of new images are drawn from it.")),
    "kl": (
        N_("Kullback-Leibler divergence (KL)"),
        N_("How far one distribution is from another, 0 where they are equal. Here: an image's code distribution from the prior."),
    ),
    "elbo": (
        "ELBO",
        N_(
            "Evidence lower bound: reconstruction term minus KL, a lower bound on log p(x), the log-probability that the model "
            "gives an image."
        ),
    ),
    "nats": (N_("nats, bits"), N_("Units of information by natural and by binary logarithm; a nat is about one and a half bits.")),
    "se": (N_("SE, MSE"), N_("Squared error: summed over the pixels of an image, and averaged over them.")),
    "psnr": ("PSNR", N_("Squared error on a logarithmic scale, in decibels: higher is better, and a tenfold smaller error is ten more.")),
    "ssim": ("SSIM", N_("Structural similarity: compares local brightness, contrast and pattern; identical images score one.")),
    "pca": (
        N_("principal component analysis (PCA)"),
        N_("The best linear reduction of dimension: projects on the directions in which the data vary most."),
    ),
    "judge": (
        N_("judge, recognised"),
        N_(
            "A judge is a classifier trained on the same training images that can also answer that an image is of no class. It "
            "recognises an image if it finds one class likelier than everything else together."
        ),
    ),
    "features": (
        N_("features"),
        N_(
            "Numbers that describe an image, by which sets of images are compared: the inner values of a judge, the code of a "
            "denoising autoencoder, or principal components of the pixels."
        ),
    ),
    "whitened": (
        N_("whitened"),
        N_(
            "Codes shifted, rotated and scaled to mean 0 and covariance I. What is measured in whitened coordinates does not "
            "depend on the units that a network happens to use."
        ),
    ),
    "way": (
        N_("share of the way"),
        N_(
            "Where samples lie between those of a linear model, PCA with a fitted Gaussian (0 %%), and other real images "
            "(100 %%). A model's own reconstructions show how far its decoder can come."
        ),
    ),
    "frechet": (
        N_("Fréchet distance"),
        N_("Distance between two sets of images: of the means and spreads of their features. It is small between two sets of real images."),
    ),
    "precision": (
        N_("precision, recall"),
        N_("Share of samples that lie where real images lie, and share of real images that lie where samples lie."),
    ),
    "kernel": (
        N_("kernel distance"),
        N_(
            "Another distance between two sets of images: how much more alike the features are within each set than between "
            "the two. Unlike the Fréchet distance it does not grow when there are few images."
        ),
    ),
    "density": (
        N_("density, coverage"),
        N_(
            "Like precision and recall, but less easily moved by single outliers: how many neighbourhoods of real images a "
            "sample lies in, and the share of real images that have a sample in their neighbourhood."
        ),
    ),
    "denoising-code": (
        N_("denoising code"),
        N_(
            "The code of an autoencoder that was trained to remove noise and never saw a class. It serves as features that no "
            "judge has shaped."
        ),
    ),
    "trustworthiness": (
        N_("trustworthiness"),
        N_("Measure of codes: whether those that are neighbours by their codes are neighbours as images, too; 1 is best."),
    ),
    "completeness": (N_("completeness"), N_("Property of a code space: every point of it decodes to something that can be recognised.")),
    "continuity": (
        N_("continuity"),
        N_("Property of a code space: near points decode to like images. As a measure of codes: near images have near codes."),
    ),
    "mixture": (N_("fitted Gaussian, mixture"), N_("A normal distribution, or several added up, whose parameters are taken from codes of training images.")),
    "denoising": (N_("denoising"), N_("Giving back the clean image when given a noisy one.")),
    "dash": (N_("– in a table"), N_("No number stands there: none was measured, or it would have no meaning in this row.")),
    "seed": (N_("seed"), N_("The number that fixes every random draw of a training run; other seeds give other runs.")),
    "interval": (
        N_("95 %% interval"),
        N_("A range made so that in repeated studies 95 of 100 such ranges would hold the true mean."),
    ),
    "threshold": (
        N_("supported, refuted, depends, undecided, not judged"),
        N_(
            "The verdicts. A number supports a claim if its whole interval lies on the claim's side of a threshold, and "
            "refutes it if on the other side. A claim is supported or refuted if all numbers agree, depends if they "
            "contradict each other, and is undecided otherwise; not judged where there is no interval."
        ),
    ),
}  # fmt: skip


def view(study: Study) -> dict[str, Any]:  # noqa: ARG001 -- the signature of every view
    """Return what the section shows: the terms in the order of the language's alphabet."""
    entries = [{"key": key, "term": _(term), "meaning": _(meaning)} for key, (term, meaning) in TERMS.items()]
    return {"entries": sorted(entries, key=lambda entry: entry["term"].casefold())}
