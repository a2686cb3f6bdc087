"""What a code of fixed length keeps of an image: errors over latent dimensions, pictures, failures."""

from typing import Any

from autoencoders.evaluation.metrics import METRICS, Metric
from foundation.parameters import latent_dims
from foundation.vocabulary import JUDGES
from report.texts.labels import CODECS, FAMILIES
from report.texts.language import _
from report.texts.published import BOUNDS, CROSS_ENTROPIES, DATASETS, SQUARED_ERRORS
from report.texts.tables import (
    MISSING,
    Column,
    Field,
    Table,
    by_latent_dim,
    entry,
    find,
    grid,
    number,
    table_row,
)
from report.views import byte_rates
from report.views.figures import IntervalDots, LinePanels
from report.views.findings import at_latent_dims, places_below
from report.views.ledger import evidence
from report.views.study import Row, Study
from report.views.sweep import dots, lines, over_latent_dims
from report.views.takeaways import takeaway

N_PUBLISHED_COMPONENTS = 30
QUALITY, METRICS_FILE = "compression/quality.csv", "compression/metrics.json"


def named_metric(metric: Metric) -> str:
    """Return a metric with its unit, in the active language."""
    return f"{_(metric.label)} ({_(metric.unit)})" if metric.unit else _(metric.label)


def metric_table(rows: list[Row], name: str, dims: tuple[int, ...], n_images: int) -> Table:
    """Return one metric of every codec at every latent dimension."""
    metric = METRICS[name]
    fields = by_latent_dim(dims, metric.direction, metric.digits, metric=name)
    caption = _(
        "%(metric)s on %(n)s test images by latent dimension: mean and 95 %% interval.",
        metric=named_metric(metric),
        n=number(n_images, 0),
    )
    return grid(caption, _("latent dimension"), rows, ("codec", CODECS), fields, source=QUALITY)


def headline_table(rows: list[Row], metrics: Row) -> Table:
    """Return all metrics of every codec at the headline latent dimension."""
    latent_dim = metrics["latent_dim"]
    fields = [
        Field(Column(_(m.label), _(m.unit), m.direction), {"metric": name, "latent_dim": latent_dim}, m.digits)
        for name, m in METRICS.items()
    ]
    caption = _(
        "All measures at latent dimension %(d)s, %(n)s test images: mean and 95 %% interval.",
        d=latent_dim,
        n=number(metrics["n_images"], 0),
    )
    return grid(caption, _("codec"), rows, ("codec", CODECS), fields, source=QUALITY)


def judged(metrics: Row) -> list[Row]:
    """Return which share of originals and reconstructions each judge classifies correctly, a row for each."""
    accuracy = metrics["headline"]["judge_accuracy"]
    return [
        {"judge": judge, "codec": name, **found}
        for judge, of_codecs in accuracy.items()
        for name, found in of_codecs.items()
    ]


def headline_dots(rows: list[Row], metrics: Row) -> IntervalDots:
    """Return error and judges' accuracy of every codec at the headline latent dimension."""
    codecs, readings = CODECS.without("original"), judged(metrics)
    panels = [dots("SE", _("per image"), rows, ("codec", codecs), metric="se", latent_dim=metrics["latent_dim"])]
    for judge in JUDGES:
        original = find(readings, judge=judge, codec="original")
        marks = [100 * original["mean"]] if original else []
        panels.append(dots(FAMILIES[judge], "%", readings, ("codec", codecs), scale=100, x_marks=marks, judge=judge))
    return IntervalDots("compression-headline", panels, 2.3, source=METRICS_FILE)


def readings(metrics: Row) -> Table:
    """Return the share of originals and reconstructions that each judge classifies correctly."""
    fields = [Field(Column(FAMILIES[judge], "%", "higher"), {"judge": judge}, 2, is_share=True) for judge in JUDGES]
    caption = _(
        "Originals and reconstructions of latent dimension %(d)s that a judge classifies correctly, %(n)s test images: mean "
        "and 95 %% interval.",
        d=metrics["latent_dim"],
        n=number(metrics["n_images"], 0),
    )
    of_judges = ("codec", CODECS)
    return grid(caption, _("codec"), judged(metrics), of_judges, fields, baselines=("original",), source=METRICS_FILE)


def per_class(rows: list[Row], classes: dict[str, str], latent_dim: int) -> Table:
    """Return the squared error per class of each codec."""
    named = [{**row, "class": str(row["class"])} for row in rows]
    present = {row["codec"] for row in rows}
    fields = [Field(Column(label), {"codec": name}, 2) for name, label in CODECS.items() if name in present]
    caption = _("SE per image by class at latent dimension %(d)s: mean and 95 %% interval.", d=latent_dim)
    return grid(caption, _("class"), named, ("class", classes), fields, source="compression/classes.csv")


