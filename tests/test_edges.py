"""Runs at the edges of what params.yaml allows: fewer models, one seed, less data than asked for."""

import re
from itertools import chain, combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

import foundation.models
from foundation.parameters import ParameterError, load_params, parse_params
from foundation.paths import PARAMS_PATH
from foundation.reproducibility.artifacts import read_csv, read_json, write_csv, write_json
from report.texts.labels import CODECS
from report.texts.language import LANGUAGES, _, speaking
from report.texts.tables import listed
from report.views.learning_curves import panels, rounding
from report.views.study import Study
from stages import compression, denoising, summary
from stages.protocol import dimension_reduction
from tests import study_fixture
from tests.import_closure import ROOT
from tests.page_texts import english_points

MODELS = ("ae", "vae", "rae", "linear_ae")
SUBSETS = list(chain.from_iterable(combinations(MODELS, n) for n in range(1, 5)))
NEEDED = {part: {"ae"} for part in ("C1", "C2", "C3a", "C3b", "C3c", "C4a", "C4b", "C5a", "C5b", "C5c")}
NEEDED |= {part: {"vae"} for part in ("C6a", "C6b", "C6c", "C6d", "C8b")}
NEEDED |= {"C7": {"ae", "vae"}, "C8a": {"ae", "vae"}, "C8c": {"vae", "rae"}}
INTERVAL = ("low", "high")


def raw(**changes: Any) -> dict[str, Any]:
    params: dict[str, Any] = yaml.safe_load((ROOT / PARAMS_PATH).read_text(encoding="utf-8"))
    for key, value in changes.items():
        params[key] = {**params[key], **value} if isinstance(value, dict) else value
    return params


EDGES: dict[str, dict[str, Any]] = {
    "no middle": {"latent_dim": 1, "latent_sweep": [1] * 5},
    "wide code": {"latent_dim": 128, "latent_sweep": [128] * 5},
    "one seed": {"seeds": [7]},
    "a batch larger than the data": {"training": {"batch_size": 100_000}},
    "one epoch": {"epochs": 1},
    "few images": {"prepare": {"n_train": 1000}},
    "more components than images": {"prepare": {"n_train": 200}, "fit_pca": {"max_components": 784}},
}


@pytest.mark.parametrize("changes", EDGES.values(), ids=EDGES)
def test_an_edge_is_valid(changes: dict[str, Any]) -> None:
    parse_params(raw(**changes))


@pytest.mark.parametrize("models", SUBSETS, ids="+".join)
def test_any_models_are_valid(models: tuple[str, ...]) -> None:
    assert parse_params(raw(models=list(models))).models == models


def test_fewer_images_than_code_numbers_give_one_line() -> None:
    with pytest.raises(ParameterError, match=r"prepare.n_train must be at least 32 .* got 20$"):
        parse_params(raw(prepare={"n_train": 20}))


def test_no_more_components_are_kept_than_there_are_images() -> None:
    plan = parse_params(raw()).fit_pca
    assert dimension_reduction.count_components(plan, 200) == 200
    assert dimension_reduction.count_components(plan, 55_000) == 256


def test_evaluations_leave_out_what_needs_the_ae() -> None:
    scores = {name: {"se": np.ones((1, 4)), "ssim": np.ones((1, 4))} for name in ("pca", "vae")}
    assert dimension_reduction.claims(scores, {}) == {}
    assert denoising.claims({denoising.Condition("masking", 0.5): {denoising.NOISY: {"psnr": np.ones((1, 4))}}}) == {}
    assert compression.catch_up([{"codec": "pca", "psnr": 1.0}], []) == {"best_ae": None, "formats": {}}


def reduced(folder: Path, models: tuple[str, ...], *, seeds: int) -> None:
    """Take from a study what rests on other models, and with one seed the intervals that need more."""
    results, absent = folder / "results", set(MODELS) - set(models)
    (folder / PARAMS_PATH).write_text(yaml.safe_dump(raw(models=list(models), seeds=list(range(seeds)))))
    for path in results.rglob("*.csv"):
        rows = [row for row in read_csv(path) if not is_of(row, absent)]
        if path.parent.name == "vae_anatomy" and "vae" in absent:
            rows = []
        if seeds == 1 and path.parent.name == "generation":
            rows = [{**row, **of_one_seed(row)} for row in rows]
        write_csv(path, rows)
    found = {slug: read_json(results / slug / "metrics.json") for slug in summary.EVALUATIONS}
    thin(found, absent, seeds)
    for slug, metrics in found.items():
        write_json(results / slug / "metrics.json", metrics)
    found["train_judge"] = read_json(results / "train_judge/convolutional.json")
    record = read_json(results / "explorer/figures/explorer.json")
    record["denoisers"] = [name for name in record["denoisers"] if name.split("_")[0] not in absent]
    for part in ("codes", "planes"):
        record[part] = {name: one for name, one in record[part].items() if name not in absent}
    write_json(results / "explorer/figures/explorer.json", record)
    write_json(results / "summary/metrics.json", summary.measure(found, load_params(folder / PARAMS_PATH).latent_dim))


def of_one_seed(row: dict[str, Any]) -> dict[str, Any]:
    """What a number of a whole set of images has after one seed: no interval, and no vote where one needs it."""
    return {key: False if key == "votes" else None for key in (*INTERVAL, "votes") if key in row}


def is_of(row: dict[str, Any], absent: set[str]) -> bool:
    names = [str(row.get(key, "")) for key in ("model", "codec", "source", "method")]
    of_pca = row.get("measure") == "gain_of_ae" and "ae" in absent
    return of_pca or any(name == model or name.startswith(f"{model}_") for name in names for model in absent)


