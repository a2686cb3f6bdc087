"""Inside the VAE: what beta changes, what the code carries, the codes against the prior, bounds on log p(x)."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from foundation.parameters import latent_dims
from report.texts.labels import BOUNDED_PIXELS
from report.texts.language import _, message
from report.texts.published import DATASETS
from report.texts.tables import Column, Field, Table, TableRow, entry, find, general, grid, number
from report.views.figures import LinePanels, Panel, Series
from report.views.findings import lies_below
from report.views.study import Row, Study
from report.views.takeaways import clauses, sentence
from report.views.verdicts import lacking

BETAS = "vae_anatomy/betas.csv"
GUESSING = 0.5  # share of codes that a classifier places right without knowing anything


def beta_fields() -> list[Field]:
    """Return the columns of the sweep over beta."""
    return [
        Field(Column(_("reconstruction"), _("nats"), "lower"), {"measure": "reconstruction_nats"}),
        Field(Column("KL", _("nats")), {"measure": "kl_nats"}),
        Field(Column("SE", _("at the mean code"), "lower"), {"measure": "se"}),
        Field(Column(_("active units")), {"measure": "active_units"}, 1),
        Field(Column(_("Fréchet distance"), _("samples from N(0, I)"), "lower"), {"measure": "frechet"}, 1),
        Field(
            Column(_("classifier right"), _("%% of codes; guessing: 50"), "lower"),
            {"measure": "classifier_accuracy"},
            1,
            True,
        ),
    ]


def bound_fields() -> list[Field]:
    """Return the columns of the bounds."""
    return [
        Field(Column("−ELBO", _("nats")), {"measure": "elbo_nats"}),
        Field(Column(_("importance-weighted"), _("nats")), {"measure": "importance_weighted_nats"}),
        Field(Column(_("gap"), _("nats")), {"measure": "gap_nats"}),
        Field(Column("−ELBO", _("bits/pixel")), {"measure": "elbo_bits_per_pixel"}, 3),
        Field(Column(_("importance-weighted"), _("bits/pixel")), {"measure": "importance_weighted_bits_per_pixel"}, 3),
    ]


def betas(rows: Sequence[Row], metrics: Row) -> Table:
    """Return what every beta makes of the VAE."""
    labels = {beta: general(beta) for beta in sorted({row["beta"] for row in rows})}
    caption = _(
        "The VAE by the weight β of its KL term, latent dimension %(d)s: test images, one code drawn per image for the two "
        "parts of the loss, %(n)s samples per seed; mean and 95 %% interval. The classifier compares codes of training "
        "images with the codes from N(0, I) that were decoded to samples.",
        d=metrics["beta_latent_dim"],
        n=number(metrics["n_samples"], 0),
    )
    return grid(caption, "β", rows, ("beta", labels), beta_fields(), source=BETAS)


def beta_figure(rows: Sequence[Row]) -> LinePanels:
    """Return both parts of the loss, and error beside samples, over beta."""
    parts = [
        beta_series(rows, "vae", _("reconstruction"), "reconstruction_nats"),
        beta_series(rows, "muted", "KL", "kl_nats"),
    ]
    ticks = sorted({row["beta"] for row in rows if row["beta"] > 0})
    options: dict[str, Any] = {"x_ticks": ticks, "log_x": True}
    frechet = beta_series(rows, "vae_range", _("Fréchet distance of samples from N(0, I)"), "frechet")
    error = beta_series(rows, "ink", _("SE at the mean code"), "se")
    panels = [
        Panel(_("Loss"), "β", _("nats per image"), parts, **options),
        Panel(_("Reconstruction"), "β", _("SE per image"), [error], log_y=True, **options),
        Panel(_("Samples"), "β", _("Fréchet distance"), [frechet], **options),
    ]
    return LinePanels("anatomy-betas", panels, height=2.7, source=BETAS)


def beta_series(rows: Sequence[Row], role: str, label: str, measure: str) -> Series:
    """Return one measure over beta with its band; beta 0 has no place on the scale."""
    own = sorted((row for row in rows if row["measure"] == measure and row["beta"] > 0), key=lambda row: row["beta"])
    has_band = all(row["low"] is not None for row in own)
    band = ([row["low"] for row in own], [row["high"] for row in own]) if has_band else ((), ())
    return Series(role, label, [row["beta"] for row in own], [row["mean"] for row in own], *band)


def by_seed(rows: Sequence[Row], latent_dim: int) -> dict[int, list[Row]]:
    """Return the activity rows at a latent dimension by seed, most informative dimension first."""
    found: dict[int, list[Row]] = {}
    for row in sorted((row for row in rows if row["latent_dim"] == latent_dim), key=lambda row: row["rank"]):
        found.setdefault(row["seed"], []).append(row)
    return found


def activity_figure(rows: Sequence[Row], latent_dim: int) -> LinePanels:
    """Return the KL of each dimension, one line per seed, and the first seed's aggregate posterior over the prior."""
    seeds = by_seed(rows, latent_dim)
    kl = [
        Series("vae", _("one line per seed"), [row["rank"] for row in found], [row["kl_nats"] for row in found])
        for found in seeds.values()
    ]
    first = next(iter(seeds.values()))
    ranks, means = [row["rank"] for row in first], [row["aggregate_mean"] for row in first]
    spreads = [row["aggregate_std"] for row in first]
    low = [mean - spread for mean, spread in zip(means, spreads, strict=True)]
    high = [mean + spread for mean, spread in zip(means, spreads, strict=True)]
    prior = Series(
        "muted", _("prior, mean and deviation"), ranks, [0.0] * len(ranks), [-1.0] * len(ranks), [1.0] * len(ranks)
    )
    posterior = Series("vae_range", _("aggregate posterior, mean and deviation"), ranks, means, low, high)
    x_label = _("dimension, most informative first")
    panels = [Panel("", x_label, _("KL, nats"), kl), Panel("", x_label, _("code"), [prior, posterior])]
    return LinePanels("anatomy-activity", panels, height=2.7, source="vae_activity/activity.csv")


