"""Which cells a run wants and where each lies: inside the sweep, outside it for the headline or the reference."""

from pathlib import Path

import pytest

from autoencoders.parameters import Params, parse_params
from autoencoders.reproducibility.artifacts import ArtifactError
from stages import check
from stages.console import Progress
from stages.folders import read_list, write_list
from stages.paths import HEADLINE_DIR, REFERENCE_DIR, SWEEP_DIR, asked_dir
from stages.protocol.cells import dimension_dir, prune_cells, wanted_cells
from stages.training import OUTSIDE
from tests.test_edges import raw


@pytest.fixture
def params(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Params:
    """Sweep 2 and 4, headline 3, denoisers at 5, betas at 4; the two folders outside list theirs."""
    monkeypatch.chdir(tmp_path)
    write_list(HEADLINE_DIR, [3])
    write_list(REFERENCE_DIR, [5])
    changes = {"train_denoiser": {"latent_dim": 5}, "train_beta": {"latent_dim": 4}}
    return parse_params(raw(models=["ae", "vae"], latent_sweep=[2, 4], latent_dim=3, **changes))


def lay(*folders: Path) -> None:
    for folder in folders:
        folder.mkdir(parents=True)


def test_a_dimension_of_the_sweep_lies_there_and_another_outside(params: Params) -> None:
    assert dimension_dir(params, 4) == dimension_dir(params, 4, REFERENCE_DIR) == SWEEP_DIR / "4"
    assert dimension_dir(params, 3) == HEADLINE_DIR / "3"
    assert dimension_dir(params, 5, REFERENCE_DIR) == REFERENCE_DIR / "5"


def test_what_the_sweep_lacks_is_asked_for_once_and_apart(params: Params) -> None:
    assert check.outside_the_sweep(params) == {HEADLINE_DIR: [3], REFERENCE_DIR: [5]}
    both = params.model_copy(update={"latent_sweep": (2, 3, 5)})
    assert check.outside_the_sweep(both) == {HEADLINE_DIR: [], REFERENCE_DIR: [4]}


def test_another_headline_inside_the_sweep_asks_for_the_same_bytes(params: Params) -> None:
    said = []
    for latent_dim in (2, 4):
        check.main(params.model_copy(update={"latent_dim": latent_dim}), Progress("check"))
        said.append([(asked_dir(folder) / "latent_dims.json").read_bytes() for folder in OUTSIDE])
    assert said[0] == said[1]
    check.main(params, Progress("check"))
    assert read_list(asked_dir(HEADLINE_DIR)) == [3]


def test_every_cell_of_a_run_is_wanted_where_it_lies(params: Params) -> None:
    where = {2: SWEEP_DIR, 3: HEADLINE_DIR, 4: SWEEP_DIR, 5: REFERENCE_DIR}
    assert wanted_cells(params, OUTSIDE) == {
        (model, d): folder / str(d) / model for model in ("ae", "vae") for d, folder in where.items()
    }
    assert {d for _, d in wanted_cells(params, [HEADLINE_DIR])} == {2, 3, 4}


def test_a_dimension_that_both_folders_hold_is_one(params: Params) -> None:
    write_list(REFERENCE_DIR, [3])
    assert [d for model, d in wanted_cells(params, OUTSIDE) if model == "ae"] == [2, 3, 4]


def test_cells_of_another_sweep_go_and_a_folder_not_named_is_left(params: Params) -> None:
    kept = [SWEEP_DIR / "2" / "ae", SWEEP_DIR / "4" / "vae", REFERENCE_DIR / "5" / "ae", HEADLINE_DIR / "9" / "ae"]
    gone = [SWEEP_DIR / "3" / "ae", SWEEP_DIR / "2" / "linear_ae", REFERENCE_DIR / "6" / "vae"]
    lay(*kept, *gone)
    prune_cells(params, REFERENCE_DIR)
    assert [folder.is_dir() for folder in (*kept, *gone)] == [True] * len(kept) + [False] * len(gone)


def test_a_missing_list_is_one_line(params: Params) -> None:
    (REFERENCE_DIR / "latent_dims.json").unlink()
    with pytest.raises(ArtifactError, match=r"reference.latent_dims\.json") as caught:
        prune_cells(params, REFERENCE_DIR)
    assert len(str(caught.value).splitlines()) == 1
