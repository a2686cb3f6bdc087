"""The data of the explorer: what is exported, how exactly, and that it can stand in a page."""

import base64
import json
import math
import re
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
import torch

from autoencoders.learning.models import MODELS
from foundation.datasets import DATASETS
from foundation.parameters import ParameterError, load_params
from foundation.reproducibility.randomness import numpy_stream
from foundation.vocabulary import Activation, Likelihood
from report.views import explorer as views
from stages import explorer
from stages.protocol import sampling
from stages.protocol.context import Context
from tests.explorer_fixture import (
    ASSETS,
    SHAPE,
    page_of,
    random_codec,
    random_images,
    small_export,
    small_params,
    small_study,
)
from tests.import_closure import ROOT
from tests.readers_fixture import UntrainedReaders

ACTIVATIONS = get_args(Activation)
LIKELIHOODS = get_args(Likelihood)
HALF_PRECISION = 2.0**-11  # largest relative error of rounding to 16 bits
SMALLEST_HALF = 2.0**-24
PAGE_BYTES = 10_000_000


def decoded(entry: dict[str, Any]) -> np.ndarray:
    content = base64.b64decode(entry["data"])
    dtype = np.dtype(entry["dtype"]).newbyteorder("<")
    count = int(np.prod(entry["shape"]))
    return np.frombuffer(content[: count * dtype.itemsize], dtype).reshape(entry["shape"])


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5])
def test_arrays_come_back_from_the_page_s_text_whatever_their_length(n: int) -> None:
    values = np.arange(3 * n, dtype=np.float16).reshape(n, 3) / 7
    assert np.array_equal(decoded(views.encoded(values)), values)


