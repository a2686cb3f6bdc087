"""Where everything lies, relative to the repository root: one place for all paths of the pipeline."""

from pathlib import Path

PARAMS_PATH = Path("params.yaml")
CHECKED_PATH = Path("data/params.checked")
OUTSIDE_DIR = Path("data/outside")
RAW_DIR = Path("data/raw")
DATA_DIR = Path("data/prepared")
CHECKPOINTS_DIR = Path("checkpoints")
SWEEP_DIR = CHECKPOINTS_DIR / "sweep"
HEADLINE_DIR = CHECKPOINTS_DIR / "headline"
REFERENCE_DIR = CHECKPOINTS_DIR / "reference"
DENOISERS_DIR = CHECKPOINTS_DIR / "denoisers"
BETAS_DIR = CHECKPOINTS_DIR / "betas"
LIKELIHOODS_DIR = CHECKPOINTS_DIR / "likelihoods"
JUDGE_PATH = CHECKPOINTS_DIR / "judge.safetensors"
PCA_PATH = CHECKPOINTS_DIR / "pca.safetensors"
RESULTS_DIR = Path("results")
SUMMARY_PATH = RESULTS_DIR / "summary.json"
REPORT_DIR = Path("report")
REPORT_PATH = REPORT_DIR / "index.html"
DRAWINGS_DIR = Path("tmp/drawings")  # as the next, scratch: git and DVC ignore it
UNFINISHED_DIR = Path("tmp/unfinished")  # git and DVC ignore it; no output of any stage


def results_dir(slug: str) -> Path:
    """Return the folder of one stage's results."""
    return RESULTS_DIR / slug


def cell_dir(parent: Path, model: str, latent_dim: int) -> Path:
    """Return the folder of a cell of the sweep, the headline or the reference.

    >>> cell_dir(SWEEP_DIR, "vae", 16).as_posix()
    'checkpoints/sweep/16/vae'
    """
    return parent / str(latent_dim) / model


def denoiser_dir(model: str, regime: str) -> Path:
    """Return the folder of the cell of a model trained to denoise under a regime."""
    return DENOISERS_DIR / f"{model}-{regime}"


def asked_dir(folder: Path) -> Path:
    """Return where ``check`` lists the latent dimensions that a folder of checkpoints is to hold beside the sweep's.

    >>> asked_dir(HEADLINE_DIR).as_posix()
    'data/outside/headline'
    """
    return OUTSIDE_DIR / folder.name


def beta_dir(beta: float | str) -> Path:
    """Return the folder of the cell of the VAE with another beta, written as in params.yaml."""
    return BETAS_DIR / str(beta)


def likelihood_dir(likelihood: str) -> Path:
    """Return the folder of the cell of the VAE with a likelihood that is a probability."""
    return LIKELIHOODS_DIR / likelihood
