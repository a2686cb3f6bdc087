"""The judge: learns, repeats, does not depend on the batch; shifts move images by whole pixels."""

import math

import numpy as np
import pytest
import torch

from autoencoders.learning.judge import N_FEATURES, Judge, JudgePlan, MaxPool, shift_images, train_judge

PLAN = JudgePlan(epochs=4, batch_size=16, learning_rate=0.005, max_shift=1, seed=0)


def bars(n: int = 200) -> tuple[torch.Tensor, torch.Tensor]:
    """Images of a bright horizontal (class 0) or vertical (class 1) bar."""
    generator = torch.Generator().manual_seed(0)
    labels = torch.arange(n) % 2
    images = 0.1 * torch.rand(n, 1, 28, 28, generator=generator)
    images[labels == 0, :, 12:16] = 1.0
    images[labels == 1, :, :, 12:16] = 1.0
    return images, labels


@pytest.fixture(scope="module")
def judge() -> Judge:
    return train_judge(*bars(), n_classes=2, plan=PLAN, on_epoch=lambda epoch: None)


def test_the_judge_learns_an_easy_task(judge: Judge) -> None:
    images, labels = bars()
    assert (judge.predict(images) == labels.numpy()).mean() > 0.98


def test_probabilities_sum_to_one(judge: Judge) -> None:
    np.testing.assert_allclose(judge.predict_proba(bars()[0]).sum(axis=1), 1.0, atol=1e-6)


def test_judgement_does_not_depend_on_the_batch(judge: Judge) -> None:
    images = bars()[0]
    np.testing.assert_allclose(judge.features(images)[:3], judge.features(images[:3]), rtol=1e-4, atol=1e-5)


def test_rows_and_images_are_judged_alike(judge: Judge) -> None:
    images = bars()[0]
    np.testing.assert_array_equal(judge.features(images), judge.features(images.flatten(1).numpy()))
    assert judge.features(images).shape == (200, N_FEATURES)


@pytest.mark.parametrize("shape", [(3, 12, 24, 24), (2, 5, 7, 9)])
def test_pooling_is_the_same_with_and_without_gradients(shape: tuple[int, ...]) -> None:
    maps = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        pooled = MaxPool()(maps)
    assert torch.equal(pooled, MaxPool()(maps))
    assert torch.equal(pooled, torch.nn.functional.max_pool2d(maps, 2))


def test_training_repeats_to_the_byte(judge: Judge) -> None:
    again = train_judge(*bars(), n_classes=2, plan=PLAN, on_epoch=lambda epoch: None)
    weights, repeated = judge.network.state_dict(), again.network.state_dict()
    assert all(torch.equal(tensor, repeated[name]) for name, tensor in weights.items())


def test_training_leaves_the_global_random_state_alone() -> None:
    before = torch.random.get_rng_state()
    train_judge(*bars(20), n_classes=2, plan=JudgePlan(1, 10, 0.01, 0, 0), on_epoch=lambda epoch: None)
    assert torch.equal(before, torch.random.get_rng_state())


def test_a_training_that_diverges_is_refused_before_it_is_kept() -> None:
    images, labels = bars(20)
    with pytest.raises(FloatingPointError, match=r"diverged: .* in epoch 1, seeds \[0\]; lower learning_rate"):
        train_judge(images * math.inf, labels, n_classes=2, plan=PLAN, on_epoch=lambda epoch: pytest.fail("went on"))


def test_a_shift_moves_the_image_by_whole_pixels() -> None:
    image = torch.zeros(1, 1, 9, 9)
    image[0, 0, 4, 4] = 1.0
    shifted = shift_images(image.expand(300, 1, 9, 9), 2, torch.Generator().manual_seed(0))
    positions = {tuple(place.tolist()) for place in shifted[:, 0].nonzero()[:, 1:]}
    assert shifted.sum() == 300
    assert positions == {(y, x) for y in range(2, 7) for x in range(2, 7)}


def test_no_shift_is_the_identity() -> None:
    images = torch.rand(3, 1, 5, 5)
    assert torch.equal(shift_images(images, 0, torch.Generator()), images)
