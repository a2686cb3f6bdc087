"""A study to render without a run: the committed results, and stand-ins for what git does not keep.

The stand-ins (grey pictures, points of a plane, networks with random weights) have the names, shapes and labels
of the real files, and stand in for them even where these exist, so that a test sees the same page everywhere.
"""

import io
import shutil
from contextlib import chdir
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from rich.console import Console

from foundation.datasets import DATASETS
from foundation.parameters import Params, latent_dims, load_params
from foundation.paths import PARAMS_PATH, REPORT_DIR, REPORT_PATH, RESULTS_DIR
from foundation.progress import Progress
from foundation.reproducibility.artifacts import read_csv, read_json, write_arrays, write_csv, write_json
from report.texts.labels import METHODS, SOURCES
from report.views.code_spaces import PATHS
from robustness.table import TABLE_PATH
from stages import figures as figures_stage
from stages import report as report_stage
from stages.explorer import JUDGE, export_judge
from stages.protocol.pictures import Picture, labelled_rows, write_pictures
from tests.import_closure import ROOT
from tests.readers_fixture import UntrainedReaders

SIDE = 28
SHAPE = (SIDE, SIDE)
N_PER_CLASS = 2
N_POINTS = 60
PLANE_EPOCHS = (0, 1, 5)
MAP_SIDE = 12
HIDDEN_DIM = 8
NETWORKS = ("ae", "vae")
FITTED = ("ae_gaussian", "ae_mixture")
N_REAL = 40
GENERATED = ("figures", "latent_tour", "sweep")  # folders of results/ that git does not keep

Arrays = dict[str, NDArray[Any]]


def build(folder: Path, dataset: str = "mnist") -> Path:
    """Lay a study into a folder as the pipeline would have left it, of a dataset by name; return the folder."""
    shutil.copy2(ROOT / PARAMS_PATH, folder)
    shutil.copytree(ROOT / RESULTS_DIR, folder / RESULTS_DIR, ignore=shutil.ignore_patterns(*GENERATED))
    if (ROOT / TABLE_PATH).is_file():
        shutil.copytree((ROOT / TABLE_PATH).parent, (folder / TABLE_PATH).parent)
    for part in ("templates", "assets"):
        shutil.copytree(ROOT / REPORT_DIR / part, folder / REPORT_DIR / part)
    if dataset != "mnist":
        rename_dataset(folder, dataset)
    params, results = load_params(folder / PARAMS_PATH), folder / RESULTS_DIR
    for slug, pictures in stand_in_pictures(params).items():
        write_pictures(results / slug / "figures", pictures)
    write_points(results)
    write_explorer(results, params)
    return folder


def rename_dataset(folder: Path, name: str) -> None:
    """Give the committed numbers another dataset's names, as if they had been measured on it."""
    dataset, results = DATASETS[name], folder / RESULTS_DIR
    params = (folder / PARAMS_PATH).read_text(encoding="utf-8")
    (folder / PARAMS_PATH).write_text(params.replace("dataset: mnist\n", f"dataset: {name}\n"), encoding="utf-8")
    names = list(dataset.class_names)
    described = {"name": name, "title": dataset.title, "licence": dataset.licence, "url": dataset.url}
    for slug, new in (("prepare", {**described, "class_names": names}), ("pca_comparison", {"class_names": names})):
        write_json(results / slug / "metrics.json", {**read_json(results / slug / "metrics.json"), **new})
    for path in (results / "prepare/classes.csv", results / "compression/classes.csv"):
        rows = read_csv(path)
        write_csv(path, [{**row, "class": names[int(row["class"])]} for row in rows])


def render(folder: Path, *, is_drawn: bool = True) -> Path:
    """Run the stages that draw the figures and render the page on the study in a folder; return where the page lies.

    Without drawing every figure is empty, which spares a test of the texts most of its time.
    """
    params = load_params(folder / PARAMS_PATH)
    with chdir(folder), pytest.MonkeyPatch.context() as patch:
        if not is_drawn:
            patch.setattr(figures_stage, "draw", lambda figure: "<svg></svg>")
        for stage in (figures_stage, report_stage):
            stage.main(params, Progress("report", Console(file=io.StringIO())))
    return folder / REPORT_PATH


def strip(rows: list[str], n_columns: int = 10, *, columns: tuple[str, ...] = (), is_named: bool = True) -> Picture:
    """Return rows of grey images that brighten towards the right."""
    row = np.linspace(0.2, 0.8, n_columns)[:, None] * np.ones(SIDE * SIDE)
    picture = labelled_rows(dict.fromkeys(rows, row), SHAPE, list(columns))
    return picture if is_named else picture._replace(rows=[])


def stand_in_pictures(params: Params) -> dict[str, dict[str, Picture]]:
    """Return the pictures of every stage that draws any, by slug and name."""
    digits = list(DATASETS[params.dataset].class_names)
    galleries = ["original", "pca", *params.models]
    restored = [name for name in METHODS if not name.startswith(("iwae", "rae"))]
    return {
        "prepare": {"samples": strip(digits)},
        "compression": {
            **{f"reconstructions_{d}": strip(galleries, columns=tuple(digits)) for d in latent_dims(params)},
            **{f"worst_{name}": strip(["original", name], columns=tuple(digits)) for name in galleries[1:]},
        },
        "pca_comparison": {
            f"directions_{name}": strip(digits[1:6], 5, columns=("-2", "-1", "0", "+1", "+2")) for name in galleries[1:]
        },
        "denoising": {
            **{name: strip(["original", *restored], 6) for name in params.denoising.levels},
            **{f"{name}_errors": strip(restored, 6) for name in params.denoising.levels},
        },
        "generation": {
            **{f"samples_{n}": strip(digits, is_named=False) for n in SOURCES if not n.startswith(("test", "iwae"))},
            **{f"paths_{n}": strip(digits[:4], 17, is_named=False) for n in PATHS if n not in ("linear_ae", "iwae")},
            **{f"manifold_{name}": strip(digits, is_named=False) for name in NETWORKS},
        },
    }


