"""The page of experiments: what runs there are, what of their files is used, what counts as different, the command."""

import json
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import yaml

from report.experiments import view as experiments
from report.experiments.comparison import baseline_of, difference, differences, differing
from report.experiments.page import render
from report.experiments.runs import WORKSPACE, Origin, Run, changed_since, frechet_of, listed, read_run
from report.texts.language import LANGUAGES
from tests.import_closure import ROOT

HEAD, EARLIER = "a" * 40, "b" * 40
LEDGER = "results/summary/metrics.json"
COLUMNS = "source,family,measure,mean,low,high"
BASE_PARAMS = {"dataset": "mnist", "seeds": [0, 1], "latent_dim": 16, "vae": {"beta": 1.0}}
STAGE = """
import json, pathlib, yaml
params = yaml.safe_load(open("params.yaml"))
mean = params["latent_dim"] / 20
part = {"metric": "share_of_way", "threshold": 0.5, "verdict": "supported" if mean > 0.51 else "refuted",
        "primary": {"mean": mean, "low": mean - 0.01, "high": mean + 0.01}}
pathlib.Path("results/summary").mkdir(parents=True, exist_ok=True)
text = json.dumps({"claims": {"C6": {"parts": {"C6d": part}}}, "headline": {"se": {"ae": 100 * (1 - mean)}}})
pathlib.Path("results/summary/metrics.json").write_text(text)
"""
PIPELINE = {
    "stages": {
        "summary": {
            "cmd": f'"{sys.executable}" stage.py',
            "params": ["latent_dim", "vae.beta"],
            "metrics": [{LEDGER: {"cache": False}}],
        }
    }
}
HOSTILE = 'a<b>&"c$x$'


def claim(mean: float, half: float = 0.01, **changes: Any) -> dict[str, Any]:
    """The number of a part as the page keeps it."""
    bounds = {"mean": mean, "low": mean - half, "high": mean + half}
    return {"metric": "share_of_way", **bounds, "threshold": 0.5, "verdict": "supported", **changes}


def part(mean: float, **changes: Any) -> dict[str, Any]:
    """A part as results/summary/metrics.json has it."""
    primary = {"mean": mean, "low": mean - 0.01, "high": mean + 0.01}
    return {"metric": "share_of_way", "threshold": 0.5, "verdict": "supported", "primary": primary, **changes}


def ledger(**parts: object) -> bytes:
    """A ledger with one claim of these parts."""
    return json.dumps({"claims": {"C6": {"parts": parts}}, "headline": {"se": {"ae": 7.0}}}).encode()


def run(name: str = "exp", *, mean: float = 0.8, baseline: str = HEAD, rev: str = "", **params: Any) -> Run:
    known = {"dataset": "mnist", "seeds": [0, 1], "latent_dim": 16, **params}
    return Run(Origin(name, rev or name, baseline, "2030-01-02 03:04:05"), known, {"C6d": claim(mean)}, {}, {})


def commit(rev: str = HEAD, mean: float = 0.8, **params: Any) -> Run:
    return run("main", mean=mean, baseline="", rev=rev, **params)


def files(**changes: bytes | None) -> dict[str, bytes | None]:
    texts = {
        "params.yaml": yaml.safe_dump(BASE_PARAMS).encode(),
        "dvc.lock": yaml.safe_dump({"stages": {"train": {"params": {"params.yaml": {"vae.beta": 1.0}}}}}).encode(),
        LEDGER: ledger(C6d=part(0.8)),
        "results/generation/samples.csv": f"{COLUMNS}\nvae_normal,convolutional,frechet,9.5,9,10\n".encode(),
    }
    return {**texts, **changes}


def read(stored: dict[str, bytes | None], state: str = "success") -> Run:
    return read_run(Origin("exp", "c" * 40, HEAD, "", state), lambda path: stored.get(path.as_posix()))


def problems(found: Run) -> list[tuple[str, str]]:
    return [(problem.path, problem.kind) for problem in found.problems]


def shown(name: str, time: str, state: str | None = None) -> dict[str, Any]:
    revision = {"rev": f"{name}-rev", "name": name, "data": {"timestamp": time}}
    return {"revs": [revision], "name": name, "executor": state and {"state": state}}


