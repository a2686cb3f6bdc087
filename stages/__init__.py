"""One module per DVC stage: parse, load, one pure ``measure``, save; what is measured on which images is ``protocol``.

Two things happen here, before a stage imports any library: ``numerics`` pins the numerical libraries, and ``starters``
notes who started the stage. How a stage is run, where things lie and what params.yaml may say is ``foundation``.
"""

from foundation import starters as _starters  # noqa: F401 -- looks up the processes that started this one
from foundation.paths import PARAMS_PATH
from foundation.reproducibility import numerics

numerics.pin(PARAMS_PATH)
