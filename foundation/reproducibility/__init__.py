"""What makes a run come out with the same bytes again: what every stage depends on, as one folder.

Module map:
    numerics                  which processor-specific code the numerical libraries may run
    workers                   threads, and pieces of an evaluation side by side
    randomness                named random streams
    artifacts                 reader and writer of files
    unfinished                the state of an interrupted training
    devices, allocation       CPU or GPU for training; memory kept between its steps
"""