def test_runs_are_the_commit_the_workspace_then_experiments_by_time() -> None:
    late, early = shown("a-late", "2030-01-02T00:00:00", "queued"), shown("early", "2030-01-01T00:00:00")
    output = [{"rev": WORKSPACE}, {"rev": HEAD, "name": "main", "experiments": [late, early]}]
    origins = listed(output, HEAD)
    assert [(origin.name, origin.state) for origin in origins] == [
        ("main", "success"), ("", "success"), ("early", "success"), ("a-late", "queued"),
    ]  # fmt: skip
    assert [origin.baseline for origin in origins] == ["", HEAD, HEAD, HEAD]


def test_other_commits_are_shown_after_the_current_one_if_they_have_experiments() -> None:
    output = [{"rev": "c" * 40}, {"rev": EARLIER, "experiments": [shown("old", "")]}, {"rev": HEAD}]
    assert [origin.rev for origin in listed(output, HEAD)] == [HEAD, WORKSPACE, EARLIER, "old-rev"]


def test_a_complete_run_is_read_without_a_problem() -> None:
    found = read(files())
    assert problems(found) == []
    assert found.params["vae.beta"] == 1.0
    assert found.claims == {"C6d": claim(0.8)}
    assert found.frechet == {"vae_normal": {"mean": 9.5, "low": 9.0, "high": 10.0}}


@pytest.mark.parametrize("path", sorted(files()))
def test_a_missing_file_is_named_and_the_run_stays(path: str) -> None:
    assert problems(read(files(**{path: None}))) == [(path, "missing")]


@pytest.mark.parametrize("path", sorted(files()))
@pytest.mark.parametrize("content", [b"\xff\xfe", b"[1, 2", b"- 1\n- 2\n"])
def test_a_damaged_file_is_named_and_the_run_stays(path: str, content: bytes) -> None:
    assert (path, "damaged") in problems(read(files(**{path: content})))


@pytest.mark.parametrize(
    "older",
    [
        {"metric": "share_of_way", "verdict": "supported"},
        part(0.8, verdict="plausible"),
        part(0.8, primary={"mean": 0.8, "low": "0.7", "high": 0.9}),
        part(0.8, primary={"mean": 0.8}),
        part(0.8, metric=None),
        0.8,
    ],
)
def test_a_part_of_an_older_form_is_left_out_and_named(older: object) -> None:
    found = read(files(**{LEDGER: ledger(C6a=older, C6d=part(0.8))}))
    assert list(found.claims) == ["C6d"]
    assert [(problem.kind, problem.detail) for problem in found.problems] == [("older", "C6a")]


@pytest.mark.parametrize("older", [claim(0.8), {"parts": {}}, {"parts": 1}, 0.8])
def test_a_claim_without_parts_is_of_an_older_form(older: object) -> None:
    text = json.dumps({"claims": {"C1": older, "C6": {"parts": {"C6d": part(0.8)}}}}).encode()
    found = read(files(**{LEDGER: text}))
    assert list(found.claims) == ["C6d"]
    assert [(problem.kind, problem.detail) for problem in found.problems] == [("older", "C1")]


def test_a_part_that_was_not_measured_has_a_verdict_and_no_number() -> None:
    found = read(files(**{LEDGER: ledger(C6d=part(0.8, primary=None, verdict="not_judged"))}))
    assert found.claims["C6d"] == claim(0.8, verdict="not_judged") | {"mean": None, "low": None, "high": None}


@pytest.mark.parametrize("state", ["queued", "running", "failed"])
def test_results_of_an_unfinished_experiment_are_not_taken_for_its_own(state: str) -> None:
    found = read(files(), state)
    assert found.claims == {}
    assert found.params["latent_dim"] == 16


def test_parameters_changed_since_the_results_are_named() -> None:
    lock = {"stages": {"train": {"params": {"params.yaml": {"vae": {"beta": 1.0}, "latent_dim": 8}}}}}
    assert changed_since(lock, {"vae.beta": 4, "latent_dim": 8}) == ["vae.beta"]


def test_frechet_distances_are_those_of_the_convolutional_judge() -> None:
    rows = "floor,convolutional,frechet,1,,\nfloor,pixels,frechet,5,,\n"
    found = frechet_of(f"{COLUMNS}\n{rows}")
    assert found == {"floor": {"mean": 1.0, "low": None, "high": None}}


