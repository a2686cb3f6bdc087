"""The top of the page: the answer in a sentence, samples beside real images, the claims with their verdicts."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from foundation.models import MODELS
from report.texts.claims import SHARE
from report.texts.labels import CODECS, SOURCES, SUBJECTS
from report.texts.language import N_, _, ngettext
from report.texts.openings import OPENING, SAME_MIXTURE
from report.texts.tables import Entry, find, listed, number, percent
from report.views import robustness
from report.views.changes import changes_of, exceptions_of
from report.views.findings import lies_below
from report.views.ledger import ledger, named_axes, written
from report.views.study import Picture, Study
from report.views.verdicts import claims_of, lacking, leaning, parts_of, shares_of, unjudged, votes

SIDES = {"supported", "refuted"}
SHOWN = ("vae_normal", "ae_normal", "ae_mixture", "vae_mixture")
REAL = ("floor", N_("real images"))


class Samples(NamedTuple):
    """One row of a sheet of images, its place in pixels, and how far it comes on the way to real images."""

    label: str
    picture: Picture
    height: int
    share: Entry | None


def answer(study: Study) -> str:
    """Return the answer to the title's question in one sentence, no stronger than the verdicts that it is made of."""
    if all(parts_of(study)[name]["verdict"] == "not_judged" for name in OPENING):
        return _("What the VAE buys cannot be told from this run: %(why)s.", why=unjudged(study)["C6d"])
    return f"{'; '.join(filter(None, (clause(study, name) for name in OPENING)))}."


def clause(study: Study, name: str) -> str:
    """Return what the answer says of a part of a claim, and under how many changes of the study its verdict holds."""
    part = parts_of(study)[name]
    texts = OPENING[name]
    text = texts.get(leaning(part)) or texts.get(part["verdict"]) or texts.get("otherwise")
    said = _(text, axes=named_axes(part), **votes(part)) if text else ""
    others, tried = len(exceptions_of(study, name)), len(changes_of(study, name))
    if part["verdict"] in SIDES and others:
        kept = {"n": tried - others, "all": tried}
        return _("%(said)s (this verdict holds under %(n)s of %(all)s changes of the study)", said=said, **kept)
    return said


def same_mixture(shares: Sequence[Mapping[str, Any]]) -> str:
    """Return in a sentence who is nearer to real images where the same mixture is fitted to both models.

    Rows with a vote are compared; one is nearer where the intervals lie apart. Nothing where there is no such pair.
    """
    found = {
        (row["source"], row["family"], row["measure"]): row
        for row in shares
        if row["votes"] and row["source"] in {"ae_mixture", "vae_mixture"} and row["low"] is not None
    }
    pairs = [
        (row, found["vae_mixture", *key])
        for (source, *key), row in found.items()
        if source == "ae_mixture" and ("vae_mixture", *key) in found
    ]
    if not pairs:
        return ""
    ahead = {"ae": sum(lies_below(vae, ae) for ae, vae in pairs), "vae": sum(lies_below(ae, vae) for ae, vae in pairs)}
    leader, other = sorted(ahead, key=ahead.__getitem__, reverse=True)
    who = "neither" if not ahead[leader] else "each" if ahead[other] else "some"
    if ahead[leader] == len(pairs):
        who = "all"
    values = {"all": len(pairs), "n": ahead[leader], "leader": CODECS[leader], "other": CODECS[other]}
    return _(SAME_MIXTURE[who], **ahead, **values)


def samples(study: Study, image_height: int) -> list[Samples]:
    """Return the first row of the sheets that matter: real images, then drawn ones as far as there are any."""
    pictures, shares = study.pictures("generation"), shares_of(study)
    labels = {REAL[0]: _(REAL[1]), **{source: SOURCES[source] for source in SHOWN}}
    found = {source: find(shares, source=source, family="convolutional", measure="frechet") for source in labels}
    return [
        Samples(label, picture, image_height, _share(source, found[source]))
        for source, label in labels.items()
        if (picture := pictures.get(f"samples_{source}"))
    ]


def _share(source: str, row: Mapping[str, Any] | None) -> Entry | None:
    if source == REAL[0]:
        return Entry(percent(1, 0))  # by definition
    return written(row, SHARE) if row and row["votes"] else None


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


def trained(study: Study) -> list[str]:
    """Return how long the models were trained and how often, how long a code is, and how many test images there are."""
    n_test = number(study.metrics("prepare")["n_test"], 0)
    own_dim = study.metrics("denoising")["latent_dim"]
    is_other = own_dim != study.params.latent_dim
    return [
        ngettext(
            "The networks were trained for %(n)s epoch, and a code has %(d)s numbers where nothing else is said.",
            "The networks were trained for %(n)s epochs, and a code has %(d)s numbers where nothing else is said.",
            study.params.epochs,
            d=study.params.latent_dim,
        ),
        ngettext(
            "The models compared were trained once each. There are %(n_test)s test images; slow measures take a part "
            "of them.",
            "The models compared were trained %(n)s times each. There are %(n_test)s test images; slow measures take a "
            "part of them.",
            len(study.params.seeds),
            n_test=n_test,
        ),
        *([_("Removing noise was measured with codes of length %(d)s.", d=own_dim)] if is_other else []),
    ]


def view(study: Study) -> dict[str, Any]:
    """Return what the section shows."""
    info = study.metrics("prepare")
    dataset = study.params.dataset.removesuffix("-slice")
    return {
        "is_complete": not lacking(study, "linear_ae", "ae", "vae", "rae"),
        "compared": listed([CODECS[model] for model in MODELS if model in study.params.models]),
        "title": study.named(info["title"]),
        "subject": f" ({SUBJECTS[dataset]})" if dataset in SUBJECTS else "",
        "trained": trained(study),
        "notices": notices(study),
        "answer": answer(study),
        "caption": _(
            "The first images of each sheet, not chosen. Bold: how far samples come on the way from those of a linear "
            "model (0 %%) to other real images (100 %%) in the features of one judge, with the 95 %% interval; other "
            "measures stand in the section on generation."
        ),
        "same_mixture": same_mixture(shares_of(study)),
        "latent_dim": study.params.latent_dim,
        "has_unjudged": any(
            judged["verdict"] == "not_judged" for judged in (*claims_of(study).values(), *parts_of(study).values())
        ),
        "samples": samples(study, info["image_shape"][0]),
        "ledger": ledger(study),
        "robustness": robustness.view(study),
    }
