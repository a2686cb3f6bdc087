"""Benchmarks: speed of this study and of its peers, at converged quality; nothing of the study imports them.

``python -m benchmarks`` (``make bench``) measures what is missing and prints every aim on one screen. Each part is a
program of its own, ``python -m benchmarks.PART``:

convergence   seconds to converged quality beside Pythae and a textbook loop
search        how the networks are trained best, on validation images
throughput    how much of the machine's speed training uses
growth        cost by seeds, latent dimensions, images and cores
stages        time and memory of each stage, and of a whole run      latencies     how long one waits after a change
device        training on a GPU                                      precision     bfloat16 against float32

What they share:

settings      models and places                      machine       how one is run, on what machine
rows          tables that grow a row at a time       trainers      ours, a textbook loop, Pythae
peer          Pythae in an environment of its own    search_loop   training under any optimiser
peak          the speed of matrix multiplications    table, chart  the aims on one screen; the figure of growth
"""
