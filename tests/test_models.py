"""Estimators: scikit-learn's conventions, the linear control, seeds at once equal seeds alone."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml
from sklearn.decomposition import PCA
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.estimator_checks import estimator_checks_generator

import foundation.models
from autoencoders.learning.estimators import BaseAutoencoder, fit_seeds
from autoencoders.learning.models import MODELS, LinearAutoencoder, VariationalAutoencoder, build_model
from autoencoders.learning.training_loop import _Run, present_unchanged

SMALL = {"epochs": 3, "batch_size": 32, "hidden_dims": (8, 4)}
EACH_MODEL = pytest.mark.parametrize("name", MODELS)


def images(n: int = 120, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    basis = np.random.default_rng(42).random((3, 16))
    return np.clip(rng.random((n, 3)) @ basis / 2, 0, 1).astype(np.float32)


def built(name: str, **parameters: object) -> BaseAutoencoder:
    return build_model(name, 2, {**SMALL, **parameters})


def fitted(name: str, **parameters: object) -> BaseAutoencoder:
    return built(name, **parameters).fit(images())


@EACH_MODEL
def test_codes_and_images_have_the_shapes_of_the_interface(name: str) -> None:
    model = fitted(name)
    codes = model.transform(images())
    assert codes.shape == (120, 2)
    assert codes.dtype == np.float32
    assert model.inverse_transform(codes).shape == (120, 16)


def conventions() -> list[object]:
    """Return scikit-learn's checks of each model; its data have a few features of any size."""
    settings = {"epochs": 1, "hidden_dims": (), "channels": (), "likelihood": "gaussian"}
    checks = [(name, *pair) for name in MODELS for pair in estimator_checks_generator(build_model(name, 1, settings))]
    return [pytest.param(model, check, id=f"{name}-{check.func.__name__}") for name, model, check in checks]


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
@pytest.mark.parametrize(("model", "check"), conventions())
def test_models_keep_scikit_learn_s_conventions(model: BaseAutoencoder, check: Callable[..., None]) -> None:
    check(model)


@EACH_MODEL
def test_the_defaults_are_those_of_the_parameter_file(name: str) -> None:
    params = yaml.safe_load(Path("params.yaml").read_text())
    stated = {"epochs": params["epochs"], **params["training"], **params["network"], **params[name]}
    defaults = MODELS[name]().get_params()
    given = build_model(name, params["latent_dim"], stated).get_params()
    assert {key: list(v) if isinstance(v, tuple) else v for key, v in defaults.items()} == given
    assert set(defaults) - set(stated) <= {"latent_dim", "random_state", "is_narrowing", "is_averaged"}
    assert set(params[name]) <= set(defaults)


def test_the_registries_name_the_same_models_with_the_same_traits() -> None:
    def traits(holder: Any) -> tuple[bool, bool]:
        return holder.is_variational, holder.is_linear

    built = {name: traits(model().build_network(784)) for name, model in MODELS.items()}
    assert built == {name: traits(model) for name, model in foundation.models.MODELS.items()}


def test_hidden_layers_are_built_as_given_where_they_need_not_narrow() -> None:
    given = build_model("vae", 2, {"hidden_dims": (8, 20, 1), "is_narrowing": False}).build_network(16)
    assert [len(layer.weight) for layer in given.encoder[::2]] == [16, 8, 20, 1]


@EACH_MODEL
def test_models_work_in_a_pipeline_and_in_grid_search(name: str) -> None:
    pipeline = make_pipeline(FunctionTransformer(), built(name))

    def score(model: object, rows: np.ndarray, _: object = None) -> float:
        return -float(np.square(model.inverse_transform(model.transform(rows)) - rows).mean())  # type: ignore[attr-defined]

    search = GridSearchCV(pipeline, {f"{MODELS[name].__name__.lower()}__latent_dim": [1, 2]}, cv=2, scoring=score)
    assert search.fit(images()).transform(images()).shape[1] in (1, 2)


