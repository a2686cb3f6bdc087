"""The sections of the report in the order of the page, and the report rendered from them.

Each slug has a title, a view (what the section shows) and a template of its name (how).
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from markupsafe import Markup

from autoencoders.reproducibility.artifacts import ArtifactError
from report.language import N_, _, speaking
from report.page import Assets, Edition, compose, environment, ordered, unbroken
from report.study import Study
from report.views import (
    compression,
    denoising,
    explorer,
    generation,
    glossary,
    latent_tour,
    method,
    pca_comparison,
    prepare,
    provenance,
    references,
    summary,
    training,
    vae_anatomy,
)

View = Mapping[str, Any]
STYLES = ("colours.css", "report.css", "explorer.css")
SCRIPTS = ("network.js", "plane.js", "explorer.js", "draw.js", "page.js")
TITLE = N_("What does a variational autoencoder buy over a traditional one?")
SECTIONS: dict[str, tuple[str, Callable[[Study], View]]] = {
    "summary": (N_("Answer"), summary.view),
    "explorer": (N_("Explore"), explorer.view),
    "method": (N_("Method"), method.view),
    "prepare": (N_("Data"), prepare.view),
    "training": (N_("Training"), training.view),
    "compression": (N_("Compression"), compression.view),
    "pca_comparison": (N_("Comparison with PCA"), pca_comparison.view),
    "denoising": (N_("Denoising"), denoising.view),
    "generation": (N_("Generation"), generation.view),
    "vae_anatomy": (N_("Inside the VAE"), vae_anatomy.view),
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


def shown(study: Study, slug: str) -> View:
    """Return what a section shows.

    Raises:
        ArtifactError: if results lack a key or have a value of another type; one line with section, file and key.
    """
    try:
        return SECTIONS[slug][1](study)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        if isinstance(error, ArtifactError):
            raise
        said = f"no {error}" if isinstance(error, KeyError) else " ".join(str(error).split())[:200]
        raise ArtifactError(f"{study.last_read}: expected what the section {slug} shows, got: {said}") from error


def draw(study: Study, language: str) -> None:
    """Draw the figures of one language, for the keeper of figures."""
    with speaking(language):
        for slug in SECTIONS:
            shown(study, slug)


def render(study: Study, templates: str, assets: Assets) -> str:
    """Return the report in every language.

    Args:
        study: What was measured.
        templates: Folder of the templates.
        assets: Style sheet and script.
    """
    jinja = environment(templates)
    editions = []
    for code in ordered(study.params.report.language):
        with speaking(code):
            sections = [Section(slug, _(title), shown(study, slug)) for slug, (title, _view) in SECTIONS.items()]
            html = jinja.get_template("edition.html.j2").render(language=code, sections=sections)
            editions.append(Edition(code, _(TITLE), Markup(unbroken(html))))  # noqa: S704 -- rendered with everything escaped
    return compose(jinja, editions, assets, pictures=study.all_pictures(), payload=explorer.payload(study))