def published(study: Study) -> Table:
    """Return the published numbers beside the nearest of ours."""
    quality, curve = study.table("compression", "quality"), study.table("baselines", "pca_curve")
    betas, anatomy = study.table("vae_anatomy", "betas"), study.metrics("vae_anatomy")
    longest = max(latent_dims(study.params))
    components = find(curve, n_components=N_PUBLISHED_COMPONENTS)
    ours = {  # number and latent dimension
        "PCA, 30 components": (number(components["se"] if components else None, 2), N_PUBLISHED_COMPONENTS),
        "AE 784-1000-500-250-30": (entry(find(quality, codec="ae", latent_dim=longest, metric="se")).text, longest),
        "VAE": (
            entry(find(betas, beta=anatomy["headline_beta"], measure="reconstruction_nats")).text,
            anatomy["beta_latent_dim"],
        ),
    }
    body = []
    for work in (*SQUARED_ERRORS, *CROSS_ENTROPIES, *BOUNDS):
        value, latent_dim = ours.get(work.what, (MISSING, None))
        text = MISSING if value == MISSING else _("%(value)s at %(d)s", value=value, d=latent_dim)
        protocol = f"{_(work.source)}; {_(work.protocol)}"
        body.append(table_row(_(work.what), number(work.value, 2), text, _(work.quantity), protocol))
    headings = [
        Column(_("published")),
        Column(_("ours"), _("at latent dimension")),
        Column(_("quantity"), is_text=True),
        Column(_("source and protocol"), is_text=True),
    ]
    caption = _("Published numbers, with their protocols. –: nothing was measured here that would be comparable.")
    return Table(caption, _("model"), headings, body, QUALITY)


def curves_finding(rows: list[Row]) -> str:
    """Return what the error curves state: where the AE lies below PCA, and below the VAE, as far as they are there."""
    ae, vae, pca = ({"codec": name, "metric": "se"} for name in ("ae", "vae", "pca"))
    present = {row["codec"] for row in rows}
    if "ae" not in present:
        return ""
    if "vae" not in present:
        below = at_latent_dims(*places_below(rows, "latent_dim", ae, pca))
        return _("The AE's error lies below PCA's %(below)s (intervals apart).", below=below)
    return _(
        "The AE's error lies below PCA's %(below_pca)s, and below the VAE's %(below_vae)s (intervals apart).",
        below_pca=at_latent_dims(*places_below(rows, "latent_dim", ae, pca)),
        below_vae=at_latent_dims(*places_below(rows, "latent_dim", ae, vae)),
    )


def curves(rows: list[Row]) -> LinePanels:
    """Return three measures of quality over latent dimensions."""
    panels = [
        over_latent_dims(
            _(METRICS[m].label),
            _(METRICS[m].unit) or _("similarity"),
            lines(rows, "latent_dim", "codec", CODECS, metric=m),
        )
        for m in ("se", "psnr", "ssim")
    ]
    return LinePanels("compression-curves", panels, source=QUALITY)


def galleries(study: Study) -> dict[str, Any]:
    """Return reconstructions at the headline latent dimension, at the others, and the worst of each codec."""
    pictures = {name: one.named(CODECS) for name, one in study.pictures("compression").items()}
    shown = [{"latent_dim": d, "picture": pictures[f"reconstructions_{d}"]} for d in latent_dims(study.params)]
    is_headline = [one["latent_dim"] == study.params.latent_dim for one in shown]
    return {
        "gallery": shown[is_headline.index(True)],
        "galleries": [one for one, first in zip(shown, is_headline, strict=True) if not first],
        "worst": [
            {"label": CODECS[name], "picture": pictures[f"worst_{name}"]}
            for name in CODECS
            if f"worst_{name}" in pictures
        ],
    }


def view(study: Study) -> dict[str, Any]:
    """Return what the section shows."""
    metrics, rows = study.metrics("compression"), study.table("compression", "quality")
    headline = metrics["headline"]
    dims, n_images = latent_dims(study.params), metrics["n_images"]
    classes = {name: study.named(name) for name in study.metrics("prepare")["class_names"]}
    return {
        "takeaway": takeaway(study, "C1", "C2", "C7"),
        "latent_dim": metrics["latent_dim"],
        "n_images": number(n_images, 0),
        "headline_dots": headline_dots(rows, metrics),
        "headline": headline_table(rows, metrics),
        "quality": metric_table(rows, "se", dims, n_images),
        "more": [metric_table(rows, name, dims, n_images) for name in METRICS if name not in ("se", "mse")],
        "classes": per_class(study.table("compression", "classes"), classes, metrics["latent_dim"]),
        "curves": curves(rows),
        "curves_finding": curves_finding(rows),
        "published": published(study) if study.params.dataset in DATASETS else None,
        **galleries(study),
        "evidence": evidence(study, "compression"),
        "readings": readings(metrics),
        "ceiling": entry(headline["ceiling"]["se"]),
        "has_ae": "ae" in headline["codecs"],
        "coding": byte_rates.view(study),
        "likelihood": study.params.network.likelihood,
        "pca_clipped": number(headline["codecs"]["pca"]["se_clipped"]["mean"], 2),
    }
