"""Where everything lies, relative to the repository root: one place for all paths of the pipeline."""

from pathlib import Path

PARAMS_PATH = Path("params.yaml")
CHECKED_PATH = Path("data/params.checked")
RAW_DIR = Path("data/raw")
DATA_DIR = Path("data/prepared")
CHECKPOINTS_DIR = Path("checkpoints")
SWEEP_DIR = CHECKPOINTS_DIR / "sweep"
CEILING_DIR = CHECKPOINTS_DIR / "ceiling"
DENOISERS_DIR = CHECKPOINTS_DIR / "denoisers"
BETAS_DIR = CHECKPOINTS_DIR / "betas"
LIKELIHOODS_DIR = CHECKPOINTS_DIR / "likelihoods"
JUDGES_DIR = CHECKPOINTS_DIR / "judges"
FEATURES_DIR = CHECKPOINTS_DIR / "features"
PCA_PATH = CHECKPOINTS_DIR / "pca.safetensors"
PRUNED_PATH = CHECKPOINTS_DIR / "pruned"
RESULTS_DIR = Path("results")
SUMMARY_PATH = RESULTS_DIR / "summary.json"
REPORT_DIR = Path("report")
REPORT_PATH = REPORT_DIR / "index.html"
UNFINISHED_DIR = Path("tmp/unfinished")  # git and DVC ignore it; no output of any stage


def results_dir(slug: str) -> Path:
    """Return the folder of one stage's results."""
    return RESULTS_DIR / slug


def swept_dir(latent_dim: int) -> Path:
    """Return the folder of what the stage ``sweep`` measured at a latent dimension."""
    return RESULTS_DIR / "sweep" / str(latent_dim)


def cell_dir(model: str, latent_dim: int) -> Path:
    """Return the folder of the cell of a model at a latent dimension.

    >>> cell_dir("vae", 16).as_posix()
    'checkpoints/sweep/16/vae'
    """
    return SWEEP_DIR / str(latent_dim) / model


def snapshots_path(cell: Path) -> Path:
    """Return the file of the encoders of a cell's first seed during training, in the folder of the cell."""
    return cell / "snapshots.safetensors"


def denoiser_dir(model: str, regime: str) -> Path:
    """Return the folder of the cell of a model trained to denoise under a regime."""
    return DENOISERS_DIR / f"{model}-{regime}"


def beta_dir(beta: float | str) -> Path:
    """Return the folder of the cell of the VAE with another beta, written as in params.yaml."""
    return BETAS_DIR / str(beta)


def likelihood_dir(likelihood: str) -> Path:
    """Return the folder of the cell of the VAE with a likelihood that is a probability."""
    return LIKELIHOODS_DIR / likelihood


def judge_path(architecture: str, seed: int) -> Path:
    """Return the file of the judge of an architecture under a seed.

    >>> judge_path("strided", 1).as_posix()
    'checkpoints/judges/strided/seed_1.safetensors'
    """
    return JUDGES_DIR / architecture / f"seed_{seed}.safetensors"
