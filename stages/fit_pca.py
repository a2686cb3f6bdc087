"""Fit principal component analysis, the linear baseline, on the training images."""

from sklearn.decomposition import PCA

from autoencoders.learning.checkpoints import load_split, save_pca
from foundation.parameters import Params
from foundation.paths import DATA_DIR, PCA_PATH
from foundation.progress import Progress
from foundation.stage import run_stage


def main(params: Params, progress: Progress) -> None:
    """Fit all components once; an evaluation cuts them to the latent dimension it needs."""
    pixels = load_split(DATA_DIR, "train").pixels
    n_components = min(params.fit_pca.max_components, *pixels.shape)
    pca = PCA(n_components, svd_solver="covariance_eigh").fit(pixels)
    save_pca(PCA_PATH, pca)
    progress.say(f"{n_components} components explain {pca.explained_variance_ratio_.sum():.1%} of the variance")


if __name__ == "__main__":
    run_stage("fit_pca", main)
