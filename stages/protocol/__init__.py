"""What is measured on which images, in parts that several stages use: one dependency of every stage that evaluates.

Module map:
    cells, codecs, loading    which models a run wants, and how they are loaded
    quality, rates, codes, activity   parts of the sweep: reconstructions, bytes, codes, the KL term
    setting, sampling, geometry   samples and their judge, parts of sweep and generation
    dimensions                tables over latent dimensions
"""
