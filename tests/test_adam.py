"""Our Adam against PyTorch's: the same bytes, and no compiler imported."""

import subprocess
import sys

import pytest
import torch
from torch import Tensor

from autoencoders.learning.adam import Adam

SHAPES = ((3, 5), (7,), (2, 4, 6, 6))


def parameters(seed: int = 0) -> list[Tensor]:
    stream = torch.Generator().manual_seed(seed)
    drawn = [torch.randn(shape, generator=stream) for shape in SHAPES]
    drawn[-1] = drawn[-1].contiguous(memory_format=torch.channels_last)
    return drawn


def gradients(step: int) -> list[Tensor]:
    return parameters(100 + step)


def walk(own: list[Tensor], optimiser: Adam, steps: range) -> None:
    for step in steps:
        optimiser.set_learning_rate(0.1 / (step + 1))
        for parameter, gradient in zip(own, gradients(step), strict=True):
            parameter.grad = gradient
        optimiser.step()


def test_steps_are_pytorch_s_to_the_last_bit() -> None:
    own, theirs = parameters(), parameters()
    walk(own, Adam(own), range(20))
    reference = torch.optim.Adam(theirs, fused=True)
    for step in range(20):
        for group in reference.param_groups:
            group["lr"] = 0.1 / (step + 1)
        for parameter, gradient in zip(theirs, gradients(step), strict=True):
            parameter.grad = gradient
        reference.step()
    assert all(torch.equal(one, other) for one, other in zip(own, theirs, strict=True))


def test_another_second_decay_is_pytorch_s_too() -> None:
    own, theirs = parameters(), parameters()
    walk(own, Adam(own, beta_2=0.95), range(5))
    reference = torch.optim.Adam(theirs, betas=(0.9, 0.95), fused=True)
    for step in range(5):
        reference.param_groups[0]["lr"] = 0.1 / (step + 1)
        for parameter, gradient in zip(theirs, gradients(step), strict=True):
            parameter.grad = gradient
        reference.step()
    assert all(torch.equal(one, other) for one, other in zip(own, theirs, strict=True))


def test_the_first_step_is_the_paper_s() -> None:
    own = parameters()
    walk(own, Adam(own), range(1))
    for moved, start, gradient in zip(own, parameters(), gradients(0), strict=True):
        torch.testing.assert_close(moved, start - 0.1 * gradient / (gradient.abs() + 1e-8))


def test_a_restored_optimiser_goes_on_with_the_same_bytes() -> None:
    whole, parts = parameters(), parameters()
    walk(whole, Adam(whole), range(9))
    first = Adam(parts)
    walk(parts, first, range(4))
    second = Adam(parts)
    second.restore({name: tensor.clone() for name, tensor in first.state().items()})
    walk(parts, second, range(4, 9))
    assert all(torch.equal(one, other) for one, other in zip(whole, parts, strict=True))


def test_a_captured_learning_rate_is_written_in_its_place() -> None:
    plain, captured = Adam(parameters()), Adam(parameters(), is_captured=True)
    plain.set_learning_rate(0.3)
    rate = captured.learning_rate
    captured.set_learning_rate(0.3)
    assert plain.learning_rate == 0.3
    assert captured.learning_rate is rate
    assert float(rate) == pytest.approx(0.3)


def test_pytorch_s_compiler_is_not_imported() -> None:
    code = (
        "import sys, torch; from autoencoders.learning.adam import Adam; p = torch.zeros(4); p.grad = torch.ones(4)\n"
        "a = Adam([p]); a.set_learning_rate(0.1); a.step(); sys.exit('torch._dynamo' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
