"""A page of a few lines with the frame, the style and the scripts of the report: what checks are tried on."""

from pathlib import Path

from markupsafe import Markup

from report.page import AUTO, Assets, Edition, compose, environment, read_assets
from report.texts.language import speaking
from stages.report import SCRIPTS, STYLES
from tests.import_closure import ROOT

TEMPLATES = ROOT / "report" / "templates"
FRAME = """{% import "macros.html.j2" as m with context %}
<nav aria-label="first"><a class="skip" href="#{{ language }}-content">skip</a></nav>
{{ m.bar() }}
<div class="page">
{% call m.contents() %}
<li><a href="#{{ language }}-first">{{ title }} one</a></li>
<li><a href="#{{ language }}-second">{{ title }} two</a></li>
{% endcall %}
<main id="{{ language }}-content" tabindex="-1">
<section id="{{ language }}-first"><h1>{{ title }}</h1><h2>{{ title }} one</h2><p id="{{ language }}-C1">C1</p>
<div style="height: 900px"></div></section>
<section id="{{ language }}-second"><h2>{{ title }} two</h2>
<details><summary>more</summary>
{% call m.framed_table(title ~ " folded", "generation/shares.csv") %}
<tbody><tr><th scope="row">row</th><td>1</td></tr></tbody>
{% endcall %}
</details>
{{ extra | trusted }}
<div style="height: 900px"></div></section>
</main></div>
"""


def write(path: Path, extra: str = "", style: str = "", *, opens_in: str = AUTO) -> Path:
    """Write the page with something added to every edition and to the style; return its path.

    Args:
        path: Where to.
        extra: HTML; ``LANGUAGE`` stands for the edition's code.
        style: CSS.
        opens_in: As for ``compose``.
    """
    jinja = environment(str(TEMPLATES))
    editions = []
    for language, title in (("en", "A small page to read"), ("pl", "Mała strona do czytania")):
        added = extra.replace("LANGUAGE", language)
        with speaking(language):
            html = jinja.from_string(FRAME).render(language=language, title=title, extra=added)
        editions.append(Edition(language, title, Markup(html)))
    assets = read_assets(ROOT / "report" / "assets", STYLES, SCRIPTS)
    page = compose(jinja, editions, Assets(assets.style + style, assets.script), opens_in=opens_in)
    path.write_text(page, encoding="utf-8")
    return path
