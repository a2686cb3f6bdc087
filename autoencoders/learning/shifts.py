"""Images moved by whole pixels: more training images from those there are."""

import torch
from torch import Tensor
from torch.nn import functional


def shift_images(images: Tensor, max_shift: int, generator: torch.Generator) -> Tensor:
    """Return images (n, 1, h, w), each moved by a random whole number of pixels up to max_shift, zeros moved in."""
    if max_shift == 0:
        return images
    n_images, _, height, width = images.shape
    padded = functional.pad(images, (max_shift,) * 4)
    down, right = torch.randint(0, 2 * max_shift + 1, (2, n_images, 1, 1), generator=generator)
    rows = down + torch.arange(height)[:, None]
    columns = right + torch.arange(width)
    return padded[torch.arange(n_images)[:, None, None], 0, rows, columns].unsqueeze(1)
