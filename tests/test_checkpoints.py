"""Checkpoints: what is loaded computes what was saved; damage and misfits give one line."""

from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA

from autoencoders.learning.checkpoints import (
    load_cell,
    load_pca,
    load_split,
    save_cell,
    save_pca,
)
from autoencoders.learning.estimators import fit_seeds
from autoencoders.learning.models import MODELS
from foundation.reproducibility.artifacts import ArtifactError, read_csv, read_json, write_arrays, write_json
from foundation.vocabulary import ProductPrecision

IMAGES = np.random.default_rng(0).random((60, 16), dtype=np.float32)
EACH_MODEL = pytest.mark.parametrize("name", MODELS)


def saved(directory: Path, name: str) -> dict[int, object]:
    hidden = {} if name == "linear_ae" else {"hidden_dims": (8,)}
    cell = fit_seeds(
        MODELS[name](latent_dim=2, epochs=2, batch_size=20, **hidden), IMAGES, [0, 4], X_validation=IMAGES[:9]
    )
    save_cell(directory, name, cell)
    return cell


@EACH_MODEL
def test_a_loaded_cell_computes_what_was_saved(tmp_path: Path, name: str) -> None:
    cell = saved(tmp_path, name)
    loaded = load_cell(tmp_path)
    assert sorted(loaded) == [0, 4]
    for seed, model in cell.items():
        np.testing.assert_array_equal(loaded[seed].transform(IMAGES), model.transform(IMAGES))  # type: ignore[attr-defined]
        assert loaded[seed].get_params() == model.get_params()  # type: ignore[attr-defined]


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_a_cell_tells_the_precision_of_its_training(tmp_path: Path, precision: ProductPrecision) -> None:
    model = MODELS["ae"](latent_dim=16, epochs=1, batch_size=16, hidden_dims=())
    images = np.tile(IMAGES, 2)  # a layer of 16 pixels and 16 numbers would be too small to be rounded
    save_cell(tmp_path, "ae", fit_seeds(model, images, [0], precision=precision))
    assert read_json(tmp_path / "config.json")["precision"] == precision
    assert load_cell(tmp_path)[0].precision_ == precision


@pytest.mark.parametrize("precision", ["float16", "auto", 32, None])
def test_a_cell_of_an_unknown_precision_is_refused(tmp_path: Path, precision: object) -> None:
    saved(tmp_path, "ae")
    write_json(tmp_path / "config.json", {**read_json(tmp_path / "config.json"), "precision": precision})
    with pytest.raises(ArtifactError, match=f"expected the configuration of a cell, got: precision {precision}"):
        load_cell(tmp_path)


def test_the_history_has_a_row_per_seed_and_epoch(tmp_path: Path) -> None:
    saved(tmp_path, "vae")
    rows = read_csv(tmp_path / "history.csv")
    assert [(row["seed"], row["epoch"]) for row in rows] == [(0, 1), (0, 2), (4, 1), (4, 2)]


def test_equal_cells_are_equal_bytes(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        saved(tmp_path / folder, "ae")
    files = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert all((tmp_path / "a" / f).read_bytes() == (tmp_path / "b" / f).read_bytes() for f in files)


def test_damaged_weights_give_one_line(tmp_path: Path) -> None:
    saved(tmp_path, "ae")
    path = tmp_path / "seed_4.safetensors"
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(ArtifactError, match=r"seed_4\.safetensors: expected a safetensors file"):
        load_cell(tmp_path)


def test_weights_of_another_shape_give_one_line(tmp_path: Path) -> None:
    saved(tmp_path, "ae")
    config = read_json(tmp_path / "config.json")
    config["parameters"]["latent_dim"] = 3
    write_json(tmp_path / "config.json", config)
    with pytest.raises(ArtifactError, match="do not fit the network") as caught:
        load_cell(tmp_path)
    assert len(str(caught.value).splitlines()) == 1


def test_a_configuration_without_a_known_model_is_refused(tmp_path: Path) -> None:
    write_json(tmp_path / "config.json", {"model": "gan", "n_pixels": 9, "seeds": [0], "parameters": {}})
    with pytest.raises(ArtifactError, match="expected the configuration of a cell"):
        load_cell(tmp_path)


def test_a_stored_pca_cut_to_k_equals_pca_with_k_components(tmp_path: Path) -> None:
    save_pca(tmp_path / "pca.safetensors", PCA(8, svd_solver="covariance_eigh").fit(IMAGES))
    cut, direct = load_pca(tmp_path / "pca.safetensors", 3), PCA(3, svd_solver="covariance_eigh").fit(IMAGES)
    np.testing.assert_allclose(
        cut.inverse_transform(cut.transform(IMAGES)), direct.inverse_transform(direct.transform(IMAGES)), atol=1e-5
    )


def test_more_components_than_stored_are_refused(tmp_path: Path) -> None:
    save_pca(tmp_path / "pca.safetensors", PCA(4).fit(IMAGES))
    with pytest.raises(ArtifactError, match="expected at least 5 components, got 4"):
        load_pca(tmp_path / "pca.safetensors", 5)


def test_a_split_has_images_between_zero_and_one(tmp_path: Path) -> None:
    write_arrays(
        tmp_path / "test.safetensors", {"images": np.full((2, 3, 3), 255, np.uint8), "labels": np.uint8([1, 2])}
    )
    split = load_split(tmp_path, "test")
    assert split.images.shape == (2, 1, 3, 3)
    assert split.pixels.shape == (2, 9)
    assert split.images.max() == 1.0
    assert split.labels.dtype == torch.int64


def test_a_split_without_labels_is_refused(tmp_path: Path) -> None:
    write_arrays(tmp_path / "test.safetensors", {"images": np.zeros((2, 3, 3), np.uint8)})
    with pytest.raises(ArtifactError, match="expected images and as many labels"):
        load_split(tmp_path, "test")
