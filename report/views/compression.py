"""What a code of fixed length keeps of an image: errors over latent dimensions, pictures, failures."""

from typing import Any

from autoencoders.metrics import METRICS
from report.figures import line_panels
from report.labels import CODECS
from report.published import BOUNDS, CROSS_ENTROPIES, SQUARED_ERRORS
from report.study import Picture, Row, Study
from report.tables import Cell, Column, Field, Table, TableRow, cell, find, grid, number
from report.views import coding
from report.views.sweep import lines, over_latent_dims

UNITS = {"se": "per image", "mse": "per pixel", "psnr": "in dB", "ssim": "(1: identical)"}
DIGITS = {"se": 2, "mse": 5, "psnr": 2, "ssim": 3}


def by_latent_dim(rows: list[Row], metric: str, latent_dims: tuple[int, ...], n_images: int) -> Table:
    """Return one metric of every codec at every latent dimension."""
    declared = METRICS[metric]
    fields = [
        Field(Column(str(d), "", declared.direction), {"latent_dim": d, "metric": metric}, DIGITS[metric])
        for d in latent_dims
    ]
    caption = f"{declared.label} {UNITS[metric]} on {number(n_images, 0)} test images by latent dimension: mean and 95 % interval."
    return Table(caption, "latent dimension", [field.column for field in fields], grid(rows, "codec", CODECS, fields))


def at_headline(rows: list[Row], metrics: Row) -> Table:
    """Return all metrics of every codec at the headline latent dimension."""
    latent_dim = metrics["latent_dim"]
    accuracy = [
        {"codec": name, "metric": "accuracy", "latent_dim": latent_dim, **entry}
        for name, entry in metrics["headline"]["judge_accuracy"].items()
    ]
    fields = [
        Field(Column(m.label, m.unit, m.direction), {"metric": name, "latent_dim": latent_dim}, DIGITS[name])
        for name, m in METRICS.items()
    ]
    fields.append(
        Field(
            Column("read rightly", "% by the judge", "higher"),
            {"metric": "accuracy", "latent_dim": latent_dim},
            2,
            True,
        )
    )
    caption = f"All measures at latent dimension {latent_dim}, {number(metrics['n_images'], 0)} test images: mean and 95 % interval."
    body = grid([*rows, *accuracy], "codec", CODECS, fields, baselines=("original",))
    return Table(caption, "codec", [field.column for field in fields], body)


def per_class(rows: list[Row], class_names: list[str], latent_dim: int) -> Table:
    """Return the squared error of each codec per digit class."""
    named = [{**row, "class": str(row["class"])} for row in rows]
    fields = [Field(Column(name), {"class": name}, 2) for name in class_names]
    caption = f"SE per image by digit class at latent dimension {latent_dim}: mean and 95 % interval."
    return Table(caption, "codec", [field.column for field in fields], grid(named, "codec", CODECS, fields))


def published(rows: list[Row], metrics: Row) -> Table:
    """Return the published numbers beside the nearest of ours."""
    ours = {
        "PCA, 30 components": find(rows, codec="pca", latent_dim=32, metric="se"),
        "AE 784-1000-500-250-30": find(rows, codec="ae", latent_dim=32, metric="se"),
        "VAE": (metrics["headline"]["vae_loss"] or {}).get("reconstruction"),
    }
    notes = {"PCA, 30 components": " at 32", "AE 784-1000-500-250-30": " at 32", "VAE": f" at {metrics['latent_dim']}"}
    body = []
    for entry in (*SQUARED_ERRORS, *CROSS_ENTROPIES, *BOUNDS):
        found = cell(ours.get(entry.what), 2)
        text = found.text + notes[entry.what] if entry.what in ours and found.text != "–" else "–"
        texts = [number(entry.value, 2), text, entry.quantity, entry.source, entry.protocol]
        body.append(TableRow("", entry.what, [Cell(text) for text in texts]))
    headings = [
        Column("published"),
        Column("ours"),
        *(Column(h, is_text=True) for h in ("quantity", "source", "protocol")),
    ]
    return Table("Published numbers, with their protocols.", "model", headings, body)


def named(pictures: dict[str, Picture]) -> dict[str, Picture]:
    """Return the pictures with their row labels in words."""
    return {
        name: picture._replace(rows=[CODECS.get(row, row) for row in picture.rows])
        for name, picture in pictures.items()
    }


def view(study: Study) -> dict[str, Any]:
    """Return what the section shows."""
    metrics, rows = study.metrics("compression"), study.table("compression", "quality")
    pictures = named(study.pictures("compression"))
    loss = metrics["headline"]["vae_loss"]
    panels = [
        over_latent_dims(
            METRICS[m].label, METRICS[m].unit or "similarity", lines(rows, "latent_dim", "codec", CODECS, metric=m)
        )
        for m in ("se", "psnr", "ssim")
    ]
    pca = metrics["headline"]["codecs"]["pca"]
    return {
        "latent_dim": metrics["latent_dim"],
        "n_images": number(metrics["n_images"], 0),
        "headline": at_headline(rows, metrics),
        "quality": by_latent_dim(rows, "se", study.params.latent_dims, metrics["n_images"]),
        "psnr": by_latent_dim(rows, "psnr", study.params.latent_dims, metrics["n_images"]),
        "ssim": by_latent_dim(rows, "ssim", study.params.latent_dims, metrics["n_images"]),
        "classes": per_class(
            study.table("compression", "classes"), study.metrics("prepare")["class_names"], metrics["latent_dim"]
        ),
        "curves": line_panels("compression-curves", panels),
        "published": published(rows, metrics),
        "galleries": [{"latent_dim": d, "picture": pictures[f"reconstructions_{d}"]} for d in study.params.latent_dims],
        "worst": [
            {"label": CODECS[name], "picture": pictures[f"worst_{name}"]}
            for name in CODECS
            if f"worst_{name}" in pictures
        ],
        "vae_loss": {name: cell(entry, 2) for name, entry in loss.items()},
        "se": {name: cell(metrics["headline"]["codecs"][name]["se"]) for name in ("pca", "ae", "vae")},
        "accuracy": {
            name: cell(metrics["headline"]["judge_accuracy"][name], 2, is_share=True)
            for name in ("original", "pca", "ae", "vae")
        },
        "coding": coding.view(study),
        "likelihood": study.params.ae.likelihood,
        "pca_clipped": number(pca["se_clipped"]["mean"], 2),
    }
