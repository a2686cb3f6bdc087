"""What judges learn to reject: images in [0, 1] of any shape, and foreign in the way that is said."""

import pytest
import torch

from autoencoders.judging.negatives import (
    FOREIGN,
    HARD,
    LOOKALIKES,
    NEGATIVES,
    SHARES,
    averages,
    halves,
    inverted,
    make_foreign,
    make_negatives,
    pair_classes,
    shuffled_bands,
    shuffled_pixels,
)
from autoencoders.judging.training import blur_images, present
from tests.generation_fixture import digits

EACH = pytest.mark.parametrize("kind", NEGATIVES)


def stream(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@EACH
@pytest.mark.parametrize("shape", [(7, 1, 28, 28), (3, 1, 17, 30), (0, 1, 28, 28)])
def test_each_kind_gives_images_alike_between_0_and_1(kind: str, shape: tuple[int, ...]) -> None:
    images, partners = torch.rand(2, *shape, generator=stream())
    made = NEGATIVES[kind](images, partners, stream())
    assert made.shape == shape
    assert made.dtype == torch.float32
    assert ((made >= 0) & (made <= 1)).all()


@EACH
def test_each_kind_follows_its_stream_alone(kind: str) -> None:
    images, partners = torch.rand(2, 6, 1, 28, 28, generator=stream())
    assert torch.equal(NEGATIVES[kind](images, partners, stream(1)), NEGATIVES[kind](images, partners, stream(1)))


def test_kinds_are_drawn_by_their_shares() -> None:
    assert len(SHARES) == len(NEGATIVES)
    assert (SHARES > 0).all()


def test_kinds_that_are_hard_to_learn_are_shown_more_often() -> None:
    shares = dict(zip(NEGATIVES, SHARES.tolist(), strict=True))
    others = {shares[name] for name in NEGATIVES if name not in HARD}
    assert others == {1.0}
    assert {name: shares[name] for name in HARD} == HARD
    assert min(HARD.values()) > 1


def test_lookalikes_are_no_controls_and_turned_images_were_never_learnt() -> None:
    assert list(LOOKALIKES) == ["halves", "turned"]
    assert not {*LOOKALIKES} & {*FOREIGN}
    assert "turned" not in NEGATIVES


def test_images_are_turned_by_a_quarter() -> None:
    image = torch.tensor([[1.0, 2.0], [3.0, 4.0]])[None, None]
    assert LOOKALIKES["turned"](image, image, stream()).tolist() == [[[[2.0, 4.0], [1.0, 3.0]]]]


def test_halves_are_of_one_image_below_or_beside_the_other() -> None:
    made = halves(torch.zeros(400, 1, 5, 7), torch.ones(400, 1, 5, 7), stream())
    lower, right = torch.zeros(5, 7), torch.zeros(5, 7)
    lower[2:], right[:, 3:] = 1, 1
    is_lower, is_right = ((made == expected).all(3).all(2).all(1) for expected in (lower, right))
    assert (is_lower | is_right).all()
    assert 0.4 < is_lower.float().mean() < 0.6


def test_no_image_is_paired_twice_nor_a_partner_of_two() -> None:
    labels = torch.randint(0, 3, (300,), generator=stream())
    for indices in pair_classes(labels, stream()):
        assert len(indices.unique()) == len(indices)


def test_pairs_follow_their_stream_alone() -> None:
    labels = torch.arange(10).repeat(30)
    first, second, other = (torch.stack(pair_classes(labels, stream(seed))) for seed in (1, 1, 2))
    assert torch.equal(first, second)
    assert not torch.equal(first, other)


def test_partners_are_of_another_class() -> None:
    labels = torch.randint(0, 10, (128,), generator=stream())
    places, partners = pair_classes(labels, stream())
    assert (labels[places] != labels[partners]).all()
    assert len(places) > 100


def test_partners_are_drawn_among_all_other_classes() -> None:
    labels = torch.arange(10).repeat(200)
    places, partners = pair_classes(labels, stream())
    assert (
        len({(int(first), int(second)) for first, second in zip(labels[places], labels[partners], strict=True)}) == 90
    )


def test_images_of_one_class_have_no_partner_and_give_no_negatives() -> None:
    assert len(make_negatives(torch.rand(8, 1, 28, 28), torch.zeros(8, dtype=torch.int64), 4, stream())) == 0


def test_a_mean_of_two_images_holds_as_much_of_either_as_is_said() -> None:
    made = averages(torch.zeros(500, 1, 4, 4), torch.ones(500, 1, 4, 4), stream())
    assert 0.4 <= made.min() < 0.42
    assert 0.58 < made.max() <= 0.6


def test_shuffled_images_keep_their_pixels_and_lose_their_places() -> None:
    images = digits("test").images[:20]
    for kind in (shuffled_pixels, shuffled_bands):
        made = kind(images, images, stream())
        torch.testing.assert_close(made.flatten(1).sort().values, images.flatten(1).sort().values)
        assert not torch.equal(made, images)


def test_what_was_dark_is_bright_in_inverted_images() -> None:
    images = digits("test").images[:20]
    made = inverted(images, images, stream())
    assert (made[images == 0] >= 0.6).all()
    assert (made[images == 1] <= 0.3).all()


def test_checks_are_made_without_variation() -> None:
    images, labels = digits("test")
    foreign = make_foreign(images, labels, stream())
    assert list(foreign) == [*FOREIGN, *LOOKALIKES]
    places, partners = pair_classes(labels, stream())
    torch.testing.assert_close(foreign["average_of_two"], (images[places] + images[partners]) / 2)
    torch.testing.assert_close(foreign["inverted"], 1 - images[places])
    torch.testing.assert_close(foreign["turned"].rot90(3, dims=(-2, -1)), images[places])


def test_blurring_keeps_what_is_even_and_softens_what_is_not() -> None:
    even = torch.full((1, 1, 9, 9), 0.7)
    torch.testing.assert_close(blur_images(even, stream())[..., 2:-2, 2:-2], even[..., 2:-2, 2:-2])
    dot = torch.zeros(50, 1, 9, 9)
    dot[..., 4, 4] = 1
    blurred = blur_images(dot, stream())
    torch.testing.assert_close(blurred.sum((1, 2, 3)), torch.ones(50))
    torch.testing.assert_close(blurred.amax((1, 2, 3)).min(), torch.tensor((6 / 16) ** 2), atol=0.05, rtol=0)


def test_a_batch_is_shown_with_its_classes_and_negatives_as_one_class_more() -> None:
    images, labels = (part[:40] for part in digits("train"))
    streams = {use: stream() for use in ("shifts", "blurs", "negatives")}
    inputs, targets = present(images, labels, 10, 0, streams)
    assert len(inputs) == len(targets) > 40
    assert torch.equal(targets[:40], labels)
    assert (targets[40:] == 10).all()
    assert torch.equal(inputs[20:40], images[20:])  # what is not blurred
