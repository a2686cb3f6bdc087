"""Autoencoders against PCA at equal latent dimension: errors, components to match, codes, maps."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from report.figures import Cloud, Panel, Series, clouds, line_panels
from report.labels import CODECS
from report.published import PCA_ERRORS, PCA_PROTOCOL
from report.study import Row, Study
from report.tables import Cell, Column, Field, Table, TableRow, cell, find, grid, number
from report.views.sweep import lines, over_latent_dims

MODELS = {name: label for name, label in CODECS.items() if name in ("linear_ae", "ae", "vae")}
CODEC_LABELS = {name: label for name, label in CODECS.items() if name not in ("original", "pixels")}
KEPT = {"trustworthiness": "Trustworthiness", "continuity": "Continuity"}
MEASURES = {"nearest_neighbour": "1-NN accuracy", "linear_probe": "Linear probe accuracy"}
KERNEL_PCA = {
    "pca_se": "PCA, same images: SE",
    "kernel_pca_se": "kernel PCA: SE",
    "gain_over_pca": "PCA minus kernel PCA, same images",
    "gain_of_ae": "kernel PCA minus AE (trained on all images)",
}


def differences(
    rows: Sequence[Row],
    latent_dims: Sequence[int],
    measure: str,
    caption: str,
    *,
    digits: int = 2,
    is_share: bool = False,
) -> Table:
    """Return one measure of the paired difference to PCA, models by latent dimensions."""
    fields = [Field(Column(str(d)), {"latent_dim": d, "measure": measure}, digits, is_share) for d in latent_dims]
    return Table(caption, "latent dimension", [one.column for one in fields], grid(rows, "model", MODELS, fields))


def components(rows: Sequence[Row], latent_dims: Sequence[int]) -> Table:
    """Return how many components PCA needs to match each model."""
    fields = [Field(Column(str(d)), {"latent_dim": d}, 0) for d in latent_dims]
    n_available = max(row["n_available"] for row in rows)
    caption = (
        "Principal components needed to reach the model's mean squared error on test: mean over seeds and 95 % "
        f"interval; a dash where {n_available} are not enough."
    )
    return Table(caption, "latent dimension", [one.column for one in fields], grid(rows, "model", MODELS, fields))


def codes(rows: Sequence[Row], latent_dims: Sequence[int], measure: str, metrics: Row) -> Table:
    """Return how well the class can be read from codes of each codec."""
    fields = [Field(Column(str(d), "", "higher"), {"latent_dim": d, "measure": measure}, 1, True) for d in latent_dims]
    n_train = metrics["n_references"] if measure == "nearest_neighbour" else metrics["n_probe"]
    caption = (
        f"{MEASURES[measure]} on codes, % of {number(metrics['n_queries'], 0)} test images, from "
        f"{number(n_train, 0)} training images: mean and 95 % interval."
    )
    return Table(caption, "latent dimension", [one.column for one in fields], grid(rows, "codec", CODEC_LABELS, fields))


def kept(rows: Sequence[Row], latent_dims: Sequence[int], measure: str, metrics: Row) -> Table:
    """Return how well codes of each codec keep neighbourhoods."""
    fields = [Field(Column(str(d), "", "higher"), {"latent_dim": d, "measure": measure}, 3) for d in latent_dims]
    meaning = {
        "trustworthiness": "near codes belong to near images",
        "continuity": "near images have near codes",
    }[measure]
    caption = (
        f"{KEPT[measure]}, 1 where {meaning}: {metrics['n_neighbours']} neighbours among "
        f"{number(metrics['n_ranked'], 0)} test images, distances between pixels and between codes; mean and 95 % interval."
    )
    return Table(caption, "latent dimension", [f.column for f in fields], grid(rows, "codec", CODEC_LABELS, fields))


def published(curve: Sequence[Row]) -> Table:
    """Return published PCA errors beside ours."""
    ours = {row["n_components"]: row["se"] for row in curve}
    columns = [Column(str(k)) for k in PCA_ERRORS]
    body = [
        TableRow("", "published", [Cell(number(se, 2)) for se in PCA_ERRORS.values()]),
        TableRow("pca", "ours", [Cell(number(ours.get(k), 2)) for k in PCA_ERRORS]),
    ]
    return Table(f"SE of PCA per test image by number of components. Published: {PCA_PROTOCOL}.", "PCA", columns, body)


def matching_figure(quality: Sequence[Row], curve: Sequence[Row]) -> str:
    """Return the error of codes against their length: PCA's whole curve, the models' points."""
    known = [row for row in curve if row["n_components"] >= 1]
    pca = Series(
        "pca", CODECS["pca"], [row["n_components"] for row in known], [row["se"] for row in known], has_markers=False
    )
    models = lines(quality, "latent_dim", "codec", MODELS, metric="se")
    ticks = [2**k for k in range(9) if 2**k <= known[-1]["n_components"]]
    panel = Panel("", "numbers per code", "SE per image", [pca, *models], ticks, log_x=True, log_y=True)
    return line_panels("pca-matching", [panel], height=3.4)


def map_figure(points: Sequence[Row], class_names: Sequence[str]) -> str | None:
    """Return the two-dimensional codes of each codec; None where the sweep has no two-dimensional codes."""
    panels = []
    for name, label in CODECS.items():
        chosen = [row for row in points if row["codec"] == name]
        if chosen:
            places = np.array([(row["x"], row["y"]) for row in chosen])
            panels.append(Cloud(label, places, np.array([row["label"] for row in chosen])))
    return clouds("pca-maps", panels, class_names) if panels else None


def difference_tables(rows: Sequence[Row], latent_dims: Sequence[int], n_images: str) -> dict[str, Table]:
    """Return the tables of paired differences to PCA by name."""
    captions = {
        "gain": f"PCA's SE minus the model's, paired over {n_images} test images: mean and 95 % interval; above 0 the model is better. †: the seeds disagree on the sign.",
        "excess": "The model's SE relative to PCA's, minus 1, in %: the linear AE must be near 0. †: the seeds disagree on the sign.",
        "share": "Share of test images that the model reconstructs better than PCA, %.",
    }
    shown: dict[str, dict[str, Any]] = {
        "gain": {"measure": "se_gain"},
        "excess": {"measure": "relative_excess", "is_share": True},
        "share": {"measure": "share_better", "digits": 1, "is_share": True},
    }
    return {name: differences(rows, latent_dims, caption=captions[name], **shown[name]) for name in shown}


def kernel_pca(rows: Sequence[Row], latent_dims: Sequence[int]) -> Table | None:
    """Return errors of PCA and kernel PCA fitted to the same few images; None where none could be fitted."""
    if not rows:
        return None
    fields = [Field(Column(str(d)), {"latent_dim": d}) for d in latent_dims]
    caption = (
        f"Kernel PCA (Gaussian kernel, ridge regression back to the image) fitted to {number(rows[0]['n_fitted'], 0)} training "
        f"images, widths and regularisation chosen on {number(rows[0]['n_validation'], 0)} validation images: SE on test "
        "and paired differences, mean and 95 % interval."
    )
    return Table(caption, "latent dimension", [f.column for f in fields], grid(rows, "measure", KERNEL_PCA, fields))


def explained(rows: Sequence[Row], latent_dims: Sequence[int]) -> Table:
    """Return the share of the test images' variance that each codec explains."""
    fields = [Field(Column(str(d), "", "higher"), {"latent_dim": d}, 1, True) for d in latent_dims]
    caption = "Variance of the test images that the reconstructions explain, %: mean and 95 % interval."
    return Table(caption, "latent dimension", [f.column for f in fields], grid(rows, "codec", CODECS, fields))


