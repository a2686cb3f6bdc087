import numpy as np
import pytest
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from autoencoders.evaluation.metrics import METRICS, break_even, psnr, squared_error, ssim, total_variance

SHAPE = (28, 28)
PAIR = np.random.default_rng(0).random((2, 7, 784)).astype(np.float32)


@pytest.mark.parametrize(("name", "expected"), [("se", 0.0), ("mse", 0.0), ("psnr", 100.0), ("ssim", 1.0)])
def test_the_identity_codec_is_perfect(name: str, expected: float) -> None:
    assert METRICS[name].function(PAIR[0], PAIR[0], SHAPE) == pytest.approx(np.full(7, expected))


def test_the_squared_error_of_the_mean_image_is_the_variance() -> None:
    images = PAIR[0].astype(np.float64)
    constant = np.broadcast_to(images.mean(axis=0), images.shape)
    assert squared_error(images, constant, SHAPE).mean() == pytest.approx(total_variance(images))


def test_noise_of_a_deviation_on_mid_grey_has_its_square_as_mse() -> None:
    noise = np.random.default_rng(0).normal(scale=0.1, size=(1, 10**6))
    assert METRICS["mse"].function(np.full((1, 10**6), 0.5), 0.5 + noise, (1000, 1000)) == pytest.approx(0.01, rel=0.01)


@pytest.mark.parametrize("name", METRICS)
def test_metrics_permute_with_the_batch_and_do_not_depend_on_its_size(name: str) -> None:
    function, order = METRICS[name].function, np.array([3, 1, 6, 0, 2, 5, 4])
    whole = function(PAIR[0], PAIR[1], SHAPE)
    assert function(PAIR[0][order], PAIR[1][order], SHAPE) == pytest.approx(whole[order])
    assert function(PAIR[0][:1], PAIR[1][:1], SHAPE) == pytest.approx(whole[:1])


@pytest.mark.parametrize("name", METRICS)
def test_values_lie_within_the_declared_bounds(name: str) -> None:
    low, high = METRICS[name].bounds
    values = METRICS[name].function(PAIR[0], PAIR[1], SHAPE)
    assert (values >= low).all()
    assert (values <= high).all()


@pytest.mark.parametrize("name", METRICS)
def test_more_noise_is_worse_in_the_declared_direction(name: str) -> None:
    weak, strong = (METRICS[name].function(PAIR[0], PAIR[0] + s * (PAIR[1] - 0.5), SHAPE).mean() for s in (0.1, 0.4))
    assert (strong > weak) == (METRICS[name].direction == "lower")


def test_ssim_agrees_with_scikit_image() -> None:
    expected = [
        structural_similarity(
            a.reshape(SHAPE), b.reshape(SHAPE), data_range=1.0, gaussian_weights=True, sigma=1.5,
            use_sample_covariance=False,
        )
        for a, b in zip(*PAIR.astype(np.float64), strict=True)
    ]  # fmt: skip
    assert ssim(PAIR[0], PAIR[1], SHAPE) == pytest.approx(expected, abs=1e-7)


def test_psnr_agrees_with_scikit_image() -> None:
    expected = [peak_signal_noise_ratio(a, b, data_range=1.0) for a, b in zip(*PAIR.astype(np.float64), strict=True)]
    assert psnr(PAIR[0], PAIR[1], SHAPE) == pytest.approx(expected)


def test_ssim_of_small_images_is_that_of_its_formula_in_a_smaller_window() -> None:
    first, second = PAIR[:, :, :64].astype(np.float64)
    offsets = np.arange(-3, 4)
    window = np.exp(-(offsets[:, None] ** 2 + offsets**2) / (2 * 1.5**2))
    window /= window.sum()

    def of_window(a: np.ndarray, b: np.ndarray) -> float:
        mean_a, mean_b = (window * a).sum(), (window * b).sum()
        var_a, var_b = (window * (a - mean_a) ** 2).sum(), (window * (b - mean_b) ** 2).sum()
        both = (window * (a - mean_a) * (b - mean_b)).sum()
        likeness = (2 * mean_a * mean_b + 0.01**2) * (2 * both + 0.03**2)
        return float(likeness / ((mean_a**2 + mean_b**2 + 0.01**2) * (var_a + var_b + 0.03**2)))

    expected = [
        np.mean([of_window(a[y : y + 7, x : x + 7], b[y : y + 7, x : x + 7]) for y in (0, 1) for x in (0, 1)])
        for a, b in zip(first.reshape(-1, 8, 8), second.reshape(-1, 8, 8), strict=True)
    ]
    assert ssim(first, second, (8, 8)) == pytest.approx(expected, abs=1e-7)


@pytest.mark.parametrize(
    ("gains", "expected"),
    [
        ([1.0, 2.0, 3.0], ("always", None)),
        ([-1.0, 0.0, -3.0], ("never", None)),
        ([-1.0, 3.0, 4.0], ("above", 0.25)),
        ([4.0, 2.0, -2.0], ("below", 1.5)),
        ([1.0, -1.0, 1.0], ("varies", None)),
    ],
)
def test_break_even_is_where_the_straight_line_of_gains_is_nought(gains: list[float], expected: object) -> None:
    assert break_even([0.0, 1.0, 2.0], gains) == expected
