"""Shifts move images by whole pixels."""

import torch

from autoencoders.learning.shifts import shift_images


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
