"""Updates on a GPU: which run as they are, what is captured, what a replay reads. On a processor, by stand-ins."""

from collections.abc import Callable
from functools import partial
from typing import ClassVar

import pytest
import torch

from autoencoders.learning import device_steps, training_loop
from autoencoders.learning.device_steps import N_WARM_UP_STEPS, GraphedStep, step_of
from autoencoders.learning.networks import AutoencoderNetwork, ImportanceWeightedNetwork, VariationalAutoencoderNetwork
from autoencoders.learning.resumption import FORGETFUL, Keeper
from autoencoders.learning.training_loop import CPU, Present, TrainingPlan, present_binarised, present_unchanged, train
from stages.train_denoiser import NoisyPresentation
from tests.cuda_stand_in import stand_in
from tests.test_training import WIDTHS, images, weights
from tests.test_unfinished import resumed

PLAN = TrainingPlan(epochs=3, batch_size=32, learning_rate=0.05, schedule="one_cycle", initialisation="he")
NOISY = NoisyPresentation({"gaussian": 0.5, "salt_and_pepper": 0.2, "masking": 0.3}, is_range=True)
KINDS = pytest.mark.parametrize(
    ("network_class", "present"),
    [
        (AutoencoderNetwork, present_unchanged),
        (VariationalAutoencoderNetwork, present_unchanged),
        (VariationalAutoencoderNetwork, present_binarised),
        (AutoencoderNetwork, NOISY),
    ],
)


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    return stand_in(monkeypatch)


def trained(network_class: type[AutoencoderNetwork], present: Present, keeper: Keeper = FORGETFUL):
    def build() -> AutoencoderNetwork:
        return network_class(WIDTHS, activation="silu", likelihood="bernoulli")

    held_out = images(30, seed=1)
    networks, records = train(
        build, images(), plan=PLAN, seeds=[0, 4], validation=held_out, present=present, keeper=keeper
    )
    return list(map(weights, networks)), records


def test_the_first_steps_run_as_they_are_then_one_capture_is_replayed(log: list[str]) -> None:
    step = GraphedStep(lambda batch: log.append("update"))
    for _ in range(N_WARM_UP_STEPS + 3):
        step(torch.zeros(2))
    warm_up = ["side waits for default", "update", "default waits for side"]
    assert log == N_WARM_UP_STEPS * warm_up + ["capture on side", "update", "replay", "replay", "replay"]


def test_every_step_sees_its_own_batch_in_the_same_memory(log: list[str]) -> None:
    total, seen = torch.zeros(2), []

    def update(batch: torch.Tensor) -> None:
        seen.append(batch)
        total.add_(batch)

    step = GraphedStep(update)
    for number in range(8):
        step(torch.full((2,), 10.0**number))
    assert total.tolist() == [11_111_111.0] * 2
    assert len({batch.data_ptr() for batch in seen}) == 1
    assert len(seen) == N_WARM_UP_STEPS + 1


def test_a_batch_of_the_caller_is_not_kept(log: list[str]) -> None:
    batch = torch.ones(2)
    GraphedStep(lambda given: given.zero_())(batch)
    assert batch.tolist() == [1, 1]


def test_a_batch_of_another_shape_is_refused(log: list[str]) -> None:
    step = GraphedStep(lambda *batch: None)
    step(torch.zeros(2, 3))
    for other in ([torch.zeros(1, 3)], [torch.zeros(2, 3), torch.zeros(2)]):
        with pytest.raises(ValueError, match=r"must have the shapes of the first call, \[\(2, 3\)\], got "):
            step(*other)


def graph_everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (device_steps, training_loop):
        monkeypatch.setattr(module, "is_graphed", lambda device: True)


def test_only_a_gpu_s_updates_are_graphed(log: list[str]) -> None:
    def update() -> None:
        pass

    assert step_of(update, CPU) is update
    assert isinstance(step_of(update, torch.device("cuda")), GraphedStep)


@KINDS
def test_a_replayed_training_is_the_training_step_by_step(
    network_class: type[AutoencoderNetwork], present: Present, log: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = trained(network_class, present)
    graph_everywhere(monkeypatch)
    replayed = trained(network_class, present)
    assert log.count("capture on side") == 1
    assert log.count("replay") == 3 * 4 - N_WARM_UP_STEPS
    monkeypatch.setattr(training_loop, "step_of", lambda update, device: update)
    assert replayed == trained(network_class, present)
    for one, other in zip(plain[1], replayed[1], strict=True):  # their learning rates differ in the last bits
        assert one[:-1] == pytest.approx(other[:-1], rel=1e-4)


@pytest.mark.parametrize("after", [1, 2])
@KINDS
def test_a_replayed_training_continues_with_the_same_bytes(
    network_class: type[AutoencoderNetwork],
    present: Present,
    after: int,
    log: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    graph_everywhere(monkeypatch)
    continued = resumed(lambda keeper: trained(network_class, present, keeper), after)
    assert continued == trained(network_class, present)


@pytest.mark.parametrize(
    ("network_class", "present"), [*KINDS.args[1], (partial(ImportanceWeightedNetwork, n_samples=3), present_binarised)]
)
def test_between_two_epochs_nothing_waits_for_the_device(
    network_class: Callable[..., AutoencoderNetwork], present: Present, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tensors of the device "meta" have no content: whoever asks for it, or mixes them with others, fails."""

    def build() -> AutoencoderNetwork:
        return network_class(WIDTHS, activation="silu", likelihood="bernoulli")

    # PyTorch draws on "meta" by a CPU's generator, and has no fused Adam there.
    class NoAdam:
        param_groups: ClassVar = []
        step = staticmethod(lambda: None)

    monkeypatch.setattr(training_loop, "torch_stream", lambda seed, name, device="cpu": torch.Generator())
    monkeypatch.setattr(torch.optim, "Adam", lambda *parameters, **settings: NoAdam())
    monkeypatch.setattr(training_loop._Run, "_validate", lambda self: torch.zeros(2, 2))
    pixels = torch.rand(100, 48, device="meta")
    run = training_loop._Run(build, pixels, plan=PLAN, seeds=[0, 4], validation=None, present=present)
    steps = []

    def step(*batch: torch.Tensor) -> None:
        run.update(*batch)
        steps.append({tensor.device.type for tensor in batch})

    with pytest.raises((NotImplementedError, RuntimeError), match=r"meta"):  # the means are asked for, after all steps
        run.epoch(1, step)
    assert steps == 4 * [{"meta"}]
