"""Training: seeds stay apart to the byte, schedules end where they should, selection looks at validation only."""

import math
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch

from autoencoders.learning.networks import AutoencoderNetwork, VariationalAutoencoderNetwork
from autoencoders.learning.schedules import learning_rate_factor
from autoencoders.learning.training_loop import Presentation, TrainingPlan, mean_image, present_binarised, train
from foundation.reproducibility.numerics import has_bfloat16_units, processor_flags
from foundation.vocabulary import ProductPrecision

PLAN = TrainingPlan(epochs=3, learning_rate=0.01, batch_size=32, schedule="one_cycle", initialisation="he")
WIDTHS = [48, 32, 3]
NEEDS_UNITS = pytest.mark.skipif(
    not has_bfloat16_units() or "amx_bf16" in processor_flags(),
    reason="promised where vector units multiply bfloat16; sums of matrix units (AMX) depend on the seeds and threads",
)
EACH_PRECISION = pytest.mark.parametrize("precision", ["float32", pytest.param("bfloat16", marks=NEEDS_UNITS)])
BOTH = pytest.mark.parametrize("network_class", [AutoencoderNetwork, VariationalAutoencoderNetwork])


def images(n: int = 100, seed: int = 0) -> torch.Tensor:
    codes = torch.rand(n, 2, generator=torch.Generator().manual_seed(seed))
    mixing = torch.rand(2, 48, generator=torch.Generator().manual_seed(99))
    return (codes @ mixing / 2).clamp(0, 1)


def trained(
    network_class: Callable[..., AutoencoderNetwork],
    seeds: list[int],
    plan: TrainingPlan = PLAN,
    latent_dim: int = 3,
    **kwargs: object,
):
    def build() -> AutoencoderNetwork:
        return network_class([*WIDTHS[:-1], latent_dim], activation="silu", likelihood="bernoulli")

    return train(build, images(), plan=plan, seeds=seeds, validation=images(30, seed=1), **kwargs)


def weights(network: AutoencoderNetwork) -> bytes:
    return b"".join(tensor.numpy().tobytes() for tensor in network.state_dict().values())


@BOTH
@EACH_PRECISION
@pytest.mark.parametrize("latent_dim", [1, 2, 3, 16])
def test_a_seed_s_weights_do_not_depend_on_the_seeds_beside_it(
    network_class: type[AutoencoderNetwork], latent_dim: int, precision: ProductPrecision
) -> None:
    alone = [trained(network_class, [seed], PLAN, latent_dim, precision=precision)[0][0] for seed in (3, 7, 1, 4)]
    together = trained(network_class, [3, 7, 1, 4], PLAN, latent_dim, precision=precision)[0]
    assert list(map(weights, alone)) == list(map(weights, together))


@BOTH
@EACH_PRECISION
def test_weights_do_not_depend_on_the_number_of_threads(
    network_class: type[AutoencoderNetwork], precision: ProductPrecision
) -> None:
    n_threads = torch.get_num_threads()
    by_threads = []
    for n in (1, 2):
        torch.set_num_threads(n)
        by_threads.append(weights(trained(network_class, [0, 1], precision=precision)[0][1]))
    torch.set_num_threads(n_threads)
    assert by_threads[0] == by_threads[1]


@BOTH
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_training_lowers_the_loss(network_class: type[AutoencoderNetwork], precision: ProductPrecision) -> None:
    _, records = trained(network_class, [0], replace(PLAN, epochs=20, batch_size=16), precision=precision)
    losses = [r.validation_reconstruction + r.validation_regularisation for r in records]
    assert losses[-1] < losses[0]


@BOTH
def test_rounded_factors_change_the_weights_and_hardly_the_loss(network_class: type[AutoencoderNetwork]) -> None:
    exact, rounded = (trained(network_class, [0, 1], precision=each) for each in ("float32", "bfloat16"))
    losses = [
        [record.validation_reconstruction + record.validation_regularisation for record in run[1]]
        for run in (exact, rounded)
    ]
    assert weights(exact[0][0]) != weights(rounded[0][0])
    assert losses[1] == pytest.approx(losses[0], rel=0.01)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_the_selected_epoch_has_the_lowest_validation_loss(precision: ProductPrecision) -> None:
    plan = replace(PLAN, epochs=6, batch_size=16, learning_rate=0.3, schedule="constant")
    networks, records = trained(AutoencoderNetwork, [0], plan, precision=precision)
    losses = [r.validation_reconstruction for r in records]
    output = networks[0](images(30, seed=1))
    measured = networks[0].loss_terms(output, images(30, seed=1)).reconstruction.mean().item()
    assert measured == pytest.approx(min(losses), rel=1e-5)
    assert [r.epoch for r in records if r.is_best_so_far][-1] == 1 + losses.index(min(losses))


