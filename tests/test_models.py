"""Estimators: scikit-learn's conventions, the linear control, seeds at once equal seeds alone."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils import estimator_checks

import foundation.models
from autoencoders.evaluation.kernel_pca import KernelPca
from autoencoders.evaluation.samplers import Mixture
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


MORE_CHECKS = (  # of scikit-learn's own, which its generator leaves out; those of pandas need it installed
    "check_param_validation", "check_get_feature_names_out_error", "check_transformer_get_feature_names_out",
    "check_transformer_get_feature_names_out_pandas", "check_set_output_transform", "check_set_output_transform_pandas",
    "check_global_output_transform_pandas", "check_dataframe_column_names_consistency",
    "check_inplace_ensure_writeable",
)  # fmt: skip
OFFLINE = ("check_array_api_input",)  # needs a variable that must be set before SciPy is imported


def conventions() -> list[object]:
    """Return scikit-learn's checks of each codec; its data have a few features of any size."""
    settings = {"epochs": 1, "hidden_dims": (), "channels": (), "likelihood": "gaussian"}
    checks = []
    for codec in (*(build_model(name, 1, settings) for name in MODELS), KernelPca(1)):
        name = type(codec).__name__
        generated = [(model, check) for model, check in estimator_checks.estimator_checks_generator(codec)]
        more = [(codec, partial(getattr(estimator_checks, check), name)) for check in MORE_CHECKS]
        wanted = [pair for pair in (*generated, *more) if pair[1].func.__name__ not in OFFLINE]
        checks += [pytest.param(model, check, id=f"{name}-{check.func.__name__}") for model, check in wanted]
    return checks


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
@pytest.mark.filterwarnings(
    "ignore:X (has|does not have valid) feature names:UserWarning"
)  # some checks leave names out
@pytest.mark.parametrize(("model", "check"), conventions())
def test_codecs_keep_scikit_learn_s_conventions(model: BaseAutoencoder, check: Callable[..., None]) -> None:
    check(model)


def test_a_sampler_checks_its_parameters_as_scikit_learn_does() -> None:
    estimator_checks.check_param_validation("Mixture", Mixture())


@EACH_MODEL
@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("latent_dim", np.int64(2)),
        ("epochs", np.int32(2)),
        ("batch_size", 10**6),
        ("random_state", np.int64(3)),
        ("random_state", None),
        ("random_state", np.random.RandomState(0)),
        ("learning_rate", np.float32(0.01)),
        ("hidden_dims", [8, 4]),
        ("hidden_dims", np.array([8, 4])),
        ("hidden_dims", ()),
        ("is_narrowing", np.bool_(True)),
        ("beta", 0),
    ],
    ids=str,
)
def test_unusual_but_legal_parameters_are_taken_and_stay_as_they_were_given(name: str, key: str, value: object) -> None:
    if key not in MODELS[name]().get_params():
        pytest.skip(f"no parameter of {name}")
    model = built(name).set_params(**{key: value}).fit(images())
    assert getattr(model, key) is value
    assert clone(model).get_params().keys() == model.get_params().keys()
    assert np.isfinite(model.inverse_transform(model.transform(images()))).all()


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"activation": "sigmoid"}, r"The 'activation' parameter of Autoencoder must be a str among \{.*'silu'.*"),
        ({"likelihood": "poisson"}, "The 'likelihood' parameter"),
        ({"hidden_dims": (8, 2.5)}, r"hidden_dims must be whole numbers of at least 1, got \(8, 2.5\)"),
        ({"hidden_dims": "64"}, "The 'hidden_dims' parameter of Autoencoder must be an array-like"),
        ({"hidden_dims": (8, 0)}, "hidden_dims must be whole numbers of at least 1"),
        ({"architecture": "convolutional", "channels": ()}, "channels must have an entry"),
        ({"beta": float("nan")}, "The 'beta' parameter of VariationalAutoencoder"),
    ],
    ids=str,
)
def test_a_wrong_parameter_is_refused_by_its_name(parameters: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        fitted("vae" if "beta" in parameters else "ae", **parameters)


@pytest.mark.parametrize("likelihood", ["bernoulli", "discretized_logistic"])
@pytest.mark.parametrize("change", [lambda x: 255 * x, lambda x: 2 * x - 1, lambda x: (x - x.mean()) / x.std()])
def test_pixels_outside_the_unit_interval_are_refused_with_the_remedy(
    likelihood: str, change: Callable[[np.ndarray], np.ndarray]
) -> None:
    model = built("vae", likelihood=likelihood)
    with pytest.raises(ValueError, match=rf"^X must be in \[0, 1\] for the likelihood '{likelihood}', got .* X / 255"):
        model.fit(change(images()))
    with pytest.raises(ValueError, match=r"^X_validation must be in \[0, 1\]"):
        model.fit(images(), X_validation=change(images()))


@pytest.mark.parametrize("name", ["ae", "linear_ae"])
def test_a_gaussian_likelihood_takes_any_pixels(name: str) -> None:
    built(name, likelihood="gaussian").fit(255 * images())


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda x: x[:, :3], "must have .* columns, got 3"),
        (lambda x: x[0], "Expected 2D array"),
        (lambda x: np.where(x == x.max(), np.nan, x), "contains NaN"),
        (lambda x: x[:0], r"Found array with 0 sample\(s\)"),
        (lambda x: np.full(x.shape, "a"), "could not convert"),
    ],
    ids=["columns", "axes", "nan", "empty", "text"],
)
def test_validation_images_and_codes_are_checked_like_training_images(
    spoil: Callable[[np.ndarray], np.ndarray], said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        built("ae").fit(images(), X_validation=spoil(images()))
    codes = np.random.default_rng(0).random((5, 4))
    with pytest.raises(ValueError, match=said):
        build_model("ae", 4, SMALL).fit(images()).inverse_transform(spoil(codes))


def test_validation_images_of_another_type_change_no_weight() -> None:
    of_floats, of_lists = (
        built("ae").fit(images(), X_validation=held_out)
        for held_out in (images(seed=1), images(seed=1).astype(np.float64).tolist())
    )
    np.testing.assert_array_equal(of_floats.transform(images()), of_lists.transform(images()))


@EACH_MODEL
def test_codes_have_the_type_of_the_images_and_the_same_values(name: str) -> None:
    model = fitted(name)
    of_doubles = model.transform(images().astype(np.float64))
    assert of_doubles.dtype == np.float64
    np.testing.assert_array_equal(of_doubles, model.transform(images()))


@EACH_MODEL
def test_set_output_names_the_entries_of_a_code(name: str) -> None:
    model = fitted(name)
    names = [f"{type(model).__name__.lower()}{number}" for number in range(2)]
    assert list(model.get_feature_names_out()) == names
    pytest.importorskip("pandas")
    assert list(model.set_output(transform="pandas").transform(images()).columns) == names


def test_a_parameter_set_after_fitting_waits_for_the_next_fit() -> None:
    model = fitted("vae").set_params(latent_dim=5)
    assert model.inverse_transform(model.transform(images())).shape == (120, 16)
    assert model.encode(images())[1].shape == (120, 2)


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
