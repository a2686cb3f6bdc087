"""The page that compares experiments: ``python -m report.experiments`` (``make experiments``) writes it.

Not a DVC stage: it reads git's references to experiments, on which no stage can depend; it is made anew by each call
and is not in git. It shows what each run stored and measures nothing.

Module map:
    runs         the runs to compare, each with its files
    comparison   which parameters and numbers differ
    view         from runs to the names the template uses
    page         the page in every language, and the command
"""
