"""The answer: in plain words, then the claims with their verdicts and what each rests on."""

from collections.abc import Callable
from typing import Any

from foundation.models import MODELS
from report.texts.labels import (
    CLAIM_METRICS,
    CLAIM_TITLES,
    CLAIMS,
    CODECS,
    CORRUPTIONS,
    LEVELS,
    OUTCOMES,
    SUBJECTS,
    VERDICTS,
)
from report.texts.language import N_, Labels, _, message
from report.texts.tables import Entry, entry, find, number, percent
from report.views.compression import named
from report.views.findings import lacking, leader, listed, named_entries, unjudged
from report.views.generation import GENERATORS
from report.views.study import Row, Study

DIGITS = {"explained_variance": 3, "retained_accuracy": 3, "gap_closed": 3}
GENERATED = Labels(
    {
        "supported": N_("so the AE stays behind"),
        "refuted": N_("so the AE generates no worse"),
        "undecided": N_("and the two cannot be told apart"),
        "not_judged": N_("a verdict needs an interval, and so more than one seed"),
    }
)


def explain_c1(claim: Row, study: Study) -> str:
    """Return what C1 rests on."""
    return _(
        "From %(d)s numbers the AE brings back %(share)s of what makes the test images differ from their average; asked for "
        "was more than %(threshold)s.",
        d=study.params.latent_dim,
        share=percent(claim["mean"], 0),
        threshold=percent(claim["threshold"], 0),
    )


def explain_c2(claim: Row, study: Study) -> str:  # noqa: ARG001 -- one signature
    """Return what C2 rests on."""
    return _(
        "A separate network that tells the classes apart (the judge) keeps %(share)s of its accuracy when it is shown the AE's "
        "reconstructions in place of the originals; asked for was more than %(threshold)s.",
        share=percent(claim["mean"]),
        threshold=percent(claim["threshold"], 0),
    )


def explain_c3(claim: Row, study: Study) -> str:  # noqa: ARG001 -- one signature
    """Return what C3 rests on."""
    gain = number(abs(claim["mean"]), 2)
    if claim["mean"] < 0:
        return _("An AE that never saw noise lowers the PSNR of noisy images by %(gain)s dB in the mean.", gain=gain)
    return _(
        "An AE that never saw noise raises the PSNR of noisy images by %(gain)s dB in the mean over all kinds and strengths "
        "of noise; single conditions differ.",
        gain=gain,
    )


def explain_c4(claim: Row, study: Study) -> str:  # noqa: ARG001 -- one signature
    """Return what C4 rests on."""
    se = study.summary()["headline"]["se"]
    return _(
        "With codes of equal length PCA's squared error is %(pca)s per image and the AE's %(ae)s.",
        pca=number(se["pca"], 2),
        ae=number(se["ae"], 2),
    )


def explain_c5(claim: Row, study: Study) -> str:
    """Return what C5 rests on."""
    distances = frechet(study)
    return _(
        "Samples lie at distance %(ae)s from real images with an AE, once a Gaussian is fitted to its codes, and at "
        "%(vae)s with the VAE: %(so)s.",
        ae=distances["ae_gaussian"].text,
        vae=distances["vae_prior"].text,
        so=GENERATED[claim["verdict"]],
    )


def explain_c6(claim: Row, study: Study) -> str:
    """Return what C6 rests on."""
    distances = frechet(study)
    return _(
        "With codes drawn from the standard normal distribution the AE's samples lie at distance %(ae)s from real images, the "
        "VAE's at %(vae)s and real images at %(floor)s: the VAE goes %(share)s of the way from the AE's samples to real images, at least half was asked for.",
        ae=distances["ae_normal"].text,
        vae=distances["vae_prior"].text,
        floor=distances["floor"].text,
        share=percent(claim["mean"], 0),
    )


def explain_c7(claim: Row, study: Study) -> str:  # noqa: ARG001 -- one signature
    """Return what C7 rests on."""
    se = study.summary()["headline"]["se"]
    return _(
        "The VAE's squared error is %(vae)s per image, the AE's %(ae)s.",
        vae=number(se["vae"], 2),
        ae=number(se["ae"], 2),
    )


REASONS: dict[str, Callable[[Row, Study], str]] = {
    "C1": explain_c1,
    "C2": explain_c2,
    "C3": explain_c3,
    "C4": explain_c4,
    "C5": explain_c5,
    "C6": explain_c6,
    "C7": explain_c7,
}


