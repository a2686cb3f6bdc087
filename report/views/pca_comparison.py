"""Autoencoders against PCA at equal latent dimension: errors, components to match, codes, maps."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from foundation.parameters import latent_dims
from report.texts.claims import MEASURES as CLAIMED
from report.texts.labels import CODECS
from report.texts.language import N_, Labels, _
from report.texts.published import DATASETS, PCA_ERRORS, PCA_PROTOCOL, PCA_SOURCE
from report.texts.tables import (
    MISSING,
    Column,
    Entry,
    Table,
    TableRow,
    by_latent_dim,
    entry,
    estimate,
    find,
    grid,
    listed,
    number,
)
from report.views.figures import Cloud, Clouds, IntervalDots, LinePanels, Panel, Series
from report.views.ledger import evidence
from report.views.study import Row, Study
from report.views.sweep import dots, lines, over_latent_dims
from report.views.takeaways import takeaway
from report.views.verdicts import parts_of

CODES = "pca_comparison/codes.csv"
CODEC_LABELS = CODECS.without("original", "pixels")
MODELS = CODEC_LABELS.without("pca")
NEIGHBOURHOODS = {
    "trustworthiness": N_(
        "Trustworthiness, 1 where near codes belong to near images: %(k)s neighbours among %(n)s test images, distances "
        "between pixels and between codes; mean and 95 %% interval."
    ),
    "continuity": N_(
        "Continuity, 1 where near images have near codes: %(k)s neighbours among %(n)s test images, distances between "
        "pixels and between codes; mean and 95 %% interval."
    ),
}
NEIGHBOURHOOD_HEADS = Labels({"trustworthiness": N_("Trustworthiness"), "continuity": N_("Continuity")})
MEASURES = Labels(
    {"nearest_neighbour": N_("Accuracy, nearest neighbour"), "linear_probe": N_("Accuracy, linear classifier")}
)
KERNEL_PCA = Labels(
    {
        "pca_se": N_("PCA, same images: SE"),
        "kernel_pca_se": N_("kernel PCA: SE"),
        "gain_over_pca": N_("PCA minus kernel PCA, same images"),
        "gain_of_ae": N_("kernel PCA minus AE (trained on all images)"),
    }
)


def differences(
    rows: Sequence[Row], dims: Sequence[int], measure: str, caption: str, *, digits: int = 2, is_share: bool = False
) -> Table:
    """Return one measure of the paired difference to PCA, models by latent dimensions."""
    fields = by_latent_dim(dims, digits=digits, is_share=is_share, measure=measure)
    source = "pca_comparison/differences.csv"
    return grid(caption, _("latent dimension"), rows, ("model", MODELS), fields, source=source)


def components(rows: Sequence[Row], dims: Sequence[int]) -> Table:
    """Return how many components PCA needs to match each model."""
    n_available = max(row["n_available"] for row in rows)
    caption = _(
        "Principal components needed to reach the model's mean squared error on test: mean over seeds and 95 %% interval. "
        "–: %(n)s are not enough.",
        n=n_available,
    )
    fields, source = by_latent_dim(dims, digits=0), "pca_comparison/components.csv"
    return grid(caption, _("latent dimension"), rows, ("model", MODELS), fields, source=source)


def codes(rows: Sequence[Row], dims: Sequence[int], measure: str, metrics: Row) -> Table:
    """Return how well the class can be read from codes of each codec."""
    fields = by_latent_dim(dims, "higher", 1, is_share=True, measure=measure)
    n_train = metrics["n_references"] if measure == "nearest_neighbour" else metrics["n_probe"]
    caption = _(
        "%(measure)s on codes, %% of %(n)s test images, learnt from %(n_train)s training images: mean and 95 %% interval.",
        measure=MEASURES[measure],
        n=number(metrics["n_queries"], 0),
        n_train=number(n_train, 0),
    )
    return grid(caption, _("latent dimension"), rows, ("codec", CODEC_LABELS), fields, source=CODES)


def neighbourhoods(rows: Sequence[Row], dims: Sequence[int], measure: str, metrics: Row) -> Table:
    """Return how well codes of each codec keep neighbourhoods."""
    fields = by_latent_dim(dims, "higher", 3, measure=measure)
    caption = _(NEIGHBOURHOODS[measure], k=metrics["n_neighbours"], n=number(metrics["n_ranked"], 0))
    return grid(caption, _("latent dimension"), rows, ("codec", CODEC_LABELS), fields, source=CODES)


def published(curve: Sequence[Row]) -> Table:
    """Return published PCA errors beside ours."""
    ours = {row["n_components"]: row["se"] for row in curve}
    columns = [Column(str(k)) for k in PCA_ERRORS]
    body = [
        TableRow("", _("reference"), [Entry(number(se, 2)) for se in PCA_ERRORS.values()]),
        TableRow("pca", _("ours"), [Entry(number(ours.get(k), 2)) for k in PCA_ERRORS]),
    ]
    caption = _(
        "SE of PCA per test image by number of components. Reference: %(protocol)s.",
        protocol=_(PCA_PROTOCOL, source=_(PCA_SOURCE)),
    )
    return Table(caption, "PCA", columns, body, "baselines/pca_curve.csv")


def matching_figure(quality: Sequence[Row], curve: Sequence[Row]) -> LinePanels:
    """Return the error of codes against their length: PCA's whole curve, the models' points."""
    known = [row for row in curve if row["n_components"] >= 1]
    pca = Series(
        "pca", CODECS["pca"], [row["n_components"] for row in known], [row["se"] for row in known], has_markers=False
    )
    models = lines(quality, "latent_dim", "codec", MODELS, metric="se")
    ticks = [2**k for k in range(9) if 2**k <= known[-1]["n_components"]]
    panel = Panel("", _("numbers per code"), _("SE per image"), [pca, *models], ticks, log_x=True, log_y=True)
    return LinePanels("pca-matching", [panel], height=3.1, source="compression/quality.csv")


def map_figure(points: Sequence[Row], class_names: Sequence[str]) -> Clouds | None:
    """Return the two-dimensional codes of each codec; None where the sweep has no two-dimensional codes."""
    panels = []
    for name, label in CODECS.items():
        chosen = [row for row in points if row["codec"] == name]
        if chosen:
            places = np.array([(row["x"], row["y"]) for row in chosen])
            panels.append(Cloud(label, places, np.array([row["label"] for row in chosen])))
    return Clouds("pca-maps", panels, class_names, source="pca_comparison/figures/map.csv") if panels else None


def difference_tables(rows: Sequence[Row], dims: Sequence[int], n_images: str) -> dict[str, Table]:
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
    return {name: differences(rows, dims, caption=captions[name], **shown[name]) for name in shown}


def kernel_pca(rows: Sequence[Row], dims: Sequence[int]) -> Table | None:
    """Return errors of PCA and kernel PCA fitted to the same few images; None where none could be fitted."""
    if not rows:
        return None
    caption = _(
        "Kernel PCA (Gaussian kernel, ridge regression back to the image) fitted to %(n)s training images, widths and "
        "regularisation chosen on %(n_validation)s validation images: SE on test and paired differences, mean and 95 %% "
        "interval.",
        n=number(rows[0]["n_fitted"], 0),
        n_validation=number(rows[0]["n_validation"], 0),
    )
    source = "pca_comparison/kernel_pca.csv"
    return grid(caption, _("latent dimension"), rows, ("measure", KERNEL_PCA), by_latent_dim(dims), source=source)


def explained(rows: Sequence[Row], dims: Sequence[int]) -> Table:
    """Return the share of the test images' variance that each codec explains."""
    fields = by_latent_dim(dims, "higher", 1, is_share=True)
    caption = _("Variance of the test images that the reconstructions explain, %%: mean and 95 %% interval.")
    source = "pca_comparison/explained.csv"
    return grid(caption, _("latent dimension"), rows, ("codec", CODECS), fields, source=source)


