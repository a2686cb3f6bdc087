"""The replications through DVC on a small slice of real MNIST, in a temporary clone: upstream stages, cells, page."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from autoencoders.reproducibility.artifacts import read_csv
from tests.test_pipeline import Clone
from tests.test_replications import TINY

pytestmark = pytest.mark.slow
PIPELINE = "replications/dvc.yaml"
PARAMS = "replications/params.yaml"


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clone]:
    built = Clone(tmp_path_factory.mktemp("clone"))
    shutil.rmtree(built.folder / "replications" / "results", ignore_errors=True)
    (built.folder / "replications" / "dvc.lock").unlink(missing_ok=True)
    params = yaml.safe_load(built.read(PARAMS))
    params["presets"] = {"full": TINY, "quick": {**TINY, "max_seeds": 1}}
    (built.folder / PARAMS).write_text(yaml.safe_dump(params, sort_keys=False))
    built.commit("tiny")
    built.run("dvc", "repro", PIPELINE)
    built.commit("results")
    yield built
    shutil.rmtree(built.folder, ignore_errors=True)


def started(said: str) -> list[str]:
    return re.findall(r"Running stage '(?:replications/dvc\.yaml:)?([\w@]+)'", said)


def test_one_command_gives_rows_and_page_from_nothing_and_leaves_the_checkout_clean(clone: Clone) -> None:
    assert (Path(clone.folder) / "replications" / "report.html").is_file()
    assert clone.run("git", "status", "--porcelain") == ""


def test_a_second_run_of_the_replications_runs_nothing(clone: Clone) -> None:
    assert started(clone.run("dvc", "repro", PIPELINE)) == []


def test_a_changed_template_runs_only_the_page(clone: Clone) -> None:
    template = clone.folder / "replications" / "templates" / "replications.html.j2"
    template.write_text(template.read_text() + "<!-- changed -->\n")
    assert started(clone.run("dvc", "repro", PIPELINE)) == ["page"]
    clone.run("git", "checkout", "-q", "--", ".")


def test_the_number_of_bound_samples_trains_nothing_again(clone: Clone) -> None:
    said = clone.run("dvc", "exp", "run", "-S", f"{PARAMS}:presets.full.n_samples=4", PIPELINE)
    assert not [stage for stage in started(said) if stage.startswith("train")]
    clone.run("git", "checkout", "-q", "--", ".")


def test_a_preset_is_one_word_of_the_command_line(clone: Clone) -> None:
    said = clone.run("dvc", "exp", "run", "-S", f"{PARAMS}:preset=quick", f"{PIPELINE}:squared_errors")
    assert set(started(said)) == {"train@hinton", "train@logistic_pca", "squared_errors"}
    rows = read_csv(clone.folder / "replications" / "results" / "squared_errors.csv")
    assert {row["n_seeds"] for row in rows} == {1}
    clone.run("dvc", "repro", "--single-item", f"{PIPELINE}:rows")
    assert '"preset": "quick"' in clone.read("replications/results/rows.json")
