"""End to end: the whole pipeline through DVC on a small slice of real MNIST, in a temporary clone.

The tests of this module share one clone and build on each other in their order.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from dvc.utils.hydra import apply_overrides

from foundation.vocabulary import JUDGES
from report.texts.claims import VERDICTS
from report.texts.language import LANGUAGES, speaking
from robustness.conditions import cut
from tests.hostile import hostile_environment
from tests.processes import as_module
from tests.without_posix import environment_without_posix

ROOT = Path(__file__).resolve().parents[1]
pytestmark = pytest.mark.slow
UNDEFINED = r"\b(nan|NaN|Undefined)\b"
CHANGES: dict[str, Any] = {
    "dataset": "mnist-slice",
    "latent_dim": 4,
    "latent_sweep": [2, 4, 2, 4, 2],
    "seeds": [0, 1],
    "fetch": {"source": "tests/data/mnist-slice"},
    "prepare": {"n_train": 1000, "n_validation": 200, "n_test": 400},
    "epochs": 2,
    "train_denoiser": {"latent_dim": 4},
    "train_beta": {"betas": [0.5], "latent_dim": 4},
    "train_likelihood": {"latent_dim": 4, "epochs": 1},
    "train_judge": {judge: {"epochs": 2} for judge in JUDGES},
    "train_features": {"epochs": 1},
    "fit_pca": {"max_components": 40},
    "pca_comparison": {
        "n_neighbour_queries": 100,
        "n_neighbour_references": 300,
        "n_probe_images": 300,
        "n_map_points": 50,
        "n_kernel_images": 100,
    },
    "denoising": {
        "n_images": 20,
        "tuning_images": 8,
        "levels": {"gaussian": [0.2, 0.5], "salt_and_pepper": [0.2], "masking": [0.3]},
    },
    "generation": {
        "n_samples": 300,
        "n_mixture_components": 2,
        "n_completeness_codes": 100,
        "n_paths": 10,
        "path_steps": 4,
    },
    "vae_anatomy": {"n_bound_images": 50, "n_bound_samples": 20},
    "explorer": {"n_codes": 100, "n_images_per_class": 1, "map_size": 8},
}
ASKED_BY_THE_HEADLINE = {
    "check", "prepare", "learning_curves", "compression", "pca_comparison", "generation", "vae_activity", "explorer",
    "latent_tour", "summary", "figures", "report",
}  # fmt: skip


def merged(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    result = dict(base)
    for key, value in changes.items():
        nested = key != "levels" and isinstance(value, dict)
        result[key] = merged(base[key], value) if nested else value
    return result


def shown(report: str) -> str:
    """Return the page without its scripts, their data and its pictures."""
    return re.sub(r"<script.*?</script>|data:[^\"]*", "", report, flags=re.DOTALL)


class Clone:
    """A temporary clone of the working tree in which DVC runs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        self.environment = {**os.environ, "PATH": path, "DVC_NO_ANALYTICS": "1"}
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT, check=True, capture_output=True, text=True,
        )  # fmt: skip
        for name in filter(None, listed.stdout.split("\0")):
            if (ROOT / name).is_file():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, folder / name)
        shutil.rmtree(folder / "results", ignore_errors=True)
        (folder / "dvc.lock").unlink(missing_ok=True)
        self.set_params(CHANGES)
        self.run("git", "init", "-q")
        self.run("git", "config", "user.name", "test")
        self.run("git", "config", "user.email", "test@example.org")
        self.commit("clone")

    def set_params(self, changes: dict[str, Any]) -> None:
        params = yaml.safe_load((self.folder / "params.yaml").read_text())
        (self.folder / "params.yaml").write_text(yaml.safe_dump(merged(params, changes), sort_keys=False))

    def run(self, *command: str, code: int | None = 0, umask: int = -1) -> str:
        done = subprocess.run(
            as_module(command), cwd=self.folder, env=self.environment, check=False, capture_output=True, text=True,
            umask=umask,
        )  # fmt: skip
        assert code is None or done.returncode == code, f"{command}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr

    def commit(self, message: str) -> None:
        self.run("git", "add", "-A")
        self.run("git", "commit", "-qm", message)

    def read(self, name: str) -> str:
        return (self.folder / name).read_text(encoding="utf-8")

    def summary(self) -> dict[str, Any]:
        result: dict[str, Any] = json.loads(self.read("results/summary/metrics.json"))
        return result


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clone]:
    built = Clone(tmp_path_factory.mktemp("clone"))
    built.run("dvc", "repro")
    built.commit("results")
    yield built
    shutil.rmtree(built.folder, ignore_errors=True)


def test_every_stage_leaves_its_results(clone: Clone) -> None:
    stages = yaml.safe_load(clone.read("dvc.yaml"))["stages"]
    locked = {name.split("@")[0] for name in yaml.safe_load(clone.read("dvc.lock"))["stages"]}
    assert locked == set(stages)
    assert set(clone.summary()["claims"]) == {f"C{number}" for number in range(1, 9)}


