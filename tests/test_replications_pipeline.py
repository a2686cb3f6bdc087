"""The replications through DVC on a small slice of real MNIST, in a temporary clone: a project of their own."""

import re
import shutil
from collections.abc import Iterator

import pytest
import yaml

from foundation.reproducibility.artifacts import read_csv
from tests.test_pipeline import Clone
from tests.test_replications import TINY

pytestmark = pytest.mark.slow
UPSTREAM = ("prepare", "train_judge@convolutional")


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clone]:
    built = Clone(tmp_path_factory.mktemp("clone"))
    folder = built.folder / "replications"
    shutil.rmtree(folder / "results", ignore_errors=True)
    (folder / "dvc.lock").unlink(missing_ok=True)
    params = yaml.safe_load((folder / "params.yaml").read_text())
    params["presets"] = {"full": TINY, "quick": {**TINY, "max_seeds": 1}}
    (folder / "params.yaml").write_text(yaml.safe_dump(params, sort_keys=False))
    built.commit("tiny")
    built.run("dvc", "repro", *UPSTREAM)
    replicate(built, "repro")
    built.commit("results")
    yield built
    shutil.rmtree(built.folder, ignore_errors=True)


def replicate(clone: Clone, *command: str) -> set[str]:
    """Run a DVC command inside the project and return the stages that ran, but for the one that always does."""
    said = clone.run("dvc", "--cd", "replications", *command)
    return set(re.findall(r"Running stage '([\w@]+)'", said)) - {"checksums"}


def test_one_command_gives_rows_and_page_and_leaves_the_checkout_clean(clone: Clone) -> None:
    assert (clone.folder / "replications" / "report.html").is_file()
    assert clone.run("git", "status", "--porcelain") == ""
    assert replicate(clone, "repro") == set()


def test_the_study_s_commands_do_not_see_the_replications(clone: Clone) -> None:
    for command in (("dag", "--full"), ("status",), ("params", "diff", "--all"), ("exp", "show", "--csv")):
        said = clone.run("dvc", *command)
        assert "replications" not in said
        assert "configurations" not in said


def test_compiled_modules_run_nothing_and_changed_ones_what_depends_on_them(clone: Clone) -> None:
    compiled = clone.folder / "stages" / "protocol" / "__pycache__" / "extra.pyc"
    compiled.parent.mkdir(exist_ok=True)
    compiled.write_bytes(b"")
    assert replicate(clone, "repro") == set()
    module = clone.folder / "stages" / "protocol" / "sampling.py"
    module.write_text(module.read_text() + "# changed\n")
    assert replicate(clone, "repro") == {"samples"}  # with the same numbers, so nothing after it
    clone.run("git", "checkout", "-q", "--", ".")


def test_a_changed_template_runs_only_the_page(clone: Clone) -> None:
    template = clone.folder / "replications" / "templates" / "replications.html.j2"
    template.write_text(template.read_text() + "<!-- changed -->\n")
    assert replicate(clone, "repro") == {"page"}
    clone.run("git", "checkout", "-q", "--", ".")


def test_a_preset_is_one_word_of_the_command_line(clone: Clone) -> None:
    ran = replicate(clone, "exp", "run", "-S", "preset=quick", "squared_errors")
    assert ran == {"train@hinton", "train@logistic_pca", "squared_errors"}
    rows = read_csv(clone.folder / "replications" / "results" / "squared_errors.csv")
    assert {row["n_seeds"] for row in rows} == {1}
    replicate(clone, "repro", "--single-item", "rows")
    assert '"preset": "quick"' in clone.read("replications/results/rows.json")
