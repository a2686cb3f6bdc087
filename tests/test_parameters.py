"""The schema of params.yaml: the committed file is valid, and each mistake gives one line that names it."""

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from foundation.parameters import ParameterError, Params, latent_dims, load_params, parse_params

ROOT = Path(__file__).resolve().parents[1]
REPEAT = "(repeat one to have fewer latent dimensions)"
DEFAULTS: dict[str, Any] = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))


def changed(key: str, value: object) -> dict[str, Any]:
    """Return the defaults with one entry, given by a dotted key, replaced."""
    raw = copy.deepcopy(DEFAULTS)
    *sections, last = key.split(".")
    target = raw
    for section in sections:
        target = target[section]
    target[last] = value
    return raw


def message(raw: object) -> str:
    with pytest.raises(ParameterError) as caught:
        parse_params(raw)
    assert len(str(caught.value).splitlines()) == 1
    return str(caught.value)


def test_the_committed_file_is_valid() -> None:
    assert isinstance(load_params(ROOT / "params.yaml"), Params)


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("numerics", "fast", "numerics: input should be 'native' or 'portable', got 'fast'"),
        ("device", "gpu", "device: input should be 'auto', 'cpu' or 'cuda', got 'gpu'"),
        ("precision", "half", "precision: input should be 'auto', 'float32' or 'bfloat16', got 'half'"),
        ("device", 0, "device: input should be 'auto', 'cpu' or 'cuda', got 0"),
        ("latent_dim", 0, "latent_dim: input should be greater than or equal to 1, got 0"),
        ("latent_dim", -1, "latent_dim: input should be greater than or equal to 1, got -1"),
        ("latent_dim", 785, "latent_dim must be in 1..784, got 785"),
        ("latent_dim", "eight", "latent_dim: must be an integer, got 'eight'"),
        ("latent_dim", "8", "latent_dim: must be an integer, got '8'"),
        ("latent_dim", 2.5, "latent_dim: must be an integer, got 2.5"),
        ("latent_dim", True, "latent_dim: must be an integer, got True"),
        ("latent_dim", None, "latent_dim: must be an integer, got None"),
        ("latent_sweep", [2, 4], f"latent_sweep must have 5 entries {REPEAT}, got [2, 4]"),
        ("latent_sweep", [1, 2, 3, 4, 5, 6], f"latent_sweep must have 5 entries {REPEAT}, got [1, 2, 3, 4, 5, 6]"),
        ("latent_sweep", [2, 2, 2, 2, 1000], "latent_sweep must be in 1..784, got 1000"),
        ("latent_sweep", 2, "latent_sweep: must be a list, got 2"),
        ("seeds", [], "seeds: "),
        ("seeds", [0, 0], "seeds: entries must be distinct, got [0, 0]"),
        ("seeds", [-1], "seeds.0: input should be greater than or equal to 0, got -1"),
        ("models", ["ae", "gan"], "models.1: input should be 'ae', 'vae'"),
        ("models", [], "models: "),
        ("train_beta.betas", [-1], "train_beta.betas.0"),
        ("train_beta.betas", [1, 1], "train_beta.betas: entries must be distinct, got [1, 1]"),
        ("train_beta.betas", ["1"], "train_beta.betas.0"),
        ("train_denoiser.regimes", ["all"], "train_denoiser.regimes.0: input should be 'range' or"),
        ("train_likelihood.likelihoods", ["gaussian"], "train_likelihood.likelihoods.0: input should be"),
        ("train_likelihood.latent_dim", 785, "train_likelihood.latent_dim must be in 1..784, got 785"),
        ("pca_comparison.n_kernel_images", 1, "pca_comparison.n_kernel_images: input should be greater"),
        ("dataset", "imagenet", "dataset must be one of mnist"),
        ("dataset", 3, "dataset: "),
        ("denoising.levels.gaussian", [0.1, 1.5], "denoising.levels.gaussian.1: "),
        ("denoising.levels.gaussian", [0.0], "denoising.levels.gaussian.0: input should be greater than 0, got 0.0"),
        ("denoising.levels.gaussian", [], "denoising.levels.gaussian: "),
        ("denoising.levels", {"rain": [0.1]}, "denoising.levels.rain"),
        ("vae.beta", -0.5, "vae.beta: input should be greater than or equal to 0, got -0.5"),
        ("vae.beta", float("nan"), "vae.beta: "),
        ("epochs", 0, "epochs: input should be greater than or equal to 1, got 0"),
        ("training.learning_rate", 0, "training.learning_rate: input should be greater than 0, got 0"),
        ("network.hidden_dims", [128, 256], "network.hidden_dims: entries must fall strictly, got [128, 256]"),
        ("train_ceiling.hidden_dims", [784], "train_ceiling.hidden_dims must be below 784, got [784]"),
        ("network.architecture", "dense", "network.architecture: input should be 'fully_connected' or 'convolutional'"),
        ("network.activation", "sine", "network.activation: input should be 'relu'"),
        ("ae.epochs", 3, "ae.epochs: unknown key"),
        ("train_denoiser.models", ["linear_ae"], "train_denoiser.models must be among ae, vae"),
        ("latent_dimension", 3, "latent_dimension: unknown key"),
        ("fit_pca.max_components", 8, "fit_pca.max_components must be in 32..784"),
        ("report.language", "de", "report.language: "),
    ],
)
def test_each_mistake_names_its_key_and_value(key: str, value: object, said: str) -> None:
    assert f"params.yaml: {said}" in message(changed(key, value))