def reading_curves(rows: Sequence[Row]) -> str:
    """Return the accuracies on codes over latent dimensions."""
    panels = []
    for measure, label in MEASURES.items():
        series = lines(rows, "latent_dim", "codec", CODEC_LABELS, measure=measure)
        panels.append(over_latent_dims(label, "%", [one.scaled(100) for one in series]))
    return line_panels("pca-codes", panels)


def view(study: Study) -> dict[str, Any]:
    """Return what the section shows."""
    slug, dims = "pca_comparison", study.params.latent_dims
    metrics, found, curve = study.metrics(slug), study.table(slug, "codes"), study.table(slug, "pca_curve")
    n_images, pictures = number(metrics["n_images"], 0), study.pictures(slug)
    pixels = {measure: find(found, codec="pixels", measure=measure) for measure in MEASURES}
    return {
        "latent_dim": metrics["latent_dim"],
        "n_images": n_images,
        "headline_gain": cell(metrics["claims"]["C4"]["se_gain"]),
        "headline_excess": cell(metrics["claims"]["C4"]["linear_excess"], 2, is_share=True),
        "headline_components": cell(
            find(study.table(slug, "components"), latent_dim=metrics["latent_dim"], model="ae"), 0
        ),
        **difference_tables(study.table(slug, "differences"), dims, n_images),
        "components": components(study.table(slug, "components"), dims),
        "neighbours": codes(found, dims, "nearest_neighbour", metrics),
        "probe": codes(found, dims, "linear_probe", metrics),
        "kept": [kept(found, dims, measure, metrics) for measure in KEPT],
        "pixels": {measure: number(100 * row["mean"], 1) for measure, row in pixels.items() if row},
        "matching": matching_figure(study.table("compression", "quality"), curve),
        "curves": reading_curves(found),
        "map": map_figure(study.table(slug, "figures/map"), metrics["class_names"]),
        "published": published(curve),
        "kernel_pca": kernel_pca(study.table(slug, "kernel_pca"), dims),
        "kernel_gain": cell(
            find(study.table(slug, "kernel_pca"), latent_dim=metrics["latent_dim"], measure="gain_over_pca")
        ),
        "kernel_ae_gain": cell(
            find(study.table(slug, "kernel_pca"), latent_dim=metrics["latent_dim"], measure="gain_of_ae")
        ),
        "explained": explained(study.table(slug, "explained"), dims),
        "directions": [
            {"label": label, "picture": pictures[f"directions_{name}"]}
            for name, label in CODECS.items()
            if f"directions_{name}" in pictures
        ],
    }
