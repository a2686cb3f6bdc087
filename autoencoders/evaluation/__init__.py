"""What models and images are measured by: what every stage that evaluates depends on, as one folder.

Module map:
    metrics, denoisers        image quality; classical remedies for noise
    representation, kernel_pca   what codes tell of the class; the classical non-linear codec
    entropy_coding, image_formats   codes to bytes and back; JPEG and others
    samplers, latent_space, fidelity   drawing codes, the geometry of code space, samples against real images
    refinement                the best codes that a decoder has
    bounds                    bounds on log p(x)
"""
