"""Training on a CUDA GPU beside a processor's; skipped where there is none."""

from dataclasses import replace

import pytest
import torch

from autoencoders.learning import training_loop
from autoencoders.learning.networks import AutoencoderNetwork, VariationalAutoencoderNetwork
from autoencoders.learning.records import EpochRecord
from autoencoders.learning.resumption import FORGETFUL, Keeper
from autoencoders.learning.training_loop import CPU, Present, TrainingPlan, present_unchanged, train
from foundation.reproducibility.devices import what_cuda_lacks
from tests.test_device_steps import KINDS
from tests.test_training import WIDTHS, images, weights
from tests.test_unfinished import Interrupted, InterruptingKeeper, resumed

pytestmark = [pytest.mark.gpu, pytest.mark.skipif(bool(what_cuda_lacks()), reason="no CUDA GPU")]
GPU = torch.device("cuda")
PLAN = TrainingPlan(epochs=3, learning_rate=0.01, batch_size=32, schedule="one_cycle", initialisation="he")
ONE_BATCH = replace(PLAN, epochs=20, batch_size=100)  # no order matters


def trained(
    network_class: type[AutoencoderNetwork],
    present: Present = present_unchanged,
    device: torch.device = GPU,
    keeper: Keeper = FORGETFUL,
    plan: TrainingPlan = PLAN,
) -> tuple[list[AutoencoderNetwork], list[EpochRecord]]:
    def build() -> AutoencoderNetwork:
        return network_class(WIDTHS, activation="silu", likelihood="bernoulli")

    return train(
        build, images(), plan=plan, seeds=[0, 4, 7], validation=images(30, seed=1), present=present, keeper=keeper,
        device=device,
    )  # fmt: skip


def losses(records: list[EpochRecord]) -> list[float]:
    return [
        loss for r in records for loss in (r.train_reconstruction + r.train_regularisation, r.validation_reconstruction)
    ]


def test_a_gpu_and_a_processor_agree_where_nothing_is_drawn() -> None:
    on_gpu, on_cpu = (trained(AutoencoderNetwork, device=device, plan=ONE_BATCH)[1] for device in (GPU, CPU))
    assert losses(on_gpu) == pytest.approx(losses(on_cpu), rel=1e-3)


@KINDS
def test_a_gpu_and_a_processor_agree_in_the_mean(network_class: type[AutoencoderNetwork], present: Present) -> None:
    on_gpu, on_cpu = (sum(losses(trained(network_class, present, device=device)[1][-3:])) for device in (GPU, CPU))
    assert on_gpu == pytest.approx(on_cpu, rel=0.05)


@KINDS
def test_a_graph_does_what_its_steps_do(
    network_class: type[AutoencoderNetwork], present: Present, monkeypatch: pytest.MonkeyPatch
) -> None:
    graphed = trained(network_class, present)[1]
    monkeypatch.setattr(training_loop, "step_of", lambda update, device: update)
    assert losses(graphed) == pytest.approx(losses(trained(network_class, present)[1]), rel=1e-5)


def test_networks_and_states_are_on_the_processor() -> None:
    keeper = InterruptingKeeper(after=1)
    with pytest.raises(Interrupted):  # which it could not be with a state elsewhere: it takes arrays
        trained(VariationalAutoencoderNetwork, keeper=keeper)
    networks, _ = trained(VariationalAutoencoderNetwork)
    assert {tensor.device for network in networks for tensor in network.parameters()} == {CPU}


@KINDS
def test_a_continued_training_is_the_uninterrupted_one(
    network_class: type[AutoencoderNetwork], present: Present
) -> None:
    _, continued = resumed(lambda keeper: trained(network_class, present, keeper=keeper), after=2)  # type: ignore[misc]
    assert losses(continued) == pytest.approx(losses(trained(network_class, present)[1]), rel=1e-5)


def test_the_same_training_twice_gives_the_same_bytes() -> None:
    first, second = (list(map(weights, trained(VariationalAutoencoderNetwork)[0])) for _ in range(2))
    assert first == second
