"""The answer in words: a sentence for each verdict of the parts that answer the question of the title, and one more."""

from report.texts.language import N_

OPENING: dict[str, dict[str, str]] = {
    "C6d": {
        "supported": N_(
            "A VAE buys a code space from which new images can be drawn straight away; they come more than half of the "
            "way from a linear model's samples to real images."
        ),
        "refuted": N_(
            "A VAE buys a code space from which new images can be drawn straight away, but they come less than half of "
            "the way from a linear model's samples to real images."
        ),
        "depends": N_(
            "A VAE buys a code space from which new images can be drawn straight away; how near they come to real ones "
            "depends on %(axes)s."
        ),
        "leaning": N_(
            "A VAE buys a code space from which new images can be drawn straight away: in %(n)s of %(all)s comparisons "
            "they come more than half of the way from a linear model's samples to real images, in none less; the "
            "others are undecided."
        ),
        "undecided": N_(
            "A VAE buys a code space from which new images can be drawn straight away; whether they come more than "
            "half of the way from a linear model's samples to real images is undecided."
        ),
    },
    "C8a": {
        "supported": N_(
            "That is not the only way: with a mixture of Gaussians fitted to its codes after training, a traditional "
            "AE makes images that are nearer to real ones than the VAE's own draws from N(0, I)."
        ),
        "refuted": N_(
            "Even with a mixture of Gaussians fitted to its codes after training, a traditional AE makes images that "
            "are farther from real ones than the VAE's own draws from N(0, I)."
        ),
        "depends": N_(
            "Whether a traditional AE, with a mixture of Gaussians fitted to its codes after training, makes images "
            "that are nearer to real ones than the VAE's own draws from N(0, I) depends on %(axes)s."
        ),
        "leaning": N_(
            "In %(n)s of %(all)s comparisons a traditional AE, with a mixture of Gaussians fitted to its codes after "
            "training, makes images that are nearer to real ones than the VAE's own draws from N(0, I), in none "
            "farther; the others are undecided."
        ),
        "undecided": N_(
            "Whether a traditional AE, with a mixture of Gaussians fitted to its codes after training, makes images "
            "that are nearer to real ones than the VAE's own draws from N(0, I) is undecided."
        ),
    },
}
SAME_MIXTURE: dict[str, str] = {  # by who is ahead where the intervals of both lie apart
    "all": N_("With the same mixture fitted to both, the %(leader)s is nearer in all %(all)s comparisons."),
    "some": N_(
        "With the same mixture fitted to both, the %(leader)s is nearer in %(n)s of %(all)s comparisons, the %(other)s "
        "in none."
    ),
    "each": N_(
        "With the same mixture fitted to both, neither is ahead throughout: the AE is nearer in %(ae)s of %(all)s "
        "comparisons, the VAE in %(vae)s."
    ),
    "neither": N_("With the same mixture fitted to both, neither is clearly nearer in any of %(all)s comparisons."),
}
