import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autoencoders.evaluation.entropy_coding import (
    HEADER,
    StreamError,
    decode,
    dequantise,
    encode,
    fit_entropy_model,
    information_bits,
    quantise,
)

TRAIN, TEST = (np.random.default_rng(0).normal(size=(2, 5000, 3)) * [1, 5, 0.1]).astype(np.float32)
MODEL = fit_entropy_model(TRAIN, [0.5, 1.0, 0.02])
LEVELS = quantise(TEST, MODEL)
STREAM = encode(LEVELS, MODEL)


def test_a_stream_decodes_to_the_same_levels() -> None:
    assert np.array_equal(decode(STREAM, MODEL), LEVELS)


def test_a_stream_is_as_long_as_its_information() -> None:
    information = information_bits(LEVELS, MODEL).sum() / 8
    assert information <= len(STREAM) - HEADER.size <= 1.002 * information + 8


def test_the_rate_is_the_entropy_of_a_quantised_gaussian() -> None:
    """Known answer: h(N(0, 1)) - log2(step) bits for a fine step."""
    model = fit_entropy_model(TRAIN[:, :1], [0.1])
    expected = 0.5 * np.log2(2 * np.pi * np.e) - np.log2(0.1)
    assert information_bits(quantise(TEST[:, :1], model), model).mean() == pytest.approx(expected, abs=0.03)


def test_quantisation_errs_by_at_most_half_a_step_within_the_range() -> None:
    inside = np.clip(TEST, TRAIN.min(axis=0), TRAIN.max(axis=0))
    error = np.abs(dequantise(quantise(inside, MODEL), MODEL) - inside)
    assert (error <= MODEL.steps / 2 + 1e-5).all()


def test_codes_beyond_the_range_are_clipped_and_still_decode() -> None:
    levels = quantise(np.array([[99.0, -99.0, 99.0]], dtype=np.float32), MODEL)
    assert np.array_equal(decode(encode(levels, MODEL), MODEL), levels)
    assert np.isfinite(information_bits(levels, MODEL)).all()


def test_a_dimension_without_spread_costs_almost_nothing() -> None:
    constant = np.full((1000, 1), 3.0, dtype=np.float32)
    model = fit_entropy_model(constant, [1.0])
    assert information_bits(quantise(constant, model), model).max() < 0.01
    assert np.array_equal(decode(encode(quantise(constant, model), model), model), quantise(constant, model))


def test_an_empty_stream_decodes_to_no_codes() -> None:
    assert decode(encode(LEVELS[:0], MODEL), MODEL).shape == (0, 3)


@given(st.integers(0, len(STREAM) - 1), st.integers(1, 255))
@settings(max_examples=300, deadline=None)
def test_any_changed_byte_is_refused(place: int, change: int) -> None:
    damaged = bytearray(STREAM)
    damaged[place] ^= change
    with pytest.raises(StreamError, match=r"^stream: expected"):
        decode(bytes(damaged), MODEL)


@given(st.integers(0, len(STREAM) - 1))
@settings(max_examples=100, deadline=None)
def test_any_truncated_stream_is_refused(length: int) -> None:
    with pytest.raises(StreamError, match=r"^stream: expected"):
        decode(STREAM[:length], MODEL)


def test_a_stream_of_another_model_is_refused() -> None:
    other = fit_entropy_model(TRAIN, [0.5, 1.0, 0.03])
    with pytest.raises(StreamError, match="expected model"):
        decode(STREAM, other)


@pytest.mark.parametrize("steps", [[0.0, 1, 1], [-1, 1, 1], [np.nan, 1, 1], [1e-9, 1, 1]])
def test_impossible_steps_are_refused(steps: list[float]) -> None:
    with pytest.raises(ValueError, match="steps must"):
        fit_entropy_model(TRAIN, steps)
