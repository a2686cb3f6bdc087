"""Readers: the one that a seed's place asks for, each loaded once; features of every family."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from sklearn.decomposition import PCA

from autoencoders.judging.checkpoints import save_judge
from autoencoders.judging.judge import Judge
from autoencoders.judging.networks import build_network
from autoencoders.learning.checkpoints import save_cell, save_pca
from autoencoders.learning.estimators import fit_seeds
from foundation.parameters import load_params
from foundation.paths import FEATURES_DIR, PCA_PATH, judge_path
from foundation.reproducibility.artifacts import ArtifactError
from foundation.vocabulary import FAMILIES, JUDGES
from stages.protocol import readers
from stages.protocol.readers import Readers, load_readers
from stages.train_features import estimator_of
from tests.generation_fixture import digits
from tests.import_closure import ROOT

PARAMS = load_params(ROOT / "params.yaml")
IMAGES = digits("test").pixels[:50]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the readers load, with random weights or trained for a moment."""
    folder, pixels = tmp_path_factory.mktemp("readers"), digits("train").pixels
    for name in JUDGES:
        for seed in PARAMS.train_judge.seeds:
            save_judge(folder / judge_path(name, seed), Judge(build_network(name, (28, 28), 10)))
    plan = PARAMS.train_features.model_copy(update={"epochs": 1, "hidden_dim": 64, "latent_dim": 16})
    save_cell(folder / FEATURES_DIR, "ae", fit_seeds(estimator_of(plan), pixels, plan.seeds))
    save_pca(folder / PCA_PATH, PCA(80, svd_solver="covariance_eigh").fit(pixels))
    return folder


@pytest.fixture
def loaded(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Readers:
    monkeypatch.chdir(folder)
    return load_readers(PARAMS)


@pytest.mark.parametrize("family", FAMILIES)
def test_each_family_gives_features_of_each_image(loaded: Readers, family: str) -> None:
    features = loaded.features(family, IMAGES, 0)
    assert features.dtype == np.float64
    assert features.shape[0] == len(IMAGES)
    assert np.ptp(features, axis=0).max() > 0


@pytest.mark.parametrize("family", FAMILIES)
def test_a_place_beyond_the_readers_starts_anew(loaded: Readers, family: str) -> None:
    n_seeds = len(PARAMS.train_judge.seeds)
    first, second, third = (loaded.features(family, IMAGES, place) for place in (0, 1, n_seeds))
    np.testing.assert_array_equal(first, third)
    assert np.array_equal(first, second) == (family == "pixels")


def test_each_seed_of_the_study_s_models_has_readers_of_its_own() -> None:
    assert len(PARAMS.train_judge.seeds) == len(PARAMS.train_features.seeds) == len(PARAMS.seeds)


def test_pixels_are_the_first_principal_components(loaded: Readers) -> None:
    pca = PCA(80, svd_solver="covariance_eigh").fit(digits("train").pixels)
    np.testing.assert_allclose(loaded.features("pixels", IMAGES, 0), pca.transform(IMAGES)[:, :64], atol=1e-4)


def test_a_judge_s_features_are_its_family(loaded: Readers) -> None:
    np.testing.assert_array_equal(
        loaded.features("strided", IMAGES, 1), loaded.judge("strided", 1).read(IMAGES).features
    )


def test_threads_share_what_is_loaded_once(loaded: Readers, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[Path] = []
    load = readers.load_judge
    monkeypatch.setattr(readers, "load_judge", lambda path, name: (calls.append(path), load(path, name))[1])
    with ThreadPoolExecutor(4) as pool:
        found = set(pool.map(lambda place: id(loaded.judge("perceptron", place)), range(12)))
    assert len(found) == len(calls) == len(PARAMS.train_judge.seeds)


def test_a_missing_judge_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ArtifactError, match=r"judges/strided/seed_0\.safetensors: expected a file"):
        load_readers(PARAMS).judge("strided", 0)