def test_beta_weighs_the_divergence() -> None:
    def final_kl(beta: float) -> float:
        plan = replace(PLAN, epochs=20, batch_size=16)
        return trained(partial(VariationalAutoencoderNetwork, beta=beta), [0], plan)[1][-1].validation_regularisation

    assert final_kl(10.0) < final_kl(0.01)


def test_a_denoiser_sees_noisy_inputs_and_clean_targets() -> None:
    _, records = trained(AutoencoderNetwork, [0], present=lambda batch, _: Presentation(torch.zeros_like(batch), batch))
    _, clean = trained(AutoencoderNetwork, [0])
    assert records[-1].validation_reconstruction > clean[-1].validation_reconstruction


def test_a_batch_larger_than_the_data_is_one_step_an_epoch() -> None:
    plan = replace(PLAN, epochs=2, batch_size=1000, schedule="cosine")
    _, records = trained(AutoencoderNetwork, [0], plan)
    assert [r.learning_rate for r in records] == pytest.approx([0.005, 0.0])


@pytest.mark.parametrize("schedule", ["one_cycle", "linear", "cosine"])
def test_schedules_end_at_zero(schedule: str) -> None:
    assert learning_rate_factor(schedule, 1.0) == pytest.approx(0.0, abs=1e-12)  # type: ignore[arg-type]


@pytest.mark.parametrize(("schedule", "peak"), [("one_cycle", 20), ("linear", 10)])
def test_the_rate_peaks_after_the_warm_up(schedule: str, peak: int) -> None:
    factors = [learning_rate_factor(schedule, step / 100) for step in range(101)]  # type: ignore[arg-type]
    assert factors.index(max(factors)) == peak
    assert max(factors) == 1.0
    assert factors[0] == pytest.approx(0.1)


def test_the_linear_schedule_falls_by_equal_steps() -> None:
    factors = [learning_rate_factor("linear", step / 100) for step in range(10, 101)]
    assert np.diff(factors) == pytest.approx(-1 / 90)


def test_the_mean_image_is_the_mean_and_the_same_bytes_for_any_number_of_threads() -> None:
    pixels = torch.rand(2345, 784, generator=torch.Generator().manual_seed(0))
    before, found = torch.get_num_threads(), []
    try:
        for n_threads in (1, 2, 3):
            torch.set_num_threads(n_threads)
            found.append(mean_image(pixels))
    finally:
        torch.set_num_threads(before)
    assert all(torch.equal(one, found[0]) for one in found)
    torch.testing.assert_close(found[0], pixels.double().mean(0).float())


@BOTH
def test_an_informed_start_needs_fewer_updates(network_class: type[AutoencoderNetwork]) -> None:
    informed = replace(PLAN, initialisation="informed", learning_rate=1e-6)
    _, records = trained(network_class, [0], informed)
    _, others = trained(network_class, [0], replace(informed, initialisation="he"))
    assert records[0].train_reconstruction < others[0].train_reconstruction


def test_the_second_decay_of_the_plan_is_adam_s() -> None:
    usual, other = (trained(AutoencoderNetwork, [0], replace(PLAN, adam_beta_2=each))[0][0] for each in (0.95, 0.999))
    assert weights(usual) != weights(other)


def test_without_validation_the_last_epoch_counts() -> None:
    def build() -> AutoencoderNetwork:
        return AutoencoderNetwork(WIDTHS, activation="silu", likelihood="bernoulli")

    _, records = train(build, images(), plan=PLAN, seeds=[0])
    assert all(r.is_best_so_far for r in records)
    assert all(math.isnan(r.validation_regularisation) for r in records)


def test_a_training_that_diverges_is_refused_before_it_is_kept() -> None:
    def build() -> AutoencoderNetwork:
        return AutoencoderNetwork(WIDTHS, activation="relu", likelihood="gaussian", is_linear=True)

    finished: list[int] = []
    with pytest.raises(FloatingPointError, match=r"got others in epoch 1, seeds \[0, 3\]; lower learning_rate"):
        train(build, images(), plan=replace(PLAN, learning_rate=1e15), seeds=[0, 3], on_epoch=finished.append)
    assert not finished


def test_binarised_pixels_are_drawn_anew_with_the_grey_value_as_probability() -> None:
    grey = torch.full((1, 20_000), 0.3)
    generator = torch.Generator().manual_seed(0)
    first, second = (present_binarised(grey, generator) for _ in range(2))
    assert set(first.inputs.unique().tolist()) == {0.0, 1.0}
    assert first.inputs.mean().item() == pytest.approx(0.3, abs=0.02)
    assert torch.equal(first.inputs, first.targets)
    assert not torch.equal(first.inputs, second.inputs)


def test_what_a_seed_is_shown_does_not_depend_on_the_seeds_beside_it() -> None:
    alone = trained(VariationalAutoencoderNetwork, [7], present=present_binarised)
    together = trained(VariationalAutoencoderNetwork, [3, 7], present=present_binarised)
    assert weights(alone[0][0]) == weights(together[0][1])
    assert alone[1] == [record for record in together[1] if record.seed == 7]
