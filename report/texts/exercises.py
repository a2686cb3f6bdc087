"""Exercises for a lecture: guess first, then look; with solutions that the numbers of a run fill in."""

from typing import NamedTuple

from report.texts.language import N_


class Exercise(NamedTuple):
    """What to guess before looking, the solution, and the section where it can be seen."""

    task: str
    solution: str
    place: str


EXERCISES: dict[str, Exercise] = {
    "half_way": Exercise(
        N_(
            "Before you press play between two images: half-way, what does a judge recognise more often, the plain "
            "cross-fade of the pixels or the image that the AE decodes there?"
        ),
        N_(
            "Recognised half-way: %(fade)s of the cross-fades, %(ae)s of the AE's images, %(vae)s of the VAE's. These "
            "are %(n)s paths between test images of different classes; the table in the section on generation has "
            "other pairs of images. A cross-fade shows both images at once; a decoder shows one image, even if it is a "
            "strange one."
        ),
        "explorer",
    ),
    "steps": Exercise(
        N_(
            "Before you move along the path: it has %(steps)s equal steps. Which share of the whole change do you "
            "expect in the largest step of the AE, and of the VAE?"
        ),
        N_(
            "The AE: %(ae)s; the VAE: %(vae)s (only one path in twenty has a larger one). If the image changed evenly, "
            "each step would have %(even)s."
        ),
        "explorer",
    ),
    "prior": Exercise(
        N_("Before you draw codes from N(0, I): whose images look more like real ones, the AE's or the VAE's?"),
        N_(
            "The AE's come %(ae)s of the way to real images, the VAE's %(vae)s. Only the VAE is trained to have its "
            "codes where N(0, I) lies."
        ),
        "explorer",
    ),
    "mixture": Exercise(
        N_(
            "Before you look at the samples: now the codes of the AE are drawn from a mixture of Gaussians that was "
            "fitted to its codes. Does it catch up with the VAE?"
        ),
        N_(
            "The AE with the mixture comes %(mixture)s of the way to real images, the VAE with N(0, I) %(vae)s. The "
            "mixture draws codes where the AE puts those of images; N(0, I) knows nothing of them."
        ),
        "generation",
    ),
    "points": Exercise(
        N_(
            "Before you drag the ring through the empty parts of a plane: draw points at random where the codes lie. "
            "How often is one recognised, compared with a reconstruction?"
        ),
        N_(
            "With the AE %(ae)s as often, with the VAE %(vae)s. These are codes of %(latent_dim)s numbers, not of two "
            "as on the plane."
        ),
        "explorer",
    ),
    "normal": Exercise(
        N_(
            "A classifier sees one code and says whether it belongs to an image or was drawn from N(0, I). Before you "
            "look: how often is it right for the VAE? Guessing would be right in half of the cases."
        ),
        N_(
            "It is right in %(vae)s of the cases for the VAE, and in %(ae)s for the AE. Both sets of codes were "
            "whitened first."
        ),
        "generation",
    ),
    "length": Exercise(
        N_(
            "Before you open the curves: the code grows from %(shortest)s to %(longest)s numbers. How far does the "
            "squared error of the AE fall? And that of the VAE?"
        ),
        N_("The AE's goes from %(ae_first)s to %(ae_last)s. The VAE's goes from %(vae_first)s to %(vae_last)s."),
        "compression",
    ),
    "components": Exercise(
        N_(
            "An AE has codes of %(latent_dim)s numbers. Before you look: how many principal components does PCA need "
            "for an error as small?"
        ),
        N_("It needs %(n)s. PCA has a plane for its codes, the AE a curved surface that follows the images."),
        "pca_comparison",
    ),
    "judge": Exercise(
        N_(
            "A judge sees reconstructions instead of the originals. Before you look: which share of its accuracy does "
            "it keep?"
        ),
        N_(
            "It keeps %(kept)s on the reconstructions of the AE. The rest is the price of a short code, as far as a "
            "judge can see it."
        ),
        "compression",
    ),
    "noise": Exercise(
        N_(
            "Before you move the noise slider: an AE that has seen only clean images gets Gaussian noise of strength "
            "%(level)s. Is its output nearer to the clean image than the better of two trivial answers?"
        ),
        N_(
            "Its PSNR minus that of the trivial answer is %(gain)s. It learnt to give back what it gets, and nobody "
            "asked it to remove anything."
        ),
        "denoising",
    ),
    "beta": Exercise(
        N_(
            "Before you look at the curves: β rises from %(small)s to %(large)s. What happens to the divergence K, and "
            "to the reconstructions?"
        ),
        N_(
            "K goes from %(k_first)s to %(k_last)s nats. The squared error goes from %(se_first)s to %(se_last)s. Both "
            "networks were trained for %(epochs)s epochs."
        ),
        "vae_anatomy",
    ),
    "active": Exercise(
        N_("A VAE is given a code of %(longest)s numbers. Before you look: how many of them does it use?"),
        N_("It uses %(active)s on average. A number that is not worth its divergence K stays at N(0, I)."),
        "vae_anatomy",
    ),
}
