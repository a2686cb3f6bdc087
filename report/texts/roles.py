"""The look of each code name in figures and tables: its role is a colour of the page, with a marker and dashes.

The colours are variables of ``assets/colours.css``; a model brings colour and marker along (``foundation.models``).
"""

from collections.abc import Sequence

from foundation.models import MODELS
from foundation.vocabulary import REGIMES

FORMATS = ("jpeg", "webp", "jpeg2000", "avif")
VERDICT_ROLES = {
    "supported": "good",
    "refuted": "bad",
    "depends": "mixed",
    "undecided": "open",
    "not_judged": "muted",
}
N_CLASS_COLOURS = 10  # further classes have them again
ROLES = (
    "ink", "muted", "grid", "ground", "pca", *MODELS, "noisy", "shrinkage", "median", "non_local_means",
    "total_variation", "ae_range", "vae_range", "ae_one_level", "vae_one_level", "pixels", *FORMATS,
    "good", "bad", "mixed", "open", *(f"class-{number}" for number in range(N_CLASS_COLOURS)),
)  # fmt: skip
SAME_COLOUR = {
    role: other
    for role, other in {
        **{f"{name}_bare": name for name in FORMATS},
        **{f"{name}_{regime}": name for name in MODELS for regime in REGIMES},
        "cross_fade": "pixels",
        "nearest_code": "linear_ae",
        "mean_image": "noisy",
        "normal_draws": "muted",
        "pca_same": "pca",
    }.items()
    if role not in ROLES
}  # roles that have no colour of their own: that of their model or a variant of it
MARKERS: dict[str, str] = {
    "pca": "s", "median": "P", "non_local_means": "X", "total_variation": "*",
    "jpeg": "P", "webp": "X", "jpeg2000": "*", "avif": "<",
    **{name: model.marker for name, model in MODELS.items()},
    "ae_range": MODELS["ae"].marker, "vae_range": MODELS["vae"].marker, "ae_one_level": "v", "vae_one_level": "^",
}  # fmt: skip
HOLLOW = {f"{name}_range" for name in MODELS}
DASHES: dict[str, Sequence[float]] = {
    "muted": (4, 2),
    "noisy": (1, 1.5),
    "shrinkage": (6, 2, 1, 2),
    "pixels": (1, 1.5),
    **{f"{role}_bare": (4, 2) for role in FORMATS},
    **{name: (2, 1.5) for name, model in MODELS.items() if model.is_linear},
    **{f"{name}_range": (5, 1.5) for name in MODELS},
    **{f"{name}_one_level": (3, 1, 1, 1) for name in MODELS},
}
MARKERS |= {role: MARKERS[other] for role, other in SAME_COLOUR.items() if other in MARKERS}
DASHES |= {role: DASHES[other] for role, other in SAME_COLOUR.items() if other in DASHES and role not in DASHES}
HOLLOW |= {role for role, other in SAME_COLOUR.items() if other in HOLLOW}


def variable(role: str) -> str:
    """Return the name of a role's colour in the style sheet.

    >>> variable("linear_ae")
    '--linear-ae'
    """
    return f"--{role.replace('_', '-')}"


def class_role(number: int) -> str:
    """Return the role of a class by its number.

    >>> class_role(3), class_role(13)
    ('class-3', 'class-3')
    """
    return f"class-{number % N_CLASS_COLOURS}"
