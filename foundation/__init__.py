"""The ground floor: what every part of the study stands on. Knows no mathematics and imports no other package of ours.

Module map:
    vocabulary, models        names that params.yaml may use; the models and their traits
    parameters, parameter_sections, parameter_file   schema and reader of params.yaml
    paths                     where everything lies
    datasets, idx, raw_files  what datasets there are, their file format, and files as people have them
    own_images                reads a user's own images
    stage, progress, starters how a stage is run, what a person sees of it, who started it
    reproducibility           what makes a run come out with the same bytes again: a package of its own

Only ``reproducibility``, ``datasets``, ``idx``, ``raw_files`` and ``own_images`` can change a digit of a result, and
stages name them as dependencies. Values of params.yaml reach a stage through the parameters that it declares.
"""
