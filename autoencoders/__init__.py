"""Autoencoders, variational autoencoders and their evaluation: arrays in, arrays or numbers out.

Module map:
    vocabulary, parameters    names and schema of params.yaml
    datasets, idx             what datasets there are, and their file format
    randomness                named random streams
    networks, losses, training, models   the models, as scikit-learn estimators
    judge                     the classifier that judges images
    metrics, statistics       image quality; intervals and verdicts
    corruptions, denoisers    noise and classical remedies
    representation            what codes tell of the class
    samplers, latent_space, fidelity   drawing codes, the geometry of code space, samples against real images
    artifacts, checkpoints    reader and writer of files

No module but ``parameters``, ``artifacts`` and ``checkpoints`` knows a file, none a clock.
"""
