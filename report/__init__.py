"""The report: what was measured, as tables, figures and sentences on one page.

Module map:
    study        reader of results/, the only module here that knows a file
    tables       tables of numbers with intervals, formatted once
    language     messages and number formats of the active language
    catalogues   a developer's command that keeps the translations in step
    labels       what every code name is called on the page
    findings     what the curves of a figure state, as sentences
    figures      curves, dots, maps and networks
    line_labels  names at the ends of lines
    themes       colours, type and numbers of all figures; matplotlib to themable SVG
    published    numbers of the literature
    references   works cited
    sections     the sections of the report in their order, and the report rendered from them
    page         Jinja2 to one self-contained HTML file that holds every language
    drawings     figures that were drawn before
    views        one module per section: from measured files to the names its template uses

Nothing is measured here, and a template only places what a view names.
"""
