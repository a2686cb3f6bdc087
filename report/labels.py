"""What every code name of the study is called on the page, and its place in every table and figure."""

CODECS = {
    "original": "original",
    "pca": "PCA",
    "linear_ae": "linear AE",
    "ae": "AE",
    "vae": "VAE",
    "pixels": "pixels",
}
METHODS = {
    "noisy": "noisy input, untouched",
    "median": "median filter",
    "non_local_means": "non-local means",
    "total_variation": "total variation",
    "pca": "PCA projection",
    "ae": "AE, trained on clean images",
    "vae": "VAE, trained on clean images",
    "ae_range": "AE, trained on a range of noise",
    "vae_range": "VAE, trained on a range of noise",
    "ae_one_level": "AE, trained on one level of noise",
    "vae_one_level": "VAE, trained on one level of noise",
}
CORRUPTIONS = {"gaussian": "Gaussian", "salt_and_pepper": "Salt and pepper", "masking": "Masking"}
LEVELS = {
    "gaussian": "standard deviation",
    "salt_and_pepper": "share of pixels replaced",
    "masking": "share of pixels set to 0",
}
SOURCES = {
    "floor": "real training images (floor)",
    "test": "real test images",
    "ae_normal": "AE, codes from N(0, I)",
    "ae_gaussian": "AE, codes from a fitted Gaussian",
    "ae_mixture": "AE, codes from a fitted mixture",
    "pca_gaussian": "PCA, codes from a fitted Gaussian",
    "vae_prior": "VAE, codes from N(0, I)",
    "vae_mixture": "VAE, codes from a fitted mixture",
}
REGIONS = {
    "standard_normal": "N(0, I)",
    "diagonal_gaussian": "N(m, diag s²) fitted to the codes",
    "uniform_box": "uniform over the codes' box",
}
FORMATS = {"jpeg": "JPEG", "webp": "WebP", "jpeg2000": "JPEG 2000", "avif": "AVIF"}
SPLITS = {"train": "training", "validation": "validation", "test": "test"}
THRESHOLD_IMAGES = {
    "test": "real test images",
    "average_of_two": "averages of two images of different classes",
    "uniform_noise": "uniform noise",
}
CLAIM_METRICS = {
    "explained_variance": "share of the test images' variance that the AE's reconstructions explain",
    "retained_accuracy": "judge's accuracy on AE reconstructions, as a share of its accuracy on originals",
    "psnr_gain": "PSNR gain in dB of the AE trained on clean images over the noisy input, mean over all conditions",
    "se_gain": "squared error of PCA minus that of the AE, paired per image",
    "frechet_difference": "Fréchet distance of AE samples (fitted Gaussian) minus that of VAE samples (prior)",
    "gap_closed": "share of the Fréchet distance between naive AE samples and real images that the VAE closes",
    "vae_se_cost": "squared error of the VAE minus that of the AE, paired per image",
}
LIKELIHOODS = {
    "bernoulli": "Bernoulli",
    "gaussian": "Gaussian",
    "discretized_logistic": "discretized logistic",
}
BOUNDED_PIXELS = {
    "bernoulli": "binary pixels, drawn from the grey values (Bernoulli)",
    "discretized_logistic": "256 grey values (discretized logistic)",
}
