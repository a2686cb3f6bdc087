"""Inside the VAE: what beta changes, what the code carries, the codes against the prior, bounds on log p(x)."""

from collections.abc import Sequence
from typing import Any

from report.figures import Panel, Series, line_panels
from report.labels import BOUNDED_PIXELS
from report.published import BOUNDS
from report.study import Row, Study
from report.tables import Column, Field, Table, TableRow, cell, find, grid, number

BETA_FIELDS = (
    Field(Column("reconstruction", "nats", "lower"), {"measure": "reconstruction_nats"}),
    Field(Column("KL", "nats"), {"measure": "kl_nats"}),
    Field(Column("SE", "at the mean code", "lower"), {"measure": "se"}),
    Field(Column("active units"), {"measure": "active_units"}, 1),
    Field(Column("Fréchet distance", "samples from N(0, I)", "lower"), {"measure": "frechet"}, 1),
    Field(Column("told from N(0, I)", "% of codes, 50: not at all", "lower"), {"measure": "told_apart"}, 1, True),
)
BOUND_FIELDS = (
    Field(Column("−ELBO", "nats"), {"measure": "elbo_nats"}),
    Field(Column("importance-weighted", "nats"), {"measure": "importance_weighted_nats"}),
    Field(Column("gap", "nats"), {"measure": "gap_nats"}),
    Field(Column("−ELBO", "bits/pixel"), {"measure": "elbo_bits_per_pixel"}, 3),
    Field(Column("importance-weighted", "bits/pixel"), {"measure": "importance_weighted_bits_per_pixel"}, 3),
)


def betas(rows: Sequence[Row], metrics: Row) -> Table:
    """Return what every beta makes of the VAE."""
    labels = {beta: f"{beta:g}" for beta in sorted({row["beta"] for row in rows})}
    caption = (
        f"The VAE by the weight β of its KL term, latent dimension {metrics['latent_dim']}: test images, one code drawn per "
        f"image for the two parts of the loss, {number(metrics['n_samples'], 0)} samples a seed; mean and 95 % interval."
    )
    return Table(caption, "β", [f.column for f in BETA_FIELDS], grid(rows, "beta", labels, BETA_FIELDS))


def beta_figure(rows: Sequence[Row]) -> str:
    """Return both parts of the loss, and error beside samples, over beta."""
    parts = [
        beta_series(rows, "vae", "reconstruction", "reconstruction_nats"),
        beta_series(rows, "muted", "KL", "kl_nats"),
    ]
    ticks = sorted({row["beta"] for row in rows if row["beta"] > 0})
    options: dict[str, Any] = {"x_ticks": ticks, "log_x": True}
    frechet = beta_series(rows, "vae_range", "Fréchet distance of samples from N(0, I)", "frechet")
    error = beta_series(rows, "ink", "SE at the mean code", "se")
    panels = [
        Panel("Loss", "β", "nats per image", parts, **options),
        Panel("Reconstruction", "β", "SE per image", [error], **options),
        Panel("Samples", "β", "Fréchet distance", [frechet], **options),
    ]
    return line_panels("anatomy-betas", panels, height=3.2)


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


def activity_figure(rows: Sequence[Row], latent_dim: int) -> str:
    """Return the KL of each dimension, one line per seed, and the first seed's aggregate posterior over the prior."""
    seeds = by_seed(rows, latent_dim)
    kl = [
        Series("vae", "one line per seed", [row["rank"] for row in found], [row["kl_nats"] for row in found])
        for found in seeds.values()
    ]
    first = next(iter(seeds.values()))
    ranks, means = [row["rank"] for row in first], [row["aggregate_mean"] for row in first]
    spreads = [row["aggregate_std"] for row in first]
    low = [mean - spread for mean, spread in zip(means, spreads, strict=True)]
    high = [mean + spread for mean, spread in zip(means, spreads, strict=True)]
    prior = Series(
        "muted", "prior, mean and deviation", ranks, [0.0] * len(ranks), [-1.0] * len(ranks), [1.0] * len(ranks)
    )
    posterior = Series("vae_range", "aggregate posterior, mean and deviation", ranks, means, low, high)
    x_label = "dimension, most informative first"
    panels = [Panel("", x_label, "KL, nats", kl), Panel("", x_label, "code", [prior, posterior])]
    return line_panels("anatomy-activity", panels, height=3.2)


def activity_table(rows: Sequence[Row], latent_dims: Sequence[int]) -> Table:
    """Return active units and KL at every latent dimension."""
    body = []
    for measure, label, digits in (("active_units", "active units", 1), ("kl_nats", "KL to the prior, nats", 2)):
        cells = [cell(find(rows, latent_dim=d, measure=measure), digits) for d in latent_dims]
        body.append(TableRow("vae", label, cells))
    caption = "What the VAE's code carries, by latent dimension: mean and 95 % interval."
    return Table(caption, "latent dimension", [Column(str(d)) for d in latent_dims], body)


def bounds(rows: Sequence[Row], metrics: Row) -> Table:
    """Return the bounds of every likelihood that is a probability."""
    caption = (
        f"Negative bounds on log p(x) of VAEs whose likelihood is a probability of the pixels: latent dimension "
        f"{metrics['bound_latent_dim']}, {metrics['bound_epochs']} epochs, first {number(metrics['n_bound_images'], 0)} test "
        f"images, {metrics['n_bound_samples']} codes drawn per image; mean and 95 % interval. Lower is better."
    )
    body = grid(rows, "likelihood", BOUNDED_PIXELS, BOUND_FIELDS)
    return Table(caption, "pixels", [f.column for f in BOUND_FIELDS], body)


def view(study: Study) -> dict[str, Any]:
    """Return what the section shows."""
    slug = "vae_anatomy"
    metrics, activity = study.metrics(slug), study.table(slug, "activity")
    beta_rows, bound_rows = study.table(slug, "betas"), study.table(slug, "bounds")
    headline = {row["measure"]: row for row in beta_rows if row["beta"] == metrics["headline_beta"]}
    burda = BOUNDS[0]
    return {
        "latent_dim": metrics["latent_dim"],
        "headline_beta": f"{metrics['headline_beta']:g}",
        "betas": betas(beta_rows, metrics),
        "beta_figure": beta_figure(beta_rows),
        "activity": activity_figure(activity, metrics["latent_dim"]),
        "activity_table": activity_table(study.table(slug, "activity_totals"), study.params.latent_dims),
        "active_rule": metrics["active_rule"],
        "told_apart": cell(headline["told_apart"], 1, is_share=True),
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
        "published": {"value": number(burda.value, 2), "source": burda.source, "protocol": burda.protocol},
    }
