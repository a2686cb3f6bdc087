"""The models and how they learn: what every stage that trains or loads one depends on, as one folder.

Module map:
    models, estimators        the models, as scikit-learn estimators, and what they share
    networks, losses          what they are made of
    layers, convolutions      what networks are made of
    training_loop             training of all seeds at once
    stacked_network, mixed_precision, device_steps   its parts: seeds, bfloat16, updates as a CUDA graph
    corruptions, shifts       kinds of noise; images moved by whole pixels
    schedules, records, resumption   learning rates, what is written down, the state of an interrupted training
    checkpoints               files: models and data
"""
