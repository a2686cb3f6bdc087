"""Estimators: scikit-learn's conventions, the linear control, seeds at once equal seeds alone."""

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from autoencoders.learning.estimators import BaseAutoencoder, fit_seeds
from autoencoders.learning.models import MODELS, LinearAutoencoder, VariationalAutoencoder

SMALL = {"latent_dim": 2, "epochs": 3, "batch_size": 32}
EACH_MODEL = pytest.mark.parametrize("name", MODELS)


def images(n: int = 120, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    basis = np.random.default_rng(42).random((3, 16))
    return np.clip(rng.random((n, 3)) @ basis / 2, 0, 1).astype(np.float32)


def built(name: str, **parameters: object) -> BaseAutoencoder:
    hidden = {} if name == "linear_ae" else {"hidden_dims": (8, 4)}
    return MODELS[name](**{**SMALL, **hidden, **parameters})


def fitted(name: str, **parameters: object) -> BaseAutoencoder:
    return built(name, **parameters).fit(images())


@EACH_MODEL
def test_codes_and_images_have_the_shapes_of_the_interface(name: str) -> None:
    model = fitted(name)
    codes = model.transform(images())
    assert codes.shape == (120, 2)
    assert codes.dtype == np.float32
    assert model.inverse_transform(codes).shape == (120, 16)


@EACH_MODEL
def test_clone_copies_parameters_and_not_what_was_learned(name: str) -> None:
    copy = clone(fitted(name))
    assert copy.latent_dim == 2
    assert not hasattr(copy, "network_")


@EACH_MODEL
def test_models_work_in_a_pipeline_and_in_grid_search(name: str) -> None:
    pipeline = make_pipeline(FunctionTransformer(), built(name))

    def score(model: object, rows: np.ndarray, _: object = None) -> float:
        return -float(np.square(model.inverse_transform(model.transform(rows)) - rows).mean())  # type: ignore[attr-defined]

    search = GridSearchCV(pipeline, {f"{MODELS[name].__name__.lower()}__latent_dim": [1, 2]}, cv=2, scoring=score)
    assert search.fit(images()).transform(images()).shape[1] in (1, 2)


@EACH_MODEL
def test_seeds_together_equal_seeds_alone(name: str) -> None:
    together = fit_seeds(built(name), images(), [0, 5])
    for seed, model in together.items():
        np.testing.assert_array_equal(model.transform(images()), fitted(name, random_state=seed).transform(images()))


@EACH_MODEL
def test_evaluation_changes_no_weight(name: str) -> None:
    model = fitted(name)
    before = {key: tensor.clone() for key, tensor in model.network_.state_dict().items()}
    model.inverse_transform(model.transform(images()))
    model.loss_terms(images(), torch.Generator().manual_seed(0))
    assert all(torch.equal(before[key], tensor) for key, tensor in model.network_.state_dict().items())


@EACH_MODEL
def test_codes_do_not_depend_on_the_batch(name: str) -> None:
    model = fitted(name)
    np.testing.assert_allclose(model.transform(images())[:7], model.transform(images()[:7]), rtol=1e-5, atol=1e-6)


@EACH_MODEL
def test_images_of_another_width_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="features"):
        fitted(name).transform(np.zeros((3, 9), dtype=np.float32))


def test_the_linear_autoencoder_lands_on_the_error_of_pca() -> None:
    rows = np.random.default_rng(0).normal(size=(2000, 3)) @ np.random.default_rng(1).normal(size=(3, 12))
    rows = (rows + 0.3 * np.random.default_rng(2).normal(size=rows.shape)).astype(np.float32)
    linear = LinearAutoencoder(latent_dim=2, epochs=60, batch_size=50, learning_rate=0.02).fit(rows)
    pca = PCA(2).fit(rows)

    def error(codec: BaseAutoencoder | PCA) -> float:
        return float(np.square(codec.inverse_transform(codec.transform(rows)) - rows).sum(1).mean())

    assert error(pca) <= error(linear) <= 1.01 * error(pca)


def test_the_prior_s_samples_are_images_and_repeat_with_their_stream() -> None:
    model = VariationalAutoencoder(**SMALL, hidden_dims=(8, 4)).fit(images())
    first, again = (model.sample(9, torch.Generator().manual_seed(1)) for _ in range(2))
    assert first.shape == (9, 16)
    assert first.min() >= 0
    assert first.max() <= 1
    np.testing.assert_array_equal(first, again)


def test_encode_gives_the_mean_code_of_transform() -> None:
    model = VariationalAutoencoder(**SMALL, hidden_dims=(8, 4)).fit(images())
    np.testing.assert_array_equal(model.encode(images())[0], model.transform(images()))
