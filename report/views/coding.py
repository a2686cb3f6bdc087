"""Codes as bytes, a part of the section on compression: rate against distortion, formats, lossless rates."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from report.figures import Panel, Series, line_panels
from report.labels import CODECS, FORMATS
from report.published import LOSSLESS
from report.study import Row, Study
from report.tables import Cell, Column, Table, TableRow, cell, find, number

MEASURES = {"psnr": ("PSNR, dB", 2), "ssim": ("SSIM", 3)}
IMPLIED = {
    "elbo": ("VAE, implied by −ELBO", "what bits-back coding with this VAE would need; not coded here"),
    "importance_weighted": ("VAE, implied by the importance-weighted bound", "nearer to −log p(x); not coded here"),
}
HEADINGS = (
    Column("latent dimension"),
    Column("step width"),
    Column("rate", "bits/pixel", "lower"),
    Column("one stream of all images", "bits/pixel"),
)


def hull_series(points: Sequence[Row], measure: str) -> list[Series]:
    """Return each codec's points on its rate-PSNR hull, by rate."""
    series = []
    for name, label in CODECS.items():
        own = sorted((p for p in points if p["codec"] == name and p["is_on_hull"]), key=lambda p: p["bits_per_pixel"])
        if own:
            series.append(Series(name, label, [p["bits_per_pixel"] for p in own], [p[measure] for p in own]))
    return series


def format_series(formats: Sequence[Row], measure: str) -> list[Series]:
    """Return each file format's curve, as whole files."""
    series = []
    for name, label in FORMATS.items():
        by_setting: dict[float, Row] = defaultdict(dict)
        for row in formats:
            if row["format"] == name:
                by_setting[row["setting"]][row["measure"]] = row["mean"]
        own = sorted(by_setting.values(), key=lambda values: values["bits_per_pixel"])
        if own:
            series.append(Series(name, label, [v["bits_per_pixel"] for v in own], [v[measure] for v in own]))
            bare = sorted(own, key=lambda values: values["bits_per_pixel_without_header"])
            text = f"{label} without header"
            rates = [v["bits_per_pixel_without_header"] for v in bare]
            series.append(Series(f"{name}_bare", text, rates, [v[measure] for v in bare], has_markers=False))
    return series


def figure(points: Sequence[Row], formats: Sequence[Row]) -> str:
    """Return PSNR and SSIM against rate, the rate on a logarithmic scale."""
    ticks = [0.005, 0.02, 0.1, 0.5, 2]
    panels = [
        Panel("", "bits per pixel", label, [*hull_series(points, m), *format_series(formats, m)], ticks, log_x=True)
        for m, (label, _) in MEASURES.items()
    ]
    return line_panels("compression-rates", panels, height=4.2)


def hull_table(rates: Sequence[Row], points: Sequence[Row], n_images: int) -> Table:
    """Return rate and quality of every point on a hull."""
    body = []
    for name, label in CODECS.items():
        for point in (p for p in points if p["codec"] == name and p["is_on_hull"]):
            keys = {key: point[key] for key in ("codec", "latent_dim", "width")}
            cells = [
                Cell(str(point["latent_dim"])),
                Cell(number(point["width"], 1)),
                cell(find(rates, **keys, measure="bits_per_pixel"), 4),
                cell(find(rates, **keys, measure="stream_bits_per_pixel"), 4),
            ]
            cells += [cell(find(rates, **keys, measure=m), digits) for m, (_, digits) in MEASURES.items()]
            body.append(TableRow(name, label, cells))
    columns = [*HEADINGS, Column("PSNR", "dB", "higher"), Column("SSIM", "", "higher")]
    caption = f"Coded codes on the upper hull of PSNR over rate, first {number(n_images, 0)} test images: mean and 95 % interval."
    return Table(caption, "codec", columns, body)


def format_table(formats: Sequence[Row], n_images: int) -> Table:
    """Return rate and quality of every file format at every setting."""
    measures = {"bits_per_pixel": 3, "bits_per_pixel_without_header": 3, "psnr": 2, "ssim": 3}
    body = []
    for name, label in FORMATS.items():
        for setting in dict.fromkeys(row["setting"] for row in formats if row["format"] == name):
            keys = {"format": name, "setting": setting}
            cells = [cell(find(formats, **keys, measure=m), digits) for m, digits in measures.items()]
            body.append(TableRow("", f"{label}, {setting:g}", cells))
    columns = [
        Column("rate", "bits/pixel", "lower"), Column("without header", "bits/pixel"),
        Column("PSNR", "dB", "higher"), Column("SSIM", "", "higher"),
    ]  # fmt: skip
    caption = f"Image file formats by quality setting, whole files of the same {number(n_images, 0)} images. The header is the file of an all-black image."
    return Table(caption, "format, setting", columns, body)


def lossless_table(rows: Sequence[Row], bounds: Sequence[Row], latent_dim: int) -> Table:
    """Return lossless rates of ours, what the VAE's bounds imply, and rates of the literature."""
    body = []
    for entry in LOSSLESS:
        found = find(rows, format=entry.key)
        n_images = Cell(number(found["n_images"], 0) if found else "–")
        cells = [cell(found, 2), n_images, Cell(number(entry.value, 2)), Cell(entry.protocol)]
        body.append(TableRow("", entry.what, cells))
    for measure, (label, protocol) in IMPLIED.items():
        found = find(bounds, likelihood="discretized_logistic", measure=f"{measure}_bits_per_pixel")
        if found:
            text = f"latent dimension {latent_dim}, 256 grey values, {protocol}"
            cells = [cell(found, 2), Cell(number(found["n_images"], 0)), Cell("–"), Cell(text)]
            body.append(TableRow("vae", label, cells))
    columns = [
        Column("measured", "bits/pixel"),
        Column("images"),
        Column("published", "bits/pixel"),
        Column("protocol", is_text=True),
    ]
    return Table("Lossless compression, beside published values on the full test set.", "method", columns, body)


def view(study: Study) -> dict[str, Any]:
    """Return what the section on compression shows of bytes."""
    coding, slug = study.metrics("compression")["coding"], "compression"
    points, formats = study.table(slug, "rate_points"), study.table(slug, "formats")
    best = coding["catch_up"]["best_ae"]
    caught = coding["catch_up"]["formats"].items()
    return {
        "figure": figure(points, formats),
        "hull": hull_table(study.table(slug, "rates"), points, coding["n_images"]),
        "formats": format_table(formats, coding["n_images"]),
        "lossless": lossless_table(
            study.table(slug, "lossless"),
            study.table("vae_anatomy", "bounds"),
            study.metrics("vae_anatomy")["bound_latent_dim"],
        ),
        "n_images": number(coding["n_images"], 0),
        "best": {
            "latent_dim": best["latent_dim"],
            "rate": number(best["bits_per_pixel"], 3),
            "psnr": number(best["psnr"], 2),
        },
        "caught": [
            {
                "label": FORMATS[name],
                "rate": number(found["bits_per_pixel"], 2),
                "bare": number(found["bits_per_pixel_without_header"], 2),
            }
            for name, found in caught
        ],
        "stream": {
            "n_images": number(coding["stream"]["n_images"], 0),
            "width": number(coding["stream"]["width"], 1),
            "rates": [
                f"{CODECS[name]} {number(coding['stream'][name]['stream_bits_per_pixel'], 4)}"
                for name in CODECS
                if name in coding["stream"]
            ],
            "model_bytes": number(
                max(entry["model_bytes"] for entry in coding["stream"].values() if isinstance(entry, dict)), 0
            ),
        },
    }