def test_frechet_distances_without_interval_are_kept() -> None:
    table = "source,measure,mean,low,high\nfloor,frechet,1,,\nfloor,precision,2,,\n"
    assert frechet_of(table) == {"floor": {"mean": 1.0, "low": None, "high": None}}


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(3, 4, "above"), (-1, 0.5, "below"), (1.5, 9, "overlap"), (2, 3, "overlap"), (None, None, "unknown")],
)
def test_numbers_differ_only_where_their_intervals_lie_apart(low: float, high: float, expected: str) -> None:
    assert difference({"low": low, "high": high}, {"low": 1, "high": 2}) == expected


def test_numbers_of_different_metrics_are_not_compared() -> None:
    assert difference(claim(0.9), claim(0.1, metric="another")) == "unknown"


def test_each_experiment_is_compared_with_its_own_commit() -> None:
    runs = [commit(mean=0.2), commit(EARLIER, 0.8), run(mean=0.5), run(mean=0.5, baseline=EARLIER)]
    assert differences("C6d", runs) == ["unknown", "unknown", "above", "below"]


def test_runs_on_different_datasets_are_not_compared() -> None:
    assert baseline_of(run(dataset="other"), [commit()]) is None


def test_only_parameters_that_differ_are_listed() -> None:
    runs = [commit(), run(latent_dim=8), run(new_key=1)]
    assert differing(runs) == ["latent_dim", "new_key"]


def test_the_parameters_table_counts_those_that_are_equal() -> None:
    table = experiments.parameters([commit(), run(latent_dim=8)])
    assert [column.label for column in table.columns] == ["latent_dim"]
    assert [[entry.text for entry in row.entries] for row in table.rows] == [["16"], ["8"]]
    assert "2 parameters are the same" in table.caption


@pytest.mark.parametrize(("change", "word"), [({"dataset": "other"}, "dataset"), ({"seeds": [7]}, "seeds")])
def test_a_notice_says_what_limits_the_comparison(change: dict[str, Any], word: str) -> None:
    (notice,) = experiments.notices([commit(), run(**change)])
    assert f"different {word}" in notice


def test_runs_of_one_dataset_and_the_same_seeds_need_no_notice() -> None:
    assert experiments.notices([commit(), run(latent_dim=8)]) == []


def test_a_figure_grows_with_the_runs() -> None:
    few, many = (experiments.figures([commit(), *[run(str(i)) for i in range(n)]])[0]["svg"] for n in (1, 30))
    heights = [float(re.findall(r'viewBox="0 0 \S+ (\S+)"', svg)[0]) for svg in (few, many)]
    assert heights[1] > 3 * heights[0]


def test_a_far_threshold_is_left_out_of_the_figure() -> None:
    near, far = (experiments.dots("C6d", [commit(mean=mean)], ["unknown"]) for mean in (0.51, 0.9))
    assert "stroke-dasharray: 3" in near
    assert "stroke-dasharray: 3" not in far


class Outline(HTMLParser):
    """Collects ids, addresses, headings of tables and open elements of a page."""

    VOID = frozenset({"meta", "link", "br", "img"})

    def __init__(self, page: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.targets: set[str] = set()
        self.unscoped = 0
        self.open: list[str] = []
        self.misnested: list[str] = []
        self.tables = self.captions = 0
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.ids += [found["id"] or ""] if "id" in found else []
        self.targets |= {(found.get("href") or "")[1:]} if (found.get("href") or "").startswith("#") else set()
        self.unscoped += tag == "th" and "scope" not in found
        self.tables += tag == "table"
        self.captions += tag == "caption"
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag) if tag not in self.VOID else None

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.misnested.append(tag)


def test_the_page_is_well_formed_and_its_tables_are_labelled() -> None:
    outline = Outline(render([commit(), run(HOSTILE, latent_dim=8)], "en"))
    assert (outline.misnested, outline.open, outline.unscoped) == ([], [], 0)
    assert len(outline.ids) == len(set(outline.ids))
    assert outline.targets <= set(outline.ids)
    assert outline.captions == outline.tables > 0


def test_the_page_holds_every_language_the_asked_one_first() -> None:
    page = render([commit(), run()], "pl")
    assert re.findall(r'class="edition" id="(\w+)"', page) == ["pl", *(code for code in LANGUAGES if code != "pl")]


