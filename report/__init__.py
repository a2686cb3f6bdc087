"""The report: what was measured, as tables, figures and sentences on one page.

Module map:
    study        reader of results/, the only module here that knows a file
    tables       tables of numbers with intervals, formatted once
    labels       what every code name is called on the page
    figures      matplotlib to themable SVG
    page         Jinja2 to one self-contained HTML file
    views        one module per section: from measured files to the names its template uses

Nothing is measured here, and a template only places what a view names.
"""
