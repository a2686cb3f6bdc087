"""Benchmarks: speed and time to quality of this repository and its peers; nothing of the study imports them.

``python -m benchmarks`` (``make bench``) measures training; ``python -m benchmarks.stages`` and
``python -m benchmarks.latencies`` measure the pipeline, ``python -m benchmarks.device`` training on a GPU and
``python -m benchmarks.precision`` training in bfloat16 and float32;
``python -m benchmarks.schedule_search`` chooses the plan that time to quality uses, on validation images.
``python -m benchmarks --show`` prints the committed results.

machine       how one is run, on what machine        products      how many matrix products training needs
peak          the machine's matrix-product rate      loops         our training and a textbook loop
peer          Pythae in an environment of its own    quality       time until Pythae's quality is reached
limits        where a training step's time goes      table         rows, targets, verdicts
chart         the picture of the rates               settings      networks, sizes and places
side_by_side  training on every core at once         study_search  how long the study trains
"""
