"""The answer: a few sentences, the claims with their verdicts, the study in plain words, then the ledger."""

from collections.abc import Mapping
from typing import Any

from foundation.models import MODELS
from report.texts.claims import DECIBELS
from report.texts.labels import CODECS, CORRUPTIONS, HIDDEN, SAMPLERS, SUBJECTS
from report.texts.language import _, message, ngettext
from report.texts.openings import OPENING
from report.texts.tables import Column, Entry, Field, Table, grid, number
from report.views.compression import named
from report.views.denoising import NOISE_PARTS
from report.views.findings import lacking, listed, named_entries, parts_of, primary_of, unjudged
from report.views.ledger import ledger, named_axes, written
from report.views.study import Row, Study


def answer(study: Study) -> list[str]:
    """Return the answer to the title's question, one sentence for each of three parts, no stronger than its verdict."""
    parts = parts_of(study)
    said = [
        _(texts[found], axes=named_axes(parts[name]), **votes(parts[name]))
        for name, texts in OPENING.items()
        if (found := leaning(parts[name])) in texts
    ]
    if not said:
        return [_("What the VAE buys cannot be told from this run: %(why)s.", why=unjudged(study)["C6d"])]
    trained = ngettext(
        "This was found with codes of length %(d)s after %(n)s epoch of training.",
        "This was found with codes of length %(d)s after %(n)s epochs of training.",
        study.params.epochs,
        d=study.params.latent_dim,
    )
    return [*said, trained]


def leaning(part: Mapping[str, Any]) -> str:
    """Return the verdict of a part, or "leaning" where it is undecided with numbers for it and none against."""
    is_leaning = part["verdict"] == "undecided" and part["n_supported"] and not part["n_refuted"]
    return "leaning" if is_leaning and len(part["cells"]) > 1 else str(part["verdict"])


def votes(part: Mapping[str, Any]) -> dict[str, int]:
    """Return how many numbers speak for a part, and how many vote."""
    return {"n": part["n_supported"], "all": part["n_cells"] - part["n_silent"]}


def noise_gains(study: Study) -> list[tuple[str, Entry]]:
    """Return for each kind of noise what the AE gains over trivial answers, in dB."""
    found = {kind: primary_of(study, part) for kind, part in NOISE_PARTS.items()}
    return [(CORRUPTIONS[kind], written(primary, DECIBELS)) for kind, primary in found.items() if primary]


def shares(rows: list[Row]) -> Table | None:
    """Return how far samples of each model come from the linear model's (0 %) to real images (100 %), by sampler."""
    drawn = [
        {**row, "model": name, "sampler": sampler}
        for name in HIDDEN
        for sampler in SAMPLERS
        for row in rows
        if (row["source"], row["family"], row["measure"]) == (f"{name}_{sampler}", "convolutional", "frechet")
    ]
    fields = [
        Field(Column(label, "%", "higher"), {"sampler": sampler}, 0, is_share=True)
        for sampler, label in SAMPLERS.items()
    ]
    caption = _(
        "How far samples come on the way from a linear model's (PCA with a Gaussian: 0 %%) to other real images (100 "
        "%%), by what their codes are drawn from: root of the Fréchet distance in the features of the convolutional "
        "judge, mean and 95 %% interval."
    )
    return (
        grid(caption, _("model"), drawn, ("model", {name: CODECS[name] for name in HIDDEN}), fields) if drawn else None
    )


def own_dim(study: Study) -> int | None:
    """Return the latent dimension of denoising where it is not the headline's."""
    latent_dim: int = study.metrics("denoising")["latent_dim"]
    return None if latent_dim == study.params.latent_dim else latent_dim


def notices(study: Study) -> list[str]:
    """Return what this run cannot tell: of models that it lacks, of other training runs."""
    found = []
    if lack := lacking(study, "linear_ae", "ae", "vae", "rae"):
        found.append(_("What rests on a model that was not trained is not judged: %(lack)s.", lack=lack))
    if len(study.params.seeds) == 1:
        found.append(
            _(
                "Each model was trained once: intervals speak of other test images only, not of other training runs, "
                "and numbers of a whole set of images have none."
            )
        )
    return found


def verdicts(study: Study) -> dict[str, str]:
    """Return the verdict of each claim and of each part."""
    claims = study.summary()["claims"]
    return {name: found["verdict"] for name, found in (*claims.items(), *parts_of(study).items())}


def view(study: Study) -> dict[str, Any]:
    """Return what the section shows."""
    headline = study.summary()["headline"]
    info = study.metrics("prepare")
    (height, width), title = info["image_shape"], info["title"]
    dataset = study.params.dataset.removesuffix("-slice")
    return {
        "latent_dim": headline["latent_dim"],
        "n_pixels": number(height * width, 0),
        "n_seeds": len(study.params.seeds),
        "compared": listed([CODECS[model] for model in MODELS if model in study.params.models]),
        "notices": notices(study),
        "n_test": number(info["n_test"], 0),
        "title": message(title),
        "subject": f" ({SUBJECTS[dataset]})" if dataset in SUBJECTS else "",
        "picture": named(study.pictures("compression"))[f"reconstructions_{headline['latent_dim']}"],
        "answer": answer(study),
        "ledger": ledger(study),
        "unjudged": unjudged(study),
        "verdicts": verdicts(study),
        "se": named_entries({codec: Entry(number(value, 2)) for codec, value in headline["se"].items()}, CODECS),
        "noise": noise_gains(study),
        "denoising_dim": own_dim(study),
        "shares": shares(study.table("generation", "shares")),
    }