def frechet(study: Study) -> dict[str, Entry]:
    """Return the Fréchet distance of every source of images at the headline latent dimension."""
    rows = study.table("generation", "samples")
    return {row["source"]: entry(row, 1) for row in rows if row["measure"] == "frechet"}


def ledger(study: Study) -> dict[str, dict[str, Any]]:
    """Return for each claim its verdict and reason, its number, the threshold and where the evidence stands."""
    entries, why = {}, unjudged(study)
    for name, claim in study.summary()["claims"].items():
        digits = DIGITS.get(claim["metric"], 2)
        entries[name] = {
            "title": CLAIM_TITLES[name],
            "text": CLAIMS[name],
            "verdict": claim["verdict"],
            "label": VERDICTS[claim["verdict"]],
            "outcome": why[name] or OUTCOMES.get(f"{name}-{claim['verdict']}", OUTCOMES["undecided"]),
            "reason": "" if claim["mean"] is None else REASONS[name](claim, study),
            "unjudged": why[name],
            "metric": CLAIM_METRICS[claim["metric"]],
            "value": entry(claim, digits),
            "n_seeds": claim["n_seeds"],
            "n_seeds_above": claim["n_seeds_above"],
            "is_disputed": 0 < claim["n_seeds_above"] < claim["n_seeds"],
            "threshold": number(claim["threshold"], 2 if claim["threshold"] else 0),
        }
    return entries


def helps_from(study: Study) -> list[str]:
    """Return the kinds of noise that the AE makes worse while they are weak, each with the level from which it helps."""
    kinds = study.params.denoising.levels
    rows = {kind: find(study.table("denoising", "break_even"), method="ae", corruption=kind) for kind in kinds}
    return [
        _(
            "%(noise)s from %(level)s (%(meaning)s)",
            noise=CORRUPTIONS[kind],
            level=entry(row, 2).text,
            meaning=LEVELS[kind],
        )
        for kind, row in rows.items()
        if row is not None and row["trend"] == "above"
    ]


def own_dim(study: Study) -> int | None:
    """Return the latent dimension of denoising where it is not the headline's."""
    latent_dim: int = study.metrics("denoising")["latent_dim"]
    return None if latent_dim == study.params.latent_dim else latent_dim


def nearest(study: Study) -> str:
    """Return which generator comes nearest to real images; nothing where none was measured."""
    row = leader(study.table("generation", "samples"), "source", GENERATORS, "lower", measure="frechet")
    return "" if row is None else GENERATORS[row["source"]]


def notices(study: Study) -> list[str]:
    """Return what this run cannot tell: of models that it lacks, of other training runs."""
    found = []
    if lack := lacking(study, "linear_ae", "ae", "vae"):
        found.append(_("What rests on a model that was not trained is not judged: %(lack)s.", lack=lack))
    if len(study.params.seeds) == 1:
        found.append(
            _(
                "Each model was trained once: intervals speak of other test images only, not of other training runs, and "
                "numbers of a whole set of images have none."
            )
        )
    return found


def view(study: Study) -> dict[str, Any]:
    """Return what the section shows."""
    summary = study.summary()
    headline, claims = summary["headline"], summary["claims"]
    info = study.metrics("prepare")
    (height, width), title = info["image_shape"], info["title"]
    return {
        "latent_dim": headline["latent_dim"],
        "n_pixels": number(height * width, 0),
        "n_seeds": len(study.params.seeds),
        "compared": listed([CODECS[model] for model in MODELS if model in study.params.models]),
        "notices": notices(study),
        "has_control": not lacking(study, "linear_ae"),
        "n_test": number(info["n_test"], 0),
        "title": message(title),
        "subject": f" ({SUBJECTS[dataset]})"
        if (dataset := study.params.dataset.removesuffix("-slice")) in SUBJECTS
        else "",
        "picture": named(study.pictures("compression"))[f"reconstructions_{headline['latent_dim']}"],
        "nearest": nearest(study),
        "ledger": ledger(study),
        "verdicts": {name: claim["verdict"] for name, claim in claims.items()},
        "se": named_entries({codec: Entry(number(value, 2)) for codec, value in headline["se"].items()}, CODECS),
        "floor": frechet(study)["floor"],
        "frechet": named_entries(frechet(study), GENERATORS),
        "accuracy_gain": entry(
            study.metrics("denoising")["claims"].get("C3", {}).get("accuracy_gain"), 1, is_share=True
        ),
        "naive": entry(study.metrics("generation")["claims"].get("C5", {}).get("frechet_difference_naive"), 1),
        "helps_from": helps_from(study),
        "denoising_dim": own_dim(study),
    }
