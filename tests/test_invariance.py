"""No number of a claim changes under a change of code coordinates that the decoder undoes."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from scipy.stats import ortho_group
from sklearn.decomposition import PCA

from autoencoders.evaluation import latent_space, samplers
from stages import baselines, compression, generation
from stages.protocol import continuity, dimension_reduction, geometry, reconstructions, sampling
from stages.protocol.context import Context
from stages.protocol.trained import per_seed
from tests.generation_fixture import LATENT_DIM, digits, readers, small_context, trained

CODECS = ("pca", "ae", "vae", "rae")
OF_THE_PRIOR = {"C6d", "C8a", "C8b"}  # what N(0, I) as it stands makes of the VAE's code space
PARTS = {"C1", "C2", "C4a", "C5a", "C5b", "C5c", "C6a", "C6b", "C6c", "C7", "C8c"} | OF_THE_PRIOR
OF_SAMPLES = {"C6d", "C8a", "C8b", "C8c"}
FLIPS = 0.02  # shares of a few hundred images of which rounding may move one over a threshold

Numbers = dict[str, np.ndarray]


class Transformed:
    """A codec with codes scaled, rotated and shifted, and a decoder that undoes it."""

    def __init__(self, codec: Any, scale: float, rotation: np.ndarray, shift: np.ndarray) -> None:
        self.codec, self.scale, self.rotation, self.shift = codec, scale, rotation, shift
        self.network_ = getattr(codec, "network_", SimpleNamespace(is_linear=False))  # PCA has none

    def transform(self, images: np.ndarray) -> np.ndarray:
        codes = self.codec.transform(images).astype(np.float64)
        return (self.scale * codes @ self.rotation + self.shift).astype(np.float32)

    def inverse_transform(self, codes: np.ndarray) -> np.ndarray:
        undone = (codes.astype(np.float64) - self.shift) @ self.rotation.T / self.scale
        return self.codec.inverse_transform(undone.astype(np.float32))


class TransformedPosterior(Transformed):
    """The same with distributed codes; a rotated one has no independent dimensions, so there is no rotation."""

    def encode(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        means, log_variances = self.codec.encode(images)
        return (self.scale * means + self.shift).astype(np.float32), log_variances + 2 * np.log(self.scale)


def identity(codec: Any) -> Transformed:
    return Transformed(codec, 1.0, np.eye(LATENT_DIM), np.zeros(LATENT_DIM))


def moved(codec: Any, scale: float, seed: int) -> Transformed:
    rotation = ortho_group.rvs(LATENT_DIM, random_state=seed)
    return Transformed(codec, scale, rotation, 5 * scale * np.random.default_rng(seed).normal(size=LATENT_DIM))


def world(change: Any = identity, names: tuple[str, ...] = CODECS) -> Context:
    """All codecs, some of them changed."""
    return small_context(
        {
            name: {seed: (change if name in names else identity)(codec) for seed, codec in trained(name).items()}
            for name in CODECS
        }
    )


def numbers(context: Context) -> Numbers:
    """The numbers that decide every part of a claim, one row per cell that votes, a column per seed."""
    spaces: dict[str, Any] = {table: {} for table in generation.LAYOUTS}
    for name, measure in generation.list_pieces(context).items():
        if not name.startswith("scales"):  # what is drawn as it stands
            for table, part in measure().items():
                spaces[table] |= part
    test, mean_image = digits("test"), digits("train").pixels.mean(axis=0)
    scores, readings = reconstructions.score(context.codecs, test, mean_image, readers())
    samples = sampling.gather(sample_rows(context))
    cells: dict[str, list[Any]] = {
        part: [cell["by_seed"] for cell in found["cells"] if part not in OF_SAMPLES or cell["votes"]]
        for part, found in {
            **generation.claims(spaces, samples, context.plan.recognition_threshold),
            **reconstructions.claims(scores, readings),
            **compression.claim(squared_errors(context)),
        }.items()
    }
    cells["C4a"] = [v.mean(axis=1) for v in dimension_reduction.compare_reconstructions(scores, "ae").values()]
    return {part: np.array(values) for part, values in cells.items()}


def sample_rows(context: Context) -> list[dict[str, Any]]:
    references = sampling.References(context)
    rows = baselines.measure_real(context)
    for generator in sampling.list_generators(context):
        for seed in context.seeds:
            measured, _ = sampling.score_generator(context, references, generator, seed)
            rows += sampling.list_values(generator, seed, measured)
    return rows


def squared_errors(context: Context) -> dict[str, np.ndarray]:
    pixels = digits("test").pixels
    best: Any = {0: PCA(4 * LATENT_DIM, svd_solver="full").fit(digits("train").pixels)}
    cells = {"pca": context.codecs["pca"], "ae": context.codecs["ae"], "ceiling": best}
    errors = {
        name: per_seed(cell, lambda codec, seed: dimension_reduction.squared_errors(codec, pixels))
        for name, cell in cells.items()
    }
    return {**errors, "mean_image": np.square(pixels - pixels.mean(axis=0)).sum(axis=1)[None]}


def largest_changes(numbers: Numbers, base: Numbers) -> dict[str, float]:
    return {part: float(np.abs(numbers[part] - base[part]).max(initial=0)) for part in base}


@pytest.fixture(scope="module")
def base() -> Numbers:
    return numbers(world())


def test_every_part_has_numbers_that_say_something(base: Numbers) -> None:
    assert set(base) == PARTS
    assert all(np.isfinite(values).all() and values.any() for values in base.values())


@pytest.mark.parametrize(("scale", "seed"), [(0.1, 0), (1.0, 1), (10.0, 2)])
def test_no_number_knows_scale_rotation_and_origin_of_the_codes_of_models_without_a_prior(
    base: Numbers, scale: float, seed: int
) -> None:
    found = numbers(world(lambda codec: moved(codec, scale, seed), ("pca", "ae", "rae")))
    assert max(largest_changes(found, base).values()) < FLIPS


@pytest.mark.parametrize(("scale", "seed"), [(0.1, 3)])
def test_nor_those_of_the_vae_but_where_its_prior_is_what_is_drawn_from(base: Numbers, scale: float, seed: int) -> None:
    changes = largest_changes(numbers(world(lambda codec: moved(codec, scale, seed), ("vae",))), base)
    assert max(change for part, change in changes.items() if part not in OF_THE_PRIOR) < FLIPS
    assert min(changes[part] for part in OF_THE_PRIOR) > FLIPS


class Unwhitened(samplers.Whitening):
    """Coordinates as they stand under the name of whitened ones."""

    def fit(self, codes: np.ndarray, y: object = None) -> "Unwhitened":
        self.mean_ = np.zeros(codes.shape[1])
        self.axes_, self.deviations_ = np.eye(codes.shape[1]), np.ones(codes.shape[1])
        return self


def test_samplers_and_tests_that_ignore_whitening_are_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (samplers, geometry, continuity, latent_space):
        monkeypatch.setattr(module, "Whitening", Unwhitened)
    found = (numbers(world(change, ("ae", "rae"))) for change in (lambda codec: moved(codec, 10.0, 0), identity))
    changes = largest_changes(*found)
    assert {part for part, change in changes.items() if change > FLIPS} >= {"C5a", "C5b", "C8c"}


def test_distributed_codes_are_drawn_in_the_coordinates_of_the_encoder() -> None:
    spaces = [
        geometry.compare_codes(
            small_context({"pca": trained("pca"), "vae": {s: change(c) for s, c in trained("vae").items()}}), "vae"
        )
        for change in (
            lambda codec: codec,
            lambda codec: TransformedPosterior(codec, 0.1, np.eye(LATENT_DIM), np.full(4, 3.0)),
        )
    ]
    whitened = [found["vae", "whitened"] for found in spaces]
    assert whitened[1] == pytest.approx(whitened[0], abs=FLIPS)
    assert spaces[1]["vae", "as_they_stand"] != pytest.approx(spaces[0]["vae", "as_they_stand"], abs=FLIPS)
