"""Autoencoders, variational autoencoders and their evaluation: arrays in, arrays or numbers out.

Module map:
    vocabulary, parameter_sections, parameters   names and schema of params.yaml
    datasets, idx             what datasets there are, and their file format
    corruptions, statistics   kinds of noise; intervals and verdicts
    reproducibility           random streams, files, pins of the numerical libraries: a package of its own
    learning                  the models and how they learn: a package of its own
    evaluation                what models and images are measured by: a package of its own

A stage depends on a package as on one thing. No module but ``parameters``, ``reproducibility`` and
``learning.checkpoints`` knows a file, none a clock.
"""
