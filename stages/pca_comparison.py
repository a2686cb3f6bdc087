"""Compare autoencoders with PCA at equal latent dimension: error, components to match, what codes tell.

Puts together what the sweep measured at each latent dimension (``codes``) and what needs no model.
"""

from foundation.parameters import Params
from foundation.paths import DATA_DIR, results_dir
from foundation.progress import Progress
from foundation.reproducibility.artifacts import load_dataset_info, read_csv, write_csv, write_json
from foundation.stage import run_stage
from stages.protocol.dimensions import copy_pictures, metrics_at, picture_names, table_over

SLUG = "pca_comparison"
TABLES = ("differences", "components", "explained", "kernel_pca")


def main(params: Params, progress: Progress) -> None:
    """Put the latent dimensions together; claims and pictures are the headline's."""
    results, latent_dim = results_dir(SLUG), params.latent_dim
    for name in TABLES:
        write_csv(results / f"{name}.csv", table_over(params, SLUG, name))
    write_csv(results / "figures" / "map.csv", table_over(params, SLUG, "map"))
    pixels = read_csv(results_dir("baselines") / "pixels.csv")
    write_csv(results / "codes.csv", [*table_over(params, SLUG, "codes"), *pixels])
    figures = results / "figures"
    write_json(figures / "pictures.json", copy_pictures(SLUG, picture_names(SLUG, latent_dim), figures))
    info = load_dataset_info(DATA_DIR)
    config = {"latent_dim": latent_dim, "n_images": info.n_test, "class_names": info.class_names}
    write_json(results / "metrics.json", {**config, **metrics_at(SLUG, latent_dim)})
    progress.say(f"headline latent dimension {latent_dim}")


if __name__ == "__main__":
    run_stage("pca_comparison", main)