def activity_table(rows: Sequence[Row], dims: Sequence[int]) -> Table:
    """Return active units and KL at every latent dimension."""
    body = []
    for measure, label, digits in (("active_units", _("active units"), 1), ("kl_nats", _("KL to the prior, nats"), 2)):
        entries = [entry(find(rows, latent_dim=d, measure=measure), digits) for d in dims]
        body.append(TableRow("vae", label, entries))
    caption = _("What the VAE's code carries, by latent dimension: mean and 95 %% interval.")
    source = "vae_activity/activity_totals.csv"
    return Table(caption, _("latent dimension"), [Column(str(d)) for d in dims], body, source)


def bounds(rows: Sequence[Row], metrics: Row) -> Table:
    """Return the bounds of every likelihood that is a probability."""
    caption = _(
        "Negative bounds on log p(x) of VAEs whose likelihood is a probability of the pixels: latent dimension %(d)s, "
        "epochs: %(epochs)s, %(n)s random test images, codes drawn per image: %(draws)s; mean and 95 %% interval. Lower is "
        "better.",
        d=metrics["bound_latent_dim"],
        epochs=metrics["bound_epochs"],
        n=number(metrics["n_bound_images"], 0),
        draws=metrics["n_bound_samples"],
    )
    source = "vae_anatomy/bounds.csv"
    return grid(caption, _("pixels"), rows, ("likelihood", BOUNDED_PIXELS), bound_fields(), source=source)


def beta_clauses(rows: Sequence[Row], odd: float | None = None) -> list[str]:
    """Return what β does to reconstruction and samples, where intervals lie apart.

    Args:
        rows: Stored entries of every β.
        odd: A β that was trained for another number of epochs. It is compared with none, and no β is called the best.
    """
    betas = sorted({row["beta"] for row in rows} - {odd})
    nats = [find(rows, beta=beta, measure="reconstruction_nats") for beta in betas]
    said = []
    if len(betas) > 1 and all(lies_below(*pair) for pair in pairwise(nats)):
        ends = {"small": general(betas[0]), "large": general(betas[-1])}
        said.append(
            _("the larger β, the larger the VAE's reconstruction loss")
            if len(betas) > 2
            else _("with β = %(large)s the VAE's reconstruction loss is larger than with β = %(small)s", **ends)
        )
    frechet = {beta: find(rows, beta=beta, measure="frechet") for beta in betas}
    for best in betas if odd is None else []:
        others = [frechet[beta] for beta in betas if beta != best]
        if others and all(lies_below(frechet[best], other) for other in others):
            said.append(
                _(
                    "of the %(n)s values that were tried, β = %(beta)s gives samples with the smallest Fréchet distance",
                    n=len(betas),
                    beta=general(best),
                )
            )
    return said


