"""Reader of everything the report shows: metrics, tables and pictures of results/, and the parameters.

Nothing else that a section is made of knows a file.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from numpy.typing import NDArray

from foundation.parameters import Params
from foundation.reproducibility.artifacts import ArtifactError, read_arrays, read_bytes, read_csv, read_json
from foundation.vocabulary import OWN
from report.texts.language import active, message
from report.views.figures import Figure
from robustness.table import DEFAULT_PATH, Table, table_of_study

Row = dict[str, Any]


class Picture(NamedTuple):
    """A PNG as data URI with its size in pixels and labels of rows and columns; the key names it on the page.

    Its source is its file under results/.
    """

    key: str
    uri: str
    width: int
    height: int
    rows: list[str]
    columns: list[str]
    source: str = ""

    def named(self, labels: Mapping[str, str]) -> "Picture":
        """Return the picture with its row labels in words, as far as they have any."""
        return self._replace(rows=[labels.get(row, row) for row in self.rows])


@dataclass(frozen=True)
class Study:
    """What was measured, under which parameters.

    Attributes:
        params: The parameters of the run.
        results: The folder with one folder per stage.
        versions: Library versions by name.
    """

    params: Params
    results: Path
    versions: dict[str, str] = field(default_factory=dict)
    _cache: dict[Path, Any] = field(default_factory=dict, compare=False)
    _asked: list[Path] = field(default_factory=list, compare=False)
    _pictures: dict[str, dict[str, Picture]] = field(default_factory=dict, compare=False)

    @property
    def last_read(self) -> Path:
        """The file of results that was asked for last."""
        return self._asked[-1] if self._asked else self.results

    def metrics(self, slug: str) -> Row:
        """Return metrics.json of a stage."""
        return self.details(slug, "metrics")

    def named(self, text: str) -> str:
        """Return a name that comes with the data: in the active language, of one's own images as it stands."""
        return text if self.params.dataset == OWN else message(text)

    @property
    def robustness(self) -> Table:
        """The table of verdicts under changes of this study; empty where there is none of it."""
        root = self.results.parent
        if DEFAULT_PATH not in self._cache:
            self._cache[DEFAULT_PATH] = table_of_study(root, self.params, self.metrics("summary"))
        table: Table = self._cache[DEFAULT_PATH]
        return table

    def table(self, slug: str, name: str) -> list[Row]:
        """Return the rows of a table of a stage; ``name`` without .csv."""
        rows: list[Row] = self._read(self.results / slug / f"{name}.csv")
        return rows

    def details(self, slug: str, name: str) -> Row:
        """Return a JSON file of a stage; ``name`` without .json."""
        details: Row = self._read(self.results / slug / f"{name}.json")
        return details

    def pictures(self, slug: str) -> dict[str, Picture]:
        """Return all pictures of a stage by name."""
        if slug not in self._pictures:
            self._pictures[slug] = self._read_pictures(slug)
        return self._pictures[slug]

    def _read_pictures(self, slug: str) -> dict[str, Picture]:
        folder = self.results / slug / "figures"
        pictures = {}
        for name, labels in self._read(folder / "pictures.json").items():
            width, height = labels["size"]
            uri, source = _png_uri(folder / f"{name}.png"), f"{slug}/figures/{name}.png"
            pictures[name] = Picture(f"{slug}-{name}", uri, width, height, labels["rows"], labels["columns"], source)
        return pictures

    def all_pictures(self) -> dict[str, Picture]:
        """Return every picture that was asked for so far, by its key."""
        return {picture.key: picture for pictures in self._pictures.values() for picture in pictures.values()}

    def arrays(self, slug: str, name: str) -> dict[str, NDArray[Any]]:
        """Return the arrays of a file among the figures of a stage; ``name`` without .safetensors."""
        return read_arrays(self.results / slug / "figures" / f"{name}.safetensors")

    def figure_path(self, figure: Figure) -> Path:
        """Return where a figure lies, drawn for the active language."""
        return self.results / "figures" / active() / f"{figure.name}.svg"

    def svg(self, figure: Figure) -> str:
        """Return a figure as it was drawn for the active language."""
        return read_bytes(self.figure_path(figure)).decode()

    def _read(self, path: Path) -> Any:
        self._asked.append(path)
        if path not in self._cache:
            self._cache[path] = read_csv(path) if path.suffix == ".csv" else read_json(path)
        return self._cache[path]


def _png_uri(path: Path) -> str:
    content = read_bytes(path)
    if not content.startswith(b"\x89PNG"):
        raise ArtifactError(f"{path}: expected a PNG picture")
    return f"data:image/png;base64,{base64.b64encode(content).decode()}"
