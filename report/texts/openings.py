"""The answer in words: a sentence for each verdict of the parts that answer the question of the title."""

from report.texts.language import N_

OPENING: dict[str, dict[str, str]] = {
    "C5a": {
        "supported": N_("The codes of a traditional AE follow no distribution known beforehand."),
        "refuted": N_("Once whitened, the codes of a traditional AE can hardly be told from draws of N(0, I)."),
        "undecided": N_("Whether the codes of a traditional AE follow N(0, I) once they are whitened is undecided."),
    },
    "C6d": {
        "supported": N_(
            "A VAE buys a code space from which new images can be drawn straight away: decoded points of N(0, I) come "
            "more than half of the way from a linear model's samples to real images."
        ),
        "refuted": N_(
            "A VAE buys a code space from which new images can be drawn straight away, but decoded points of N(0, I) "
            "come less than half of the way from a linear model's samples to real images."
        ),
        "depends": N_(
            "A VAE buys a code space from which new images can be drawn straight away; how near they come to real ones "
            "depends on %(axes)s."
        ),
        "leaning": N_(
            "A VAE buys a code space from which new images can be drawn straight away: in %(n)s of %(all)s comparisons "
            "decoded points of N(0, I) come more than half of the way from a linear model's samples to real images, in "
            "none less; the others are undecided."
        ),
        "undecided": N_(
            "A VAE buys a code space from which new images can be drawn straight away; whether they come more than "
            "half of the way from a linear model's samples to real images is undecided."
        ),
    },
    "C8a": {
        "supported": N_(
            "It does not buy better images: a mixture fitted to the codes of the traditional AE afterwards gives "
            "images that are nearer to real ones."
        ),
        "refuted": N_(
            "It buys better images, too: those of a mixture fitted to the codes of the traditional AE afterwards stay "
            "farther from real ones."
        ),
        "depends": N_(
            "Whether a mixture fitted to the codes of the traditional AE afterwards gives better images or worse ones "
            "depends on %(axes)s."
        ),
        "leaning": N_(
            "In %(n)s of %(all)s comparisons a mixture fitted to the codes of the traditional AE afterwards gives "
            "images that are nearer to real ones, in none farther; the others are undecided."
        ),
        "undecided": N_(
            "Whether a mixture fitted to the codes of the traditional AE afterwards gives better images is undecided."
        ),
    },
}
