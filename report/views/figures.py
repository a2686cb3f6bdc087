"""Figures as records: what each one shows. The stage ``figures`` draws them (``report.drawing``)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from report.texts.roles import class_role


@dataclass(frozen=True)
class Series:
    """One line of a figure; ``low`` and ``high`` give its band, empty where there is none."""

    role: str
    label: str
    x: Sequence[float]
    y: Sequence[float]
    low: Sequence[float] = ()
    high: Sequence[float] = ()
    has_markers: bool = True

    def scaled(self, factor: float, values: Literal["x", "y"] = "y") -> "Series":
        """Return the series with its values, which lie along this axis, and their bounds multiplied."""
        keys = (values, "low", "high")
        made: dict[str, Any] = {key: [factor * value for value in getattr(self, key)] for key in keys}
        return replace(self, **made)


@dataclass(frozen=True)
class Panel:
    """One coordinate system of a figure."""

    title: str
    x_label: str
    y_label: str
    series: Sequence[Series]
    x_ticks: Sequence[float] = ()
    log_x: bool = False
    log_y: bool = False
    y_limits: tuple[float, float] | None = None
    x_marks: Sequence[float] = ()  # places that a thin line points out


@dataclass(frozen=True)
class Cloud:
    """Labelled points of a plane, drawn over a map of shares where there is one."""

    title: str
    points: NDArray[np.float64]  # (n, 2)
    labels: NDArray[np.int64]  # (n,)
    shares: NDArray[np.float64] | None = None  # (n_rows, n_columns), largest y first
    extent: tuple[float, float, float, float] = (0.0, 1.0, 0.0, 1.0)


@dataclass(frozen=True)
class Layers:
    """The layers of one network: widths from image to image, where the code lies, whether it is drawn at random."""

    role: str
    title: str
    encoder_widths: Sequence[int]
    decoder_widths: Sequence[int]
    latent_dim: int
    is_variational: bool


@dataclass(frozen=True)
class Figure:
    """A figure; its file and the ids within it have its name. Its numbers stand in ``source``, a file under results/."""

    name: str
    source: str = field(default="", kw_only=True)

    @property
    def legend(self) -> Mapping[str, str]:
        """The roles of what is drawn by their labels, for screens too narrow for the figure; empty where none is needed."""
        return {}


@dataclass(frozen=True)
class LinePanels(Figure):
    """Panels of lines; ``height`` in inches, where the width is 7.6."""

    panels: Sequence[Panel]
    height: float = 2.9
    columns: int | None = None  # panels side by side, all where not given

    @property
    def legend(self) -> Mapping[str, str]:
        """The role of each line by its label."""
        return {series.label: series.role for panel in self.panels for series in panel.series if series.label}


@dataclass(frozen=True)
class IntervalDots(Figure):
    """Panels of dots with their intervals, a row per series; several of a row have marks of their own, named here."""

    panels: Sequence[Panel]
    height: float = 2.6
    marks: Sequence[str] = ()


@dataclass(frozen=True)
class Clouds(Figure):
    """Maps of codes, one colour per class."""

    panels: Sequence[Cloud]
    class_names: Sequence[str]
    height: float = 3.1

    @property
    def legend(self) -> Mapping[str, str]:
        """The role of each class by its name."""
        return {name: class_role(number) for number, name in enumerate(self.class_names)}


@dataclass(frozen=True)
class Architecture(Figure):
    """Networks as rows of bars, one per layer; ``words`` has what the two halves are called."""

    networks: Sequence[Layers]
    words: Mapping[str, str]


@dataclass(frozen=True)
class Field:
    """A verdict in a figure of all of them; ``is_exception`` where it is another one than the default's."""

    verdict: str
    is_exception: bool = False


@dataclass(frozen=True)
class VerdictGrid(Figure):
    """Verdicts of parts of claims (rows) under conditions (columns), None where there is none.

    Attributes:
        columns: Labels, in groups that stand apart.
        rows: Short name and label of each part, in groups that stand apart.
        fields: By row, then by column, in the order of both without their groups.
        words: What each verdict is called.
    """

    columns: Sequence[Sequence[str]]
    rows: Sequence[Sequence[tuple[str, str]]]
    fields: Sequence[Sequence[Field | None]]
    words: Mapping[str, str]


def figures_of(shown: object) -> Iterator[Figure]:
    """Return every figure among what a section shows."""
    if isinstance(shown, Figure):
        yield shown
    elif isinstance(shown, Mapping):
        for entry in shown.values():
            yield from figures_of(entry)
    elif isinstance(shown, list | tuple):
        for entry in shown:
            yield from figures_of(entry)