def test_a_run_leaves_the_checkout_clean(clone: Clone) -> None:
    assert clone.run("git", "status", "--porcelain") == ""


def test_the_report_asks_nothing_of_the_network_and_shows_each_claim(clone: Clone) -> None:
    report = clone.read("report/index.html")
    assert not re.search(r"(src|href)=\"(https?:)?//[^\"]*\.(js|css|png|woff2?)", report)
    assert not re.search(UNDEFINED, shown(report))
    for language in LANGUAGES:
        for name, claim in clone.summary()["claims"].items():
            with speaking(language):
                item = re.search(rf'<li id="{language}-{name}">(.*?)</li>', report, re.DOTALL)
                assert item
                assert VERDICTS[claim["verdict"]] in item[1]


def test_a_second_run_runs_nothing(clone: Clone) -> None:
    assert "Running stage" not in clone.run("dvc", "repro")


def test_a_changed_template_runs_only_the_report(clone: Clone) -> None:
    template = clone.folder / "report/templates/base.html.j2"
    original = template.read_text()
    template.write_text(original + "\n<!-- changed -->\n")
    said = clone.run("dvc", "repro")
    template.write_text(original)
    assert re.findall(r"Running stage '(\w+)", said) == ["report"]
    clone.run("dvc", "repro")
    assert clone.run("git", "status", "--porcelain") == ""


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("latent_dim=0", "latent_dim"),
        ("latent_dim=785", "latent_dim must be in 1..784, got 785"),
        ("latent_dim=eight", "latent_dim: must be an integer, got 'eight'"),
        ("latent_dim=2.5", "latent_dim: must be an integer, got 2.5"),
        ("seeds=[0,0]", "seeds: entries must be distinct, got [0, 0]"),
        ("dataset=imagenet", "dataset must be one of"),
    ],
)
def test_bad_parameters_give_one_line_and_touch_no_result(clone: Clone, key: str, said: str) -> None:
    params = clone.read("params.yaml")
    said_by_run = clone.run("dvc", "exp", "run", "-S", key, code=None)
    (clone.folder / "params.yaml").write_text(params)  # -S leaves its change there, as for any failed run
    errors = [line for line in said_by_run.splitlines() if line.startswith("check: error:")]
    assert len(errors) == 1
    assert said in errors[0]
    assert "Traceback" not in said_by_run
    assert clone.run("git", "status", "--porcelain") == ""


def test_an_experiment_outside_the_sweep_trains_only_what_is_missing(clone: Clone) -> None:
    said = clone.run("dvc", "exp", "run", "-S", "latent_dim=3")
    started = re.findall(r"Running stage '([\w@-]+)", said)
    assert set(started) == ASKED_BY_THE_HEADLINE | {
        "train_ceiling", "train@ae-3", "train@vae-3", "train@rae-3", "train@linear_ae-3", "sweep@3"
    }  # fmt: skip
    assert clone.summary()["headline"]["latent_dim"] == 3
    assert "latent_dim" in clone.run("dvc", "exp", "show", "--csv").splitlines()[0]


def test_going_back_runs_nothing_again_and_gives_the_same_lock(clone: Clone) -> None:
    clone.run("git", "checkout", "-q", "--", ".")
    said = clone.run("dvc", "repro")
    assert "train@" not in "".join(re.findall(r"Running stage '[\w@-]+", said))
    assert clone.run("git", "status", "--porcelain") == ""


def test_hard_cases_end_in_a_report_without_nan(clone: Clone) -> None:
    """A collapsed VAE, codes of one number and a single seed: numbers stay finite or are said to be undefined."""
    params = clone.read("params.yaml")
    clone.set_params(
        {
            "vae": {"beta": 100},
            "latent_dim": 1,
            "latent_sweep": [1] * 5,
            "seeds": [0],
            "train_denoiser": {"latent_dim": 1},
            "train_beta": {"latent_dim": 1},
        }
    )
    assert "Traceback" not in clone.run(sys.executable, "-m", "execution", "--jobs", "1")  # writes dvc.lock once
    measured = [*(clone.folder / "results").rglob("*.csv"), *(clone.folder / "results").rglob("*.json")]
    not_finite = [path.name for path in measured if re.search(r"(?i)[,: ](-?nan|-?inf|infinity)\b", path.read_text())]
    assert not_finite == []
    assert not re.search(UNDEFINED, shown(clone.read("report/index.html")))
    verdicts = {claim["verdict"] for claim in clone.summary()["claims"].values()}
    assert verdicts <= set(VERDICTS)
    (clone.folder / "params.yaml").write_text(params)
    clone.run("git", "checkout", "-q", "--", ".")
    clone.run("dvc", "checkout")


