"""The page of a dataset that is not MNIST: committed numbers under other names, no word of what MNIST alone has."""

import re
from pathlib import Path

import pytest

from foundation.datasets import DATASETS
from report.texts.labels import SUBJECTS
from report.texts.language import LANGUAGES, _, speaking
from report.texts.references import REFERENCES
from tests import study_fixture

MNIST_ALONE = r"\bdigits?\b|\bcyfr\w*|handwrit|odręczn|Bake-Off|Bit-Swap|BB-ANS|20\s×\s20|784-1000"
NAME = "fashion-mnist-slice"


@pytest.mark.parametrize("name", [name for name in DATASETS if not name.endswith("-slice")])
def test_each_dataset_says_what_its_images_are_and_names_its_paper(name: str) -> None:
    assert name in SUBJECTS
    papers = [reference for reference in REFERENCES if reference.use == "the data"]
    assert any(name in reference.datasets for reference in papers)


def test_a_work_that_every_page_cites_is_cited_for_no_dataset() -> None:
    assert [work.use for work in REFERENCES if not work.datasets and re.search("MNIST|digit|the data", work.use)] == []


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = study_fixture.build(tmp_path_factory.mktemp("fashion"), NAME)
    return study_fixture.render(folder).read_text(encoding="utf-8")


def text_of(page: str, language: str) -> str:
    """Return one edition without its markup, scripts and pictures; attributes stay, as screen readers read them."""
    edition = page.split(f'<div class="edition" id="{language}"')[1].split('<div class="edition"', maxsplit=1)[0]
    return re.sub(r"<script.*?</script>|data:[^\"]*", "", edition, flags=re.DOTALL)


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_that_only_mnist_has_is_said_of_another_dataset(page: str, language: str) -> None:
    assert re.findall(MNIST_ALONE, text_of(page, language), re.IGNORECASE) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_same_words_are_found_on_the_page_of_mnist(report_page: Path, language: str) -> None:
    found = re.findall(MNIST_ALONE, text_of(report_page.read_text(encoding="utf-8"), language), re.IGNORECASE)
    assert {"Bake-Off", "Bit-Swap", "BB-ANS", "784-1000"} <= set(found)
    assert any("×" in words for words in found)


@pytest.mark.parametrize("language", LANGUAGES)
def test_classes_are_named_in_the_language_of_the_page(page: str, language: str) -> None:
    text = text_of(page, language)
    with speaking(language):
        assert [name for name in DATASETS[NAME].class_names if text.count(_(name)) < 3] == []
        assert _(DATASETS[NAME].title) in text


def test_class_names_in_english_stand_in_no_text_of_the_polish_page(page: str) -> None:
    assert not re.search(r"Ankle boot|T-shirt|Trouser", text_of(page, "pl"))