def reading_curves(rows: Sequence[Row]) -> LinePanels:
    """Return the accuracies on codes over latent dimensions."""
    panels = []
    for measure, label in MEASURES.items():
        series = lines(rows, "latent_dim", "codec", CODEC_LABELS, measure=measure)
        panels.append(over_latent_dims(label, "%", [one.scaled(100) for one in series]))
    return LinePanels("pca-codes", panels, source=CODES)


def code_dots(rows: Sequence[Row], latent_dim: int) -> IntervalDots:
    """Return what codes of each codec keep of classes and neighbourhoods; what pixels give is pointed out."""
    of_codecs, own = ("codec", CODEC_LABELS), [row for row in rows if row["latent_dim"] == latent_dim]
    panels = []
    for measure, label in MEASURES.items():
        pixels = find(rows, codec="pixels", measure=measure)
        marks = [100 * pixels["mean"]] if pixels else []
        panels.append(dots(label, "%", own, of_codecs, scale=100, x_marks=marks, measure=measure))
    panels += [dots(label, "", own, of_codecs, measure=measure) for measure, label in NEIGHBOURHOOD_HEADS.items()]
    return IntervalDots("pca-code-dots", panels, 2.3, source=CODES)


def codes_finding(study: Study) -> str:
    """Return by which measures codes of the AE are ahead of PCA's and by which behind: the difference's interval is off 0."""
    cells = parts_of(study)["C4b"].get("cells", [])
    ahead = [CLAIMED[cell["measure"]] for cell in cells if cell["low"] is not None and cell["low"] > 0]
    behind = [CLAIMED[cell["measure"]] for cell in cells if cell["high"] is not None and cell["high"] < 0]
    said = [_("The AE is ahead of PCA: %(measures)s.", measures=listed(ahead))] if ahead else []
    said += [_("PCA is ahead of the AE: %(measures)s.", measures=listed(behind))] if behind else []
    return " ".join(said)


