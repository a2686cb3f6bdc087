"""Kept figures: read where nothing that they depend on changed, drawn again otherwise."""

from collections.abc import Callable
from pathlib import Path

import pytest

from report import drawings
from report.drawings import kept, kept_in
from report.figures import Panel, Series, line_panels
from report.language import LANGUAGES, speaking


@pytest.fixture
def drawn() -> list[str]:
    return []


@pytest.fixture
def draw(drawn: list[str]) -> Callable[[str], str]:
    @kept
    def figure(content: str) -> str:
        drawn.append(content)
        return f"<svg>{content}</svg>"

    return figure


def test_a_figure_of_the_same_content_is_drawn_once(
    draw: Callable[[str], str], drawn: list[str], tmp_path: Path
) -> None:
    for content in ("a", "b", "a", "b"):
        with kept_in(tmp_path):
            assert draw(content) == f"<svg>{content}</svg>"
    assert drawn == ["a", "b"]


def test_without_a_folder_every_figure_is_drawn(draw: Callable[[str], str], drawn: list[str]) -> None:
    assert draw("a") == draw("a")
    assert drawn == ["a", "a"]


def test_each_language_has_figures_of_its_own(draw: Callable[[str], str], drawn: list[str], tmp_path: Path) -> None:
    with kept_in(tmp_path):
        for language in LANGUAGES:
            with speaking(language):
                draw("a")
    assert drawn == ["a"] * len(LANGUAGES)


@pytest.mark.parametrize(
    "damage", [lambda content: content[:-1], lambda content: b"", lambda content: b"\xff" + content]
)
def test_a_damaged_figure_is_drawn_again(
    draw: Callable[[str], str], drawn: list[str], tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    with kept_in(tmp_path):
        draw("a")
        (path,) = tmp_path.glob("*.svg")
        path.write_bytes(damage(path.read_bytes()))
        assert draw("a") == "<svg>a</svg>"
        assert draw("a") == "<svg>a</svg>"
    assert drawn == ["a", "a"]


def test_other_code_draws_anew(
    draw: Callable[[str], str], drawn: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for version in (b"one", b"two"):
        monkeypatch.setattr(drawings, "fingerprint", lambda language, version=version: version)
        with kept_in(tmp_path):
            draw("a")
    assert drawn == ["a", "a"]


def test_a_folder_that_cannot_be_written_costs_nothing_but_time(draw: Callable[[str], str], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with kept_in(tmp_path / "file"):
        assert draw("a") == "<svg>a</svg>"


def test_the_oldest_go_first(
    draw: Callable[[str], str], drawn: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drawings, "N_KEPT", 1)
    with kept_in(tmp_path):
        draw("a")
        draw("b")
    assert len(list(tmp_path.glob("*.svg"))) == 1


def test_a_real_figure_read_is_the_figure_drawn(tmp_path: Path) -> None:
    panels = [
        Panel("title", "x", "y", [Series("ae", "AE", [1, 2, 4], [1.0, 2.0, 1.5], [0.9, 1.8, 1.2], [1.1, 2.2, 1.9])])
    ]
    plain = line_panels("one", panels)
    with kept_in(tmp_path):
        assert [line_panels("one", panels), line_panels("one", panels)] == [plain, plain]
    assert len(list(tmp_path.glob("*.svg"))) == 1


def test_what_is_to_happen_for_missing_figures_happens_once_and_only_then(
    draw: Callable[[str], str], drawn: list[str], tmp_path: Path
) -> None:
    missed: list[str] = []
    for _ in range(2):
        with kept_in(tmp_path, when_missing=lambda: missed.extend(drawn or ["none"])):
            draw("a")
            draw("b")
    assert missed == ["none"]  # called before the first is drawn
