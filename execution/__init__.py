"""The pipeline's stages side by side: on the cores of one machine, or on a Dask cluster.

Module map:
    __main__      the command line: ``python -m execution --jobs 2`` or ``--scheduler tcp://host:8786``
    planner       DVC's graph, what is stale, the record of what ran (lock, cache, run cache)
    schedule      the order: what follows a stage that ran, the longest remaining path; the loop that keeps slots busy
    processes     cells as processes of this machine
    fork_server   a process that has imported the libraries, of which stages are forks, under DVC, too
    cluster       cells on a Dask cluster: the files they need travel with them, their outputs come back
    worker        what runs on a worker; needs nothing there but the locked packages
    growth        a simulation: how a run grows with seeds, models, dimensions, images and workers

The commands are those of dvc.yaml, the record is DVC's own: ``dvc.lock``, cache and run cache are the bytes that
``dvc repro`` leaves. README.md beside this file says how to run it under Slurm and where it ends.
"""
