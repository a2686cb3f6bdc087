"""How the codecs of a run are loaded: those of a latent dimension, and those of the lists of their own."""

from pathlib import Path

from autoencoders.parameter_sections import TrainBetaParams, TrainDenoiserParams, TrainLikelihoodParams
from autoencoders.parameters import Params
from stages.folders import prune
from stages.paths import (
    BETAS_DIR,
    DENOISERS_DIR,
    HEADLINE_DIR,
    LIKELIHOODS_DIR,
    beta_dir,
    denoiser_dir,
    likelihood_dir,
)
from stages.protocol.cells import dimension_dir, planned_denoisers, wanted_denoisers
from stages.protocol.codecs import Codec, Codecs, Seeds, load_dimension, load_seeds


def load_codecs(params: Params, latent_dim: int, outside: Path = HEADLINE_DIR) -> Codecs:
    """Return all codecs of one latent dimension by name and seed.

    Args:
        params: Those of the run.
        latent_dim: One of the run's.
        outside: The folder of the latent dimensions that the sweep lacks.

    Raises:
        ArtifactError: if a cell is missing, damaged, or was trained under other seeds.
    """
    return load_dimension(dimension_dir(params, latent_dim, outside), latent_dim, params.models, params.seeds)


def load_denoisers(plan: TrainDenoiserParams, models: tuple[str, ...], seeds: Seeds) -> Codecs:
    """Return the codecs trained to denoise of the models of a run, by name (model_regime) and seed.

    Raises:
        ArtifactError: as for ``load_codecs``.
    """
    prune(DENOISERS_DIR, [denoiser_dir(*cell) for cell in planned_denoisers(plan)])
    return {"_".join(cell): load_seeds(denoiser_dir(*cell), seeds) for cell in wanted_denoisers(plan, models)}


def load_betas(plan: TrainBetaParams, seeds: Seeds) -> dict[float, dict[int, Codec]]:
    """Return the VAEs with another beta, by beta and seed.

    Raises:
        ArtifactError: as for ``load_codecs``.
    """
    folders = {beta: beta_dir(beta) for beta in plan.betas}
    prune(BETAS_DIR, list(folders.values()))
    return {beta: load_seeds(folder, seeds) for beta, folder in folders.items()}


def load_likelihoods(plan: TrainLikelihoodParams, seeds: Seeds) -> Codecs:
    """Return the VAEs with a likelihood that is a probability, by likelihood and seed.

    Raises:
        ArtifactError: as for ``load_codecs``.
    """
    folders = {likelihood: likelihood_dir(likelihood) for likelihood in plan.likelihoods}
    prune(LIKELIHOODS_DIR, list(folders.values()))
    return {likelihood: load_seeds(folder, seeds) for likelihood, folder in folders.items()}
