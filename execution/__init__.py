"""Runs the pipeline's stages side by side: on the cores of this machine, or on a Dask cluster.

Module map:
    __main__       the command line: ``python -m execution --jobs 2`` or ``--scheduler tcp://host:8786``
    loop           the one loop: starts stages, waits for the first to end, has it recorded, starts what became ready
    dvc_record     everything of DVC: the graph, what is stale, the record of what ran
    machine        runs stages on this machine: threads, each waiting for a command
    cluster        runs stages on Dask's workers: files travel there by content, outputs come back
    stage_command  runs one command where the stage runs, here or on a worker

The commands are those of dvc.yaml, the record is DVC's own: ``dvc.lock``, cache and run cache are the bytes that
``dvc repro`` leaves.
"""
