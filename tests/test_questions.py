"""Questions and exercises: their numbers come from results, their wording from verdicts, and nothing is typed."""

import re
from pathlib import Path
from typing import Any

import pytest

from foundation.parameters import load_params
from foundation.paths import PARAMS_PATH, RESULTS_DIR
from foundation.reproducibility.artifacts import write_csv
from report.texts.exercises import EXERCISES
from report.texts.questions import QUESTIONS
from report.views import exercises, questions
from report.views.facts import ONE_DIGIT, Facts, UnmeasuredError, quoted
from report.views.sections import SECTIONS
from report.views.study import Study
from tests import claims_fixture
from tests.claims_fixture import metrics
from tests.import_closure import ROOT


class Lacking(Study):
    """The committed results without everything of some models."""

    models: tuple[str, ...] = ("vae",)

    def table(self, slug: str, name: str) -> list[dict[str, Any]]:
        """Return the rows of a table that name none of these models."""
        return [
            row
            for row in super().table(slug, name)
            if not any(str(value).startswith(self.models) for value in row.values())
            and slug not in {"vae_activity", "vae_anatomy"}
        ]


def committed(kind: type[Study] = Study) -> Study:
    return kind(load_params(ROOT / PARAMS_PATH), ROOT / RESULTS_DIR)


def texts() -> list[str]:
    answers = [text for one in QUESTIONS.values() for text in (one.text, *one.first.values(), *one.second.values())]
    return [*answers, *(text for one in EXERCISES.values() for text in (one.task, one.solution))]


def test_each_question_has_its_answer_and_each_exercise_its_solution() -> None:
    assert set(QUESTIONS) == set(questions.ANSWERS)
    assert set(EXERCISES) == set(exercises.SOLUTIONS)


def test_evidence_stands_in_sections_of_the_page() -> None:
    assert {one.evidence for one in QUESTIONS.values()} | {one.place for one in EXERCISES.values()} <= set(SECTIONS)


def test_no_number_is_typed_into_an_answer() -> None:
    allowed = r"N\(0, I\)|\b0\b"  # the prior, and the loss that a perfect copy would have
    assert [text for text in texts() if re.search(r"\d", re.sub(allowed, "", text))] == []


def test_the_committed_results_answer_everything() -> None:
    study = committed()
    assert [one["key"] for one in questions.answered(study)] == list(QUESTIONS)
    assert [one["key"] for one in exercises.solved(study)] == list(EXERCISES)


def test_numbers_of_answers_are_those_of_the_tables() -> None:
    study = committed()
    facts = Facts(study)
    answers = {one["key"]: " ".join(one["answer"]) for one in questions.answered(study)}
    for source in ("ae_normal", "ae_mixture", "vae_normal"):
        assert facts.way(source) in answers["generation"]
    row = facts.error("ae", study.params.latent_dim)
    assert f"{row['mean']:.2f} [{row['low']:.2f}, {row['high']:.2f}]" in answers["zero"].replace("\u00a0", " ")


def test_what_a_run_lacks_is_not_asked() -> None:
    study = committed(Lacking)
    left = {one["key"] for one in questions.answered(study)}
    assert {"beta", "collapse", "denoising", "generation"}.isdisjoint(left)
    assert {"blur", "anomalies", "epochs"} <= left
    assert {"components", "judge"} <= {one["key"] for one in exercises.solved(study)} < set(EXERCISES)


def test_one_weight_alone_is_compared_with_nothing() -> None:
    params = committed().params
    weights = params.train_beta.model_copy(update={"betas": (10,)})
    study = Study(params.model_copy(update={"train_beta": weights}), ROOT / RESULTS_DIR)
    assert "beta" not in {one["key"] for one in [*questions.answered(study), *exercises.solved(study)]}


@pytest.mark.parametrize(
    ("ae", "said"),
    [
        ((10, 11), "2 kinds and strengths of noise the AE trained on noise has the better PSNR in 0, the VAE"),
        ((20, 21), "the AE trained on noise has the better PSNR in 1, the VAE trained on noise in none"),
        ((15, 21), "the intervals of their PSNR overlap at all 2 kinds"),
    ],
)
def test_no_model_is_said_to_be_ahead_where_none_is(tmp_path: Path, ae: tuple[float, float], said: str) -> None:
    study = claims_fixture.study(tmp_path, metrics())
    bounds: dict[str, list[tuple[float, float]]] = {"ae_range": [(14, 16), ae], "vae_range": [(14, 16), (15, 17)]}
    rows = [
        {"metric": "psnr", "method": method, "corruption": "gaussian", "level": level, "mean": sum(ends) / 2,
         "low": ends[0], "high": ends[1]}
        for method, found in bounds.items()
        for level, ends in enumerate(found, start=1)
    ]  # fmt: skip
    write_csv(tmp_path / "denoising" / "quality.csv", rows)
    choice = questions.denoising(Facts(study))
    assert said in QUESTIONS["denoising"].first[choice.first] % choice.values


@pytest.mark.parametrize(("side", "said"), [(1, "take the AE"), (-1, "PCA is enough"), (0, "is not settled here")])
def test_answers_follow_the_verdicts(tmp_path: Path, side: int, said: str) -> None:
    study = claims_fixture.study(tmp_path, metrics(C4a=side))
    choice = questions.pca(Facts(study))
    assert said in QUESTIONS["pca"].first[choice.first]


def test_what_is_not_judged_has_no_answer(tmp_path: Path) -> None:
    found = metrics()
    found["pca_comparison"]["claims"].pop("C4b")
    with pytest.raises(UnmeasuredError):
        questions.pca(Facts(claims_fixture.study(tmp_path, found)))


def test_a_missing_number_cannot_be_quoted() -> None:
    with pytest.raises(UnmeasuredError):
        quoted(None, ONE_DIGIT)
