"""Published numbers, reproduced with the same library: a DVC project of its own inside the study's, with its own page.

``dvc.yaml`` runs ``train`` once per published configuration, then ``squared_errors``, ``likelihoods``, ``classifier``
and ``samples``, then ``rows`` (our number beside the published one, with a verdict) and ``page``. As in ``stages``, the
numerical libraries are pinned before any of them is imported.
"""

from foundation.paths import PARAMS_PATH
from foundation.reproducibility import numerics

numerics.pin(PARAMS_PATH)