def test_what_the_conditions_of_robustness_cut_changes_no_digit_of_a_claim(clone: Clone) -> None:
    before = clone.summary()["claims"]
    apply_overrides(clone.folder / "params.yaml", list(cut(latent_dim=4)))
    started = re.findall(
        r"Running stage '([\w@-]+)", clone.run(sys.executable, "-m", "execution", "--jobs", "1", "summary")
    )
    assert {"learning_curves", "denoising", "summary"} <= set(started)
    assert not {"figures", "report", "explorer"} & set(started)
    assert clone.summary()["claims"] == before
    clone.run("git", "checkout", "-q", "--", ".")
    clone.run("dvc", "checkout")


def test_one_model_alone_ends_in_a_report_that_says_what_is_not_judged(clone: Clone) -> None:
    """Nothing is trained again; what rests on another model is left out and said to be."""
    clone.set_params({"models": ["ae"]})
    started = re.findall(r"Running stage '([\w@-]+)", clone.run("dvc", "repro"))
    assert not [stage for stage in started if stage.startswith("train@")]
    report = shown(clone.read("report/index.html")).replace("\N{NO-BREAK SPACE}", " ")
    assert not re.search(UNDEFINED, report)
    verdicts = {name for name, claim in clone.summary()["claims"].items() if claim["verdict"] == "not_judged"}
    assert verdicts == {"C6", "C7", "C8"}
    assert "this run is without VAE" in report
    assert "w tym przebiegu brak: VAE" in report
    clone.run("git", "checkout", "-q", "--", ".")
    clone.run("dvc", "checkout")


def test_a_second_clone_pulls_the_results_and_runs_nothing(
    clone: Clone, tmp_path_factory: pytest.TempPathFactory
) -> None:
    storage, second = (tmp_path_factory.mktemp(name) for name in ("storage", "second"))
    clone.run("dvc", "remote", "add", "--local", "-d", "storage", str(storage))
    clone.run("dvc", "push")
    clone.run("git", "clone", "-q", str(clone.folder), str(second))
    clone.run("dvc", "--cd", str(second), "remote", "add", "--local", "-d", "storage", str(storage))
    clone.run("dvc", "--cd", str(second), "pull")
    assert (second / "report/index.html").read_text(encoding="utf-8") == clone.read("report/index.html")
    assert "Running stage" not in clone.run("dvc", "--cd", str(second), "repro")
    assert clone.run("git", "-C", str(second), "status", "--porcelain") == ""


@pytest.fixture(scope="module")
def scratch(clone: Clone, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The kept scratch clone of a verification, two stages at once, that found everything identical.

    It ran where variables, settings in the home, time zone, locale and umask are others, and no shell is found.
    """
    clone.run(sys.executable, "-m", "verification", "--record")  # of the results of this clone, not of those in git
    usual = clone.environment
    home, programs = (tmp_path_factory.mktemp(name) for name in ("home", "programs"))
    clone.environment = environment_without_posix(programs, hostile_environment(home, usual))
    said = clone.run(sys.executable, "-m", "verification", "--keep", "--jobs", "2", umask=0o077)
    clone.environment = usual
    clone.run("git", "checkout", "-q", "--", ".")
    assert "verify: identical" in said.splitlines()
    assert re.search(r"^re-executed: \d+ identical$", said, re.MULTILINE)
    found = re.search(r"^scratch clone: (.+)$", said, re.MULTILINE)
    assert found
    yield Path(found[1])
    shutil.rmtree(Path(found[1]).parent)


def test_running_everything_elsewhere_gives_the_same_bytes(clone: Clone, scratch: Path) -> None:
    found, expected = ((folder / "dvc.lock").read_text(encoding="utf-8") for folder in (scratch, clone.folder))
    assert yaml.safe_load(found) == yaml.safe_load(expected)


def flip_weight(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-1] ^= 0x80  # the sign of the last number of the last tensor
    path.write_bytes(content)


def flip_digit(path: Path) -> None:
    path.write_text(
        re.sub(r"(\"mean\": -?)(\d)", lambda found: f"{found[1]}{(int(found[2]) + 1) % 10}", path.read_text(), count=1)
    )


@pytest.mark.parametrize("against_scratch", [False, True])
@pytest.mark.parametrize(
    ("name", "flip", "said"),
    [
        ("checkpoints/sweep/4/ae/seed_1.safetensors", flip_weight, r"\[\d+(, \d+)*\]: expected (\S+), got (\S+)"),
        ("results/compression/metrics.json", flip_digit, r"claims\.\w+\.cells\.\d+\.mean: expected (\S+), got (\S+)"),
    ],
)
def test_a_flipped_weight_or_digit_is_named(
    clone: Clone, scratch: Path, name: str, flip: Callable[[Path], None], said: str, against_scratch: bool
) -> None:
    path = clone.folder / name
    original = path.read_bytes()
    flip(path)
    how = ["--against", str(scratch)] if against_scratch else ["--no-run"]
    try:
        shown = clone.run(sys.executable, "-m", "verification", *how, code=1)
    finally:
        path.write_bytes(original)
    assert re.search(rf"^different, checkout: {re.escape(name)}: .*{said}", shown, re.MULTILINE)
