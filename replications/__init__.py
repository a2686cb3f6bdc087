"""Published numbers, reproduced with the same library: a second, smaller pipeline with its own page.

``dvc.yaml`` runs ``train`` once a cell, then ``squared_errors``, ``likelihoods``, ``classifier`` and ``samples``, then
``rows`` (ours beside the published number, with a verdict) and ``page``.
"""
