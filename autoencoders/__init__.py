"""Autoencoders, variational autoencoders and their evaluation: arrays in, arrays or numbers out.

Module map:
    arrays                    names of the arrays' types
    statistics                intervals and verdicts
    claims                    verdicts of parts of claims, and of claims
    learning                  the models and how they learn: a package of its own
    judging                   the classifiers that read images: a package of its own
    evaluation                what models and images are measured by: a package of its own

Of the other packages only ``foundation`` is imported. A stage depends on a package as on one thing. No module but
``checkpoints`` of ``learning`` and of ``judging`` knows a file, none a clock.
"""
