"""One module per DVC stage: parse, load, one pure ``measure``, save.

The protocol (what is measured on which images) lives here and in ``protocol``, the mathematics in ``autoencoders``.
``console`` holds progress and errors, ``paths`` where things lie. Three things happen here, as this runs before a stage
imports any library: ``starters`` notes who started it, ``numerics`` pins the numerical libraries where params.yaml asks
for it, and ``forks`` hands the stage to a process that has imported them.
"""

from autoencoders.reproducibility import numerics
from stages import forks
from stages.paths import PARAMS_PATH

numerics.pin(PARAMS_PATH)
forks.hand_over()