def test_a_missing_key_is_named() -> None:
    raw = copy.deepcopy(DEFAULTS)
    del raw["vae"]["beta"]
    assert message(raw) == "params.yaml: vae.beta: missing"


def test_convolutions_that_images_cannot_be_halved_for_are_refused() -> None:
    raw = changed("network.architecture", "convolutional")
    assert isinstance(parse_params(raw), Params)
    raw["network"]["channels"] = [8, 8, 8]
    assert message(raw).endswith(
        "network.channels must have so few entries that images, 28 x 28, can be halved as often, got [8, 8, 8]"
    )


@pytest.mark.parametrize("raw", [None, [], "text", 3])
def test_a_document_without_keys_is_refused(raw: object) -> None:
    assert "expected a mapping of keys" in message(raw)


@pytest.mark.parametrize("content", [b"a: [1,\n", b"\xff\xfe\x00", b"a: b: c\n"])
def test_an_unreadable_file_gives_one_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "params.yaml").write_bytes(content)
    with pytest.raises(ParameterError, match=r"params\.yaml: ") as caught:
        load_params(tmp_path / "params.yaml")
    assert len(str(caught.value).splitlines()) == 1


def test_a_missing_file_gives_one_line(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="cannot be read"):
        load_params(tmp_path / "params.yaml")


junk = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6) | st.lists(st.integers(), max_size=3)
)


@given(st.sampled_from(sorted(DEFAULTS)), junk)
def test_no_value_of_a_top_level_key_gives_a_traceback(key: str, value: object) -> None:
    error = ""
    try:
        parse_params(changed(key, value))
    except ParameterError as refused:
        error = str(refused)
    assert len(error.splitlines()) <= 1


@pytest.mark.parametrize("device", ["auto", "cuda"])
def test_portable_numerics_need_a_processor(device: str) -> None:
    raw = {**changed("numerics", "portable"), "device": device}
    assert message(raw) == f"params.yaml: device must be 'cpu' under numerics: portable, got {device!r}"


@pytest.mark.parametrize(("key", "value"), [("numerics", "portable"), ("device", "auto"), ("device", "cuda")])
def test_rounded_products_need_a_processor_and_native_numerics(key: str, value: str) -> None:
    raw = {**changed(key, value), "precision": "bfloat16"}
    expected = f"precision must be 'auto' or 'float32' under {key}: {value}, got 'bfloat16'"
    assert message(raw) == f"params.yaml: {expected}"


def test_latent_dims_are_the_sweep_and_the_headline_each_once() -> None:
    raw = changed("latent_dim", 10)
    raw["latent_sweep"] = [16, 2, 16, 2, 2]
    assert latent_dims(parse_params(raw)) == (2, 10, 16)


def test_params_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        parse_params(DEFAULTS).latent_dim = 3  # type: ignore[misc]


@pytest.mark.parametrize("latent_dim", [1, 2, 128, 256])
def test_every_width_up_to_the_stored_components_is_valid(latent_dim: int) -> None:
    assert parse_params(changed("latent_dim", latent_dim)).latent_dim == latent_dim
