"""The models and how they learn: what every stage that trains or loads one depends on, as one folder.

Module map:
    networks, losses, models   the models, as scikit-learn estimators
    training, adam, schedules, resumption   their training, and its state where it is interrupted
    stacked_network, device_steps   all seeds side by side; updates as a CUDA graph
    judge                     the classifier that judges images
    checkpoints               files: models and data
"""
