"""Cells of earlier parameters: removed in one place, and only they."""

from pathlib import Path

import pytest

from foundation.parameters import load_params
from foundation.paths import SWEEP_DIR, beta_dir, cell_dir, denoiser_dir
from stages.learning_curves import remove_stale_cells, wanted_cells
from tests.import_closure import ROOT


@pytest.fixture
def wanted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> set[Path]:
    params = load_params(ROOT / "params.yaml")
    monkeypatch.chdir(tmp_path)
    folders = {folder for _, folder in wanted_cells(params).values()}
    for folder in folders:
        folder.mkdir(parents=True)
    return folders


def test_every_wanted_cell_stays(wanted: set[Path]) -> None:
    remove_stale_cells(wanted)
    assert all(folder.is_dir() for folder in wanted)


@pytest.mark.parametrize(
    "stale", [cell_dir("vae", 12), cell_dir("iwae", 16), beta_dir(0.7), denoiser_dir("iwae", "range")]
)
def test_a_cell_that_no_parameter_asks_for_goes(wanted: set[Path], stale: Path) -> None:
    stale.mkdir(parents=True)
    remove_stale_cells(wanted)
    assert not stale.exists()
    assert not (SWEEP_DIR / "12").exists()
    assert all(folder.is_dir() for folder in wanted)


def test_the_latent_dimensions_of_denoisers_and_betas_are_trained_whatever_the_headline_is() -> None:
    params = load_params(ROOT / "params.yaml")
    changed = params.model_copy(update={"latent_dim": 3, "latent_sweep": (2, 4, 2, 4, 2)})
    dims = {int(folder.parent.name) for (role, _), (_, folder) in wanted_cells(changed).items() if role == "sweep"}
    assert dims == {2, 3, 4, params.train_denoiser.latent_dim, params.train_beta.latent_dim}
