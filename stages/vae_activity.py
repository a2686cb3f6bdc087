"""Say what the VAE's code carries, at every latent dimension; empty tables without a VAE.

Puts together what the sweep measured at each latent dimension (``activity``).
"""

from foundation.parameters import Params
from foundation.paths import results_dir
from foundation.progress import Progress
from foundation.reproducibility.artifacts import write_csv
from foundation.stage import run_stage
from stages.protocol.dimensions import table_over

SLUG = "vae_activity"


def main(params: Params, progress: Progress) -> None:
    """Put the latent dimensions together."""
    for name in ("activity", "activity_totals"):
        write_csv(results_dir(SLUG) / f"{name}.csv", table_over(params, SLUG, name))
    progress.say("latent dimensions put together")


if __name__ == "__main__":
    run_stage("vae_activity", main)
