"""Where each verdict holds: the study under one changed condition at a time, and the table of the verdicts.

Module map:
    __main__    the command line: ``python -m robustness`` (``make robustness``)
    conditions  what is changed
    run         runs the conditions as DVC experiments, in a clone
    table       the committed table; final verdicts
"""
