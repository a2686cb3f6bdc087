"""What is measured on which images, in parts that several stages use: one dependency of every stage that evaluates.

Module map:
    trained, readers, context, tables   the models of a run, what reads images, the images, what is measured of them
    reconstructions, byte_rates, dimension_reduction, activity   parts of the sweep: errors, bytes, codes, the KL term
    sampling                  samples against real images: a part of the sweep and of generation
    completeness, continuity, geometry   code spaces: parts of generation
    dimensions, pictures      tables over latent dimensions; pictures in rows and columns
"""
