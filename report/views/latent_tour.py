"""Where the executed notebook lies."""

from typing import Any

from report.views.study import Study


def view(study: Study) -> dict[str, Any]:
    """Return what the section shows."""
    return {
        "link": "../results/latent_tour/latent_tour.ipynb",
        "latent_dim": study.params.latent_dim,
        "seed": study.params.seeds[0],
    }
