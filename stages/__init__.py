"""One module per DVC stage: parse, load, one pure ``measure``, save.

The protocol (what is measured on which images) lives here, the mathematics in ``autoencoders``.
``console`` holds progress and errors, ``paths`` where things lie, ``cells`` which models a run wants. Two things happen
here, as this runs before a stage imports any library: ``starters`` notes who started it, and ``numerics`` pins the
numerical libraries where params.yaml asks for it.
"""

from stages import numerics, starters  # noqa: F401 -- starters is for the moment of its import

numerics.pin()
