"""The judges: classifiers that read images independently of the models compared, and reject what is of no class.

Their features (last hidden layer) stand in for the Inception features of the literature; their confidence says whether
an image is recognised. Several architectures, each under several seeds: no verdict is to be one network's taste.

Module map:
    judge         what a trained judge reads in images
    networks      the architectures
    negatives     what judges learn to reject, and what they never see: made of images, at random
    training      how a judge learns
    checkpoints   files: trained judges
"""
