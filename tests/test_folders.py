"""Lists of latent dimensions, and folders that no longer belong."""

from pathlib import Path

import pytest

from autoencoders.reproducibility.artifacts import ArtifactError
from stages.folders import LIST_NAME, prune, read_list, write_list


def test_a_list_is_read_as_it_was_written(tmp_path: Path) -> None:
    write_list(tmp_path, [3, 12])
    assert read_list(tmp_path) == [3, 12]


@pytest.mark.parametrize("content", ["", "{}", '{"a": 1}', "3", '["3"]', "[true]", "[2.5]", "[[3]]"])
def test_a_damaged_list_is_one_line(tmp_path: Path, content: str) -> None:
    (tmp_path / LIST_NAME).write_text(content)
    with pytest.raises(ArtifactError, match=r"latent_dims\.json: expected") as caught:
        read_list(tmp_path)
    assert len(str(caught.value).splitlines()) == 1


def test_a_missing_list_is_named(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match=r"latent_dims\.json"):
        read_list(tmp_path)


def test_only_unwanted_folders_are_removed(tmp_path: Path) -> None:
    for name in ("2", "4"):
        (tmp_path / name).mkdir()
    write_list(tmp_path, [])
    prune(tmp_path, [tmp_path / "2"])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["2", LIST_NAME]
