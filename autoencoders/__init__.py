"""Autoencoders, variational autoencoders and their evaluation: arrays in, arrays or numbers out.

Module map:
    vocabulary, parameter_sections, parameters   names and schema of params.yaml
    datasets, idx             what datasets there are, and their file format
    randomness                named random streams
    networks, losses, training, models   the models, as scikit-learn estimators
    stacked_network, device_steps   all seeds side by side; updates as a CUDA graph
    judge                     the classifier that judges images
    metrics, statistics       image quality; intervals and verdicts
    corruptions, denoisers    noise and classical remedies
    representation, kernel_pca   what codes tell of the class; the classical non-linear codec
    bounds                    bounds on log p(x)
    samplers, latent_space, fidelity   drawing codes, the geometry of code space, samples against real images
    artifacts, checkpoints    reader and writer of files

No module but ``parameters``, ``artifacts`` and ``checkpoints`` knows a file, none a clock.
"""
