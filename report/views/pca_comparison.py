"""Autoencoders against PCA at equal latent dimension: errors, components to match, codes, maps."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from report.figures import Cloud, Panel, Series, clouds, line_panels
from report.findings import leader, unjudged
from report.labels import CODECS
from report.language import N_, Labels, _, message
from report.published import DATASETS, PCA_ERRORS, PCA_PROTOCOL, PCA_SOURCE
from report.study import Row, Study
from report.tables import Cell, Column, Field, Table, TableRow, cell, find, grid, number
from report.views.sweep import lines, over_latent_dims

MODELS = Labels(
    {name: message for name, message in CODECS.messages.items() if name in ("linear_ae", "ae", "vae", "iwae")}
)
CODEC_LABELS = Labels(
    {name: message for name, message in CODECS.messages.items() if name not in ("original", "pixels")}
)
KEPT = {
    "trustworthiness": N_(
        "Trustworthiness, 1 where near codes belong to near images: %(k)s neighbours among %(n)s test images, distances "
        "between pixels and between codes; mean and 95 %% interval."
    ),
    "continuity": N_(
        "Continuity, 1 where near images have near codes: %(k)s neighbours among %(n)s test images, distances between "
        "pixels and between codes; mean and 95 %% interval."
    ),
}
MEASURES = Labels({"nearest_neighbour": N_("1-NN accuracy"), "linear_probe": N_("Linear probe accuracy")})
KERNEL_PCA = Labels(
    {
        "pca_se": N_("PCA, same images: SE"),
        "kernel_pca_se": N_("kernel PCA: SE"),
        "gain_over_pca": N_("PCA minus kernel PCA, same images"),
        "gain_of_ae": N_("kernel PCA minus AE (trained on all images)"),
    }
)


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
    return Table(caption, _("latent dimension"), [one.column for one in fields], grid(rows, "model", MODELS, fields))


def components(rows: Sequence[Row], latent_dims: Sequence[int]) -> Table:
    """Return how many components PCA needs to match each model."""
    fields = [Field(Column(str(d)), {"latent_dim": d}, 0) for d in latent_dims]
    n_available = max(row["n_available"] for row in rows)
    caption = _(
        "Principal components needed to reach the model's mean squared error on test: mean over seeds and 95 %% interval; "
        "a dash where %(n)s are not enough.",
        n=n_available,
    )
    return Table(caption, _("latent dimension"), [one.column for one in fields], grid(rows, "model", MODELS, fields))


def codes(rows: Sequence[Row], latent_dims: Sequence[int], measure: str, metrics: Row) -> Table:
    """Return how well the class can be read from codes of each codec."""
    fields = [Field(Column(str(d), "", "higher"), {"latent_dim": d, "measure": measure}, 1, True) for d in latent_dims]
    n_train = metrics["n_references"] if measure == "nearest_neighbour" else metrics["n_probe"]
    caption = _(
        "%(measure)s on codes, %% of %(n)s test images, from %(n_train)s training images: mean and 95 %% interval.",
        measure=MEASURES[measure],
        n=number(metrics["n_queries"], 0),
        n_train=number(n_train, 0),
    )
    return Table(
        caption, _("latent dimension"), [one.column for one in fields], grid(rows, "codec", CODEC_LABELS, fields)
    )


def kept(rows: Sequence[Row], latent_dims: Sequence[int], measure: str, metrics: Row) -> Table:
    """Return how well codes of each codec keep neighbourhoods."""
    fields = [Field(Column(str(d), "", "higher"), {"latent_dim": d, "measure": measure}, 3) for d in latent_dims]
    caption = _(KEPT[measure], k=metrics["n_neighbours"], n=number(metrics["n_ranked"], 0))
    return Table(caption, _("latent dimension"), [f.column for f in fields], grid(rows, "codec", CODEC_LABELS, fields))


def published(curve: Sequence[Row]) -> Table:
    """Return published PCA errors beside ours."""
    ours = {row["n_components"]: row["se"] for row in curve}
    columns = [Column(str(k)) for k in PCA_ERRORS]
    body = [
        TableRow("", _("reference"), [Cell(number(se, 2)) for se in PCA_ERRORS.values()]),
        TableRow("pca", _("ours"), [Cell(number(ours.get(k), 2)) for k in PCA_ERRORS]),
    ]
    caption = _(
        "SE of PCA per test image by number of components. Reference: %(protocol)s.",
        protocol=_(PCA_PROTOCOL, source=_(PCA_SOURCE)),
    )
    return Table(caption, "PCA", columns, body)


def matching_figure(quality: Sequence[Row], curve: Sequence[Row]) -> str:
    """Return the error of codes against their length: PCA's whole curve, the models' points."""
    known = [row for row in curve if row["n_components"] >= 1]
    pca = Series(
        "pca", CODECS["pca"], [row["n_components"] for row in known], [row["se"] for row in known], has_markers=False
    )
    models = lines(quality, "latent_dim", "codec", MODELS, metric="se")
    ticks = [2**k for k in range(9) if 2**k <= known[-1]["n_components"]]
    panel = Panel("", _("numbers per code"), _("SE per image"), [pca, *models], ticks, log_x=True, log_y=True)
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
        "gain": _(
            "PCA's SE minus the model's, paired over %(n)s test images: mean and 95 %% interval; above 0 the model is "
            "better. †: the seeds disagree on the sign.",
            n=n_images,
        ),
        "excess": _(
            "The model's SE relative to PCA's, minus 1, in %%: the linear AE must be near 0. †: the seeds disagree on the "
            "sign."
        ),
        "share": _("Share of test images that the model reconstructs better than PCA, %%."),
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
    caption = _(
        "Kernel PCA (Gaussian kernel, ridge regression back to the image) fitted to %(n)s training images, widths and "
        "regularisation chosen on %(n_validation)s validation images: SE on test and paired differences, mean and 95 %% "
        "interval.",
        n=number(rows[0]["n_fitted"], 0),
        n_validation=number(rows[0]["n_validation"], 0),
    )
    return Table(caption, _("latent dimension"), [f.column for f in fields], grid(rows, "measure", KERNEL_PCA, fields))


def explained(rows: Sequence[Row], latent_dims: Sequence[int]) -> Table:
    """Return the share of the test images' variance that each codec explains."""
    fields = [Field(Column(str(d), "", "higher"), {"latent_dim": d}, 1, True) for d in latent_dims]
    caption = _("Variance of the test images that the reconstructions explain, %%: mean and 95 %% interval.")
    return Table(caption, _("latent dimension"), [f.column for f in fields], grid(rows, "codec", CODECS, fields))