def collapse(rows: Sequence[Row], metrics: Row) -> str:
    """Return how many units the largest β leaves active, where they are fewer than those of the plain VAE."""
    largest = max(row["beta"] for row in rows)
    few, plain = (find(rows, beta=beta, measure="active_units") for beta in (largest, metrics["headline_beta"]))
    if not lies_below(few, plain):
        return ""
    return _(
        "With β = %(beta)s only %(n)s of %(d)s units stay active (mean over seeds): posterior collapse.",
        beta=general(largest),
        n=units(few),
        d=metrics["beta_latent_dim"],
    )


def price_of_prior(rows: Sequence[Row], odd: float | None = None) -> str:
    """Return how much worse reconstructions are at the smallest β whose codes a classifier takes for draws of N(0, I).

    It is compared with the smallest β of all. Empty where no β has such codes, or where that one has them.

    Args:
        rows: Stored entries of every β.
        odd: As for ``beta_clauses``.
    """
    betas = sorted({row["beta"] for row in rows} - {odd})
    right = {beta: find(rows, beta=beta, measure="classifier_accuracy") for beta in betas}
    guessed = [
        b for b, row in right.items() if row and row["low"] is not None and row["low"] <= GUESSING <= row["high"]
    ]
    if not guessed or betas[0] in guessed:
        return ""
    ends = (betas[0], guessed[0])
    small, large = (find(rows, beta=beta, measure="se") for beta in ends)
    if small is None or large is None or not lies_below(small, large):
        return ""
    return _(
        "With β = %(large)s a classifier cannot tell the codes from draws of N(0, I), but reconstructions have %(times)s "
        "times the error of β = %(small)s.",
        large=general(ends[1]),
        times=number(large["mean"] / small["mean"], 1),
        small=general(ends[0]),
    )


def units(row: Mapping[str, Any] | None) -> str:
    """Return a mean count of active units: without decimals where it is a whole number.

    >>> units({"mean": 16.0}), units({"mean": 15.98}), units(None)
    ('16', '16.0', '–')
    """
    mean = None if row is None else row["mean"]
    return number(mean, 0 if mean is None or float(mean).is_integer() else 1)


def view(study: Study) -> dict[str, Any]:
    """Return what the section shows."""
    slug, lack = "vae_anatomy", lacking(study, "vae")
    if lack:
        return {"lack": lack}
    metrics, latent_dim = study.metrics(slug), study.params.latent_dim
    beta_rows, bound_rows = study.table(slug, "betas"), study.table(slug, "bounds")
    totals = study.table("vae_activity", "activity_totals")
    odd = None if study.params.epochs == study.params.train_beta.epochs else metrics["headline_beta"]
    return {
        "lack": "",
        "takeaway": sentence([*beta_clauses(beta_rows, odd), *clauses(study, "C6a")]),
        "latent_dim": latent_dim,
        "beta_latent_dim": metrics["beta_latent_dim"],
        "headline_beta": general(metrics["headline_beta"]),
        "beta_finding": " ".join(filter(None, [collapse(beta_rows, metrics), price_of_prior(beta_rows, odd)])),
        "active_units": units(find(totals, latent_dim=latent_dim, measure="active_units")),
        "betas": betas(beta_rows, metrics),
        "epochs": study.params.epochs,
        "beta_epochs": study.params.train_beta.epochs,
        "beta_figure": beta_figure(beta_rows),
        "activity": activity_figure(study.table("vae_activity", "activity"), latent_dim),
        "activity_table": activity_table(totals, latent_dims(study.params)),
        "active_rule": message(metrics["active_rule"]),
        "bounds": bounds(bound_rows, metrics),
        "sampling_errors": [
            {
                "label": label,
                "error": number(
                    (find(bound_rows, likelihood=name) or {"sampling_error_nats": None})["sampling_error_nats"], 3
                ),
            }
            for name, label in BOUNDED_PIXELS.items()
            if find(bound_rows, likelihood=name)
        ],
        "has_published": study.params.dataset in DATASETS,
    }
