"""The answer in words: a clause for each part that answers the question of the title; who is ahead with one sampler."""

from report.texts.language import N_

OPENING: dict[str, dict[str, str]] = {  # by verdict; "otherwise" claims nothing that could be judged
    "C6d": {
        "supported": N_(
            "A VAE buys a distribution to draw new images from, and these come more than half of the way from a linear "
            "model's samples to real images"
        ),
        "refuted": N_(
            "A VAE buys a distribution to draw new images from, but these come less than half of the way from a linear "
            "model's samples to real images"
        ),
        "otherwise": N_("A VAE buys a distribution to draw new images from"),
    },
    "C8a": {
        "supported": N_(
            "a traditional AE needs a mixture of Gaussians fitted to its codes first, but then its images are nearer "
            "to real ones than those that the VAE decodes from N(0, I)"
        ),
        "refuted": N_(
            "the images of a traditional AE are farther from real ones, even after a mixture of Gaussians is fitted to "
            "its codes"
        ),
        "depends": N_(
            "whether a traditional AE with a mixture of Gaussians fitted to its codes makes images nearer to real ones "
            "depends on %(axes)s"
        ),
        "leaning": N_(
            "a traditional AE with a mixture of Gaussians fitted to its codes makes images nearer to real ones in "
            "%(n)s of %(all)s comparisons, farther ones in none"
        ),
        "undecided": N_(
            "whether a traditional AE with a mixture of Gaussians fitted to its codes makes images nearer to real ones "
            "is undecided"
        ),
    },
}
SAME_MIXTURE: dict[str, str] = {  # by who is ahead where the intervals of both lie apart
    "all": N_("With a mixture fitted to the codes of each, the %(leader)s is nearer in all %(all)s comparisons."),
    "some": N_(
        "With a mixture fitted to the codes of each, the %(leader)s is nearer in %(n)s of %(all)s comparisons, the "
        "%(other)s in none."
    ),
    "each": N_(
        "With a mixture fitted to the codes of each, neither is ahead throughout: of %(all)s comparisons the AE is "
        "nearer in %(ae)s, the VAE in %(vae)s. In the others their intervals overlap."
    ),
    "neither": N_(
        "With a mixture fitted to the codes of each, neither is clearly nearer in any of %(all)s comparisons."
    ),
}
