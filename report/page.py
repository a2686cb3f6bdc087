"""Jinja2 to one self-contained HTML page.

``SECTIONS`` gives the order of the page; each slug has a view (what it shows) and a template (how).
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from report.figures import ROLES
from report.study import Study
from report.views import (
    compression,
    denoising,
    generation,
    latent_tour,
    method,
    pca_comparison,
    prepare,
    provenance,
    summary,
    training,
    vae_anatomy,
)

View = Mapping[str, Any]


class Section(NamedTuple):
    """One section of the page."""

    slug: str
    title: str
    view: View


SECTIONS: dict[str, tuple[str, Callable[[Study], View]]] = {
    "summary": ("Answer", summary.view),
    "method": ("Method", method.view),
    "prepare": ("Data", prepare.view),
    "training": ("Training", training.view),
    "compression": ("Compression", compression.view),
    "pca_comparison": ("Comparison with PCA", pca_comparison.view),
    "denoising": ("Denoising", denoising.view),
    "generation": ("Generation", generation.view),
    "vae_anatomy": ("Inside the VAE", vae_anatomy.view),
    "latent_tour": ("Tour of the code space", latent_tour.view),
    "provenance": ("Provenance", provenance.view),
}


def environment(templates: str) -> Environment:
    """Return the Jinja2 environment: everything escaped, an unknown name is an error, texts translatable."""
    result = Environment(
        loader=FileSystemLoader(templates),
        autoescape=True,
        undefined=StrictUndefined,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    result.policies["ext.i18n.trimmed"] = True
    result.install_null_translations(newstyle=True)  # type: ignore[attr-defined]
    result.globals["coloured"] = set(ROLES.values())
    result.filters["trusted"] = Markup  # the style sheet and our own figures
    return result


def render(study: Study, templates: str, style: str) -> str:
    """Return the page.

    Args:
        study: What was measured.
        templates: Folder of the templates.
        style: The style sheet.
    """
    jinja = environment(templates)
    sections = [Section(slug, title, view(study)) for slug, (title, view) in SECTIONS.items()]
    page = jinja.get_template("base.html.j2").render(
        language=study.params.report.language, sections=sections, style=style
    )
    return "\n".join(line.rstrip() for line in page.splitlines() if line.strip()) + "\n"
