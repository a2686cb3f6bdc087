"""Exercises with solutions from the numbers of this run; those whose numbers it lacks are left out."""

from collections.abc import Callable, Mapping
from typing import Any

from foundation.parameters import latent_dims
from report.texts.claims import SHARE, Scale
from report.texts.exercises import EXERCISES
from report.texts.language import _
from report.texts.tables import general, percent
from report.views.facts import TWO_DIGITS, Facts, UnmeasuredError, measured, quoted
from report.views.study import Study
from report.views.verdicts import primary_of

Values = Mapping[str, str]
MIDDLE = 0.5  # of a path
WHOLE = Scale(0)  # numbers of components


def half_way(facts: Facts) -> Values:
    """Return how often images half-way between two others are recognised."""
    codecs = {"fade": "cross_fade", "ae": "ae", "vae": "vae"}
    rows = {name: facts.row("generation", "positions", codec=codec, position=MIDDLE) for name, codec in codecs.items()}
    shares = {name: quoted(row, SHARE) for name, row in rows.items()}
    return {"n": str(facts.study.params.generation.n_paths), **shares}


def steps(facts: Facts) -> Values:
    """Return the largest steps of paths, and an even one."""
    n_steps = facts.study.params.generation.path_steps
    return {"steps": str(n_steps), "even": percent(1 / n_steps, 2), "ae": facts.part("C5c"), "vae": facts.part("C6c")}


def length(facts: Facts) -> Values:
    """Return the errors of both models with the shortest and the longest codes."""
    ends = {"first": min(latent_dims(facts.study.params)), "last": max(latent_dims(facts.study.params))}
    errors = {
        f"{codec}_{end}": quoted(facts.error(codec, latent_dim), TWO_DIGITS)
        for codec in ("ae", "vae")
        for end, latent_dim in ends.items()
    }
    return {"shortest": str(ends["first"]), "longest": str(ends["last"]), **errors}


def components(facts: Facts) -> Values:
    """Return how many principal components reach the AE's error."""
    latent_dim = facts.study.params.latent_dim
    row = facts.row("pca_comparison", "components", model="ae", latent_dim=latent_dim)
    return {"latent_dim": str(latent_dim), "n": quoted(row, WHOLE)}


def noise(facts: Facts) -> Values:
    """Return what the AE gains over trivial answers."""
    primary = primary_of(facts.study, "C3a")
    if primary is None:
        raise UnmeasuredError
    return {"level": general(primary["keys"]["level"]), "gain": facts.part("C3a")}


def beta(facts: Facts) -> Values:
    """Return divergence and error at the smallest and the largest weight."""
    found = dict(zip(("first", "last"), facts.betas(), strict=True))
    errors = {end: facts.row("vae_anatomy", "betas", beta=value, measure="se") for end, value in found.items()}
    return {
        "small": general(found["first"]),
        "large": general(found["last"]),
        "epochs": str(facts.study.params.train_beta.epochs),
        **{f"k_{end}": quoted(facts.divergence(value), TWO_DIGITS) for end, value in found.items()},
        **{f"se_{end}": quoted(row, TWO_DIGITS) for end, row in errors.items()},
    }


SOLUTIONS: dict[str, Callable[[Facts], Values]] = {
    "half_way": half_way,
    "steps": steps,
    "prior": lambda facts: {"ae": facts.way("ae_normal"), "vae": facts.way("vae_normal")},
    "mixture": lambda facts: {"mixture": facts.way("ae_mixture"), "vae": facts.way("vae_normal")},
    "points": lambda facts: {
        "ae": facts.part("C5b"),
        "vae": facts.part("C6b"),
        "latent_dim": str(facts.study.params.latent_dim),
    },
    "normal": lambda facts: {"ae": facts.part("C5a"), "vae": facts.part("C6a")},
    "length": length,
    "components": components,
    "judge": lambda facts: {"kept": facts.part("C2")},
    "noise": noise,
    "beta": beta,
    "active": lambda facts: facts.used()[1],
}


def solved(study: Study) -> list[dict[str, str]]:
    """Return the exercises that this run can solve, with their solutions."""
    shown = []
    for key, values in measured(study, SOLUTIONS):
        exercise = EXERCISES[key]
        task, solution = (_(text, **values) for text in (exercise.task, exercise.solution))
        shown.append({"key": key, "task": task, "solution": solution, "place": exercise.place})
    return shown


def view(study: Study) -> dict[str, Any]:
    """Return what the section shows."""
    return {"exercises": solved(study)}
