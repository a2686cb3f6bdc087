"""What is measured on which images, in parts that several stages use: one dependency of every stage that evaluates.

Module map:
    trained, context, tables  the trained models of a run, the images and the judge, what is measured of them
    reconstructions, byte_rates, dimension_reduction, activity   parts of the sweep: errors, bytes, codes, the KL term
    sampling, geometry        samples and code spaces: parts of the sweep and of generation
    dimensions, pictures      tables over latent dimensions; pictures in rows and columns
"""