def matching_finding(rows: Sequence[Row], latent_dim: int) -> str:
    """Return how many components PCA needs for the AE's error; nothing where all of them are not enough."""
    needed = entry(find(rows, latent_dim=latent_dim, model="ae"), 0)
    if needed.text == MISSING:
        return ""
    return _("For the error that the AE reaches with %(d)s numbers PCA needs %(n)s.", d=latent_dim, n=estimate(needed))


def is_control_far_off(study: Study) -> bool:
    """Return whether the linear AE misses PCA's error by so much that a gain need not be the non-linearity's."""
    part = parts_of(study)["C4a"]
    return part["verdict"] != "not_judged" and not part["is_condition_met"]


def view(study: Study) -> dict[str, Any]:
    """Return what the section shows."""
    slug, dims = "pca_comparison", latent_dims(study.params)
    metrics, found, curve = study.metrics(slug), study.table(slug, "codes"), study.table("baselines", "pca_curve")
    gains, n_images, pictures = study.table(slug, "differences"), number(metrics["n_images"], 0), study.pictures(slug)
    needed, kernel = study.table(slug, "components"), study.table(slug, "kernel_pca")
    at_headline = {"latent_dim": metrics["latent_dim"]}
    excess = find(gains, **at_headline, model="linear_ae", measure="relative_excess")
    return {
        "takeaway": takeaway(study, "C4a", "C4b"),
        "latent_dim": metrics["latent_dim"],
        "n_images": n_images,
        "evidence": evidence(study, slug),
        "has_ae": "ae" in study.params.models,
        "n_components": len(curve) - 1,
        "headline_excess": entry(excess, 2, is_share=True),
        "is_control_far_off": is_control_far_off(study),
        "matching_finding": matching_finding(needed, metrics["latent_dim"]),
        **difference_tables(gains, dims, n_images),
        "components": components(needed, dims),
        "neighbours": codes(found, dims, "nearest_neighbour", metrics),
        "probe": codes(found, dims, "linear_probe", metrics),
        "neighbourhoods": [neighbourhoods(found, dims, measure, metrics) for measure in NEIGHBOURHOODS],
        "matching": matching_figure(study.table("compression", "quality"), curve),
        "curves": reading_curves(found),
        "code_dots": code_dots(found, metrics["latent_dim"]),
        "codes_finding": codes_finding(study),
        "map": map_figure(
            study.table(slug, "figures/map"), [study.named(str(name)) for name in metrics["class_names"]]
        ),
        "published": published(curve) if study.params.dataset in DATASETS else None,
        "kernel_pca": kernel_pca(kernel, dims),
        "kernel_gain": entry(find(kernel, **at_headline, measure="gain_over_pca")),
        "kernel_ae_gain": entry(find(kernel, **at_headline, measure="gain_of_ae")),
        "explained": explained(study.table(slug, "explained"), dims),
        "directions": [
            {"label": label, "picture": pictures[f"directions_{name}"]}
            for name, label in CODECS.items()
            if f"directions_{name}" in pictures
        ],
    }
