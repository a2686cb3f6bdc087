"""What makes a run come out with the same bytes again: what every stage depends on, as one folder.

Module map:
    numerics                  which processor-specific code the numerical libraries may run
    randomness                named random streams
    artifacts                 reader and writer of files
"""
