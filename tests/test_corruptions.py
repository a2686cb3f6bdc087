import pytest
import torch

from autoencoders.learning.corruptions import CORRUPTIONS, _chosen_of_all, random_corruption

GREY = torch.full((50, 784), 0.5)


def corrupted(name: str, level: float, seed: int = 0, images: torch.Tensor = GREY) -> torch.Tensor:
    return CORRUPTIONS[name](images, level, torch.Generator().manual_seed(seed))  # type: ignore[index]


def test_gaussian_noise_on_mid_grey_has_its_deviation() -> None:
    assert (corrupted("gaussian", 0.1) - 0.5).std().item() == pytest.approx(0.1, rel=0.02)


def test_salt_and_pepper_replaces_its_share_half_white_half_black() -> None:
    noisy = corrupted("salt_and_pepper", 0.3)
    assert (noisy != 0.5).float().mean().item() == pytest.approx(0.3, abs=0.01)
    assert (noisy == 1).float().mean().item() == pytest.approx(0.15, abs=0.01)


def test_masking_sets_its_share_to_zero_and_leaves_the_rest() -> None:
    noisy = corrupted("masking", 0.25)
    assert (noisy == 0).float().mean().item() == pytest.approx(0.25, abs=0.01)
    assert set(noisy.unique().tolist()) == {0.0, 0.5}


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_level_zero_changes_nothing(name: str) -> None:
    assert torch.equal(corrupted(name, 0.0), GREY)


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_images_stay_in_range(name: str) -> None:
    noisy = corrupted(name, 1.0, images=torch.rand(20, 784, generator=torch.Generator().manual_seed(1)))
    assert noisy.min() >= 0
    assert noisy.max() <= 1


@pytest.mark.parametrize("name", ["salt_and_pepper", "masking"])
def test_a_stronger_level_hits_the_same_pixels_and_more(name: str) -> None:
    weak, strong = corrupted(name, 0.2) != GREY, corrupted(name, 0.4) != GREY
    assert (strong | ~weak).all()


def test_random_corruption_uses_every_kind_and_leaves_no_image_out() -> None:
    levels = {"gaussian": 0.5, "salt_and_pepper": 0.5, "masking": 0.5}
    noisy = random_corruption(GREY, levels, torch.Generator().manual_seed(0), is_range=True)  # type: ignore[arg-type]
    has_white_only_from_noise = ((noisy == 1).any(1), (noisy == 0).any(1))
    assert noisy.isfinite().all()
    assert ((noisy != GREY).any(1)).float().mean() > 0.9
    assert 0 < has_white_only_from_noise[0].sum() < has_white_only_from_noise[1].sum() < len(noisy)


def test_one_level_is_the_same_for_every_image() -> None:
    noisy = random_corruption(GREY, {"gaussian": 0.1}, torch.Generator().manual_seed(0), is_range=False)
    assert (noisy - GREY).std(dim=1).tolist() == pytest.approx([0.1] * len(GREY), rel=0.2)


def test_where_no_images_are_counted_each_shows_its_own_kind_at_its_own_level() -> None:
    kinds, shares = torch.tensor([0, 1, 0, 1]), torch.tensor([[1.0], [0.5], [0.0], [1.0]])
    levels = {"salt_and_pepper": 0.6, "masking": 0.4}
    grey = torch.full((4, 40_000), 0.5)
    made = _chosen_of_all(grey, levels, (kinds, shares), torch.Generator().manual_seed(0))  # type: ignore[arg-type]
    assert (made == 1).float().mean(1).tolist() == pytest.approx([0.3, 0, 0, 0], abs=0.01)
    assert (made == 0).float().mean(1).tolist() == pytest.approx([0.3, 0.2, 0, 0.4], abs=0.01)


def test_images_elsewhere_than_on_a_processor_are_not_counted() -> None:
    images = torch.zeros(50, 784, device="meta")  # has no content, so nobody can look at it
    made = random_corruption(images, {"gaussian": 0.5, "masking": 0.3}, torch.Generator(), is_range=True)
    assert made.shape == images.shape
    assert made.device == images.device