@EACH_MODEL
@pytest.mark.parametrize("latent_dim", [1, 2])
def test_seeds_together_equal_seeds_alone(name: str, latent_dim: int) -> None:
    model = build_model(name, latent_dim, SMALL)
    for seed, fitted_beside in fit_seeds(model, images(), [0, 5]).items():
        alone = model.set_params(random_state=seed).fit(images())
        np.testing.assert_array_equal(fitted_beside.transform(images()), alone.transform(images()))


@EACH_MODEL
def test_evaluation_changes_no_weight(name: str) -> None:
    model = fitted(name)
    before = {key: tensor.clone() for key, tensor in model.network_.state_dict().items()}
    model.inverse_transform(model.transform(images()))
    model.loss_terms(images(), torch.Generator().manual_seed(0))
    assert all(torch.equal(before[key], tensor) for key, tensor in model.network_.state_dict().items())


def test_the_linear_autoencoder_lands_on_the_error_of_pca() -> None:
    rows = np.random.default_rng(0).normal(size=(2000, 3)) @ np.random.default_rng(1).normal(size=(3, 12))
    rows = (rows + 0.3 * np.random.default_rng(2).normal(size=rows.shape)).astype(np.float32)
    linear = LinearAutoencoder(latent_dim=2, epochs=60, batch_size=50, learning_rate=0.02).fit(rows)
    pca = PCA(2).fit(rows)

    def error(codec: BaseAutoencoder | PCA) -> float:
        return float(np.square(codec.inverse_transform(codec.transform(rows)) - rows).sum(1).mean())

    assert error(pca) <= error(linear) <= 1.01 * error(pca)


def varied(code_weight: float, decoder_decay: float) -> tuple[float, float, float]:
    """Return the squared codes of a regularised autoencoder, and the squared weights of its decoder and encoder."""
    weights = {"code_weight": code_weight, "decoder_decay": decoder_decay}
    model = built("rae", epochs=60, learning_rate=0.02, **weights).fit(images())
    squares = {n: float(p.square().sum()) for n, p in model.network_.named_parameters() if n.endswith("weight")}
    decoder, encoder = (sum(v for n, v in squares.items() if n.startswith(part)) for part in ("decoder", "encoder"))
    return float(np.square(model.transform(images())).mean()), decoder, encoder


def test_each_weight_of_a_regularised_autoencoder_shrinks_what_it_is_named_after() -> None:
    free, short, small = varied(0.0, 0.0), varied(1.0, 0.0), varied(0.0, 1.0)
    assert short[0] < 0.7 * free[0]
    assert small[1] < 0.5 * free[1]
    assert small[2] > free[2]  # the encoder's weights are free


def test_without_its_weights_a_regularised_autoencoder_is_the_traditional_one() -> None:
    free = fitted("rae", code_weight=0.0, decoder_decay=0.0)
    np.testing.assert_array_equal(free.transform(images()), fitted("ae").transform(images()))


def test_the_decay_adds_the_gradient_of_half_the_squared_weights_of_the_decoder_alone() -> None:
    model, pixels = built("rae", decoder_decay=0.25), torch.from_numpy(images())
    run = _Run(
        lambda: model.build_network(16), pixels, plan=model, seeds=[0], validation=None, present=present_unchanged
    )
    decays = {id(rows): g.get("weight_decay", 0.0) for g in run.optimiser.param_groups for rows in g["params"]}
    found = {name: decays[id(rows)] for name, rows in run.stacked.rows.items()}
    assert found == {name: 0.25 * (name.startswith("decoder") and name.endswith("weight")) for name in found}


def test_the_prior_s_samples_are_images_and_repeat_with_their_stream() -> None:
    model = VariationalAutoencoder(2, **SMALL).fit(images())
    first, again = (model.sample(9, torch.Generator().manual_seed(1)) for _ in range(2))
    assert first.shape == (9, 16)
    assert first.min() >= 0
    assert first.max() <= 1
    np.testing.assert_array_equal(first, again)


def test_encode_gives_the_mean_code_of_transform() -> None:
    model = VariationalAutoencoder(2, **SMALL).fit(images())
    np.testing.assert_array_equal(model.encode(images())[0], model.transform(images()))
