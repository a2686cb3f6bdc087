"""Questions that people ask, with the answers that the numbers of a run can give.

An answer is made of sentences, each in variants: by verdict, or by what the numbers show. ``report.views.questions``
chooses among them and fills in the numbers.
"""

from typing import NamedTuple

from report.texts.language import N_

ONLY = "only"  # the variant of a sentence that has one


class Question(NamedTuple):
    """A question, its sentences by variant, and the section that has the evidence."""

    text: str
    evidence: str
    first: dict[str, str]
    second: dict[str, str]


QUESTIONS: dict[str, Question] = {
    "epochs": Question(
        N_("How many epochs does training need?"),
        "learning_curves",
        {
            "falling": N_(
                "After %(epochs)s epochs the AE's validation loss still falls: in the second half of the training it "
                "lost another %(share)s."
            ),
            "settled": N_(
                "In %(early)s of %(all)s training runs the AE's validation loss was smallest before the last of "
                "%(epochs)s epochs."
            ),
        },
        {
            "tried": N_("With ten times as many epochs %(changed)s of %(parts)s verdicts come out differently."),
            "untried": N_("Whether ten times as many epochs would turn a verdict was not computed here."),
        },
    ),
    "length": Question(
        N_("How long should the code be?"),
        "compression",
        {
            "falling": N_(
                "Every longer code that was tried gives the AE a smaller error, down to %(se)s with %(longest)s "
                "numbers."
            ),
            "other": N_(
                "With %(longest)s numbers the AE's squared error is %(se)s, but not every longer code makes it smaller."
            ),
        },
        {
            "part": N_("A VAE may leave some unused: of %(longest)s numbers it keeps %(active)s in use on average."),
            "all": N_("The VAE, too, keeps all %(longest)s numbers of the longest code in use."),
        },
    ),
    "blur": Question(
        N_("Why are the images of a VAE blurred?"),
        "compression",
        {
            ONLY: N_(
                "A VAE adds noise to its codes, so one code must serve many similar images, and the answer with the "
                "smallest error is their mean, which is blurred."
            ),
        },
        {
            "supported": N_("Sharpness itself was not measured; the VAE's squared error is %(cost)s above the AE's."),
            "refuted": N_("Sharpness itself was not measured; the VAE's squared error is no larger than the AE's."),
            "open": N_(
                "Sharpness itself was not measured; whether the VAE's error is larger than the AE's is not settled "
                "here."
            ),
        },
    ),
    "zero": Question(
        N_("Why does the reconstruction loss never reach 0?"),
        "learning_curves",
        {
            "bernoulli": N_(
                "Even a perfect copy of a grey pixel has a cross-entropy above 0; only with black and white pixels "
                "could the loss reach it."
            ),
            "other": N_("The loss is a likelihood of grey values, which need not be 0 even for a perfect copy."),
            "gaussian": N_("Half the squared error could reach 0, but only if a code held everything in the image."),
        },
        {
            ONLY: N_(
                "The squared error of a perfect copy is 0, but %(latent_dim)s numbers cannot hold every image. The "
                "AE's is %(se)s, and the best codes found for this length reach %(ceiling)s."
            ),
        },
    ),
    "beta": Question(
        N_("What does β do, and why does it matter whether the loss is a sum or a mean?"),
        "vae_anatomy",
        {
            "apart": N_(
                "A larger β presses the codes closer to N(0, I): after %(epochs)s epochs of training the divergence K "
                "differs between the smallest and the largest β tried. With β = %(small)s K is %(first)s nats. "
                "With β = %(large)s it is %(last)s."
            ),
            "other": N_(
                "β weighs the divergence K against the reconstruction loss; the values tried give no clear difference "
                "in K."
            ),
        },
        {
            ONLY: N_(
                "If the reconstruction loss is averaged over the %(pixels)s pixels instead of summed, it becomes that "
                "many times smaller, which acts like a β that is %(pixels)s times larger."
            ),
        },
    ),
    "collapse": Question(
        N_("What is posterior collapse, and does it happen here?"),
        "vae_anatomy",
        {
            ONLY: N_(
                "A number of the code has collapsed if the encoder gives it the same distribution N(0, I) for every "
                "image, so that it carries nothing."
            ),
        },
        {
            "part": N_(
                "Here it happens in part: of the longest codes, %(longest)s numbers, the VAE keeps %(active)s in use "
                "on average."
            ),
            "all": N_(
                "Here it does not happen: even of the longest codes, %(longest)s numbers, the VAE keeps all in use."
            ),
        },
    ),
    "pca": Question(
        N_("An AE or PCA?"),
        "pca_comparison",
        {
            "supported": N_(
                "For a small error take the AE: at the same length it removes %(share)s of the squared error of PCA."
            ),
            "refuted": N_("PCA is enough for a small error: at the same length that of the AE is no smaller."),
            "open": N_("Whether the AE has the smaller error at the same length is not settled here."),
        },
        {
            "supported": N_("The AE's codes also keep neighbours and classes better."),
            "refuted": N_("The AE's codes keep neighbours and classes no better than those of PCA."),
            "depends": N_("Whose codes keep neighbours and classes better depends on %(axes)s."),
            "open": N_("Whose codes keep neighbours and classes better is not settled here."),
        },
    ),
    "denoising": Question(
        N_("An AE or a VAE for denoising?"),
        "denoising",
        {
            "apart": N_(
                "Of %(all)s kinds and strengths of noise the AE trained on noise has the better PSNR in %(ahead)s, the "
                "VAE trained on noise in %(behind)s."
            ),
            "overlapping": N_(
                "Of %(all)s kinds and strengths of noise the AE trained on noise has the better PSNR in %(ahead)s, the "
                "VAE trained on noise in %(behind)s; in the others their intervals overlap."
            ),
            "never behind": N_(
                "Of %(all)s kinds and strengths of noise the AE trained on noise has the better PSNR in %(ahead)s, the "
                "VAE trained on noise in none; in the others their intervals overlap."
            ),
            "alike": N_(
                "With both trained on noise, the intervals of their PSNR overlap at all %(all)s kinds and strengths of "
                "noise."
            ),
        },
        {
            "supported": N_("Even an AE that has seen only clean images removes Gaussian noise."),
            "refuted": N_(
                "Train either of them on noise: an AE that has seen only clean images removes Gaussian noise no better "
                "than a trivial answer."
            ),
            "open": N_("Whether an AE that has seen only clean images removes Gaussian noise is not settled here."),
        },
    ),
    "generation": Question(
        N_("Can a traditional AE generate images?"),
        "generation",
        {
            ONLY: N_(
                "With codes from N(0, I) its images come %(normal)s of the way to real ones, with codes from a fitted "
                "mixture %(mixture)s; the VAE comes %(vae)s with N(0, I)."
            ),
        },
        {
            "supported": N_(
                "So it can, if a distribution is fitted to its codes first; its images are then nearer to real ones "
                "here than the VAE's from N(0, I)."
            ),
            "refuted": N_(
                "So the VAE as it stands is better, even if a distribution is fitted to the codes of the AE first."
            ),
            "depends": N_("Which of them is better then depends on %(axes)s."),
            "open": N_("Which of them is better then is not settled here."),
        },
    ),
    "holes": Question(
        N_("Is the code space of a VAE free of holes?"),
        "generation",
        {
            "holed": N_(
                "No: with the VAE, points drawn where the codes lie are recognised only %(vae)s as often as "
                "reconstructions, with the AE %(ae)s as often."
            ),
            "other": N_(
                "Nothing here shows holes: with the VAE, points drawn where the codes lie are recognised %(vae)s as "
                "often as reconstructions, with the AE %(ae)s as often."
            ),
        },
        {
            "supported": N_("So most points of the VAE's space show something."),
            "refuted": N_("So most points of the VAE's space show nothing that can be recognised."),
            "depends": N_("Whether most points show something depends on %(axes)s."),
            "open": N_("Whether most points show something is not settled here."),
        },
    ),
    "anomalies": Question(
        N_("Which of them for anomaly detection?"),
        "compression",
        {ONLY: N_("This study did not measure it: no model was given images of another kind and asked to notice.")},
        {
            ONLY: N_(
                "The errors on this page do not decide it either: a detector needs a large error on foreign images, "
                "and a model that reconstructs well may reconstruct those well, too."
            ),
        },
    ),
}
