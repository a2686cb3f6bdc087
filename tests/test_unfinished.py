"""An interrupted training continues after its last kept epoch and ends in the same bytes."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from rich.console import Console
from safetensors.numpy import load, save

from autoencoders.judging.training import JudgePlan, train_judge
from autoencoders.learning.estimators import fit_seeds
from autoencoders.learning.models import Autoencoder, VariationalAutoencoder
from autoencoders.learning.networks import AutoencoderNetwork, VariationalAutoencoderNetwork
from autoencoders.learning.resumption import FORGETFUL, Keeper, State
from autoencoders.learning.training_loop import (
    Present,
    Presentation,
    TrainingPlan,
    present_binarised,
    present_unchanged,
    train,
)
from foundation.progress import Progress
from foundation.reproducibility import unfinished
from foundation.reproducibility.artifacts import read_arrays, write_arrays
from foundation.reproducibility.unfinished import FileKeeper, described, resumable
from foundation.vocabulary import JUDGES, JudgeName
from replications.configurations import MaskedPresentation
from stages.train import SnapshotKeeper, start_of
from stages.train_denoiser import NoisyPresentation
from tests.test_training import WIDTHS, images, weights

PLAN = TrainingPlan(epochs=3, batch_size=32, learning_rate=0.05, schedule="one_cycle")
NOISY = NoisyPresentation({"gaussian": 0.5, "masking": 0.3}, is_range=True)


class Interrupted(Exception):  # noqa: N818 -- stands for a kill
    pass


class InterruptingKeeper:
    """Keeps the state after one epoch and ends the run there; then gives it back."""

    def __init__(self, after: int) -> None:
        self.after, self.n_finished = after, 0
        self.state: State | None = None

    def kept(self) -> State | None:
        return self.state

    def keep(self, state: Callable[[], State]) -> None:
        self.n_finished += 1
        if self.state is None and self.n_finished == self.after:
            arrays = {name: np.ascontiguousarray(tensor.numpy()) for name, tensor in state().items()}
            self.state = {name: torch.from_numpy(array.copy()) for name, array in load(save(arrays)).items()}
            raise Interrupted


def resumed(work: Callable[[Keeper], object], after: int) -> object:
    keeper = InterruptingKeeper(after)
    with pytest.raises(Interrupted):
        work(keeper)
    result = work(keeper)
    assert keeper.n_finished == PLAN.epochs  # no epoch twice
    return result


@pytest.mark.parametrize("after", [1, 2, 3])
@pytest.mark.parametrize(("seeds", "latent_dim"), [([0, 4], 3), ([5], 1)])
@pytest.mark.parametrize(
    ("network_class", "present"),
    [
        (AutoencoderNetwork, present_unchanged),
        (VariationalAutoencoderNetwork, present_unchanged),
        (VariationalAutoencoderNetwork, present_binarised),
        (AutoencoderNetwork, NOISY),
    ],
)
def test_a_continued_training_ends_in_the_same_bytes(
    network_class: type[AutoencoderNetwork], present: Present, seeds: list[int], latent_dim: int, after: int
) -> None:
    def build() -> AutoencoderNetwork:
        return network_class([*WIDTHS[:-1], latent_dim], activation="silu", likelihood="bernoulli")

    def work(keeper: Keeper) -> tuple[list[bytes], list[object]]:
        validation = images(30, seed=1)
        networks, records = train(
            build, images(), plan=PLAN, seeds=seeds, validation=validation, present=present, keeper=keeper
        )
        return list(map(weights, networks)), records

    assert resumed(work, after) == work(FORGETFUL)


def plane_model(model: type[Autoencoder], epochs: int = PLAN.epochs) -> Autoencoder:
    """A model with codes of two numbers whose learning rate does not depend on the number of epochs."""
    return model(2, epochs=epochs, hidden_dims=WIDTHS[1:-1], schedule="constant", batch_size=32, learning_rate=0.01)


def snapshots_of(model: type[Autoencoder], keeper: Keeper, end: int = PLAN.epochs) -> dict[str, bytes]:
    """What is kept of a training, by name, and the weights at its end."""
    pixels, estimator = images().numpy(), plane_model(model)
    keeping = SnapshotKeeper(keeper, start_of(estimator, pixels, 4))
    cell = fit_seeds(estimator, pixels, [4, 0], keeper=keeping)
    kept = {name: array.tobytes() for name, array in keeping.arrays(end).items()}
    return {**kept, "end": weights(cell[4].network_)}


@pytest.mark.parametrize("model", [Autoencoder, VariationalAutoencoder])
def test_snapshots_are_the_first_seed_s_encoders_of_these_epochs_and_leave_training_as_it_is(
    model: type[Autoencoder],
) -> None:
    kept, pixels = snapshots_of(model, FORGETFUL), images().numpy()
    assert kept.pop("end") == weights(fit_seeds(plane_model(model), pixels, [4, 0])[4].network_)
    after = {n: fit_seeds(plane_model(model, n), pixels, [4])[4].network_ for n in (1, 2)}
    networks = {0: start_of(plane_model(model), pixels, 4), **after}
    assert kept == {
        f"{epoch}.{name}": tensor.half().numpy().tobytes()
        for epoch, network in networks.items()
        for name, tensor in network.encoder.state_dict().items()
    }


@pytest.mark.parametrize("after", [1, 2, 3])
def test_snapshots_survive_an_interruption(after: int) -> None:
    assert resumed(lambda keeper: snapshots_of(VariationalAutoencoder, keeper), after) == snapshots_of(
        VariationalAutoencoder, FORGETFUL
    )


def test_no_snapshot_is_later_than_the_weights_that_are_chosen() -> None:
    assert {name.partition(".")[0] for name in snapshots_of(Autoencoder, FORGETFUL, end=2)} == {"0", "1", "end"}


@pytest.mark.parametrize("architecture", JUDGES)
@pytest.mark.parametrize("after", [1, 3])
def test_a_continued_judge_ends_in_the_same_bytes(after: int, architecture: JudgeName) -> None:
    plan = JudgePlan(architecture, epochs=3, batch_size=16, learning_rate=0.01, max_shift=1, seed=0)
    generator = torch.Generator().manual_seed(0)
    pictures = torch.rand(40, 1, 28, 28, generator=generator)
    labels = torch.randint(0, 3, (40,), generator=generator)

    def work(keeper: Keeper) -> bytes:
        judge = train_judge(pictures, labels, n_classes=3, plan=plan, on_epoch=lambda epoch: None, keeper=keeper)
        return weights(judge.network)

    assert resumed(work, after) == work(FORGETFUL)


@pytest.fixture
def keeper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., FileKeeper]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(unfinished, "SECONDS_BETWEEN_STATES", 0.0)
    return lambda *determined_by: FileKeeper(Progress("train", Console()), Path("checkpoints/ae-2"), determined_by)


STATE = {"step": torch.tensor([3]), "streams": torch.arange(6, dtype=torch.uint8).reshape(2, 3)}


def test_a_kept_state_comes_back_as_it_was_until_it_is_forgotten(keeper: Callable[..., FileKeeper]) -> None:
    keeper(1).keep(lambda: STATE)
    found = keeper(1).kept()
    assert found is not None
    assert {name: tensor.tolist() for name, tensor in found.items()} == {n: t.tolist() for n, t in STATE.items()}
    keeper(1).forget()
    assert keeper(1).kept() is None


@pytest.mark.usefixtures("keeper")
def test_a_training_that_fails_keeps_its_state_and_one_that_is_saved_loses_it() -> None:
    def train(after: Exception | None) -> State | None:
        progress = Progress("train", Console())
        with resumable(progress, Path("checkpoints/ae-2"), 2, [1], "epoch") as (own, on_epoch):
            found = own.kept()
            own.keep(lambda: STATE)
            on_epoch(1)
            if after is not None:
                raise after
        return found

    with pytest.raises(OSError, match="disk"):
        train(OSError("disk"))
    assert train(None) is not None
    assert train(None) is None


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-2])


def turn_a_bit(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


def without_checksum(path: Path) -> None:
    write_arrays(path, {name: array for name, array in read_arrays(path).items() if name != "checksum"})


@pytest.mark.parametrize("damage", [cut, turn_a_bit, without_checksum])
def test_a_damaged_state_is_named_in_one_line_and_not_used(
    damage: Callable[[Path], None], keeper: Callable[..., FileKeeper], capsys: pytest.CaptureFixture[str]
) -> None:
    keeper(1).keep(lambda: STATE)
    damage(keeper(1).path)
    assert keeper(1).kept() is None
    said = capsys.readouterr().out.splitlines()
    assert len(said) == 1
    assert "ae-2.safetensors: expected" in said[0]
    assert "starts from the beginning" in said[0]


def test_a_state_of_other_parameters_or_data_is_not_used(keeper: Callable[..., FileKeeper]) -> None:
    keeper({"epochs": 5}).keep(lambda: STATE)
    assert keeper({"epochs": 6}).kept() is None
    Path("data/prepared").mkdir(parents=True)
    Path("data/prepared/train.safetensors").write_bytes(b"others")
    assert keeper({"epochs": 5}).kept() is None


def test_a_state_is_written_only_when_the_last_one_is_old(
    keeper: Callable[..., FileKeeper], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unfinished, "SECONDS_BETWEEN_STATES", 3600.0)
    keeper(1).keep(lambda: pytest.fail("a state was made"))
    assert not keeper(1).path.exists()


def test_training_goes_on_where_no_state_can_be_written(
    keeper: Callable[..., FileKeeper], capsys: pytest.CaptureFixture[str]
) -> None:
    Path("tmp").write_text("a file where the folder should be")
    keeper(1).keep(lambda: STATE)
    assert "goes on, but could not continue if interrupted" in capsys.readouterr().out


def test_cells_whose_names_differ_after_a_dot_have_files_of_their_own() -> None:
    paths = {FileKeeper(Progress("train"), Path(f"betas/{beta}"), []).path for beta in ("0.1", "0.5")}
    assert len(paths) == 2


def test_a_presentation_is_described_by_all_that_it_does() -> None:
    assert described(present_binarised) != described(present_unchanged)
    assert described(MaskedPresentation(0.1)) != described(MaskedPresentation(0.2))
    with pytest.raises(ValueError, match="must be a function of a module"):
        described(lambda batch, generator: Presentation(batch, batch))
