"""The report: what was measured, as tables, figures and sentences on one page.

Module map:
    views        one module per section, from measured files to the names its template uses; reader of results/ (study)
    texts        what everything is called and how it is written: language, labels, roles, tables, the literature
    drawing      figures drawn with matplotlib: the stage figures
    page         Jinja2 to one self-contained HTML file that holds every language: the stage report
    experiments  the page that compares DVC's experiments: a command, no stage
    catalogues   a developer's command that keeps the translations in step

Nothing is measured here, and a template only places what a view names.
"""
