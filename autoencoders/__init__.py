"""Autoencoders, variational autoencoders and their evaluation: arrays in, arrays or numbers out.

Module map:
    vocabulary, parameter_sections, parameters   names and schema of params.yaml
    datasets, idx             what datasets there are, and their file format
    randomness                named random streams
    learning                  the models and how they learn: a package of its own
    metrics, statistics       image quality; intervals and verdicts
    corruptions, denoisers    noise and classical remedies
    representation, kernel_pca   what codes tell of the class; the classical non-linear codec
    bounds                    bounds on log p(x)
    samplers, latent_space, fidelity   drawing codes, the geometry of code space, samples against real images
    artifacts                 reader and writer of files

No module but ``parameters``, ``artifacts`` and ``learning.checkpoints`` knows a file, none a clock.
"""
