"""A damaged result gives the report one line with section, file and what was expected."""

from pathlib import Path

import pytest

from foundation.reproducibility.artifacts import ArtifactError, read_json, write_json
from tests import study_fixture


@pytest.mark.parametrize(
    ("slug", "key"), [("compression", "headline"), ("summary", "claims"), ("denoising", "clean_accuracy")]
)
def test_a_result_without_a_key_gives_one_line(tmp_path: Path, slug: str, key: str) -> None:
    folder = study_fixture.build(tmp_path)
    path = folder / "results" / slug / "metrics.json"
    write_json(path, {name: value for name, value in read_json(path).items() if name != key})
    with pytest.raises(ArtifactError, match=f"expected what the section .* shows, got: no '{key}'") as refused:
        study_fixture.render(folder, is_drawn=False)
    assert len(str(refused.value).splitlines()) == 1
