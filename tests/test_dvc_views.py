"""What DVC keeps and shows by itself: stages in its cache, plots over columns that exist, models as artifacts."""

import csv
import json
import re
from typing import Any

import pytest
import yaml
from dvc_render.vega import VegaRenderer
from dvc_render.vega_templates import Template, get_template

from tests.import_closure import ROOT

TEMPLATES = ROOT / ".dvc" / "plots"
PROJECT: dict[str, Any] = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))
PROJECTS = {"study": PROJECT, "replications": yaml.safe_load((ROOT / "replications" / "dvc.yaml").read_text("utf-8"))}
STAGES = [
    pytest.param(stage, id=f"{name}-{slug}") for name in PROJECTS for slug, stage in PROJECTS[name]["stages"].items()
]
PLOTS: dict[str, dict[str, Any]] = {name: plot for entry in PROJECT["plots"] for name, plot in entry.items()}
KINDS = ("outs", "metrics", "plots")


def declared(stage: dict[str, Any], *kinds: str) -> dict[str, dict[str, Any]]:
    """The outputs of a stage with what its entry says of them."""
    body = stage.get("do", stage)
    entries = [{entry: {}} if isinstance(entry, str) else entry for kind in kinds for entry in body.get(kind, [])]
    return {path: says for entry in entries for path, says in entry.items()}


def outputs() -> set[str]:
    return {path for stage in PROJECT["stages"].values() for path in declared(stage, *KINDS)}


TABLES = {path: says for stage in PROJECT["stages"].values() for path, says in declared(stage, "plots").items()}
DRAWN = {path: says for path, says in TABLES.items() if says.get("template") != "hidden"}


def source(plot: dict[str, Any]) -> tuple[str, str, str]:
    ((path, y),) = plot["y"].items()
    x = plot["x"]
    return path, x if isinstance(x, str) else x[path], y


def rows(path: str) -> list[dict[str, str]]:
    with (ROOT / path).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("stage", STAGES)
def test_every_stage_comes_back_from_the_cache_so_what_it_does_not_cache_is_a_metric_or_a_plot(
    stage: dict[str, Any],
) -> None:
    """DVC keeps no run of a stage with other uncached outputs: from A to B and back to A it would run again."""
    assert [path for path, says in declared(stage, "outs").items() if not says.get("cache", True)] == []
    assert all(says["cache"] is False for says in declared(stage, "metrics", "plots").values())  # git tracks them


def test_dvc_draws_six_to_eight_plots_with_names_that_one_pattern_selects() -> None:
    assert 6 <= len(PLOTS) <= 8
    assert {path for path in (*PLOTS, *TABLES) if re.match("[a-z_]+$", path)} == set(PLOTS)
    assert "error" not in PLOTS  # DVC would take the name for the report of a failure


def test_dvc_draws_every_table_once_and_none_by_guessing_its_columns() -> None:
    tables = {path for path in TABLES if path.endswith(".csv")}
    assert set(DRAWN) == tables - {source(plot)[0] for plot in PLOTS.values()}
    assert [path for path, says in DRAWN.items() if not {"x", "y", "title"} <= set(says)] == []


@pytest.mark.parametrize("path", DRAWN)
def test_a_table_without_a_name_fills_every_place_of_its_template(path: str) -> None:
    points = [{**row, "rev": "workspace"} for row in rows(path)]
    content = VegaRenderer(points, path, **DRAWN[path], template_dir=str(TEMPLATES)).get_filled_template()
    assert {DRAWN[path]["x"], DRAWN[path]["y"]} <= set(points[0])
    assert "<DVC_METRIC" not in json.dumps(content)


@pytest.mark.parametrize("name", PLOTS)
def test_a_plot_draws_columns_of_a_stage_s_table_and_says_what_they_are(name: str) -> None:
    plot = PLOTS[name]
    path, x, y = source(plot)
    assert path in outputs()
    assert {x, y} <= set(rows(path)[0])
    assert all(plot[key] for key in ("title", "x_label", "y_label"))


@pytest.mark.parametrize("name", PLOTS)
def test_a_plot_fills_every_place_of_its_template(name: str) -> None:
    path, x, y = source(PLOTS[name])
    points = [{**row, "rev": "workspace"} for row in rows(path)]
    drawn = VegaRenderer(points, name, **{**PLOTS[name], "x": x, "y": y, "template_dir": str(TEMPLATES)})
    content = drawn.get_filled_template()
    assert len(content["data"]["values"]) == len(points)
    assert "<DVC_METRIC" not in json.dumps(content)


