"""The claims in words: what each says, what was measured for it, why its threshold stands where it does.

The rule behind the verdicts is ``stages.summary``. Where a number comes from the parameters or from the rule, a text
has its name in brackets: ``%(steps)s``.
"""

from typing import NamedTuple

from report.texts.language import N_, Labels

CLAIM_TITLES = Labels(
    {
        "C1": N_("An AE learns to reproduce its input"),
        "C2": N_("The code keeps what matters most"),
        "C3": N_("An AE removes noise"),
        "C4": N_("An AE reduces dimension better than PCA"),
        "C5": N_("An AE is not made for generation"),
        "C6": N_("A VAE generates from N(0, I)"),
        "C7": N_("For generation the VAE pays with worse reconstructions"),
        "C8": N_("Does a distribution fitted afterwards help, and the variational part?"),
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
            "A traditional AE is not made for generation: its codes follow no distribution known beforehand, and "
            "its code space is neither complete nor continuous."
        ),
        "C6": N_(
            "A VAE is made for generation: its codes follow N(0, I), its code space is complete and continuous, and "
            "points drawn from N(0, I) decode to images like the training images."
        ),
        "C7": N_("The VAE pays for being made for generation: its reconstructions are worse than the AE's."),
        "C8": N_(
            "A distribution fitted to the codes afterwards makes both models generate better, and what helps in a VAE "
            "is its variational part, not regularisation as such."
        ),
    }
)
PARTS = Labels(
    {
        "C3a": N_("It removes Gaussian noise."),
        "C3b": N_("It removes salt and pepper."),
        "C3c": N_("It fills in masked pixels."),
        "C4a": N_("At equal length of the code its error is smaller than PCA's."),
        "C4b": N_("Its codes keep neighbours and classes better than PCA's."),
        "C5a": N_("Its codes follow no distribution known beforehand."),
        "C5b": N_("Its code space is not complete: most points of it decode to nothing that can be recognised."),
        "C5c": N_("Its code space is not continuous: a small step can change the image abruptly."),
        "C6a": N_("Its codes follow N(0, I)."),
        "C6b": N_("Its code space is complete: most points of it decode to something that can be recognised."),
        "C6c": N_("Its code space is continuous: small steps change the image a little."),
        "C6d": N_("Points drawn from N(0, I) decode to images like the training images."),
        "C8a": N_(
            "With a distribution fitted to its codes afterwards, an AE generates better than a VAE with its prior."
        ),
        "C8b": N_("A distribution fitted afterwards improves the VAE, too."),
        "C8c": N_(
            "It is the variational part that helps, not regularisation as such: with the same sampler the VAE beats "
            "the RAE."
        ),
    }
)
SHORT_PARTS = Labels(
    {
        "C3a": N_("Gaussian"),
        "C3b": N_("salt and pepper"),
        "C3c": N_("masking"),
        "C4a": N_("error"),
        "C4b": N_("neighbours and classes"),
        "C5a": N_("unknown distribution"),
        "C5b": N_("not complete"),
        "C5c": N_("not continuous"),
        "C6a": "N(0, I)",
        "C6b": N_("complete"),
        "C6c": N_("continuous"),
        "C6d": N_("like real images"),
        "C8a": N_("AE ahead"),
        "C8b": N_("VAE gains, too"),
        "C8c": N_("VAE before RAE"),
    }
)
APART_MEASURED = N_(
    "The codes are shifted, rotated and scaled to mean 0 and covariance I (whitened), so that only the shape of their "
    "distribution counts. The number says how often a classifier tells them from draws of N(0, I) on points it has not "
    "seen; guessing gives 50 %%."
)
RECOGNISED_MEASURED = N_(
    "Points drawn where the codes lie (N(0, I) in whitened coordinates) are decoded. The number is the share of them "
    "that a judge recognises, divided by the share of the model's own reconstructions that it recognises. Each judge "
    "is asked twice: whether a class is likelier than all else together, and whether it is at least %(strict)s sure of "
    "it."
)
STEP_MEASURED = N_(
    "On a straight path of %(steps)s equal steps between the codes of two test images: which share of the whole change "
    "falls into the largest step. The number is the 95th percentile over many paths."
)
WAY = N_(
    "0 %% are the samples of a linear model (PCA with a Gaussian), 100 %% are other real images; the way is measured "
    "by the root of the Fréchet distance in the features of the convolutional judge."
)
MEASURED: dict[str, str] = {
    "C1": N_(
        "How far the AE comes on the way from PCA's squared error (0 %%) to that of the best codes of this length that "
        "were found (100 %%): those of a larger AE, trained longer, each refined for its image."
    ),
    "C2": N_(
        "A judge, a separate network that tells the classes apart, classifies the AE's reconstructions: its accuracy "
        "divided by its accuracy on the originals."
    ),
    "C3a": N_(
        "An AE that saw only clean images in training gets noisy ones. The number is the PSNR of its output minus that "
        "of the better of two trivial answers: the noisy image as it is, and the noisy image shrunk towards the mean "
        "image."
    ),
    "C3b": N_("The same number for salt and pepper noise."),
    "C3c": N_("The same number for images of which a share of the pixels was set to 0."),
    "C4a": N_("The share of PCA's squared error that the AE with a code of equal length removes."),
    "C4b": N_(
        "A classifier sees codes only and takes the class of the nearest one: its accuracy on the AE's codes minus its "
        "accuracy on PCA's."
    ),
    **dict.fromkeys(("C5a", "C6a"), APART_MEASURED),
    **dict.fromkeys(("C5b", "C6b"), RECOGNISED_MEASURED),
    **dict.fromkeys(("C5c", "C6c"), STEP_MEASURED),
    "C6d": N_("How far images decoded from points of N(0, I) come on the way to real images."),
    "C7": N_("By how much the VAE's squared error exceeds the AE's, as a share of the AE's."),
    "C8a": N_(
        "How much farther samples of the AE, with a mixture of Gaussians fitted to its codes, come on the way to real "
        "images than samples of the VAE from N(0, I)."
    ),
    "C8b": N_(
        "How much farther samples of the VAE come on the way to real images with a mixture of Gaussians fitted to its "
        "codes than with N(0, I)."
    ),
    "C8c": N_(
        "How much farther samples of the VAE come on the way to real images than those of the RAE, an AE penalised for "
        "large codes and decoder weights. Both draw from a Gaussian fitted to their codes, then both from a mixture."
    ),
}
SCALE_OF_WAY = ("C6d", "C8a")  # parts whose number needs ``WAY`` to be understood; C8b and C8c follow at once
AHEAD = N_("above 0 the samples named first are ahead.")
SIDES_OF_GUESSING = N_(
    "50 %% is guessing; a classifier that is right in no more than %(threshold)s of the cases has found next to "
    "nothing."
)
SIDES_OF_HALF = N_(
    "100 %% would be as good as reconstructions; below half, points are recognised less than half as often as these."
)
SIDES_OF_JUMP = N_("if the image changed evenly, each step would have %(even)s; %(threshold)s in one step is a jump.")
THRESHOLD_REASONS: dict[str, str] = {
    "C1": N_(
        "three quarters of what codes of this length are known to gain over PCA's. This threshold was set after a "
        "first number was known."
    ),
    "C2": N_(
        "what matters most is what the image shows: on reconstructions a judge must keep %(threshold)s of its accuracy."
    ),
    **dict.fromkeys(("C3a", "C3b", "C3c"), N_("below 0 a trivial answer does better.")),
    **dict.fromkeys(("C4a", "C4b"), N_("above 0 the AE is ahead of PCA.")),
    **dict.fromkeys(("C5a", "C6a"), SIDES_OF_GUESSING),
    **dict.fromkeys(("C5b", "C6b"), SIDES_OF_HALF),
    **dict.fromkeys(("C5c", "C6c"), SIDES_OF_JUMP),
    "C6d": N_("to be like real images means at least that more than half of the way is done."),
    "C7": N_("above 0 the VAE pays."),
    **dict.fromkeys(("C8a", "C8b", "C8c"), AHEAD),
}
CONDITIONS = Labels(
    {
        "C1": N_(
            "This counts only if every encoder layer is fully connected and narrower than the last, as in the lecture"
        ),
        "C4a": N_(
            "This counts only if the linear AE lands within 1 %% of PCA, so that the gain is the non-linearity's"
        ),
    }
)
CONTROLS = Labels(
    {
        "mean_image": N_("mean image"),
        "shrinkage": N_("shrinkage towards the mean image"),
        "pca": "PCA",
        "pca_same": N_("PCA of the same length"),
        "linear_ae": N_("linear AE"),
        "rae": "RAE",
        "normal_draws": N_("two sets of draws from N(0, I)"),
        "uniform_noise": N_("uniform noise"),
        "cross_fade": N_("cross-fade of pixels"),
        "nearest_code": N_("a decoder that jumps (image of the nearest training code)"),
    }
)
CLAIM_METRICS = Labels(
    {
        "share_of_ceiling": N_(
            "AE: share of the way from PCA's error to that of the best codes of this length that were found"
        ),
        "retained_accuracy": N_("judge's accuracy on AE reconstructions, as a share of its accuracy on originals"),
        "psnr_gain": N_(
            "AE: better (+) or worse (−) than the better of leaving the noise or fading towards the mean image"
        ),
        "error_removed": N_("share of PCA's squared error that the AE removes"),
        "accuracy_gain": N_("nearest-neighbour accuracy on the AE's codes minus that on PCA's"),
        "codes_told_apart": N_("how often whitened codes are told from draws of N(0, I)"),
        "points_recognised": N_("share of decoded points recognised, over that of reconstructions"),
        "largest_step": N_("19 of 20 paths have no step above this share of the whole change"),
        "share_of_way": N_("share of the way from a linear model's samples to real images"),
        "error_added": N_("squared error that the VAE adds to the AE's, as a share of the AE's"),
        "share_of_way_gain": N_("difference in the share of the way from a linear model's samples to real images"),
    }
)
VERDICTS = Labels(
    {
        "supported": N_("supported"),
        "refuted": N_("refuted"),
        "depends": N_("depends"),
        "undecided": N_("undecided"),
        "not_judged": N_("not judged"),
    }
)
OUTCOMES = Labels(  # of the claims that have no parts
    {
        "undecided": N_("cannot be told"),
        "C1-supported": N_("near to the best codes found"),
        "C1-refuted": N_("far from the best codes found"),
        "C2-supported": N_("nearly all stays recognisable"),
        "C2-refuted": N_("too much becomes unrecognisable"),
        "C7-supported": N_("larger error than the AE's"),
        "C7-refuted": N_("no larger error than the AE's"),
    }
)
AXES = Labels(  # as they follow "depends on"
    {
        "part": N_("the part of the claim"),
        "measure": N_("the measure"),
        "family": N_("the features"),
        "judge": N_("the judge"),
        "level": N_("the strength of the noise"),
        "region": N_("the region"),
        "confidence": N_("how sure the judge must be"),
        "sampler": N_("what codes are drawn from"),
        "epochs": N_("the length of training"),
    }
)
CORNERS = Labels(
    {
        "measure": N_("measure"),
        "level": N_("strength"),
        "region": N_("region"),
        "judge": N_("judge"),
        "confidence": N_("confidence"),
        "sampler": N_("codes"),
    }
)
MEASURES = Labels(
    {
        "psnr": "PSNR",
        "ssim": "SSIM",
        "se": N_("squared error"),
        "reading_convolutional": N_("accuracy, convolutional judge"),
        "reading_strided": N_("accuracy, strided judge"),
        "reading_perceptron": N_("accuracy, perceptron judge"),
        "nearest_neighbour": N_("nearest neighbour"),
        "linear_probe": N_("linear classifier"),
        "trustworthiness": N_("trustworthiness"),
        "continuity": N_("continuity"),
        "frechet": N_("Fréchet distance"),
        "kernel": N_("kernel distance"),
        "precision": N_("precision"),
        "recall": N_("recall"),
        "density": N_("density"),
        "coverage": N_("coverage"),
    }
)


