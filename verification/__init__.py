"""Are the committed results what this code gives? ``python -m verification`` (``make verify``) runs it and compares.

``comparison`` judges two contents of one file (pure), ``checkouts`` finds and hashes files, ``scratch`` re-executes the
pipeline in a clone without any cache, ``machine`` says on what processor, ``table`` prints and ``__main__`` is the
command. Nothing here changes the checkout that is verified.
"""