def thin(found: dict[str, Any], absent: set[str], seeds: int) -> None:
    curves = found["learning_curves"]
    curves["cells"] = [cell for cell in curves["cells"] if cell["model"] not in absent]
    headline = found["compression"]["headline"]
    for part in (headline, *headline["judge_accuracy"].values()):
        for name in absent:
            part.get("codecs", part).pop(name, None)
    headline["vae_loss"] = None if "vae" in absent else headline["vae_loss"]
    if "ae" in absent:
        found["compression"]["coding"]["catch_up"] = {"best_ae": None, "formats": {}}
    if "linear_ae" in absent:
        found["pca_comparison"]["claims"]["C4a"]["linear_excess"] = None
    found["denoising"]["models"] = [model for model in found["denoising"]["models"] if model not in absent]
    for metrics in found.values():
        claims = metrics.get("claims", {})
        metrics["claims"] = {name: one for name, one in claims.items() if not NEEDED[name] & absent}
    if seeds == 1:
        for slug, metrics in found.items():
            for cell in (cell for part in metrics["claims"].values() for cell in part["cells"]):
                cell["by_seed"] = cell["by_seed"][:1]
                cell.update(of_one_seed(cell) if slug == "generation" else {})


@pytest.mark.parametrize(("precisions", "said"), [(["bfloat16"] * 2, "2 of 2"), (["float32", "bfloat16"], "1 of 2")])
def test_the_page_says_how_many_cells_have_rounded_products(tmp_path: Path, precisions: list[str], said: str) -> None:
    write_json(tmp_path / "learning_curves" / "metrics.json", {"cells": [{"precision": each} for each in precisions]})
    assert f"(in {said} configurations)" in rounding(Study(parse_params(raw()), tmp_path, {}))


@pytest.mark.parametrize("model", foundation.models.MODELS)
def test_each_model_that_is_alone_has_its_learning_curve(model: str) -> None:
    kinds = ("train_reconstruction", "validation_reconstruction", "train_regularisation", "validation_regularisation")
    row = {"role": "sweep", "model": model, "latent_dim": 4, "epoch": 1, **dict.fromkeys(kinds, 1.0)}
    first = panels([row], 4)[0]
    assert first.title.startswith(CODECS[model])
    assert [series.label for series in first.series]


def test_float32_needs_no_word(tmp_path: Path) -> None:
    write_json(tmp_path / "learning_curves" / "metrics.json", {"cells": [{"precision": "float32"}]})
    assert rounding(Study(parse_params(raw()), tmp_path, {})) == ""


@pytest.mark.parametrize(("models", "seeds"), [(("vae",), 1), (("linear_ae",), 4), (("ae", "vae"), 1)], ids=str)
def test_the_report_says_what_could_not_be_judged(tmp_path: Path, models: tuple[str, ...], seeds: int) -> None:
    folder = study_fixture.build(tmp_path)
    before = parts(folder)
    reduced(folder, models, seeds=seeds)
    page = study_fixture.render(folder).read_text(encoding="utf-8")
    text = re.sub(r"<script.*?</script>|data:[^\"]*", "", page, flags=re.DOTALL)
    assert not re.search(r"\b(nan|NaN|Undefined|None)\b", text)
    assert english_points(page, "pl") == []
    for name, part in parts(folder).items():
        lacks = NEEDED[name] - set(models)
        is_judged = not lacks and not (seeds == 1 and part["stage"] == "generation")
        assert (part["verdict"] != "not_judged") == (is_judged and before[name]["verdict"] != "not_judged"), name
        for language in LANGUAGES:
            with speaking(language):
                absent = [CODECS[model] for model in ("ae", "vae", "rae") if model in lacks]
                why = _("this run is without %(models)s", models=listed(absent)) if absent else ""
            item = re.search(rf'<p id="{language}-{name}-evidence">(.*?)</p>', text, re.DOTALL)
            assert item, name
            assert why in item[1].replace("\N{NO-BREAK SPACE}", " ")


def parts(folder: Path) -> dict[str, Any]:
    claims = read_json(folder / "results/summary/metrics.json")["claims"]
    return {name: part for claim in claims.values() for name, part in claim["parts"].items()}


def test_the_page_says_that_it_cannot_compute_with_convolutional_networks(tmp_path: Path) -> None:
    folder = study_fixture.build(tmp_path)
    path = folder / "results/explorer/figures/explorer.json"
    record = {**read_json(path), "codes": {}, "planes": {}, "denoisers": []}
    write_json(path, record)
    page = study_fixture.render(folder, is_drawn=False).read_text(encoding="utf-8")
    assert "Nothing can be computed here: this page computes with fully connected networks only." in page


@pytest.mark.parametrize("latent_dim", [16, 8])
def test_the_report_says_where_denoising_has_a_latent_dimension_of_its_own(tmp_path: Path, latent_dim: int) -> None:
    folder = study_fixture.build(tmp_path)
    path = folder / "results/denoising/metrics.json"
    write_json(path, {**read_json(path), "latent_dim": latent_dim})
    page = study_fixture.render(folder, is_drawn=False).read_text(encoding="utf-8")
    for said in (
        "Removing noise was measured with codes of length 8.",
        "Usuwanie szumu zmierzono dla kodów o długości 8.",
    ):
        assert (said in page.replace("\N{NO-BREAK SPACE}", " ")) == (latent_dim == 8)
