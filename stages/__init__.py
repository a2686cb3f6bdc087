"""One module per DVC stage: parse, load, one pure ``measure``, save.

The protocol (what is measured on which images) lives here, the mathematics in ``autoencoders``.
``console`` holds progress and errors, ``paths`` where things lie, ``cells`` which models a run wants.
"""