def reading_curves(rows: Sequence[Row]) -> str:
    """Return the accuracies on codes over latent dimensions."""
    panels = []
    for measure, label in MEASURES.items():
        series = lines(rows, "latent_dim", "codec", CODEC_LABELS, measure=measure)
        panels.append(over_latent_dims(label, "%", [one.scaled(100) for one in series]))
    return line_panels("pca-codes", panels)


def reading_leaders(rows: Sequence[Row], latent_dim: int) -> list[dict[str, str]]:
    """Return for each accuracy on codes which codec leads at the headline latent dimension."""
    leaders = []
    for measure, label in MEASURES.items():
        row = leader(rows, "codec", CODEC_LABELS, "higher", latent_dim=latent_dim, measure=measure)
        if row:
            shown = cell(row, 1, is_share=True).text
            leaders.append({"measure": label, "codec": CODEC_LABELS[row["codec"]], "value": shown})
    return leaders


def view(study: Study) -> dict[str, Any]:
    """Return what the section shows."""
    slug, dims = "pca_comparison", study.params.latent_dims
    metrics, found, curve = study.metrics(slug), study.table(slug, "codes"), study.table("baselines", "pca_curve")
    n_images, pictures = number(metrics["n_images"], 0), study.pictures(slug)
    pixels = {measure: find(found, codec="pixels", measure=measure) for measure in MEASURES}
    return {
        "latent_dim": metrics["latent_dim"],
        "n_images": n_images,
        "unjudged": unjudged(study),
        "n_components": len(curve) - 1,
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
        "leaders": reading_leaders(found, metrics["latent_dim"]),
        "map": map_figure(study.table(slug, "figures/map"), [message(str(name)) for name in metrics["class_names"]]),
        "published": published(curve) if study.params.dataset in DATASETS else None,
        "kernel_pca": kernel_pca(study.table(slug, "kernel_pca"), dims),
        "kernel_gain": cell(
            find(study.table(slug, "kernel_pca"), latent_dim=metrics["latent_dim"], measure="gain_over_pca")
        ),
        "kernel_ae_gain": cell(
            find(study.table(slug, "kernel_pca"), latent_dim=metrics["latent_dim"], measure="gain_of_ae")
        ),
        "explained_by_ae": cell(study.summary()["claims"]["C1"], 1, is_share=True),
        "explained": explained(study.table(slug, "explained"), dims),
        "directions": [
            {"label": label, "picture": pictures[f"directions_{name}"]}
            for name, label in CODECS.items()
            if f"directions_{name}" in pictures
        ],
    }