def test_shares_are_written_as_percent_in_table_and_figure() -> None:
    page = render([commit(), run(mean=0.6)], "en")
    assert "60.0 %" in page
    assert "Threshold: 50 %." in page
    assert ">60<" in page


def test_names_are_escaped_everywhere() -> None:
    page = render([commit(), run(HOSTILE, latent_dim="<i>")], "en")
    assert "a<b>" not in page
    assert "<i>" not in page
    assert "a&lt;b&gt;&amp;" in page


def test_without_experiments_the_page_says_how_to_run_one() -> None:
    assert "dvc exp run -S" in render([commit()], "en")


def command(folder: Path, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "DVC_NO_ANALYTICS": "1", "GIT_CEILING_DIRECTORIES": "/"}
    environment |= {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    return subprocess.run(words, cwd=folder, env=environment, check=check, capture_output=True, encoding="utf-8")


def compare(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return command(folder, sys.executable, "-m", "report.experiments", *words, check=False)


def dvc(folder: Path, *words: str) -> None:
    command(folder, sys.executable, "-m", "dvc", *words)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    command(tmp_path, "git", "init", "-q")
    for key in ("name", "email"):
        command(tmp_path, "git", "config", f"user.{key}", "tester@example.org")
    dvc(tmp_path, "init", "-q")
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(BASE_PARAMS), encoding="utf-8")
    (tmp_path / "dvc.yaml").write_text(yaml.safe_dump(PIPELINE), encoding="utf-8")
    (tmp_path / "stage.py").write_text(STAGE, encoding="utf-8")
    return tmp_path


def save(folder: Path) -> None:
    command(folder, "git", "add", "-A")
    command(folder, "git", "commit", "-q", "-m", "A <first> commit")


def test_the_command_compares_real_experiments(repository: Path) -> None:
    dvc(repository, "repro", "-q")
    save(repository)
    dvc(repository, "exp", "run", "-q", "-n", "narrow", "-S", "latent_dim=8")
    dvc(repository, "exp", "run", "-q", "-n", "waiting", "--queue", "-S", "vae.beta=4")
    dvc(repository, "exp", "run", "-q", "-n", HOSTILE, "-S", "latent_dim=19")
    done = compare(repository)
    assert (done.returncode, done.stderr) == (0, "")
    assert str(repository / "report" / "experiments.html") in done.stdout
    page = (repository / "report" / "experiments.html").read_text(encoding="utf-8")
    english = re.sub(r"<svg.*?</svg>", "", page.split('<div class="edition"')[1], flags=re.DOTALL)
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", english))
    assert "A &lt;first&gt; commit" in text
    numbers = r"▼ 40\.0 % \[39\.0, 41\.0\] refuted .*▲ 95\.0 % \[94\.0, 96\.0\] supported"
    assert re.search(rf"narrow (waiting )?a&lt;b&gt;&amp;&#34;c\$x\$ (waiting )?C6d .*{numbers}", text)
    assert re.search(r"waiting \d+ 4 ", text)
    assert "queued, not run yet" in text
    assert "Same parameters and numbers as a&lt;b&gt;" in text


def test_experiments_of_other_commits_are_shown_when_asked_for(repository: Path) -> None:
    dvc(repository, "repro", "-q")
    save(repository)
    dvc(repository, "exp", "run", "-q", "-n", "narrow", "-S", "latent_dim=8")
    save(repository)
    assert "0 experiments" in compare(repository).stdout
    assert "1 experiment:" in compare(repository, "--all-commits").stdout


def test_outside_a_git_repository_one_line_says_so(tmp_path: Path) -> None:
    done = compare(tmp_path)
    assert done.returncode == 1
    assert re.fullmatch(r"experiments: error: git .*expected a git repository.*, got: .*\n", done.stderr)


def test_before_the_first_run_one_line_says_so(repository: Path) -> None:
    save(repository)
    done = compare(repository)
    assert done.returncode == 1
    assert re.fullmatch(r"experiments: error: dvc\.lock: expected .*, got none\n", done.stderr)


def test_without_any_results_one_line_says_so(repository: Path) -> None:
    (repository / "dvc.lock").write_text("schema: '2.0'\n", encoding="utf-8")
    save(repository)
    done = compare(repository)
    assert done.returncode == 1
    assert re.fullmatch(r"experiments: error: results/summary/metrics\.json: expected .*, got none.*\n", done.stderr)
