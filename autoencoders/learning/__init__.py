"""The models and how they learn: what every stage that trains or loads one depends on, as one folder.

Module map:
    models, estimators        the models, as scikit-learn estimators, and what they share
    networks, losses          what they are made of
    training_loop             training of all seeds at once
    stacked_network, mixed_precision, device_steps   its parts: seeds, bfloat16, updates as a CUDA graph
    corruptions               kinds of noise
    schedules, records, resumption   learning rates, what is written down, the state of an interrupted training
    judge                     the classifier that judges images
    checkpoints               files: models and data
"""