def test_exported_weights_are_the_network_s_to_half_precision() -> None:
    codec = random_codec("vae", 3)
    arrays = explorer.export_network(codec, "vae").arrays
    weights = {name: value.numpy() for name, value in codec.network_.named_parameters()}
    weights = {re.sub(r"\d+", lambda found: str(int(found[0]) // 2), name): value for name, value in weights.items()}
    assert {f"vae.{name}" for name in weights} == set(arrays)
    for name, value in weights.items():
        error = np.abs(arrays[f"vae.{name}"].astype(np.float64) - value)
        assert (error <= HALF_PRECISION * np.abs(value) + SMALLEST_HALF).all()


def test_only_the_locations_of_a_discretized_logistic_are_exported() -> None:
    codec = random_codec("ae", 3, likelihood="discretized_logistic")
    export = explorer.export_network(codec, "ae")
    assert export.arrays["ae.decoder.2.bias"].shape == (codec.n_features_in_,)
    assert export.record["output"] == "clamp"


def test_the_exported_judge_is_the_library_s_in_plain_arithmetic() -> None:
    """Convolutions, pooling and layers written out in double precision, from the exported arrays."""
    judge = UntrainedReaders().judge(explorer.JUDGE, 0)
    torch.manual_seed(0)
    for layer in judge.network.modules():
        if isinstance(layer, torch.nn.BatchNorm2d):
            for values in (layer.running_mean, layer.running_var, layer.weight, layer.bias):
                values.uniform_(-1 if values is layer.weight or values is layer.bias else 0.5, 1.5)
    export = explorer.export_judge(judge)
    arrays = {name.removeprefix("judge."): array.astype(np.float64) for name, array in export.arrays.items()}
    images = random_images(3, 0).pixels
    for image, features in zip(images, judge.features(images), strict=True):
        maps = image.reshape(*SHAPE, 1).astype(np.float64)
        for number in range(export.record["judge"]["n_convolutions"]):
            weight, scale, shift = (arrays[f"convolutions.{number}.{part}"] for part in ("weight", "scale", "shift"))
            windows = np.lib.stride_tricks.sliding_window_view(maps, (5, 5), axis=(0, 1)).transpose(0, 1, 3, 4, 2)
            sums = windows.reshape(*windows.shape[:2], -1) @ weight
            height, width = (side // 2 for side in sums.shape[:2])
            squares = sums[: 2 * height, : 2 * width].reshape(height, 2, width, 2, -1)
            maps = np.maximum(0, squares.max(axis=(1, 3)) * scale + shift)
        hidden = np.maximum(0, maps.ravel() @ arrays["hidden.weight"] + arrays["hidden.bias"])
        assert hidden == pytest.approx(features, rel=0.02, abs=0.02)


def test_the_exported_mixture_is_the_one_that_generation_draws_from() -> None:
    """The same random numbers through the exported means and roots give the codes that ``generation`` decodes."""
    codec = random_codec("ae", 3)
    plan = small_params().generation
    context = Context(plan, (0,), {"ae": {0: codec}}, None, {"train": random_images(400, 0)})  # type: ignore[arg-type]
    export = explorer.export_fitted(context)
    for word in ("gaussian", "mixture"):
        drawn = sampling.draw_codes(context, f"ae_{word}", 0)
        means, roots = (export.arrays[f"distribution.ae_{word}.{part}"].astype(float) for part in ("means", "roots"))
        weights = np.asarray(export.record["distributions"][f"ae_{word}"])
        stream = numpy_stream(0, f"generation/ae_{word}")
        n = len(drawn)
        chosen = stream.choice(len(weights), n, p=weights / weights.sum()) if word == "mixture" else np.zeros(n, int)
        noise = stream.standard_normal(drawn.shape)
        codes = means[chosen] + np.einsum("ni,nij->nj", noise, roots.reshape(-1, 3, 3)[chosen])
        assert codes == pytest.approx(drawn, rel=0.01, abs=0.01)


def test_the_number_of_real_images_fills_its_sheets_without_repeating() -> None:
    assert explorer.N_REAL_IMAGES % views.N_SHEET_SIDE**2 == 0
    export = small_export(small_params())
    assert export.arrays["real"].shape[1:] == SHAPE


@pytest.mark.parametrize(
    ("denoisers", "kind", "trained"),
    [
        (["ae_range"], "masking", (0, 0.75)),
        (["ae_one_level"], "gaussian", (0.4, 0.4)),
        (["ae_one_level"], "masking", None),
    ],
)
def test_the_levels_of_training_are_those_of_the_denoisers_shown(
    tmp_path: Path, denoisers: list[str], kind: str, trained: tuple[float, float] | None
) -> None:
    study = small_study(tmp_path, small_params(), small_export(small_params()))
    assert {noise["name"]: noise["trained"] for noise in views.noises(study, denoisers)}[kind] == trained


@pytest.mark.parametrize(("deviations", "text"), [([0.8, 1.26], {"low": "0.8", "high": "1.3"}), ([0.8, 3], None)])
def test_sheets_are_explained_as_alike_only_where_the_codes_are_near_normal(
    deviations: list[float], text: dict[str, str] | None
) -> None:
    assert views.spread({"codes": {"ae": {"std": deviations}}}) == text


def test_the_rounding_error_is_that_of_the_reconstructions() -> None:
    codec, images = random_codec("ae", 3), random_images(5, 0).pixels
    error = explorer.rounding_error(codec, images)
    assert 0 < error < 0.01
    rounded = random_codec("ae", 3)
    rounded.network_.half().float()
    assert explorer.rounding_error(rounded, images) == 0


def test_the_scripts_know_every_activation_and_output() -> None:
    script = (ASSETS / "network.js").read_text(encoding="utf-8")
    known = {
        name: re.search(rf"const {name} = {{(.*?)^}};", script, re.DOTALL | re.MULTILINE)
        for name in ("ACTIVATIONS", "OUTPUTS")
    }
    entries = {name: set(re.findall(r"^  (\w+):", found[1], re.MULTILINE)) for name, found in known.items() if found}
    assert entries["ACTIVATIONS"] == set(ACTIVATIONS)
    outputs = {
        explorer.export_network(random_codec("ae", 2, likelihood=name), "ae").record["output"] for name in LIKELIHOODS
    }
    assert outputs <= entries["OUTPUTS"]


def test_the_payload_can_stand_in_a_script_element(tmp_path: Path) -> None:
    study = small_study(tmp_path, small_params(), small_export(small_params()))
    payload = views.payload(study)
    assert "<" not in payload
    assert json.loads(payload)["class_names"][1] == "<b>"


def test_exporting_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    params = small_params()
    for name in ("first", "second"):
        explorer.save(small_export(params), tmp_path / name)
    for file in ("explorer.json", "explorer.safetensors"):
        assert (tmp_path / "first" / file).read_bytes() == (tmp_path / "second" / file).read_bytes()


def test_dimensions_are_ordered_by_how_much_they_change_the_image() -> None:
    params = small_params()
    changes = small_export(params).record["codes"]["ae"]["order"]
    assert sorted(changes) == list(range(params.latent_dim))


def test_a_dimension_that_the_decoder_ignores_comes_last() -> None:
    codec = random_codec("ae", 3)
    codec.network_.decoder[0].weight[1] = 0
    images = {"test": random_images(20, 0)}
    context = Context(small_params().generation, (0,), {"ae": {0: codec}}, None, images)  # type: ignore[arg-type]
    assert explorer.describe_codes(context, "ae")["order"][-1] == 1


def test_chosen_images_are_the_first_of_each_class() -> None:
    labels = np.array([2, 0, 2, 2, 0, 5])
    assert explorer.chosen_images(labels, 2).tolist() == [1, 4, 0, 2, 5]


@pytest.mark.parametrize(
    ("models", "regimes", "name"),
    [(["ae"], ["one_level", "range"], "ae_range"), (["ae"], ["one_level"], "ae_one_level"), (["vae"], ["range"], None)],
)
def test_the_denoiser_trained_on_a_range_is_preferred(models: list[str], regimes: list[str], name: str | None) -> None:
    plan = small_params().train_denoiser.model_copy(update={"models": models, "regimes": regimes})
    assert explorer.denoiser_name(plan, "ae") == name


def test_the_plane_holds_the_codes_of_the_images_to_choose_from() -> None:
    export = small_export(small_params())
    for name in ("ae", "vae"):
        for axis, values in zip("xy", export.arrays[f"plane.{name}.chosen"].astype(np.float64).T, strict=True):
            low, high = export.record["planes"][name][axis]
            assert low - 0.01 <= values.min()
            assert values.max() <= high + 0.01


def test_earlier_codes_are_those_of_the_same_images_at_the_epochs_that_all_models_have() -> None:
    images = random_images(9, 1)
    codecs = {model: {0: random_codec(model, 2)} for model in explorer.CODECS}
    context = Context(small_params().generation, (0,), codecs, UntrainedReaders(n_classes=4), {"test": images})  # type: ignore[arg-type]
    earlier = {model: {epoch: random_codec(model, 2, seed=epoch) for epoch in (0, 3, 7)} for model in explorer.CODECS}
    del earlier["ae"][3]
    export = explorer.export_planes(context, earlier, np.array([0]), (5, 4))
    assert export.record["plane_epochs"] == [0, 7]
    for model in explorer.CODECS:
        for number, epoch in enumerate((0, 7)):
            codes = random_codec(model, 2, seed=epoch).transform(images.pixels[:5])
            assert export.arrays[f"plane.{model}.codes.{number}"] == pytest.approx(codes, rel=0.01, abs=0.01)


@pytest.mark.parametrize(
    ("epochs", "names"),
    [
        ([], ["after training"]),
        ([0, 1, 5], ["before training", "after 1 epoch", "after 5 epochs", "after training"]),
    ],
)
def test_every_moment_of_training_has_a_name(epochs: list[int], names: list[str]) -> None:
    assert views.moments(epochs) == names


def test_a_sweep_without_two_leaves_the_plane_out_with_a_sentence(tmp_path: Path) -> None:
    params = small_params(latent_sweep=[5] * 5)
    page = page_of(small_study(tmp_path, params, small_export(params)))
    assert 'data-widget="plane"' not in page
    assert "holds no latent dimension 2" in page


@pytest.mark.parametrize("key", ["n_codes", "n_images_per_class", "map_size"])
def test_a_count_of_none_is_refused(key: str) -> None:
    plan = {"n_codes": 1, "n_images_per_class": 1, "map_size": 2, key: 0}
    with pytest.raises(ParameterError, match=key):
        small_params(explorer=plan)


def test_the_networks_of_the_default_run_leave_a_third_of_the_page_to_the_rest() -> None:
    params = load_params(ROOT / "params.yaml")
    n_pixels = math.prod(DATASETS[params.dataset].image_shape)
    parts = {2: ("decoder",), params.latent_dim: explorer.PARTS}
    size = 0
    for latent_dim, n_networks in ((2, 1), (params.latent_dim, 2)):  # at the headline: the model and its denoiser
        for name in explorer.CODECS:
            plan = getattr(params, name).model_dump()
            codec = MODELS[name](latent_dim, **plan)
            codec.n_features_in_ = n_pixels
            codec.network_ = codec.build_network(n_pixels)
            export = explorer.export_network(codec, name, parts[latent_dim])
            size += n_networks * sum(len(views.encoded(array)["data"]) for array in export.arrays.values())
    assert size < PAGE_BYTES * 2 / 3
