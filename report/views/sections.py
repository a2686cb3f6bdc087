"""The sections of the report in the order of the page.

Each slug has a title, a view (what the section shows) and a template of its name (how).
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

from foundation.reproducibility.artifacts import ArtifactError
from report.texts.language import N_
from report.views import (
    claims,
    compression,
    denoising,
    exercises,
    explorer,
    generation,
    glossary,
    latent_tour,
    learning_curves,
    method,
    pca_comparison,
    prepare,
    provenance,
    questions,
    references,
    summary,
    vae_anatomy,
)
from report.views.study import Study

View = Mapping[str, Any]
TITLE = N_("What does a variational autoencoder buy over a traditional one?")
SECTIONS: dict[str, tuple[str, Callable[[Study], View]]] = {
    "summary": (N_("Answer"), summary.view),
    "method": (N_("How it works"), method.view),
    "explorer": (N_("Explore"), explorer.view),
    "claims": (N_("Claims"), claims.view),
    "questions": (N_("Questions people ask"), questions.view),
    "prepare": (N_("Data"), prepare.view),
    "learning_curves": (N_("Training"), learning_curves.view),
    "compression": (N_("Compression"), compression.view),
    "pca_comparison": (N_("Comparison with PCA"), pca_comparison.view),
    "denoising": (N_("Denoising"), denoising.view),
    "generation": (N_("Generation"), generation.view),
    "vae_anatomy": (N_("Inside the VAE"), vae_anatomy.view),
    "exercises": (N_("Lecturer's corner"), exercises.view),
    "latent_tour": (N_("Notebook"), latent_tour.view),
    "glossary": (N_("Glossary"), glossary.view),
    "references": (N_("References"), references.view),
    "provenance": (N_("Provenance"), provenance.view),
}


class Section(NamedTuple):
    """One section of the page."""

    slug: str
    title: str
    view: View


@contextmanager
def naming_damage(study: Study, slug: str) -> Iterator[None]:
    """Turn what damaged results cause within the block into one line with section, file and key.

    Raises:
        ArtifactError: if results lack a key or have a value of another type.
    """
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        if isinstance(error, ArtifactError):
            raise
        said = f"no {error}" if isinstance(error, KeyError) else " ".join(str(error).split())[:200]
        raise ArtifactError(f"{study.last_read}: expected what the section {slug} shows, got: {said}") from error


def show(study: Study, slug: str) -> View:
    """Return what a section shows, in the active language."""
    with naming_damage(study, slug):
        return SECTIONS[slug][1](study)