def write_points(results: Path) -> None:
    """Write the clouds of codes and the map of the judge's confidence."""
    rng = np.random.default_rng(0)

    def cloud(codecs: tuple[str, ...]) -> list[dict[str, Any]]:
        places = {name: rng.normal(size=(N_POINTS, 2)) for name in codecs}
        return [
            {"codec": n, "x": x, "y": y, "label": i % 10} for n, at in places.items() for i, (x, y) in enumerate(at)
        ]

    axis = np.linspace(-3, 3, MAP_SIDE)
    ground = [
        {"codec": name, "x": x, "y": y, "confidence": 0.5 + abs(x) / 6}
        for name in NETWORKS
        for y in -axis
        for x in axis
    ]
    write_csv(results / "generation/figures/plane.csv", ground)
    write_csv(results / "generation/figures/plane_codes.csv", cloud(NETWORKS))
    write_csv(results / "pca_comparison/figures/map.csv", cloud(("pca", *NETWORKS)))


def write_explorer(results: Path, params: Params) -> None:
    """Write what the widgets compute with: small networks with random weights, grey images, maps of the plane."""
    names = read_json(results / "prepare/metrics.json")["class_names"]
    rng, n_images = np.random.default_rng(0), N_PER_CLASS * len(names)
    denoisers = [f"{model}_range" for model in NETWORKS]
    dims = dict.fromkeys((*NETWORKS, *denoisers), params.latent_dim) | {f"plane_{name}": 2 for name in NETWORKS}
    arrays: Arrays = {
        "images": rng.integers(0, 256, (n_images, *SHAPE), dtype=np.uint8),
        "image_labels": np.repeat(np.arange(len(names), dtype=np.uint8), N_PER_CLASS),
        "real": rng.integers(0, 256, (N_REAL, *SHAPE), dtype=np.uint8),
        "plane.labels": (np.arange(N_POINTS) % len(names)).astype(np.uint8),
    }
    for name, dim in dims.items():
        arrays |= network(name, dim, rng)
    for name in FITTED:
        arrays[f"distribution.{name}.means"] = np.zeros((1, params.latent_dim), dtype=np.float16)
        arrays[f"distribution.{name}.roots"] = np.eye(params.latent_dim, dtype=np.float16).reshape(1, -1)
    judge = export_judge(UntrainedReaders(len(names)).judge(JUDGE, 0))
    arrays |= judge.arrays
    for name in NETWORKS:
        arrays |= plane(f"plane.{name}", n_images, len(names), rng)
    ramp = np.arange(params.latent_dim)
    record = {
        "seed": params.seeds[0],
        "denoisers": denoisers,
        "class_names": names,
        "image_shape": SHAPE,
        "models": {name: network_record(name, dim) for name, dim in dims.items()},
        "codes": {name: {"mean": 0.0 * ramp, "std": 1.0 + 0.0 * ramp, "order": ramp} for name in NETWORKS},
        "planes": {name: {"x": [-3.0, 3.0], "y": [-3.0, 3.0]} for name in NETWORKS},
        "plane_epochs": PLANE_EPOCHS,
        "distributions": {name: [1.0] for name in FITTED},
        **judge.record,
        "rounding_error": 0.001,
    }
    write_arrays(results / "explorer/figures/explorer.safetensors", arrays)
    write_json(results / "explorer/figures/explorer.json", record)


def network(name: str, latent_dim: int, rng: np.random.Generator) -> Arrays:
    """Return the weights of an encoder and a decoder with one hidden layer each; of a decoder alone for a plane."""
    code_width = 2 * latent_dim if name.startswith("vae") else latent_dim
    widths = {"encoder": [SIDE * SIDE, HIDDEN_DIM, code_width], "decoder": [latent_dim, HIDDEN_DIM, SIDE * SIDE]}
    if name.startswith("plane_"):
        del widths["encoder"]
    arrays: Arrays = {}
    for part, (first, middle, last) in widths.items():
        for number, (n_in, n_out) in enumerate(((first, middle), (middle, last))):
            arrays[f"{name}.{part}.{number}.weight"] = rng.normal(0, n_in**-0.5, (n_in, n_out)).astype(np.float16)
            arrays[f"{name}.{part}.{number}.bias"] = np.zeros(n_out, dtype=np.float16)
    return arrays


def network_record(name: str, latent_dim: int) -> dict[str, Any]:
    """Return how a network is to be run."""
    return {
        "latent_dim": latent_dim,
        "is_variational": "vae" in name,
        "activation": "silu",
        "output": "sigmoid",
        "n_layers": {"encoder": 0 if name.startswith("plane_") else 2, "decoder": 2},
    }


def plane(name: str, n_images: int, n_classes: int, rng: np.random.Generator) -> Arrays:
    """Return codes on a plane, and what the judge would read on a grid over it."""
    return {
        f"{name}.codes": rng.normal(size=(N_POINTS, 2)).astype(np.float16),
        **{f"{name}.codes.{i}": rng.normal(size=(N_POINTS, 2)).astype(np.float16) for i in range(len(PLANE_EPOCHS))},
        f"{name}.chosen": rng.normal(size=(n_images, 2)).astype(np.float16),
        f"{name}.confidence": rng.integers(100, 256, (MAP_SIDE, MAP_SIDE), dtype=np.uint8),
        f"{name}.classes": rng.integers(0, n_classes, (MAP_SIDE, MAP_SIDE), dtype=np.uint8),
    }