@pytest.mark.parametrize("quantity", ["se", "frechet", "nearest_neighbour", "active_units", "kl_nats", "psnr"])
def test_what_the_template_selects_is_measured_in_one_of_the_tables(quantity: str) -> None:
    content = get_template("curves", TEMPLATES).content
    assert isinstance(get_template("curves", TEMPLATES), Template)
    assert f"'{quantity}'" in json.dumps(content)
    tables = [rows(source(plot)[0]) for plot in PLOTS.values() if plot["template"] == "curves"]
    assert any(quantity in {row.get("metric"), row.get("measure")} for table in tables for row in table)


@pytest.mark.parametrize("name", ["curves", "table", "verdicts"])
def test_points_and_nothing_else_show_by_their_shape_which_revision_they_are_of(name: str) -> None:
    """A revision of one point has no line; a shape on the layer of intervals would draw points at their ends."""
    spec = json.loads((TEMPLATES / f"{name}.json").read_text(encoding="utf-8"))["spec"]
    shapes = {
        mark if isinstance(mark := layer["mark"], str) else mark["type"]: layer["encoding"].get("shape")
        for layer in spec["layer"]
    }
    assert {kind for kind, shape in shapes.items() if shape} == {"point"}
    assert shapes["point"]["field"] == "rev"
    assert "shape" not in spec["encoding"]


def test_no_title_of_a_plot_speaks_of_one_dataset() -> None:
    titles = [plot["title"] for plot in (*PLOTS.values(), *DRAWN.values())]
    assert [title for title in titles if re.search("digit|MNIST", title)] == []


def keys(content: dict[str, Any], above: str = "") -> list[str]:
    """The names of the leaves of a file as the table of experiments has them."""
    found = [(f"{above}{key}", entry) for key, entry in content.items()]
    return [name for one, entry in found for name in (keys(entry, f"{one}.") if isinstance(entry, dict) else [one])]


def test_the_table_of_experiments_has_the_numbers_and_parameters_alone() -> None:
    text = (ROOT / "docs" / "experiments.md").read_text(encoding="utf-8")
    (pattern,) = re.findall(r"dvc exp show --csv --drop '(.+)'", text)
    dependencies = {dep for stage in PROJECT["stages"].values() for dep in stage.get("deps", [])}
    metrics = [path for stage in PROJECT["stages"].values() for path in declared(stage, "metrics")]
    numbers = [name for path in metrics for name in keys(json.loads((ROOT / path).read_text(encoding="utf-8")))]
    parameters = keys(yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8")))
    assert [dep for dep in dependencies if not re.match(pattern, dep)] == []
    assert [name for name in (*numbers, *parameters) if re.match(pattern, name)] == []
    assert len(numbers) + len(parameters) <= 125


def test_the_tables_of_the_page_hide_no_parameter_and_together_no_part_of_a_claim() -> None:
    tables = re.findall(r"--only-changed --drop '(.+)'", (ROOT / "docs" / "experiments.md").read_text(encoding="utf-8"))
    numbers = keys(json.loads((ROOT / "results" / "summary.json").read_text(encoding="utf-8")))
    parameters = keys(yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8")))
    assert [name for name in parameters for table in tables if re.match(table, name)] == []
    assert [name for name in numbers if name[0] == "C" and all(re.match(table, name) for table in tables[1:])] == []
    (first,) = re.findall(r"--only-changed --drop '(.+)'", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert first == tables[0]


def test_each_artifact_is_the_output_of_a_stage() -> None:
    written = {path.replace("item.", "") for path in outputs()}
    for name, artifact in PROJECT["artifacts"].items():
        path = artifact["path"].removesuffix(f"/{name}") + "/${model}" if "${" in artifact["path"] else artifact["path"]
        assert path in written, name
        assert artifact["type"] == "model"
        assert artifact["desc"]


def test_each_artifact_of_the_replications_is_one_of_their_configurations() -> None:
    folder = ROOT / "replications"
    configurations = yaml.safe_load((folder / "params.yaml").read_text(encoding="utf-8"))["configurations"]
    artifacts = yaml.safe_load((folder / "dvc.yaml").read_text(encoding="utf-8"))["artifacts"]
    assert {artifact["path"] for artifact in artifacts.values()} <= {f"checkpoints/{name}" for name in configurations}
