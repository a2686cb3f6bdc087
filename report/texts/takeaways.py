"""What a section comes down to: for each part of a claim a clause by its verdict; several make one sentence."""

from report.texts.language import N_

TAKEAWAYS: dict[str, dict[str, str]] = {
    "C1": {
        "supported": N_("an AE comes close to the best codes of its length that were found"),
        "refuted": N_("an AE stays far from the best codes of its length that were found"),
        "depends": N_("whether an AE comes close to the best codes of its length that were found depends on %(axes)s"),
        "undecided": N_("whether an AE comes close to the best codes of its length that were found is undecided"),
    },
    "C2": {
        "supported": N_("the AE's reconstructions keep what the image shows"),
        "refuted": N_("the AE's reconstructions do not keep what the image shows"),
        "depends": N_("whether the AE's reconstructions keep what the image shows depends on %(axes)s"),
        "undecided": N_("whether the AE's reconstructions keep what the image shows is undecided"),
    },
    "C3a": {
        "supported": N_("an AE that never saw noise removes Gaussian noise"),
        "refuted": N_(
            "under Gaussian noise, what an AE that never saw noise gives back is farther from the clean image than the "
            "better of two simple answers: leave the noise, or fade the image towards the mean image"
        ),
        "depends": N_("whether an AE that never saw noise removes Gaussian noise depends on %(axes)s"),
        "undecided": N_("whether an AE that never saw noise removes Gaussian noise is undecided"),
    },
    "C3b": {
        "supported": N_("the AE removes salt and pepper"),
        "refuted": N_(
            "under salt and pepper the AE does worse than the better of leaving the noise and fading the image"
        ),
        "depends": N_("whether the AE removes salt and pepper depends on %(axes)s"),
        "leaning against": N_(
            "under salt and pepper the AE does worse than the better of leaving the noise and fading the image in "
            "%(against)s of %(all)s comparisons, better in none"
        ),
        "undecided": N_("whether the AE removes salt and pepper is undecided"),
    },
    "C3c": {
        "supported": N_("the AE fills in masked pixels"),
        "refuted": N_("with masked pixels the AE does worse than the better of leaving them and fading the image"),
        "depends": N_("whether the AE fills in masked pixels depends on %(axes)s"),
        "undecided": N_("whether the AE fills in masked pixels is undecided"),
    },
    "C4a": {
        "supported": N_("with codes of equal length an AE makes a smaller error than PCA"),
        "refuted": N_("with codes of equal length an AE does not make a smaller error than PCA"),
        "depends": N_("whether an AE makes a smaller error than PCA with codes of equal length depends on %(axes)s"),
        "undecided": N_("whether an AE makes a smaller error than PCA with codes of equal length is undecided"),
    },
    "C4b": {
        "supported": N_("the AE's codes keep neighbours and classes better than PCA's"),
        "refuted": N_("the AE's codes do not keep neighbours and classes better than PCA's"),
        "depends": N_("whether the AE's codes keep neighbours and classes better than PCA's depends on %(axes)s"),
        "undecided": N_("whether the AE's codes keep neighbours and classes better than PCA's is undecided"),
    },
    "C5a": {
        "supported": N_("the codes of the AE follow no distribution known beforehand"),
        "refuted": N_("once whitened, the codes of the AE look like draws of N(0, I)"),
        "depends": N_("whether the codes of the AE follow a distribution known beforehand depends on %(axes)s"),
        "undecided": N_("whether the codes of the AE follow a distribution known beforehand is undecided"),
    },
    "C5b": {
        "supported": N_("most points of the AE's code space decode to nothing that can be recognised"),
        "refuted": N_("most points of the AE's code space decode to something that can be recognised"),
        "depends": N_(
            "whether most points of the AE's code space decode to something that can be recognised depends on %(axes)s"
        ),
        "undecided": N_(
            "whether most points of the AE's code space decode to something that can be recognised is undecided"
        ),
    },
    "C5c": {
        "supported": N_("in the AE's code space a small step can change the image abruptly"),
        "refuted": N_("in the AE's code space small steps change the image a little"),
        "depends": N_("whether small steps in the AE's code space can change the image abruptly depends on %(axes)s"),
        "undecided": N_("whether small steps in the AE's code space can change the image abruptly is undecided"),
    },
    "C6a": {
        "supported": N_("the codes of the VAE follow N(0, I)"),
        "refuted": N_("the codes of the VAE do not follow N(0, I)"),
        "depends": N_("whether the codes of the VAE follow N(0, I) depends on %(axes)s"),
        "undecided": N_("whether the codes of the VAE follow N(0, I) is undecided"),
    },
    "C6b": {
        "supported": N_("most points of the VAE's code space decode to something that can be recognised"),
        "refuted": N_("most points of the VAE's code space decode to nothing that can be recognised"),
        "depends": N_(
            "whether most points of the VAE's code space decode to something that can be recognised depends on %(axes)s"
        ),
        "undecided": N_(
            "whether most points of the VAE's code space decode to something that can be recognised is undecided"
        ),
    },
    "C6c": {
        "supported": N_("in the VAE's code space small steps change the image a little"),
        "refuted": N_("in the VAE's code space a small step can change the image abruptly"),
        "depends": N_("whether small steps in the VAE's code space can change the image abruptly depends on %(axes)s"),
        "undecided": N_("whether small steps in the VAE's code space can change the image abruptly is undecided"),
    },
    "C6d": {
        "supported": N_(
            "what the VAE decodes from N(0, I) comes more than half of the way from a linear model's samples to real "
            "images"
        ),
        "refuted": N_(
            "what the VAE decodes from N(0, I) comes less than half of the way from a linear model's samples to real "
            "images"
        ),
        "depends": N_(
            "whether what the VAE decodes from N(0, I) comes more than half of the way from a linear model's samples "
            "to real images depends on %(axes)s"
        ),
        "leaning": N_(
            "what the VAE decodes from N(0, I) comes more than half of the way from a linear model's samples to real "
            "images in %(n)s of %(all)s comparisons, less in none; the others are undecided"
        ),
        "undecided": N_(
            "whether what the VAE decodes from N(0, I) comes more than half of the way from a linear model's samples "
            "to real images is undecided"
        ),
    },
    "C7": {
        "supported": N_("the reconstructions of the VAE are worse than those of the AE"),
        "refuted": N_("the reconstructions of the VAE are no worse than those of the AE"),
        "depends": N_("whether the reconstructions of the VAE are worse than those of the AE depends on %(axes)s"),
        "undecided": N_("whether the reconstructions of the VAE are worse than those of the AE is undecided"),
    },
    "C8a": {
        "supported": N_("an AE with a mixture fitted to its codes generates better than a VAE with N(0, I)"),
        "refuted": N_("an AE with a mixture fitted to its codes generates worse than a VAE with N(0, I)"),
        "depends": N_(
            "whether an AE with a mixture fitted to its codes generates better than a VAE with N(0, I) depends on "
            "%(axes)s"
        ),
        "undecided": N_(
            "whether an AE with a mixture fitted to its codes generates better than a VAE with N(0, I) is undecided"
        ),
    },
}
TOGETHER: dict[tuple[str, str], dict[tuple[str, str], str]] = {  # what two parts have in common, by their verdicts
    ("C5a", "C6a"): {("supported", "refuted"): N_("the codes of neither model follow N(0, I)")},
    ("C5b", "C6b"): {
        ("supported", "refuted"): N_("most points of both code spaces decode to nothing that can be recognised"),
        ("refuted", "supported"): N_("most points of both code spaces decode to something that can be recognised"),
        ("depends", "depends"): N_(
            "whether most points of a code space decode to something that can be recognised depends, for both models, "
            "on %(axes)s"
        ),
        ("undecided", "undecided"): N_(
            "whether most points of a code space decode to something that can be recognised is undecided for both "
            "models"
        ),
    },
    ("C5c", "C6c"): {
        ("refuted", "supported"): N_("in both code spaces small steps change the image a little"),
        ("supported", "refuted"): N_("in both code spaces a small step can change the image abruptly"),
    },
}