class Scale(NamedTuple):
    """How numbers of a kind are written: decimals, whether they are shares (written as percent), and the unit."""

    digits: int
    is_share: bool = False
    unit: str = ""


SHARE, POINTS = Scale(1, is_share=True, unit="%"), Scale(1, is_share=True, unit=N_("percentage points"))
FINE_POINTS = POINTS._replace(digits=2)  # between two models that are nearly equal
PLAIN, DECIBELS = Scale(3), Scale(2, unit="dB")
SCALES = {
    **dict.fromkeys(("share_of_ceiling", "retained_accuracy", "error_removed", "codes_told_apart"), SHARE),
    **dict.fromkeys(("points_recognised", "largest_step", "share_of_way", "error_added"), SHARE),
    **dict.fromkeys(("accuracy_gain", "share_of_way_gain"), POINTS),
    "psnr_gain": DECIBELS,
}  # of the numbers of claims
MEASURE_SCALES = {
    "psnr": DECIBELS,
    "se": SHARE,
    **dict.fromkeys(("ssim", "trustworthiness", "continuity"), PLAIN),
    **dict.fromkeys(("reading_convolutional", "reading_strided", "reading_perceptron"), POINTS),
    **dict.fromkeys(("nearest_neighbour", "linear_probe"), POINTS),
}  # of cells that differ in what they measure; all others are written as the primary number of their part
